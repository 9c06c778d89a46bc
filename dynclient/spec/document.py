"""A Document: plain data that is an OpenAPI description, its references followed across files.

Nothing is compiled here. A `Node` is a place in a document (file and JSON pointer) with the value that stands there, so that
every later room can say where a thing was written and follow the references in it from the right file.

Where a relative reference starts is worked out when one is followed, not kept in every node: at the file, or at the nearest `$id`
(JSON Schema 2020-12, section 8.2.1) or `$self` (OpenAPI 3.2, section 4.1.2.2) above it. `$id` and anchors are looked for only when a
reference cannot do without them, so that a large document pays nothing for them. OpenAPI 3.0 knows neither.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import IO, Any

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.problem import Problem, show
from dynclient.spec.fetching import is_url
from dynclient.spec.library import Library, ReferenceFault
from dynclient.spec.limits import DEFAULT_LIMITS, Limits
from dynclient.spec.node import Node, combined, is_reference
from dynclient.spec.overlay import apply
from dynclient.spec.reading import Source, read
from dynclient.spec.slices import plain
from dynclient.spec.store import Cache

_VERSION = lazy.pattern(r"3\.[012](\.\d+)?(-\w+)?\Z")

#: What a document may be given as.
Text = str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any]


class Document:
    """An OpenAPI 3 description, read and indexed, not yet compiled.

    Args:
        source: The plain data.
        fetch: Whether references may be fetched from http(s) URLs. Files are only read below the document's own folder.
        limits: How much each file may take.
        roots: Folders that references may lead to as well. A file among them is read at once, and references may also name it by
            its own `$self` or `$id`.
        overlays: OpenAPI Overlays that correct the data, in this order; what was handed over is not changed.
        strict: Whether a document with any fault is refused.
        cache: Whether large files that it refers to are kept on disk (`store_of`).

    Raises:
        SpecError: The data is no OpenAPI 3.0, 3.1 or 3.2 description, or an overlay cannot be applied to it.
    """

    def __init__(
        self,
        source: Source,
        *,
        fetch: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        roots: Sequence[str | PathLike[str]] = (),
        overlays: Iterable[Text] = (),
        strict: bool = False,
        cache: Cache = None,
    ) -> None:
        self._problems: list[Problem] = []
        written = source
        for text in overlays:
            source = self._overlaid(source, read(text, limits, cache))
        self.source = source
        self.name = source.name
        self._fetch = fetch
        self._roots = tuple(roots)
        self._limits = limits
        self._lock = threading.RLock()
        self._cache = cache
        self._judged = False
        self.version = _version_of(source)
        self._library = Library(self.version, fetch=fetch, limits=limits, cache=cache)
        base = source.path.as_uri() if source.path else source.name if is_url(source.name) else "memory:document"
        # the text of a document that was corrected does not tell any more what is in it
        self._library.add(base, source, plain=None if source is written else self.version == "3.0")
        folders = [source.path.resolve().parent] if source.path else []
        for root in map(Path, roots):
            if root.is_dir():
                folders.append(root.resolve())
            else:
                self._library.add(root.absolute().as_uri(), read(root, limits, cache))
        self._library.folders = folders
        self.root = Node(base, (), source.data)
        if strict and self.problems:
            raise SpecError(f"{self.name} breaks the specification", self.problems)

    @property
    def problems(self) -> list[Problem]:
        """Everything in which the document breaks the specification, and what was noted while it was used.

        It is worked out when it is first asked for; opening a document does not look for faults.
        """
        with self._lock:
            if not self._judged:
                # The judge needs every room above this one, so it is asked for by name, as the package's own names are.
                find = import_module("dynclient.faults.faults").find
                self._judged = True
                found = list(find(self))  # before the list is read: the judge may note something
                self._problems[:] = dict.fromkeys([*self._problems, *found])
        return self._problems

    def note(self, problem: Problem) -> None:
        """Add something to `problems` that was noticed while the document was used."""
        with self._lock:
            if problem not in self._problems:
                self._problems.append(problem)

    @property
    def data(self) -> Any:
        """The plain data of the document, whole: all of what is kept on disk is read for it."""
        return plain(self.source.data)

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """The `info` object (OpenAPI, Info Object)."""
        info = self.root.get("info")
        return info if isinstance(info, Mapping) else {}

    @property
    def title(self) -> str:
        """The API's title."""
        return str(self.info.get("title", self.name))

    def follow(self, node: Node) -> Node:
        """The node itself, or the place its `$ref` leads to, however many steps away.

        A `summary` or `description` beside the `$ref` stands for that of the place (OpenAPI 3.1, Reference Object).

        Raises:
            SpecError: A reference leads nowhere, in a circle, or to a place that may not be read.
        """
        seen = set()
        told: dict[str, Any] = {}
        while is_reference(node.value):
            if node.place in seen:
                raise self.error(node, "reference", "the reference leads back to itself")
            seen.add(node.place)
            if self.version != "3.0" and len(node.value) > 1:
                told = {name: node.value[name] for name in ("summary", "description") if name in node.value} | told
            node = self.resolve(node.value["$ref"], node)
        if told and isinstance(node.value, Mapping):
            return Node(node.file, node.path, {**node.value, **told})
        return node

    def path_item(self, node: Node) -> Node:
        """A Path Item with the fields of the one that its `$ref` leads to; its own come first.

        What stands in both has no defined meaning (OpenAPI, Path Item Object): the nearer one is taken, and `problems` says so.

        Raises:
            SpecError: A reference leads nowhere, in a circle, or to a place that may not be read.
        """
        parts = [node]
        while is_reference(parts[-1].value):
            target = self.resolve(parts[-1].value["$ref"], parts[-1])
            if any(target.place == part.place for part in parts):
                raise self.error(parts[-1], "reference", "the reference leads back to itself")
            parts.append(target)
        holding = [part for part in parts if isinstance(part.value, Mapping) and part.value.keys() - {"$ref"}]
        if len(holding) < 2:
            return holding[0] if holding else parts[-1]
        return combined(node, *holding)

    def resolve(self, reference: str, origin: Node) -> Node:
        """The place that a reference names (RFC 3986 resolution; RFC 6901 pointer, or an anchor of JSON Schema).

        Args:
            reference: The text of the `$ref` or `$dynamicRef`.
            origin: The node it stands in; relative references start at its base URI.

        Raises:
            SpecError: There is no such place, or it may not be read.
        """
        if not isinstance(reference, str):
            raise self.error(origin, "reference", f"a $ref is a text, a URI reference, and not {show(reference)}")
        try:
            return self._library.resolve(reference, origin)
        except ReferenceFault as fault:
            raise self.error(origin, "reference", f"$ref {reference!r} {fault}") from fault

    def base(self, node: Node) -> str:
        """The URI at which relative references in a node start (RFC 3986, section 5.1)."""
        return self._library.base(node)

    def is_plain(self, file: str) -> bool:
        """Whether no place of a file can have another base than the file, so that equal references in it lead to one place."""
        return self._library.is_plain(file)

    def resource(self, node: Node) -> Node:
        """The schema resource that a node belongs to: the nearest schema above it that has an `$id`, else its whole file.

        The scope of `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2.2).
        """
        return self._library.resource(node)

    def error(self, node: Node, keyword: str, message: str) -> SpecError:
        """A SpecError that names the file, the line and the JSON pointer of a node."""
        return SpecError(f"{self.name} cannot be used here", [self.problem(node, keyword, message)])

    def problem(self, node: Node, keyword: str, message: str, hint: str = "") -> Problem:
        """A Problem that names the file, the line and the JSON pointer of a node."""
        return _problem(self._library.files[node.file], node.path, keyword, message, hint)

    def corrected(self, overlays: Iterable[Text], *, strict: bool = False) -> Document:
        """A new document: this one with overlays applied, read under the same limits."""
        return Document(
            self.source,
            fetch=self._fetch,
            limits=self._limits,
            roots=self._roots,
            overlays=overlays,
            strict=strict,
            cache=self._cache,
        )

    @property
    def files(self) -> dict[str, Source]:
        """The files that were read so far, by URI."""
        return dict(self._library.files)

    def _overlaid(self, source: Source, overlay: Source) -> Source:
        def told(path: tuple[str | int, ...], message: str) -> Problem:
            return _problem(overlay, path, "overlay", message)

        data, notes = apply(plain(source.data), plain(overlay.data), told, overlay.name)
        self._problems += notes
        return replace(source, data=data, known=None)

    def __repr__(self) -> str:
        return f"<Document {self.title!r} {self.info.get('version', '')}, OpenAPI {self.version}>"


def _problem(source: Source, path: tuple[str | int, ...], keyword: str, message: str, hint: str = "") -> Problem:
    line = source.line(path)
    return Problem("document", path, keyword, f"{message} [{source.name}{f':{line}' if line else ''}]", hint)


def _version_of(source: Source) -> str:
    """The feature version (`3.0`, `3.1`, `3.2`)."""
    data = source.data
    if not isinstance(data, Mapping):
        raise _no_openapi(source, "an OpenAPI document is an object with a field `openapi`")
    if "swagger" in data:
        raise _no_openapi(
            source, "this is Swagger 2.0; convert it to OpenAPI 3 first, for example with swagger2openapi (npm)"
        )
    version = data.get("openapi")
    if not isinstance(version, str) or not _VERSION.match(version):
        raise _no_openapi(source, f"`openapi` is {version!r}; supported are 3.0, 3.1 and 3.2")
    return version[:3]


def _no_openapi(source: Source, message: str) -> SpecError:
    return SpecError(f"cannot use {source.name}", [Problem("document", (), "openapi", message)])
