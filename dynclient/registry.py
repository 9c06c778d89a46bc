"""The Registry: the operations of a document, found by any of their names.

Opening a document makes only this index; what an operation is made of is worked out when it is first used.

Every operation has exactly one documented Python name, which no other has, beside its id and `METHOD /path`. A name that
means several things means the one that comes first: `METHOD /path`, the id, the Python name. Of operations with the same id
the id names the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from dynclient.document import Document, Node
from dynclient.errors import SpecError, UnknownOperation
from dynclient.names import Named, nearest, snake_case, unique_names
from dynclient.operation import Operation
from dynclient.schema import Schemas

#: The methods that have a field of their own in a Path Item, in the order of the specification; `query` since 3.2.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

#: The names that clients themselves have: an operation that would be called so gets an underscore.
RESERVED = frozenset(
    {"aclose", "call", "close", "document", "operations", "prepare", "send", "stream", "webhooks", "with_options"}
)


class Operations(Mapping[str, Operation]):
    """Operations by name. Iteration gives one name of each: the id, or `METHOD /path` where an earlier one has that id.

    Args:
        document: The document that they belong to.
        operations: The operations in the document's order; each gets its Python name here.
        kind: What messages call one of them.
    """

    def __init__(self, document: Document, operations: Iterable[Operation], kind: str = "operation") -> None:
        self.document = document
        self.operations = tuple(operations)
        self._kind = kind
        self._by_name: dict[str, Operation] = {operation.key: operation for operation in self.operations}
        names = unique_names([_named(operation) for operation in self.operations], RESERVED)
        for operation, name in zip(self.operations, names, strict=True):
            operation.python_name = name
            self._by_name.setdefault(operation.id, operation)
        for operation in self.operations:
            self._by_name.setdefault(operation.python_name, operation)

    @cached_property
    def _spellings(self) -> dict[str, Operation]:
        """What is understood as well, though no document or help says it: the plain spelling of ids and keys."""
        found: dict[str, Operation] = {}
        for operation in self.operations:
            for name in (operation.id, operation.key):
                found.setdefault(snake_case(name), operation)
            if operation.incoming:
                found.setdefault(operation.path, operation)
        return found

    def __getitem__(self, name: str) -> Operation:
        found = self._by_name.get(name) or self._spellings.get(name)
        if found is None:
            hint = nearest(name, self._by_name) or f"`dynclient ops` lists the {len(self.operations)} that there are"
            raise UnknownOperation(f"{self.document.title} has no {self._kind} {name!r} ({hint})")
        return found

    def __iter__(self) -> Iterator[str]:
        for operation in self.operations:
            yield operation.id if self._by_name[operation.id] is operation else operation.key

    def __len__(self) -> int:
        return len(self.operations)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name or name in self._spellings


class Registry(Operations):
    """The operations of a document by name: operationId, snake_case, or `METHOD /path`.

    Args:
        document: The document.
        engine: The JSON Schema engine; the first that is installed when None.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        self.schemas = Schemas(document, engine)
        paths = document.root.child("paths").children()
        super().__init__(document, self._below((path, item) for path, item in paths if path.startswith("/")))

    @cached_property
    def webhooks(self) -> Operations:
        """What the server calls: webhooks by name (`newPet`), callbacks by operation and name (`subscribe.onEvent`)."""
        webhooks = self._below(self.document.root.child("webhooks").children(), incoming=True)
        return Operations(self.document, [*webhooks, *self._callbacks()], "webhook")

    def _below(self, items: Iterable[tuple[str, Node]], *, incoming: bool = False) -> Iterator[Operation]:
        for path, item in items:
            try:
                node = self.document.path_item(item)
            except SpecError:
                continue  # nothing is known of its operations; `document.problems` says why
            for method, operation in methods_of(node):
                yield Operation(self.schemas, method, path, node, operation, incoming=incoming)

    def _callbacks(self) -> Iterator[Operation]:
        """The callbacks of all operations (OpenAPI, Callback Object)."""
        for name, operation in zip(self, self.operations, strict=True):
            for callback, child in operation.node.child("callbacks").children():
                try:
                    node = self.document.follow(child)
                except SpecError:
                    continue  # as above
                items = [(url, item) for url, item in node.children() if not url.startswith("x-")]
                label = f"{name}.{callback}"
                named = ((label if len(items) == 1 else f"{label} {url}", item) for url, item in items)
                yield from self._below(named, incoming=True)


def methods_of(item: Node) -> Iterator[tuple[str, Node]]:
    """The methods of a Path Item as they are sent, each with its Operation Object (OpenAPI 3.2, Path Item Object)."""
    for method in METHODS:
        node = item.child(method)
        if isinstance(node.value, Mapping):
            yield method.upper(), node
    for method, node in item.child("additionalOperations").children():
        if isinstance(node.value, Mapping) and method.lower() not in METHODS:
            yield method, node


def _named(operation: Operation) -> Named:
    return Named("" if operation.id == operation.key else operation.id, operation.method, operation.path)
