"""References that cannot be resolved, and the operations that use them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import Any

from dynclient.api.operations import Operations
from dynclient.errors import SpecError
from dynclient.faults.rules import Fault, Place
from dynclient.problem import Problem
from dynclient.spec.document import Document
from dynclient.spec.node import DATA, NAMES, Node, is_reference

_SCHEMAS = frozenset({"schema", "itemSchema"})

#: A place that something refers to, and whether the reference is in the schema of a body.
_Target = tuple[Place, bool]


class ReferenceGraph:
    """The references of a document, and the operations that use a place directly or through references.

    Args:
        document: The document.
        operations: Its operations.

    Attributes:
        broken: The places of the references that cannot be resolved, each with the reason.
        examples: Those of them that refer to an example, which no call needs.
    """

    def __init__(self, document: Document, operations: Operations) -> None:
        self.broken: list[tuple[Node, Problem]] = []
        self.examples: set[Place] = set()
        self._sources: dict[Place, list[Place]] = defaultdict(list)
        self._operations = operations
        self._collect(document)

    def _collect(self, document: Document) -> None:
        pending = [document.written]
        visited: set[Place] = set()
        while pending:
            top = pending.pop()
            if any((top.file, top.path[:depth]) in visited for depth in range(len(top.path) + 1)):
                continue
            visited.add(top.place)
            for node, reference, is_example in _references_below(top):
                try:
                    target = document.resolve(reference, node)
                    document.follow(target)  # the target may be a reference itself, even a circular one
                except SpecError as error:
                    self.broken.append((node, error.problems[-1]))
                    self.examples.update([node.place] if is_example else ())
                    continue
                self._sources[target.place].append(node.place)
                if target.file != top.file or target.path[: len(top.path)] != top.path:
                    pending.append(target)

    def users(self, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the operations that use a place in their calls, and those that use it only in the schemas of their replies."""
        bits, targets = self._above(place, in_body=False)
        for target in targets:
            bits |= self._users_of[target]
        keys = [operation.key for operation in self._operations.operations] if bits else []
        calling = tuple(key for index, key in enumerate(keys) if bits >> 2 * index & 1)
        return calling, tuple(key for index, key in enumerate(keys) if bits >> 2 * index & 3 == 2)

    def _above(self, place: Place, *, in_body: bool) -> tuple[int, set[_Target]]:
        """Return the operations that contain a place, and the places around it that something refers to.

        An operation is two bits of a number: the first for use in its call, the second for use in the schemas of its replies.
        """
        file, path = place
        bits, targets = 0, set()
        for depth in range(len(path), -1, -1):
            above, rest = (file, path[:depth]), path[depth:]
            in_body = in_body or (self._holds_bodies(rest) and not _SCHEMAS.isdisjoint(rest))
            if rest[:1] != ("callbacks",):  # the server makes these calls, not the client
                shift = int(in_body and rest[:1] == ("responses",))
                bits |= self._owners.get(above, 0) << shift
            if above in self._sources:
                targets.add((above, in_body))
        return bits, targets

    def _holds_bodies(self, path: tuple[str | int, ...]) -> bool:
        """Whether a schema at the end of a path describes a body: in Swagger 2.0, nothing else of a reply has one."""
        return self._operations.document.version == "2.0" or "content" in path

    @cached_property
    def _owners(self) -> dict[Place, int]:
        """The operations that each place belongs to, each as its first bit."""
        owners: dict[Place, int] = defaultdict(int)
        for index, operation in enumerate(self._operations.operations):
            owners[operation.node.place] |= 1 << 2 * index
            owners[operation.item.child("parameters").place] |= 1 << 2 * index
        return owners

    @cached_property
    def _users_of(self) -> dict[_Target, int]:
        """The operations that use each place that something refers to, however many references away."""
        users: dict[_Target, int] = {}
        further: dict[_Target, set[_Target]] = {}
        for place, in_body in itertools.product(self._sources, (False, True)):
            found = [self._above(source, in_body=in_body) for source in self._sources[place]]
            users[place, in_body] = reduce(or_, (bits for bits, _ in found))
            further[place, in_body] = set().union(*(targets for _, targets in found))
        grows = True
        while grows:
            grows = False
            for target, others in further.items():
                bits = reduce(or_, (users[other] for other in others), users[target])
                grows = grows or bits != users[target]
                users[target] = bits
        return users


def reference_faults(references: ReferenceGraph) -> Iterator[Fault]:
    """Yield every reference that cannot be resolved, with the operations that use it."""
    for node, problem in references.broken:
        message = problem.message.rpartition(" [")[0] or problem.message
        users = ((), ()) if node.place in references.examples else references.users(node.place)
        yield Fault(node, "reference", message, "OpenAPI, Reference Object; RFC 3986, RFC 6901", *users)


def _references_below(top: Node) -> Iterator[tuple[Node, str, bool]]:
    """Yield every reference below a place: where it is, its text, and whether it refers to an example."""
    pending: list[tuple[Any, tuple[str | int, ...], bool]] = [(top.value, top.path, False)]
    while pending:
        value, path, named = pending.pop()
        if isinstance(value, list):
            pending += [
                (item, (*path, index), False) for index, item in enumerate(value) if isinstance(item, Mapping | list)
            ]
            continue
        if not named:
            yield from ((Node(top.file, path, value), reference, False) for reference in _references_of(value))
        for name, member in value.items() if isinstance(value, Mapping) else ():
            if name == "examples" and not named and isinstance(member, Mapping):
                examples = Node(top.file, (*path, name), member).children()
                yield from ((node, node.value["$ref"], True) for _, node in examples if is_reference(node.value))
            data = not named and (name in DATA or name == "$ref" or str(name).startswith("x-"))
            if isinstance(member, Mapping | list) and not data:
                pending.append((member, (*path, name), not named and name in NAMES))


def _references_of(value: Any) -> Iterator[str]:
    """Yield the references of one object (Reference Object; Schema Object; Discriminator Object)."""
    if not isinstance(value, Mapping):
        return
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(value.get(keyword), str):
            yield value[keyword]
    discriminator = value.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    for target in mapping.values() if isinstance(mapping, Mapping) else ():
        if isinstance(target, str) and "#" in target:
            yield target
