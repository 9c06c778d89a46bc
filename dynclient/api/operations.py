"""Operations by name: every operation of a document, found by any of its names.

Opening a document makes only a list of methods, paths and ids. Python names, and what an operation is made of, are computed when somebody first
asks for them.

Every operation has exactly one Python name, which no other operation has, beside its id and `METHOD /path`. A name that could mean several
operations means the one that comes first in this order: `METHOD /path`, the id, the Python name. Of operations with the same id, the id names
the first. The Python name may be written with hyphens, as commands are (`create-checkout`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from dynclient.api.operation import Operation, former_names
from dynclient.errors import SpecError, UnknownOperation
from dynclient.names import Named, nearest, nearest_name, snake_case, unique_names
from dynclient.options import warn
from dynclient.schema.schemas import Schemas
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.spec.slices import METHODS, Outline

#: The names that clients themselves have: an operation of such a name gets an underscore.
RESERVED = frozenset(
    {
        "aclose",
        "call",
        "close",
        "document",
        "operations",
        "prepare",
        "send",
        "shadow",
        "stream",
        "tolerated",
        "use",
        "webhooks",
        "with_options",
    }
)

#: How many operations a notebook shows.
_SHOWN = 100

#: The Path Item and the Operation Object of operations that do not simply stand at their path, by their number.
_Found = dict[int, tuple[Node, Node]]


class Operations(Mapping[str, Operation]):
    """Operations by name. Iteration gives one name of each: the id, or `METHOD /path` where an earlier one has that id.

    Args:
        schemas: The compiled schemas of their document.
        outline: Their methods, paths and ids in the document's order.
        found: The places of operations that do not simply stand at their path, by their number.
        incoming: Whether the server calls them.
    """

    def __init__(
        self, schemas: Schemas, outline: Outline, found: Mapping[int, tuple[Node, Node]], *, incoming: bool = False
    ) -> None:
        self.schemas = schemas
        self.document = schemas.document
        self._outline = outline
        self._found = found
        self._incoming = incoming
        self._made: dict[int, Operation] = {}
        self._by_name: dict[str, Operation] = {}

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations in the document's order."""
        return tuple(map(self._operation, range(len(self))))

    @cached_property
    def python_names(self) -> tuple[str, ...]:
        """The Python name of each operation in the document's order; no two share one."""
        paths, methods, ids = self._outline
        named = [
            Named(declared or "", method, path) for path, method, declared in zip(paths, methods, ids, strict=True)
        ]
        return tuple(unique_names(named, RESERVED))

    # The names in the order in which they are understood; each kind is computed when those before it do not have the name.

    @cached_property
    def _key_of(self) -> list[str]:
        return [f"{method} {path}" for path, method in zip(self._outline.paths, self._outline.methods, strict=True)]

    @cached_property
    def _id_of(self) -> list[str]:
        return [declared or self._key_of[index] for index, declared in enumerate(self._outline.ids)]

    @cached_property
    def _keys(self) -> dict[str, int]:
        return {key: index for index, key in enumerate(self._key_of)}

    @cached_property
    def _ids(self) -> dict[str, int]:
        """Operations by id; of several with the same id, the first."""
        return dict(zip(reversed(self._id_of), range(len(self) - 1, -1, -1), strict=True))

    @cached_property
    def _names(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.python_names)}

    @cached_property
    def _spellings(self) -> dict[str, int]:
        """Other spellings that are understood though nothing lists them: ids in snake_case, and the names of webhooks."""
        found: dict[str, int] = {}
        for index, name in enumerate(self._id_of):
            found.setdefault(snake_case(name), index)
            if self._incoming:
                found.setdefault(self._outline.paths[index], index)
        return found

    @cached_property
    def _key_spellings(self) -> dict[str, int]:
        """Keys in snake_case, which are understood, too, unless a former name is spelt like that."""
        found: dict[str, int] = {}
        for index, key in enumerate(self._key_of):
            found.setdefault(snake_case(key), index)
        return found

    def _find(self, name: object) -> int | None:
        if not isinstance(name, str):
            return None
        if " " in name and (index := self._keys.get(name)) is not None:
            return index
        for kind in ("_ids", "_names", "_spellings"):
            if (index := getattr(self, kind).get(name)) is not None:
                return int(index)
        index = self._key_spellings.get(name)
        if index is not None and name not in self._former:
            return index
        return self._find(name.replace("-", "_")) if "-" in name and " " not in name else None

    def _operation(self, index: int) -> Operation:
        made = self._made.get(index)
        if made is None:
            method, path = self._outline.methods[index], self._outline.paths[index]
            if index in self._found:
                item, node = self._found[index]
            else:
                item = self.document.root.child("paths", path)
                node = item.child(method.lower())
            made = Operation(
                self.schemas, method, path, item, node, incoming=self._incoming, named=lambda: self.python_names[index]
            )
            made.siblings = self
            made = self._made.setdefault(index, made)  # another thread may have been first
        return made

    @cached_property
    def by_tag(self) -> Mapping[str, Mapping[str, Operation]]:
        """The operations of each tag, both by their Python names; `issues_list` of the tag `issues` is `list` there."""
        found: dict[str, list[Operation]] = {}
        for operation in self.operations:
            for tag in operation.tags:
                found.setdefault(snake_case(tag), []).append(operation)
        return {tag: _short_names(tag, listed) for tag, listed in found.items()}

    def search(self, words: str) -> list[Operation]:
        """Find operations by words: those that have all of them in their names, path, tags, summary or description, the best first.

        Args:
            words: The words, in any order and case; parts of words count, too. One that no operation has may be misspelt: the nearest
                word of the names and tags counts instead.
        """
        return self._having(self.understood(words))

    def understood(self, words: str) -> list[str]:
        """Return the words that `search` looks for: those that no operation has are replaced by the nearest ones, if there are any."""
        return [
            word if any(_rank(each, [word]) for each in self.operations) else nearest_name(word, self._words) or word
            for word in words.lower().split()
        ]

    def _having(self, words: list[str]) -> list[Operation]:
        ranked = [(_rank(operation, words), operation) for operation in self.operations]
        found = [(rank, operation) for rank, operation in ranked if rank is not None]
        return [operation for _, operation in sorted(found, key=lambda item: item[0])]

    @cached_property
    def _words(self) -> list[str]:
        """The words of the names and tags."""
        tags = (snake_case(tag) for operation in self.operations for tag in operation.tags)
        return list(dict.fromkeys(word for name in (*self.python_names, *tags) for word in name.split("_") if word))

    def __repr__(self) -> str:
        shown = ", ".join(self._id_of[:5])
        more = f", … {len(self) - 5} more" if len(self) > 5 else ""
        kind = "webhooks" if self._incoming else "operations"
        return f"<{len(self)} {kind} of {self.document.title}: {shown}{more}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: a table of the first hundred."""
        from html import escape  # only a notebook needs it

        rows = [
            "".join(f"<td>{escape(text)}</td>" for text in (each.python_name, each.key, each.summary))
            for each in self.operations[:_SHOWN]
        ]
        more = f"<p>… {len(self) - _SHOWN} more</p>" if len(self) > _SHOWN else ""
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>{more}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def get(self, name: str, default: Any = None) -> Any:
        """The operation of a name; the default when there is none."""
        found = self._by_name.get(name)
        if found is None:
            index = self._find(name)
            if index is None:
                return default
            found = self._by_name[name] = self._operation(index)
        return found

    def __getitem__(self, name: str) -> Operation:
        found: Operation | None = self.get(name)
        if found is None:
            kind = "webhook" if self._incoming else "operation"
            raise UnknownOperation(f"{self.document.title} has no {kind} {name!r} ({self._hint(name)})")
        return found

    def _hint(self, name: object) -> str:
        """Say which operation somebody means who asks for one that is not there."""
        if not isinstance(name, str):
            return "a name is a text"
        if not self._incoming and name in dict(self.document.root.child("webhooks").children()):
            return "it is a webhook, which the server calls: client.webhooks has it"
        known = [*self._key_of, *self._id_of, *self.python_names]
        return nearest(name, known) or (
            f"it has {len(self)}; `dynclient ops SPEC` lists them" if known else "it has none"
        )

    def former(self, name: str) -> Operation | None:
        """The operation that had this name before (`x-dynclient-aliases`); None if none had it."""
        return self._former.get(name) or self._former.get(name.replace("-", "_"))

    def named(self, name: str) -> Operation:
        """Return the operation of a name, also of a former one, which a DeprecationWarning says.

        Raises:
            UnknownOperation: There is none.
        """
        operation = None if self.get(name) is not None else self.former(name)
        if operation is None:
            return self[name]
        warn(f"{name} is called {operation.python_name} now", DeprecationWarning)
        return operation

    @cached_property
    def _former(self) -> dict[str, Operation]:
        """The operations by their former names, as they are written and in snake_case."""
        found: dict[str, Operation] = {}
        for operation in self.operations:
            for name in former_names(operation.node):
                found.setdefault(name, operation)
                found.setdefault(snake_case(name), operation)
        return found

    def __iter__(self) -> Iterator[str]:
        for index, name in enumerate(self._id_of):
            yield name if self._find(name) == index else self._key_of[index]

    def __len__(self) -> int:
        return len(self._outline.paths)

    def __contains__(self, name: object) -> bool:
        return self._find(name) is not None


def _short_names(tag: str, operations: list[Operation]) -> dict[str, Operation]:
    """The operations of a tag by name: without the tag in front, where that is the name of one only."""
    names = {operation.python_name: operation for operation in operations}
    short = {name: name.removeprefix(f"{tag}_") for name in names}
    counts = Counter([*short.values(), *(name for name in names if short[name] != name)])
    return {snake_case(text) if counts[text] == 1 else name: names[name] for name, text in short.items()}


def _rank(operation: Operation, words: list[str]) -> tuple[int, int] | None:
    """How well words fit an operation, lower is better; None when one is missing."""
    texts = [
        f"{operation.python_name} {operation.id}",
        f"{operation.key} {' '.join(operation.tags)}",
        operation.summary,
        operation.description,
    ]
    lowered = [text.lower() for text in texts]
    ranks = [next((rank for rank, text in enumerate(lowered) if word in text), None) for word in words]
    known = [rank for rank in ranks if rank is not None]
    return (sum(known), len(operation.python_name)) if len(known) == len(words) else None


def operations_of(schemas: Schemas) -> Operations:
    """The operations of a document's Paths Object."""
    return Operations(schemas, *_outlined(schemas.document))


def webhooks_of(operations: Operations) -> Operations:
    """The operations that the server calls: webhooks by name (`newPet`), callbacks by operation and name (`subscribe.onEvent`).

    Args:
        operations: The operations of the same document that the client calls.
    """
    document, outline = operations.document, Outline([], [], [])
    found: _Found = {}
    named = zip(operations, operations.operations, strict=True)
    callbacks = [callback for name, operation in named for callback in _callbacks(document, name, operation.node)]
    for path, item in (*document.root.child("webhooks").children(), *callbacks):
        _look_at(document, path, item, outline, found)
    _add_callbacks(document, outline, found)
    return Operations(operations.schemas, outline, found, incoming=True)


def _add_callbacks(document: Document, outline: Outline, found: _Found) -> None:
    """Add the callbacks of webhooks and of callbacks; one that refers back to itself is added once."""
    seen, index = set(), 0
    while index < len(outline.paths):
        node = found[index][1]
        if node.place not in seen:
            seen.add(node.place)
            for path, item in _callbacks(document, outline.ids[index] or outline.paths[index], node):
                _look_at(document, path, item, outline, found)
        index += 1


def _callbacks(document: Document, name: str, operation: Node) -> Iterator[tuple[str, Node]]:
    """The path items of an operation's callbacks, each with its name (OpenAPI, Callback Object)."""
    for callback, child in operation.child("callbacks").children():
        try:
            node = document.follow(child)
        except SpecError:
            continue  # `document.problems` says why
        items = [(url, item) for url, item in node.children() if not url.startswith("x-")]
        label = f"{name}.{callback}"
        yield from ((label if len(items) == 1 else f"{label} {url}", item) for url, item in items)


def methods_of(item: Node) -> Iterator[tuple[str, Node]]:
    """The methods of a Path Item as they are sent, each with its Operation Object (OpenAPI 3.2, Path Item Object)."""
    for method in METHODS:
        node = item.child(method)
        if isinstance(node.value, Mapping):
            yield method.upper(), node
    for method, node in item.child("additionalOperations").children():
        if isinstance(node.value, Mapping) and method.lower() not in METHODS:
            yield method, node


def _outlined(document: Document) -> tuple[Outline, _Found]:
    """The operations of the Paths Object, and the places of those that stand behind a reference or under a method of their own."""
    outline = document.source.outline
    found: _Found = {}
    if "" not in outline.methods:
        return outline, found
    complete = Outline([], [], [])
    for path, method, declared in zip(*outline, strict=True):
        if method:
            _add(complete, path, method, declared)
        else:
            _look_at(document, path, document.root.child("paths", path), complete, found)
    return complete, found


def _look_at(document: Document, path: str, item: Node, outline: Outline, found: _Found) -> None:
    """Add the operations of a path item, following its reference."""
    try:
        node = document.path_item(item)
    except SpecError:
        return  # its operations cannot be known; `document.problems` says why
    for method, operation in methods_of(node):
        declared = operation.get("operationId")
        found[len(outline.paths)] = node, operation
        _add(outline, path, method, declared if isinstance(declared, str) and declared else None)


def _add(outline: Outline, path: str, method: str, declared: str | None) -> None:
    outline.paths.append(path)
    outline.methods.append(method)
    outline.ids.append(declared)
