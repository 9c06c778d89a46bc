"""Text to plain data: JSON, and YAML by the YAML 1.2 core schema, with limits, with line numbers on demand, and with a store on disk.

A document is read as a whole the first time. A large one is then kept on disk as slices behind an index (`slices`), under a key
that is made of its bytes, so that the next time only what is asked for is read. What the caller sees is the same in both cases but for
the type: an object that is cut is a Mapping, no dict.
"""

from dynclient.source.limits import DEFAULT_LIMITS, Limits
from dynclient.source.outline import METHODS, Outline
from dynclient.source.reading import IDENTIFIERS, Source, parse, read
from dynclient.source.slices import plain
from dynclient.source.store import Cache, Store, store_of

__all__ = [
    "DEFAULT_LIMITS",
    "IDENTIFIERS",
    "METHODS",
    "Cache",
    "Limits",
    "Outline",
    "Source",
    "Store",
    "parse",
    "plain",
    "read",
    "store_of",
]
