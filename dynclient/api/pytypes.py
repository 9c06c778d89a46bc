"""The Python types of schemas, as text: what `help()` shows of an argument, and what stubs are made of.

A type says which plain data a program passes or receives. Schemas say more than types can; where a type cannot follow, it is the wider one, so
that no right program is refused: unions for `oneOf` and `anyOf`, the members of all branches where an object has branches.

Why the types come from the document and not from compiled schemas: see `manual`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dynclient.api.described import Content, Reply
from dynclient.api.operation import Operation
from dynclient.api.typetext import ANY_TYPE, union
from dynclient.errors import SpecError
from dynclient.schema.bundle import ASSERTED, CHOICES, POSSIBLE, types_of
from dynclient.schema.unbundled import applied, parts_of
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference
from dynclient.wire.codec import codec_for, is_sequential
from dynclient.wire.mediatype import MediaType, parse

#: How many subtypes a base may have to be written as a choice of them: type checkers try each.
_MOST_SUBTYPES = 12
#: How the type of a body of bytes is written: one that is sent may be a file.
FILE, BYTES = "File", "bytes"

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
#: Values of other classes that are sent as texts of a format.
_FORMATS = {"date": "date", "date-time": "datetime", "time": "time", "uuid": "UUID", "duration": "timedelta"}
#: The types that a `Literal` may hold.
_LITERAL = (str, bool, int, type(None))
_BODILESS = ("204", "205", "304")

#: Names the type of a component, or of an object: the schema, and the name that it should have.
NameType = Callable[[Node, str], str]


class TypedMember(NamedTuple):
    """A member of an object.

    Attributes:
        name: Its name.
        type: Its type.
        required: Whether every object has it.
        only: `readOnly` or `writeOnly`, when it only travels one way; else "".
    """

    name: str
    type: str
    required: bool
    only: str = ""


class Members(NamedTuple):
    """The members of an object.

    Attributes:
        listed: Those that have names.
        others: Whether the document says that there may be more.
    """

    listed: tuple[TypedMember, ...]
    others: bool


class PythonTypes:
    """The Python types of a document's schemas.

    Args:
        document: The document.
        named: Names the types that are too large to be written where they are used.
    """

    def __init__(self, document: Document, named: NameType) -> None:
        self._document = document
        self._named = named
        #: The types of components and of parameters, by their place: most are used many times.
        self._known: dict[Any, str] = {}
        self._members: dict[Any, Members] = {}

    def of(self, schema: Node, wish: str = "") -> str:
        """Return the type of a schema; a broken reference may be anything.

        Args:
            schema: The place of the schema.
            wish: The name that a type without a name of its own should have.
        """
        try:
            return self._of(schema, wish)
        except SpecError:
            return ANY_TYPE

    def _of(self, schema: Node, wish: str) -> str:
        if not is_reference(schema.value):
            return self.written(schema, wish)
        target = self._document.follow(schema)
        if is_scalar(target.value):
            return self.written(target, wish)
        if target.place not in self._known:
            name = self._named(target, str(target.path[-1]) if target.path else wish)
            is_object = self.is_object(target)
            self._known[target.place] = union([name, *_null_of(self._parts(target))]) if is_object else name
            if is_object and isinstance(target.get("discriminator"), Mapping):
                self._known[target.place] = union([name, *self._subtypes(target), self._known[target.place]])
        return self._known[target.place]

    def _subtypes(self, base: Node) -> list[str]:
        """Return the types of the components that build on a base with a discriminator; none where they are many."""
        found: dict[Any, tuple[str, Node]] = {}
        pending = [base.place]
        while pending:
            for name, schema in self._builders.get(pending.pop(), ()):
                if schema.place not in found and schema.place != base.place:
                    found[schema.place] = name, schema
                    pending.append(schema.place)
        return [self._named(schema, name) for name, schema in found.values()] if len(found) <= _MOST_SUBTYPES else []

    @cached_property
    def _builders(self) -> dict[Any, list[tuple[str, Node]]]:
        """The components that build on another one by `allOf`, by the place of that one."""
        found: dict[Any, list[tuple[str, Node]]] = {}
        for name, component in self._document.root.child("components", "schemas").children():
            try:
                schema = self._document.follow(component)
                bases = [self._document.follow(part) for part in applied(schema, ASSERTED) if is_reference(part.value)]
            except SpecError:
                continue  # `document.problems` says why
            for base in bases:
                found.setdefault(base.place, []).append((name, schema))
        return found

    def is_object(self, schema: Node) -> bool:
        """Whether a schema has members of its own, beyond those of one other schema that it only refers to.

        Raises:
            SpecError: A reference has no target.
        """
        if not isinstance(schema.value, Mapping) or self._single(schema) is not None:
            return False
        parts = self._parts(schema)
        return _values_of(parts) is None and any(map(_has_members, parts))

    def _parts(self, schema: Node) -> list[Node]:
        return [part for part in parts_of(self._document, schema, ASSERTED) if isinstance(part.value, Mapping)]

    def _single(self, schema: Node) -> Node | None:
        """Return the only schema that this one applies, when it adds nothing that a type could say."""
        if schema.value.keys() & {"properties", "additionalProperties", "required", "enum", "const", "items", *CHOICES}:
            return None
        inner = [part for part in applied(schema, ASSERTED) if isinstance(part.value, Mapping) and _says_type(part)]
        return inner[0] if len(inner) == 1 else None

    def written(self, schema: Node, wish: str) -> str:
        """Return the type of a schema, written out: its own name counts for nothing.

        Raises:
            SpecError: A reference has no target.
        """
        if not isinstance(schema.value, Mapping):
            return ANY_TYPE
        single = self._single(schema)
        if single is not None:
            return union([self._of(single, wish), *_null_of([schema])])
        parts = self._parts(schema)
        values = _values_of(parts)
        if values is not None:
            return union([_literal(values), *(["None"] if schema.get("nullable") is True else [])])
        if any(map(_has_members, parts)):
            return union([self._named(schema, wish), *_null_of(parts)])
        branches = [branch for part in parts for branch in applied(part, CHOICES)]
        types = self._types(parts, wish)
        if branches:
            branch_types = [self._branch(branch, index, wish, types) for index, branch in enumerate(branches)]
            return union([*branch_types, *_null_of(parts)])
        return union([*types, *_null_of(parts)]) if types else ANY_TYPE

    def _branch(self, branch: Node, index: int, wish: str, types: list[str]) -> str:
        """Return the type of a branch; one that only narrows the types beside it has those."""
        own = self.of(branch, f"{wish} {index + 1}" if index else wish)
        return union(types) if types and own in (ANY_TYPE, "dict[str, Any]", "list[Any]") else own

    def _types(self, parts: list[Node], wish: str) -> list[str]:
        """Return the types that the parts allow together, one for each JSON type."""
        listed = [types_of(part.value) for part in parts]
        allowed = [names for names in listed if names]
        if not allowed:
            return []
        names = [name for name in sorted(allowed[0]) if all(_allows(others, name) for others in allowed[1:])]
        return [self._json_type(name, parts, wish) for name in names]

    def _json_type(self, name: str, parts: list[Node], wish: str) -> str:
        if name == "array":
            return f"list[{self._items(parts, wish)}]"
        if name == "object":
            return f"dict[str, {self._others(parts, wish)}]"
        if name == "string" and any(map(_is_file, parts)):
            return FILE
        return _SCALARS.get(name, ANY_TYPE)

    def _items(self, parts: list[Node], wish: str) -> str:
        for part in parts:
            first = [*part.child("prefixItems").items()]
            rest = part.child("items")
            if first or isinstance(rest.value, Mapping):
                listed = [*first, *([] if rest.value is False or (first and rest.value is None) else [rest])]
                return union([self.of(item, f"{wish} item") for item in listed])
        return ANY_TYPE

    def _others(self, parts: list[Node], wish: str) -> str:
        """Return the type of the members that have no names in the document."""
        for part in parts:
            if part.get("patternProperties"):
                return ANY_TYPE
            rest = part.child("additionalProperties")
            if isinstance(rest.value, Mapping):
                return self.of(rest, f"{wish} value")
        return ANY_TYPE

    def members(self, schema: Node, wish: str) -> Members:
        """Return the members of an object: those of all its parts, and as optional ones those of its branches.

        Raises:
            SpecError: A reference has no target.
        """
        if schema.place not in self._members:
            self._members[schema.place] = self._members_of(schema, wish)
        return self._members[schema.place]

    def _members_of(self, schema: Node, wish: str) -> Members:
        parts = self._parts(schema)
        required = {item.value for part in parts for item in part.child("required").items()}
        found: dict[str, list[Node]] = {}
        others = [part for part in parts_of(self._document, schema, POSSIBLE) if isinstance(part.value, Mapping)]
        for part in [*parts, *others]:
            for name, node in part.child("properties").children():
                if node.value is not False and node.place not in {each.place for each in found.get(str(name), ())}:
                    found.setdefault(str(name), []).append(node)
        own = {name for part in parts for name in part.child("properties").value or ()}
        listed = tuple(
            TypedMember(
                name,
                union([self.of(node, f"{wish} {name}") for node in (nodes[:1] if name in own else nodes)]),
                name in required,
                self._only(nodes[0]),
            )
            for name, nodes in found.items()
            if name  # a TypedDict has no key without a name
        )
        more = any(part.get("additionalProperties") not in (None, False) for part in parts)
        return Members(listed, "" in found or more or any(part.get("patternProperties") for part in parts))

    def _only(self, schema: Node) -> str:
        value = self._document.follow(schema).value if is_reference(schema.value) else schema.value
        return next(
            (word for word in ("readOnly", "writeOnly") if isinstance(value, Mapping) and value.get(word) is True), ""
        )

    def parameter(self, node: Node, wish: str = "") -> str:
        """Return the type of an argument for a Parameter Object; a text with a format may also be an object of its class."""
        if node.place not in self._known:
            self._known[node.place] = self._parameter(node, wish)
        return self._known[node.place]

    def _parameter(self, node: Node, wish: str) -> str:
        _, content = next(node.child("content").children(), ("", None))
        schema = (node if content is None else self._document.follow(content)).child("schema")
        written = self.of(schema, wish)
        try:
            other = _FORMATS.get(str(self._document.follow(schema).get("format")))
        except SpecError:
            other = None
        return union(["str", other]) if other and written == "str" else written

    def body(self, contents: Iterable[Content], wish: str = "") -> list[str]:
        """Return the types of what may be sent, one for each media type."""
        return [self._sent(content, wish) for content in contents]

    def _sent(self, content: Content, wish: str) -> str:
        kind = parse(content.media_type)
        item = content.node.child("itemSchema")
        if item.value is not None:
            return f"Iterable[{self.of(item, f'{wish} item')}]"
        written = self.of(content.node.child("schema"), wish)
        if is_sequential(content.media_type) and not kind.is_multipart:
            return union([f"Iterable[{ANY_TYPE}]", *_texts(written)])
        return union([FILE, *_texts(written)]) if _is_binary(kind) else written

    def item(self, schema: Node, place: Sequence[str], wish: str = "") -> str:
        """Return the type of the items of the array at a place in a reply; anything where the schema has no array there.

        Args:
            schema: The schema of the reply.
            place: The names of the members that lead to the array.
            wish: The name that a type without a name of its own should have.
        """
        try:
            for name in (*place, None):
                if is_reference(schema.value):
                    schema = self._document.follow(schema)
                    wish = str(schema.path[-1])
                parts = self._parts(schema) if isinstance(schema.value, Mapping) else []
                if name is None:
                    return self._items(parts, wish)
                schema = next(part.child("properties", name) for part in parts if _has(part, name))
                wish = f"{wish} {name}"
        except (SpecError, StopIteration):
            pass  # a broken reference, or the member of a branch
        return ANY_TYPE

    def result(self, operation: Operation, wish: str = "") -> str:
        """Return the type of what a call of an operation returns: the body of any success."""
        replies = [reply for reply in operation.replies.values() if reply.status[:1] == "2"]
        replies = replies or [reply for reply in operation.replies.values() if reply.status[:1] in ("3", "d")]
        if operation.method == "HEAD" and replies:
            return "None"
        return union([kind for reply in replies for kind in self._received(reply, wish)]) if replies else ANY_TYPE

    def _received(self, reply: Reply, wish: str) -> Iterator[str]:
        if reply.status in _BODILESS:
            yield "None"
        elif not reply.contents:
            yield ANY_TYPE
        for content in reply.contents.values():
            yield self._received_as(content, wish)

    def _received_as(self, content: Content, wish: str) -> str:
        kind = parse(content.media_type)
        if is_sequential(content.media_type):
            return f"list[{self.of(content.node.child('itemSchema'), f'{wish} item')}]"
        if kind.is_text and not (kind.is_json or kind.is_xml or kind.is_yaml):
            return "str"
        written = self.of(content.node.child("schema"), wish)
        if kind.is_range:
            return ANY_TYPE if written in ("str", FILE) else written
        return BYTES if _is_binary(kind) else "str" if written == FILE else written


def _texts(written: str) -> list[str]:
    """Return the type of a body that is a text or bytes already, if its schema takes it for more than that."""
    return [] if written in (ANY_TYPE, "str", FILE) else [written]


def _is_binary(kind: MediaType) -> bool:
    return codec_for(kind).takes(parse("application/octet-stream")) and not kind.is_multipart


def is_scalar(value: Any) -> bool:
    """Whether a component is one scalar and nothing else, which says more than its name."""
    if not isinstance(value, Mapping):
        return True
    return value.get("type") in ("string", "integer", "number", "boolean") and not (
        value.keys() & {"enum", "const", "properties", "items", *ASSERTED, *CHOICES}
    )


def _has_members(part: Node) -> bool:
    return bool(part.get("properties")) and isinstance(part.get("properties"), Mapping)


def _has(part: Node, name: str) -> bool:
    return _has_members(part) and name in part.get("properties")


def _says_type(part: Node) -> bool:
    return bool(
        part.value.keys()
        & {"type", "properties", "enum", "const", "items", "additionalProperties", *ASSERTED, *CHOICES}
    )


def _is_file(part: Node) -> bool:
    """Whether a text stands for bytes (OpenAPI 3.0: `format: binary`; 3.1: a media type without an encoding)."""
    return part.get("format") == "binary" or (
        part.get("contentMediaType") == "application/octet-stream" and part.get("contentEncoding") is None
    )


def _allows(names: frozenset[str], name: str) -> bool:
    return name in names or (name == "integer" and "number" in names)


def _values_of(parts: list[Node]) -> list[Any] | None:
    """Return the values that an `enum` or `const` lists; None without one."""
    for part in parts:
        if "const" in part.value:
            return [part.value["const"]]
        if isinstance(part.get("enum"), list):
            return list(part.value["enum"])
    return None


def _literal(values: list[Any]) -> str:
    if not values or not all(isinstance(value, _LITERAL) for value in values):
        kinds = {
            _SCALARS.get(
                {float: "number", str: "string", bool: "boolean", int: "integer"}.get(type(value), ""), ANY_TYPE
            )
            for value in values
        }
        return union(sorted(kinds))
    texts = [repr(value) for value in values if value is not None]
    listed = f"Literal[{', '.join(dict.fromkeys(texts))}]" if texts else ""
    return " | ".join(filter(None, (listed, "None" if None in values else "")))


def _null_of(parts: list[Node]) -> list[str]:
    """Return the type None for schemas that allow null together."""
    allowed = [names for part in parts if (names := types_of(part.value))]
    return (
        ["None"] if parts[0].get("nullable") is True or (allowed and all("null" in names for names in allowed)) else []
    )
