"""Schemas as definitions: a `TypedDict` for each object, an alias for each enum and choice, each with a name of its own.

A type refers to a definition by a mark, because names are given at the end: a schema of which requests may leave out what replies always
have (`readOnly`), or the other way round, has a second definition for requests, and so has every schema that refers to it.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dynclient.api.pytypes import FILE, PythonTypes, TypedMember, is_scalar
from dynclient.api.typetext import ANY_TYPE, alternatives, words_in
from dynclient.errors import SpecError
from dynclient.schema.translator import Direction
from dynclient.spec.document import Document
from dynclient.spec.node import Node

#: The names that stubs import or that every module has: no definition gets one of them.
TAKEN = frozenset({
    "Any", "AsyncClient", "Client", "Iterable", "Literal", "NotRequired", "Operations", "TypeAlias", "TypedDict", "UUID",
    "bool", "bytes", "date", "datetime", "dict", "dynclient", "float", "int", "list", "object", "str", "time", "timedelta",
})  # fmt: skip
#: How many characters of a description a docstring has.
_LONGEST = 400
_MARK = re.compile(r"\u27e6(\d+)\u27e7")
_SEPARATORS = re.compile(r"\W+", re.ASCII)


@dataclass(slots=True)
class Definition:
    """The definition of a schema.

    Attributes:
        name: Its name, which no other has.
        doc: What the document says of it.
        alias: The type that it is another name for; "" for an object.
        members: The members of an object.
        others: Whether an object may have more members.
        uses: The numbers of the definitions that it refers to.
    """

    name: str
    doc: str = ""
    alias: str = ""
    members: tuple[TypedMember, ...] = ()
    others: bool = False
    uses: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_one_way(self) -> bool:
        """Whether requests and replies differ in what they must have."""
        return any(member.required and member.only for member in self.members)


class Definitions:
    """The definitions of a document's schemas, made as they are referred to.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self.types = PythonTypes(document, self._named)
        self._document = document
        self._numbers: dict[Any, int] = {}
        self._made: list[Definition] = []
        self._pending: list[tuple[int, Node, str]] = []
        self._used: set[str] = {name.lower() for name in TAKEN}
        for name, node in document.root.child("components", "schemas").children():
            self._seed(name, node)

    def _seed(self, name: str, component: Node) -> None:
        """Define a component, whether something refers to it or not: by `allOf`, it may build on what something refers to."""
        try:
            schema = self._document.follow(component)
        except SpecError:
            return  # `document.problems` says why
        if not is_scalar(schema.value):
            self._named(schema, name)

    def _named(self, schema: Node, wish: str) -> str:
        number = self._numbers.get(schema.place)
        if number is None:
            number = self._numbers[schema.place] = len(self._made)
            self._made.append(Definition(self.unique(wish)))
            self._pending.append((number, schema, wish))
        return f"\u27e6{number}\u27e7"

    def unique(self, wish: str) -> str:
        """Return a name that no definition has, not even in other capitals."""
        name, count = type_word(wish), 2
        candidate = name
        while candidate.lower() in self._used:
            candidate, count = f"{name}{count}" if name not in TAKEN else f"{name}_{count}", count + 1
        self._used.add(candidate.lower())
        return candidate

    def complete(self) -> None:
        """Make every definition that another one or an operation refers to."""
        while self._pending:
            number, schema, wish = self._pending.pop()
            definition = self._made[number]
            definition.doc = first_paragraph(schema.get("description"))
            try:
                if self.types.is_object(schema):
                    definition.members, definition.others = self.types.members(schema, definition.name)
                else:
                    definition.alias = self.types.written(schema, wish)
            except SpecError:
                definition.alias = ANY_TYPE
            texts = [definition.alias, *(member.type for member in definition.members)]
            definition.uses = frozenset(int(found) for text in texts for found in _MARK.findall(text))
        self._break_circles()
        self._split = self._one_way()
        self._request_names = {
            number: self.unique(f"{self._made[number].name} Input") for number in sorted(self._split)
        }

    def _break_circles(self) -> None:
        """Let an alias that stands for itself be anything: checkers refuse it."""
        direct = {
            number: [int(found[1]) for part in alternatives(definition.alias) if (found := _MARK.fullmatch(part))]
            for number, definition in enumerate(self._made)
            if definition.alias
        }
        for number, ways in direct.items():
            seen, pending = set(), list(ways)
            while pending:
                other = pending.pop()
                if other == number:
                    self._made[number].alias = ANY_TYPE
                    ways.clear()
                    break
                if other not in seen:
                    seen.add(other)
                    pending += direct.get(other, ())

    def _one_way(self) -> set[int]:
        """Return the definitions that differ between requests and replies, themselves or by what they refer to."""
        users: dict[int, list[int]] = {}
        for number, definition in enumerate(self._made):
            for used in definition.uses:
                users.setdefault(used, []).append(number)
        pending = [number for number, definition in enumerate(self._made) if definition.is_one_way]
        found = set(pending)
        while pending:
            for user in users.get(pending.pop(), ()):
                if user not in found:
                    found.add(user)
                    pending.append(user)
        return found

    def name_of(self, number: int, direction: Direction) -> str:
        """Return the name of a definition, as a request or a reply needs it."""
        return (
            self._request_names[number] if direction == "request" and number in self._split else self._made[number].name
        )

    def rendered(self, text: str, direction: Direction) -> str:
        """Return a type with the names of its definitions."""
        text = words_in(text, lambda name: f"_typed.{name}" if name == FILE else name)
        return _MARK.sub(lambda found: self.name_of(int(found[1]), direction), text)

    def names(self, *, objects: bool) -> list[str]:
        """Return the names of the definitions that are objects, or of the others."""
        return sorted(
            name
            for number, definition in enumerate(self._made)
            if bool(definition.members) is objects
            for name in {definition.name, self._request_names.get(number, definition.name)}
        )

    def written(self) -> Iterator[str]:
        """Yield the text of each definition."""
        for number, definition in enumerate(self._made):
            yield self._written(definition, definition.name, "response")
            if number in self._split:
                yield self._written(definition, self._request_names[number], "request")

    def _written(self, definition: Definition, name: str, direction: Direction) -> str:
        if not definition.members:
            return f"{name}: TypeAlias = {self.rendered(definition.alias or 'dict[str, Any]', direction)}\n"
        other = "readOnly" if direction == "request" else "writeOnly"
        fields = [
            (member.name, self.rendered(member.type, direction), member.required and member.only != other)
            for member in definition.members
        ]
        if not definition.others:
            return _typed_dict(name, definition.doc, fields)
        known = self.unique(f"{name} Known")
        return f"{_typed_dict(known, definition.doc, fields)}\n{name}: TypeAlias = {known} | dict[str, Any]\n"


def _typed_dict(name: str, doc: str, fields: list[tuple[str, str, bool]]) -> str:
    """Return a TypedDict: as a class where every key can be a name in it that hides no type."""
    annotated = [(key, kind if required else f"NotRequired[{kind}]") for key, kind, required in fields]
    if _fits_class([key for key, _ in annotated], (kind for _, kind in annotated)):
        lines = [f"    {key}: {kind}" for key, kind in annotated]
        return "\n".join([f"class {name}(TypedDict):", *docstring(doc, 4), *lines, ""])
    lines = [f"    {key!r}: {kind}," for key, kind in annotated]
    return "\n".join([f'{name} = TypedDict("{name}", {{', *lines, "})", ""])


def _fits_class(keys: list[str], kinds: Iterable[str]) -> bool:
    if not all(key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("__") for key in keys):
        return False
    return set(keys).isdisjoint(referred_names(kinds))


def referred_names(kinds: Iterable[str]) -> set[str]:
    """Return the names that types refer to."""
    found: set[str] = set()

    def remember(name: str) -> str:
        found.add(name)
        return name

    for kind in kinds:
        words_in(kind, remember)
    return found


def type_word(name: str) -> str:
    """Spell a name of a document as that of a Python type.

    >>> type_word("simple-user"), type_word("microsoft.graph.user"), type_word("Order"), type_word("3d"), type_word("None")
    ('SimpleUser', 'MicrosoftGraphUser', 'Order', 'T3d', 'None_')
    """
    words = [word for word in _SEPARATORS.sub("_", name.replace("[]", " ")).split("_") if word]
    text = "".join(word[0].upper() + word[1:] for word in words) or "T"
    text = text if text[0].isalpha() else f"T{text}"
    return f"{text}_" if keyword.iskeyword(text) or text in TAKEN else text


def first_paragraph(text: Any) -> str:
    """Return the first paragraph of a description."""
    paragraph = str(text or "").strip().partition("\n\n")[0].strip()
    return paragraph if len(paragraph) <= _LONGEST else f"{paragraph[:_LONGEST].rpartition(' ')[0]} ..."


def docstring(text: str, indent: int) -> list[str]:
    """Return the lines of a docstring; none for an empty text."""
    if not text:
        return []
    plain = text.encode("utf-8", "backslashreplace").decode()
    escaped = plain.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    first, *rest = ["".join(filter(str.isprintable, line)).rstrip() for line in escaped.splitlines()]
    margin = " " * indent
    if not rest:
        return [f'{margin}"""{first}{" " if first.endswith(chr(34)) else ""}"""']
    return [f'{margin}"""{first}', *(f"{margin}{line}".rstrip() for line in rest), f'{margin}"""']
