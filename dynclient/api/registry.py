"""The Registry: the operations of a document, found by any of their names.

Opening a document makes only a list of its methods, paths and ids; the names that must be worked out, and what an operation is made of,
are worked out when somebody first asks for them.

Every operation has exactly one documented Python name, which no other has, beside its id and `METHOD /path`. A name that
means several things means the one that comes first: `METHOD /path`, the id, the Python name. Of operations with the same id
the id names the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from dynclient.api.operation import Operation
from dynclient.errors import SpecError, UnknownOperation
from dynclient.names import Named, nearest, snake_case, unique_names
from dynclient.schema.schemas import Schemas
from dynclient.security.scheme import Scheme, security_schemes
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.spec.outline import METHODS, Outline

#: The names that clients themselves have: an operation that would be called so gets an underscore.
RESERVED = frozenset(
    {"aclose", "call", "close", "document", "operations", "prepare", "send", "stream", "webhooks", "with_options"}
)


class Operations(Mapping[str, Operation]):
    """Operations by name. Iteration gives one name of each: the id, or `METHOD /path` where an earlier one has that id.

    Args:
        schemas: The compiled schemas of the document that they belong to.
        outline: The operations in the document's order.
        found: For operations that do not simply stand at their path, their Path Item and Operation Object, by their number.
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

    # The names, in the order in which they are understood; each kind is worked out when those before it do not have the name.

    @cached_property
    def _key_of(self) -> list[str]:
        return [f"{method} {path}" for path, method in zip(self._outline.paths, self._outline.methods, strict=True)]

    @cached_property
    def _id_of(self) -> list[str]:
        ids = self._outline.ids
        if None not in ids:
            return ids  # type: ignore[return-value]  # as has just been seen
        paths, methods, _ = self._outline
        return [declared or f"{methods[index]} {paths[index]}" for index, declared in enumerate(ids)]

    @cached_property
    def _keys(self) -> dict[str, int]:
        return {key: index for index, key in enumerate(self._key_of)}

    @cached_property
    def _ids(self) -> dict[str, int]:
        """Of operations with the same id, the first."""
        return dict(zip(reversed(self._id_of), range(len(self) - 1, -1, -1), strict=True))

    @cached_property
    def _names(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.python_names)}

    @cached_property
    def _spellings(self) -> dict[str, int]:
        """What is understood as well, though no document or help says it: the plain spelling of ids and keys."""
        found: dict[str, int] = {}
        for index, names in enumerate(zip(self._id_of, self._key_of, strict=True)):
            for name in names:
                found.setdefault(snake_case(name), index)
            if self._incoming:
                found.setdefault(self._outline.paths[index], index)
        return found

    def _find(self, name: object) -> int | None:
        if not isinstance(name, str):
            return None
        if " " in name and (index := self._keys.get(name)) is not None:
            return index
        for kind in ("_ids", "_names", "_spellings"):
            if (index := getattr(self, kind).get(name)) is not None:
                return int(index)
        return None

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
                self.schemas,
                method,
                path,
                item,
                node,
                incoming=self._incoming,
                named=lambda: self.python_names[index],
            )
            made = self._made.setdefault(index, made)  # another thread may have been first
        return made

    def __getitem__(self, name: str) -> Operation:
        index = self._find(name)
        if index is None:
            known = [*self._key_of, *self._id_of, *self.python_names]
            hint = nearest(name, known) or f"`dynclient ops` lists the {len(self)} that there are"
            kind = "webhook" if self._incoming else "operation"
            raise UnknownOperation(f"{self.document.title} has no {kind} {name!r} ({hint})")
        return self._operation(index)

    def __iter__(self) -> Iterator[str]:
        for index, name in enumerate(self._id_of):
            yield name if self._find(name) == index else self._key_of[index]

    def __len__(self) -> int:
        return len(self._outline.paths)

    def __contains__(self, name: object) -> bool:
        return self._find(name) is not None


class Registry(Operations):
    """The operations of a document by name: operationId, snake_case, or `METHOD /path`.

    Args:
        document: The document.
        engine: The JSON Schema engine; the first that is installed when None.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        super().__init__(Schemas(document, engine), *_outlined(document))

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        """The security schemes by id, and those that some operation names by their URI (OpenAPI 3.2, Security Requirement Object)."""
        found = security_schemes(self.document)
        if self.document.version not in ("3.0", "3.1"):
            for operation in self.operations:
                found |= operation.schemes
        return found

    @cached_property
    def webhooks(self) -> Operations:
        """What the server calls: webhooks by name (`newPet`), callbacks by operation and name (`subscribe.onEvent`)."""
        outline = Outline([], [], [])
        found: dict[int, tuple[Node, Node]] = {}
        named = zip(self, self.operations, strict=True)
        callbacks = [callback for name, operation in named for callback in self._callbacks(name, operation.node)]
        for path, item in (*self.document.root.child("webhooks").children(), *callbacks):
            _look_at(self.document, path, item, outline, found)
        self._add_callbacks(outline, found)
        return Operations(self.schemas, outline, found, incoming=True)

    def _add_callbacks(self, outline: Outline, found: dict[int, tuple[Node, Node]]) -> None:
        """Add the callbacks of webhooks and of callbacks; one that leads back to itself is there once."""
        seen, index = set(), 0
        while index < len(outline.paths):
            node = found[index][1]
            if node.place not in seen:
                seen.add(node.place)
                for path, item in self._callbacks(outline.ids[index] or outline.paths[index], node):
                    _look_at(self.document, path, item, outline, found)
            index += 1

    def _callbacks(self, name: str, operation: Node) -> Iterator[tuple[str, Node]]:
        """The path items of an operation's callbacks by what they are called (OpenAPI, Callback Object)."""
        for callback, child in operation.child("callbacks").children():
            try:
                node = self.document.follow(child)
            except SpecError:
                continue  # as above
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


def _outlined(document: Document) -> tuple[Outline, dict[int, tuple[Node, Node]]]:
    """The operations of the Paths Object, those among them that had to be looked at with what was found."""
    outline = document.source.outline
    found: dict[int, tuple[Node, Node]] = {}
    if "" not in outline.methods:
        return outline, found
    looked = Outline([], [], [])
    for path, method, declared in zip(*outline, strict=True):
        if method:
            _add(looked, path, method, declared)
        else:
            _look_at(document, path, document.root.child("paths", path), looked, found)
    return looked, found


def _look_at(document: Document, path: str, item: Node, outline: Outline, found: dict[int, tuple[Node, Node]]) -> None:
    """Add the operations of a path item, with what it refers to."""
    try:
        node = document.path_item(item)
    except SpecError:
        return  # nothing is known of its operations; `document.problems` says why
    for method, operation in methods_of(node):
        declared = operation.get("operationId")
        found[len(outline.paths)] = node, operation
        _add(outline, path, method, declared if isinstance(declared, str) and declared else None)


def _add(outline: Outline, path: str, method: str, declared: str | None) -> None:
    outline.paths.append(path)
    outline.methods.append(method)
    outline.ids.append(declared)
