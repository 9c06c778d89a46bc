"""A desk: one document, and what is compiled of it to judge traffic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.api.where import place_in_reply, place_in_request
from dynclient.errors import SpecError
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, Tokens, pointer
from dynclient.spec.node import Node
from dynclient.tolerance import Side
from dynclient.traffic.hosts import Hosts
from dynclient.traffic.plans import Branch, EnumValue, Member, ObjectForm, Plans, ValuePlan
from dynclient.traffic.report import DocumentPlace
from dynclient.traffic.unmatched import Neighbours
from dynclient.traffic.watch import Watch

if TYPE_CHECKING:
    from dynclient.api.api import Api, Opinion

#: How many places are remembered.
_PLACES = 5000


class Desk:
    """One document, and what is compiled of it to judge traffic.

    Args:
        api: The Api of the document.
        servers: More servers of it.
        name: What messages call the document: the name by which the user opened it, which another process does not know.
        is_alone: Whether there are no other documents from which its places must be told.
        referee: Whether openapi-core judges.
    """

    def __init__(self, api: Api, servers: Sequence[str], name: str, *, is_alone: bool, referee: bool) -> None:
        self.api = api
        self.hosts = Hosts(api, servers)
        self.name = name
        self.label = "" if is_alone else name
        self.plans: dict[Side, Plans] = {side: Plans(api.schemas, side) for side in ("request", "response")}
        self._base_paths = sorted(_bases(api), key=len, reverse=True)
        self.neighbours = Neighbours(api.operations.operations, self._base_paths)
        self.opinion: Opinion | None = _referee_of(api) if referee else None
        self._of_bodies: dict[Content, ValuePlan | None] = {}
        self._watches: dict[str, Watch] = {}
        self._name_at = lru_cache(_PLACES)(self._named)
        self._places: dict[Any, tuple[DocumentPlace | None, Node | None]] = {}

    def watch(self, operation: Operation) -> Watch:
        """Return what is compiled of an operation."""
        found = self._watches.get(operation.key)
        if found is None:
            found = self._watches.setdefault(operation.key, Watch(operation, self.label_of(operation)))
        return found

    def label_of(self, operation: Operation) -> str:
        """Return the name of an operation in the coverage."""
        return f"{self.label} {operation.id}" if self.label else operation.id

    def without_base(self, path: str) -> str:
        """Return the path of a URL without that of the server, as the document writes it."""
        base = next((base for base in self._base_paths if path.startswith(f"{base}/")), "")
        return path[len(base) :]

    def plan_of(self, content: Content, side: Side) -> ValuePlan | None:
        """Return the plan of the values of a body; None when they are not described."""
        if content not in self._of_bodies:
            place = content.node.child("schema")
            self._of_bodies[content] = self.plans[side].plan((place,)) if place.value is not None else None
        return self._of_bodies[content]

    def place(self, node: Node) -> DocumentPlace:
        """Return a place in the document as people find it."""
        return DocumentPlace(self.file_name(node.file), pointer(node.path))

    def file_name(self, file: str) -> str:
        """Return what messages call a file of the document."""
        document = self.api.document
        return self.name if file == document.root.file else document.files[file].name

    def name_of(self, node: Node) -> str:
        """Return the name of a place in the coverage: its pointer, with the file where it is not the document's own."""
        return self._name_at(*node.place)

    def _named(self, file: str, path: Tokens) -> str:
        at = pointer(path)
        return at if file == self.api.document.root.file and not self.label else f"{self.file_name(file)}#{at}"

    def coverage_of(self, used: Any) -> Iterator[tuple[str, str]]:
        """Yield the names in the coverage of what a value used of its schema, each with its kind."""
        if isinstance(used, Member | ObjectForm):
            for member in used.members if isinstance(used, ObjectForm) else (used,):
                yield from (("properties", self.name_of(node)) for node in member.nodes)
        elif isinstance(used, EnumValue):
            yield "enum_values", f"{self.name_of(used.node)} {used.text}"
        elif isinstance(used, Branch):
            yield "branches", self.name_of(Node(used.file, used.path, None))

    def placed(
        self, operation: Operation, side: Side, message: Request | Response, problem: Problem
    ) -> tuple[DocumentPlace | None, Node | None]:
        """Return the place in the document that a problem is about; equal ones are looked for once."""
        kind = message.headers.get("Content-Type", "")
        status = message.status if isinstance(message, Response) else 0
        way = tuple("*" if isinstance(token, int) else token for token in problem.path)
        key = operation.key, side, status, kind, problem.where, problem.keyword == "required", way
        found = self._places.get(key)
        if found is None:
            node = _node_of(operation, message, problem)
            found = (None if node is None else self.place(node)), node
            if len(self._places) < _PLACES:
                self._places[key] = found
        return found


def _node_of(operation: Operation, message: Request | Response, problem: Problem) -> Node | None:
    try:
        if isinstance(message, Response):
            return place_in_reply(operation, message, problem)
        return place_in_request(operation, message.headers.get("Content-Type", ""), problem)
    except SpecError:
        return operation.node


def _bases(api: Api) -> list[str]:
    owners = {operation.server_owner.place: operation for operation in api.operations.operations}
    return [*api.bases, *dict.fromkeys(base for operation in owners.values() for base in operation.base_paths)]


def _referee_of(api: Api) -> Opinion:
    from dynclient.traffic.judging import openapi_core_opinion

    return openapi_core_opinion(api.document)
