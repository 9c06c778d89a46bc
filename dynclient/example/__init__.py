"""Example values: what a document gives itself, and values made of a schema that accepts them.

    written    the examples that a document gives
    maker      values of every type, tried until the schema accepts one
    flat       the schema that one value is made of: references, allOf and one branch of each choice put together
    spelling   texts that a pattern accepts
    samples    texts of each format

It is seeded: the same schema and seed give the same value. It works on the bundle of a compiled schema, where every version of OpenAPI
already says the same thing in the same words. What is made is validated before it is given, so a schema that this generator does
not understand gives an error, never a wrong value.
"""

from dynclient.example.flat import ExampleError
from dynclient.example.maker import generate
from dynclient.example.written import documented

__all__ = ["ExampleError", "documented", "generate"]
