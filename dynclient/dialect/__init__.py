"""OpenAPI's schema dialects, turned into JSON Schema 2020-12: one self-contained bundle per schema.

    bundler          a schema together with all that it reaches
    translator       one schema in 2020-12
    keywords         what is to be done with each keyword
    references       where references lead, and what those schemas are called in a bundle
    dynamic          dynamic references, which need a URI for each schema
    discriminator    a discriminator as keywords that any engine knows
    direction        what is not required this way: `readOnly`, `writeOnly`
    older            what OpenAPI 3.0 and the older drafts said otherwise

Why a bundle: a schema is compiled together with exactly the schemas that it reaches, each under `$defs` with its references
rewritten, so that neither engine ever needs the document, its files or the network. What a version says differently is rewritten
on the way: OpenAPI 3.0 (`nullable`, boolean `exclusiveMinimum`, siblings of `$ref`; Schema Object of 3.0.4), and the older drafts
that a `jsonSchemaDialect` or `$schema` may name. `discriminator` and `readOnly`/`writeOnly` mean the same in every version and become
keywords that any engine knows.

Two readings of `nullable` are decided here: it allows null whatever stands beside it (`enum`, `allOf`, a `$ref` inside `allOf`), which is
what every document that writes so means, though 3.0.3 gives it a meaning only beside `type`.
A discriminator picks the branch: a value is checked against the schema that its discriminator names, and against no other.
"""

from dynclient.dialect.bundler import Bundler, Entry, bundle
from dynclient.dialect.direction import Direction
from dynclient.dialect.discriminator import DISCRIMINATOR
from dynclient.dialect.dynamic import URN

__all__ = ["DISCRIMINATOR", "URN", "Bundler", "Direction", "Entry", "bundle"]
