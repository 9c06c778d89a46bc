"""Schemas: what a document says about values, as JSON Schema 2020-12. Each file imports only from those above it.

bundle, shape, ecma       the one walker of schemas; their types, members and items; regular expressions
formats                   the `format` keyword: checks and examples
finding                   what an engine returns
references, subtypes      where the references of a document lead; which components build on which
unbundled                 schemas as they are written, for those who show them to people
discriminator             choices of subtypes, as `if` and `then`
translator, bundler       one schema in 2020-12; with everything that it reaches
python, engine            the engine `jsonschema`; both engines behind one interface
shared                    the schemas of a document, compiled together
secrecy, problems         values quoted without their secrets; findings in words
schemas                   what other rooms use: a value in, problems out
flat, spelling, maker     example values: of which schema, of which pattern, and the values
exemplary                 made values with the document's examples in them
"""
