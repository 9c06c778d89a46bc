"""What is to be done with each keyword of a schema."""

from __future__ import annotations

_ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAP = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
#: What no engine needs: annotations, identifiers and `definitions`, which references were followed to already. Bundles stay small.
_DROPPED = frozenset({
    "$anchor", "$comment", "$id", "$schema", "default", "definitions", "deprecated", "description", "discriminator", "example", "examples",
    "externalDocs", "id", "title",
})  # fmt: skip
#: What is to be done with a keyword's value; any other is taken as it is.
KINDS: dict[str, str] = {
    **dict.fromkeys(_ONE, "one"),
    **dict.fromkeys(_LIST, "list"),
    **dict.fromkeys(_MAP, "map"),
    **dict.fromkeys(_DROPPED, "dropped"),
    "$ref": "reference",
    "$dynamicRef": "dynamic",
    "$recursiveAnchor": "recursive",
    "$recursiveRef": "recursive",
}
#: What makes a schema more than a list of plain rules.
HOLDING = frozenset({*_ONE, *_LIST, *_MAP, "$dynamicRef", "$recursiveRef", "$ref", "$schema", "discriminator"})
