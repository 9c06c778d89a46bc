"""Faults: every place where a document breaks the specification.

rules      Fault, and the rules that no schema can check: paths, ids, parameters, responses, servers, security
dangling   references that cannot be resolved
form       what OpenAPI's own JSON Schema finds
swagger_form, swagger_rules    the same two for Swagger 2.0
faults     all of them together, as faults and as problems
"""
