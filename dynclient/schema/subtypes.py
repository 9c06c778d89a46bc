"""Subtypes: the components that build on a schema by `allOf`, between which its discriminator chooses (OpenAPI, Discriminator Object)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference


class Subtypes:
    """The subtypes of the schemas of a document.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document

    @classmethod
    def of(cls, document: Document) -> Subtypes:
        """Return those of a document, which are found once."""
        found: Subtypes = document.compiled.setdefault(cls, cls(document))
        return found

    def below(self, base: Node) -> list[Node]:
        """Return the components that build on a schema, and those that build on them."""
        schemas = self._schemas
        found: dict[Any, Node] = {base.place: base}
        pending = [base]
        while pending:
            node = pending.pop(0)
            for component in map(schemas.child, self._builders.get(_name_of(node), ())):
                if component.place not in found and self._builds_on(component, node):
                    found[component.place] = component
                    pending.append(component)
        return list(found.values())[1:]

    def chosen(self, schema: Node) -> list[Node]:
        """Return the subtypes between which a schema itself chooses: none where it has no discriminator, or lists its choices."""
        declared = schema.get("discriminator") if isinstance(schema.value, Mapping) else None
        if not isinstance(declared, Mapping) or not {"oneOf", "anyOf"}.isdisjoint(schema.value):
            return []
        mapping = declared.get("mapping")
        targets = (
            [target for target in mapping.values() if isinstance(target, str)] if isinstance(mapping, Mapping) else []
        )
        mapped = [node for target in targets if (node := self.mapped(target, schema)).place != schema.place]
        return list({node.place: node for node in (*mapped, *self.below(whole_schema(schema)))}.values())

    def has_builders(self, schema: Node) -> bool:
        """Whether a component may build on a schema."""
        return _name_of(whole_schema(schema)) in self._builders

    def mapped(self, target: str, node: Node) -> Node:
        """Return the schema that a mapping names: the component of that name, else the target of a reference.

        Raises:
            SpecError: The reference has no target.
        """
        named = self._schemas.child(target)
        return named if named.value is not None else self._document.resolve(target, node)

    @property
    def _schemas(self) -> Node:
        return self._document.root.child("components", "schemas")

    @cached_property
    def _builders(self) -> dict[str, list[str]]:
        """The names of the components that build on another schema by `allOf`, by the last token of the reference to it."""
        found: dict[str, list[str]] = {}
        schemas = self._schemas.value
        for name, schema in schemas.items() if isinstance(schemas, Mapping) else ():
            parts = schema.get("allOf") if isinstance(schema, (dict, Mapping)) else None
            for part in parts if isinstance(parts, list) else ():
                reference = part.get("$ref") if isinstance(part, (dict, Mapping)) else None
                if isinstance(reference, str):
                    found.setdefault(reference.rpartition("/")[2], []).append(name)
        return found

    def _builds_on(self, component: Node, base: Node) -> bool:
        """Whether a schema builds on another one by `allOf`."""
        for part in component.child("allOf").items():
            if is_reference(part.value) and part.value["$ref"].rpartition("/")[2] == str(base.path[-1]):
                return self._document.resolve(part.value["$ref"], part).place == base.place
        return False


def whole_schema(node: Node) -> Node:
    """Return the schema that a part of `allOf` belongs to: the schemas that build on it refer to the whole."""
    path = node.path
    while path[-2:-1] == ("allOf",):
        path = path[:-2]
    return node if path == node.path else Node(node.file, path, None)


def _name_of(node: Node) -> str:
    return str(node.path[-1]) if node.path else ""
