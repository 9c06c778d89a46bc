"""The Registry: the operations of a document, found by any of their names.

Opening a document makes only this index; what an operation is made of is worked out when it is first used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dynclient.document import Document
from dynclient.errors import UnknownOperation
from dynclient.names import nearest
from dynclient.operation import Operation
from dynclient.schema import Schemas

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Registry(Mapping[str, Operation]):
    """The operations of a document by name: operationId, snake_case, or `METHOD /path`. Iteration gives the ids.

    Args:
        document: The document.
        engine: The JSON Schema engine; the first that is installed when None.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        self.document = document
        self.schemas = Schemas(document, engine)
        self.operations: tuple[Operation, ...] = tuple(self._operations())
        self._by_name: dict[str, Operation] = {}
        for spelling in ("key", "id", "python_name"):
            for operation in self.operations:
                self._by_name.setdefault(getattr(operation, spelling), operation)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.document.root.child("paths").children():
            if not path.startswith("/"):
                continue
            node = self.document.follow(item)
            for method in METHODS:
                operation = node.child(method)
                if isinstance(operation.value, Mapping):
                    yield Operation(self.schemas, method, path, node, operation)

    def __getitem__(self, name: str) -> Operation:
        found = self._by_name.get(name)
        if found is None:
            hint = nearest(name, self._by_name) or f"`dynclient ops` lists the {len(self.operations)} that there are"
            raise UnknownOperation(f"{self.document.title} has no operation {name!r} ({hint})")
        return found

    def __iter__(self) -> Iterator[str]:
        return (operation.id for operation in self.operations)

    def __len__(self) -> int:
        return len(self.operations)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name
