"""A Document: plain data that is an OpenAPI description, its references followed across files.

Nothing is compiled here. A `Node` is a place in a document (file and JSON pointer) with its value, so later rooms can say where a thing
was written and follow references from the right file.

The base of a relative reference is computed when the reference is followed, not stored in every node: it is the file, or the nearest
`$id` (JSON Schema 2020-12, section 8.2.1) or `$self` (OpenAPI 3.2, section 4.1.2.2) above it. `$id` and anchors are indexed only when a
reference needs them, so a large document does not pay for them. OpenAPI 3.0 has neither.

The places of a Swagger 2.0 document are those of its own text. `root` shows it in the form of OpenAPI 3.0 (`swagger`); references, and
overlays, which the author of a correction writes by the text that is published, see the document as it was written.

Two things about a document need rooms above this one, so it is given them when it is opened (`dynclient.opening`): the judge, which
finds what breaks the specification, and the function that opens it again in another process, by which it is pickled.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.options import warn
from dynclient.problem import Problem, Tokens, pointer, show
from dynclient.spec.access import ALLOW_FETCH, NOT_PLACED, OpenOptions, Origin, Placed, Readable
from dynclient.spec.library import ReferenceFault, SpecFiles
from dynclient.spec.node import OLD_VERSIONS, Node, combined, is_reference
from dynclient.spec.overlay import apply_overlay
from dynclient.spec.reading import parse_source, read_source
from dynclient.spec.slices import plain_data
from dynclient.spec.source import Source
from dynclient.spec.swagger import upgraded
from dynclient.spec.urls import is_url, normal_url, public_url

_VERSION = lazy.pattern(r"3\.[012](\.\d+)?(-\w+)?\Z")


class Document:
    """An OpenAPI 3 or Swagger 2.0 description, read and indexed, not yet compiled.

    Args:
        source: The plain data.
        options: How it was opened; the overlays are applied here, without changing `source`.
        judge: Finds what breaks the specification; without it, `problems` lists only what was noticed while the document was used.
        reopen: Opens it again from its `origin` and `digest`; without it, it cannot be pickled.
        corrections: The overlays that the catalog binds to it, applied before all others; each of their actions must change something.
        placed: What the catalog says of it.
        fetcher: Makes the function that fetches what it refers to, from its options and its own URL; without it, nothing is fetched.

    Attributes:
        notices: The changes of servers and security that overlays made; each was a DynclientWarning.

    Raises:
        SpecError: The data is not a Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2 description, an overlay cannot be applied, or `strict` refuses it.
    """

    def __init__(
        self,
        source: Source,
        options: OpenOptions = OpenOptions(),  # noqa: B008  a frozen value
        *,
        judge: Callable[[Document], Iterable[Problem]] | None = None,
        reopen: Callable[[Origin, str], Document] | None = None,
        fetcher: Callable[[OpenOptions, str], Callable[[str], bytes]] | None = None,
        corrections: Sequence[Readable | Source] = (),
        placed: Placed = NOT_PLACED,
    ) -> None:
        self._problems: list[Problem] = []
        self.notices: list[Problem] = []
        self._judge = judge
        self._reopen = reopen
        self._fetcher = fetcher
        self._judged = False
        self._lock = threading.RLock()
        self.compiled: dict[Any, Any] = {}  # what other rooms compile of the document once and share
        self._written = source
        self.placed = placed
        self._fetch = fetcher(options, source.url) if fetcher is not None and options.fetch else None
        self._corrections = tuple(self._read_overlay(each, options) for each in corrections)
        self._overlays = tuple(self._read_overlay(each, options) for each in options.overlays)
        self.options = replace(options, overlays=self._overlays)
        for overlay in self._corrections:
            source = self._overlaid(source, overlay, must=True)
        for overlay in self._overlays:
            source = self._overlaid(source, overlay)
        for notice in self.notices:
            warn(f"an overlay {notice.message}")
        self.source = source
        self.name = source.name
        self.version = _version_of(source)
        self._files = self._opened_files()
        self.root = upgraded(self.written, self) if self.version == "2.0" else self.written
        if options.strict and self.problems:
            raise SpecError(f"{self.name} breaks the specification", self.problems)

    @property
    def overlays(self) -> tuple[Source, ...]:
        """The overlays that were applied, those of the catalog first."""
        return (*self._corrections, *self._overlays)

    @property
    def written_source(self) -> Source:
        """Its own file as it was read, without overlays."""
        return self._written

    @property
    def written(self) -> Node:
        """The top of the document as its author wrote it, with the overlays; `root` is the same, except for Swagger 2.0."""
        file = next(iter(self._files.files))
        return Node(file, (), self._files.files[file].data)

    def _read_overlay(self, spec: Readable | Source, options: OpenOptions) -> Source:
        if isinstance(spec, str) and is_url(spec):
            if self._fetch is None:
                problem = Problem("document", (), "fetch", f"it is on the network ({ALLOW_FETCH})")
                raise SpecError(f"cannot read {public_url(spec)}", [problem])
            return parse_source(public_url(spec), self._fetch(spec), options.limits, cache=options.cache, url=spec)
        return read_source(spec, options.limits, options.cache)

    def _opened_files(self) -> SpecFiles:
        """The files that belong to the document from the start: its own, and those among `roots`."""
        source, files = self.source, SpecFiles(self.version, self.options, self._fetch)
        base = source.path.as_uri() if source.path else normal_url(source.name) if source.url else "memory:document"
        # the text of a corrected document no longer shows which identifiers it has
        files.add(base, source, plain=None if source is self._written else self.version in OLD_VERSIONS)
        files.folders += [source.path.resolve().parent] if source.path else []
        for root in map(Path, self.options.roots):
            if _is_folder(root):
                files.folders.append(root.resolve())
            else:
                found = read_source(root, self.options.limits, self.options.cache)
                files.add(root.as_uri(), found)
        return files

    @property
    def problems(self) -> list[Problem]:
        """Everything in which the document breaks the specification, and what was noticed while it was used.

        The document is judged when `problems` is first read, not when it is opened.
        """
        with self._lock:
            if self._judge is not None and not self._judged:
                self._judged = True
                found = list(self._judge(self))  # before the list is read: the judge may note something
                self._problems[:] = dict.fromkeys([*self._problems, *found])
        return self._problems

    def note(self, problem: Problem) -> None:
        """Add a problem that was noticed while the document was used."""
        with self._lock:
            if problem not in self._problems:
                self._problems.append(problem)

    @property
    def data(self) -> Any:
        """The whole plain data of the document, of Swagger 2.0 as OpenAPI 3.0; what the cache still holds on disk is read for it."""
        return plain_data(self.root.value)

    @property
    def specification(self) -> str:
        """The specification that it is written to: `OpenAPI 3.1`, `Swagger 2.0`."""
        return f"{'Swagger' if self.version == '2.0' else 'OpenAPI'} {self.version}"

    @property
    def identity(self) -> str:
        """The version of the API as the catalog calls it, since publishers leave `info.version` unchanged; else that one."""
        return str(self.options.version if self.placed.name else self.info.get("version", ""))

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """The `info` object (OpenAPI, Info Object)."""
        info = self.root.get("info")
        return info if isinstance(info, Mapping) else {}

    @property
    def title(self) -> str:
        """The API's title."""
        return str(self.info.get("title", self.name))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its text, in hexadecimal; with overlays, that of the digests of the text and of each overlay.

        The files that it refers to are not part of it; `files` has the digest of each.
        """
        digests = [source.digest for source in (self._written, *self._corrections, *self._overlays)]
        return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()

    @cached_property
    def origin(self) -> Origin | None:
        """What it was opened from and how (`opening.reopened` opens it again); None when that cannot be read again."""
        spec = self.placed.name or self._written.again
        overlays = [overlay.again for overlay in self._overlays]
        if spec is None or any(overlay is None for overlay in overlays):
            return None
        return Origin(spec, replace(self.options, overlays=overlays))

    def follow(self, node: Node) -> Node:
        """Return the node itself, or the place that its `$ref` leads to, over any number of references.

        A `summary` or `description` beside the `$ref` replaces that of the place (OpenAPI 3.1, Reference Object).

        Raises:
            SpecError: A reference has no target, is circular, or leads to a place that may not be read.
        """
        seen = set()
        beside: dict[str, Any] = {}
        while is_reference(node.value):
            if node.place in seen:
                raise self.error(node, "reference", "the reference leads back to itself")
            seen.add(node.place)
            if self.version not in OLD_VERSIONS and len(node.value) > 1:
                beside = {name: node.value[name] for name in ("summary", "description") if name in node.value} | beside
            node = self.resolve(node.value["$ref"], node)
        if beside and isinstance(node.value, Mapping):
            return Node(node.file, node.path, {**node.value, **beside})
        return node

    def path_item(self, node: Node) -> Node:
        """Return a Path Item combined with the one that its `$ref` leads to.

        A field in both has no defined meaning (OpenAPI, Path Item Object): its own is used, and `problems` says so.

        Raises:
            SpecError: A reference has no target, is circular, or leads to a place that may not be read.
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
        """Find the place that a reference names (RFC 3986 resolution; RFC 6901 pointer, or an anchor of JSON Schema).

        Args:
            reference: The text of the `$ref` or `$dynamicRef`.
            origin: The node that contains it; relative references start at its base URI.

        Raises:
            SpecError: There is no such place, or it may not be read.
        """
        if not isinstance(reference, str):
            raise self.error(origin, "reference", f"$ref must be a text (a URI reference), not {show(reference)}")
        try:
            return self._files.resolve(reference, origin)
        except ReferenceFault as fault:
            raise self.error(origin, "reference", f"$ref {public_url(reference)!r} {fault}") from fault

    def base(self, node: Node) -> str:
        """The URI that relative references in a node start from (RFC 3986, section 5.1)."""
        return self._files.base(node)

    def is_plain(self, file: str) -> bool:
        """Whether every place in a file has the file as its base URI, so that equal references lead to the same place."""
        return self._files.is_plain(file)

    def resource(self, node: Node) -> Node:
        """The schema resource of a node: the nearest schema above it with an `$id`, else its whole file.

        It is the scope of `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2.2).
        """
        return self._files.resource(node)

    def error(self, node: Node, keyword: str, message: str) -> SpecError:
        """A SpecError that names the file, the line and the JSON pointer of a node."""
        return SpecError(f"{self.name} cannot be used here", [self.problem(node, keyword, message)])

    def problem(self, node: Node, keyword: str, message: str, hint: str = "") -> Problem:
        """A Problem that names the file, the line and the JSON pointer of a node."""
        return _problem(self._files.files[node.file], node.path, keyword, message, hint)

    def places(self, nodes: Sequence[Node]) -> list[str]:
        """The file and line of each node, found together: `shop.yaml:12`; its JSON pointer where the line is not known."""
        lines: dict[tuple[str, Tokens], int] = {}
        for file in {node.file for node in nodes}:
            found = self._files.files[file].lines([node.path for node in nodes if node.file == file])
            lines |= {(file, path): line for path, line in found.items()}
        names = (self._files.files[node.file].name for node in nodes)
        return [
            f"{name}:{lines[node.place]}" if node.place in lines else f"{name}#{pointer(node.path)}"
            for name, node in zip(names, nodes, strict=True)
        ]

    def corrected(self, overlays: Iterable[Readable], *, strict: bool = False) -> Document:
        """Return a new document with more overlays applied, otherwise opened like this one.

        Args:
            overlays: OpenAPI Overlays, in this order.
            strict: Whether a document with any fault is refused; always, if this document was opened so.

        Raises:
            SpecError: An overlay cannot be applied, or `strict` refuses the result.
        """
        options = replace(self.options, overlays=[*self._overlays, *overlays], strict=strict or self.options.strict)
        return self.opened_with(options)

    def opened_with(self, options: OpenOptions) -> Document:
        """Return a new document from the same text, opened with other options; errors as for `Document`."""
        return Document(
            self._written,
            options,
            judge=self._judge,
            reopen=self._reopen,
            fetcher=self._fetcher,
            corrections=self._corrections,
            placed=self.placed,
        )

    @property
    def files(self) -> dict[str, Source]:
        """The files that have been read so far, by URI."""
        return dict(self._files.files)

    def _overlaid(self, source: Source, overlay: Source, *, must: bool = False) -> Source:
        def problem_at(path: Tokens, message: str) -> Problem:
            return _problem(overlay, path, "overlay", message)

        data, limits = plain_data(source.data), self.options.limits
        found = apply_overlay(data, plain_data(overlay.data), problem_at, overlay.name, limits)
        if found.unused and must:
            raise SpecError(f"cannot apply {overlay.name} to {source.name}", found.unused)
        self._problems += found.unused
        self.notices += found.sensitive
        return replace(source, data=found.data, known=None)

    def __reduce__(self) -> tuple[Callable[[Origin, str], Document], tuple[Origin, str]]:
        if self._reopen is None or self.origin is None:
            raise TypeError(
                f"{self!r} cannot be pickled: it was not opened by dynclient.load from what can be read again"
            )
        return self._reopen, (self.origin, self.digest)

    def __repr__(self) -> str:
        return f"<Document {self.title!r} {self.info.get('version', '')}, {self.specification}>"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that no file can have; the error of reading it says so
        return False


def _problem(source: Source, path: Tokens, keyword: str, message: str, hint: str = "") -> Problem:
    line = source.line(path)
    return Problem("document", path, keyword, f"{message} [{source.name}{f':{line}' if line else ''}]", hint)


def _version_of(source: Source) -> str:
    """Return the feature version (`2.0` of Swagger, `3.0`, `3.1`, `3.2`)."""
    data = source.data
    field = "swagger" if isinstance(data, Mapping) and "swagger" in data and "openapi" not in data else "openapi"
    if not isinstance(data, Mapping) or field not in data:
        raise _not_openapi(source, "openapi", "an OpenAPI document must be an object with the field `openapi`")
    version = data[field]
    if field == "swagger" and version == "2.0":
        return "2.0"
    if not isinstance(version, str):
        example = "2.0" if field == "swagger" else "3.1.0"
        hint = "; put it in quotes" if isinstance(version, int | float) else ""
        raise _not_openapi(source, field, f"`{field}` must be a text such as {example!r}, not {show(version)}{hint}")
    if field == "swagger":
        raise _not_openapi(source, field, f"Swagger version {version!r} is not supported (2.0 is)")
    if not _VERSION.match(version):
        raise _not_openapi(source, field, f"OpenAPI version {version!r} is not supported (3.0, 3.1 and 3.2 are)")
    return version[:3]


def _not_openapi(source: Source, field: str, message: str) -> SpecError:
    return SpecError(f"cannot use {source.name}", [Problem("document", (), field, message)])
