"""A Document: plain data that is an OpenAPI description, its references followed across files.

Nothing is compiled here. A `Node` is a place in a document (file and JSON pointer) with the value that stands there, so that
every later room can say where a thing was written and follow the references in it from the right file.

Where a relative reference starts is worked out when one is followed, not kept in every node: at the file, or at the nearest `$id`
(JSON Schema 2020-12, section 8.2.1) or `$self` (OpenAPI 3.2, section 4.1.2.2) above it. `$id` and anchors are looked for only when a
reference cannot do without them, so that a large document pays nothing for them. OpenAPI 3.0 knows neither.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeGuard
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dynclient import lazy
from dynclient.errors import Problem, SpecError
from dynclient.frozen import dataclass
from dynclient.overlay import apply
from dynclient.source import DEFAULT_LIMITS, Limits, Source, parse, read

_VERSION = lazy.pattern(r"3\.[012](\.\d+)?(-\w+)?\Z")
FETCH_SECONDS = 30

#: What a document may be given as.
Text = str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any]

#: Members that hold data, in which nothing is a reference or a schema.
DATA = frozenset({"const", "default", "enum", "example", "examples", "value"})
#: Members whose own members have names that the author chose: `default` below `responses` is a response.
NAMES = frozenset({
    "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links", "mapping",
    "mediaTypes", "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses",
    "schemas", "securitySchemes", "variables", "webhooks",
})  # fmt: skip
_IDENTIFIERS = ("$id", "$self", "$anchor", "$dynamicAnchor")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place in a document.

    Attributes:
        file: The URI of the file that holds it.
        path: The tokens of its JSON pointer.
        value: What stands there; None when nothing does.
    """

    file: str
    path: tuple[str | int, ...]
    value: Any

    def child(self, *tokens: str | int) -> Node:
        """The place below this one; its value is None when there is nothing."""
        value = self.value
        for token in tokens:
            value = _step(value, token)
        return Node(self.file, (*self.path, *tokens), value)

    def children(self) -> Iterator[tuple[str, Node]]:
        """The members of an object with their names, or none when it is no object."""
        if isinstance(self.value, Mapping):
            for name in self.value:
                yield name, self.child(name)

    def items(self) -> Iterator[Node]:
        """The items of an array, or none when it is no array."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self.child(index)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of one member of an object."""
        return self.value.get(name, default) if isinstance(self.value, Mapping) else default

    @property
    def place(self) -> tuple[str, tuple[str | int, ...]]:
        """Where it is: equal for two nodes exactly when they are the same place."""
        return self.file, self.path


@dataclass(frozen=True, slots=True, eq=False)
class Combined(Node):
    """A place whose members were written at several places: those of the first hide those of the others."""

    parts: tuple[Node, ...] = ()

    def child(self, *tokens: str | int) -> Node:
        """The place below this one, where it was written."""
        if not tokens:
            return self
        owner = next((part for part in self.parts if tokens[0] in part.value), self.parts[0])
        return owner.child(*tokens)


def _combined(place: Node, *parts: Node) -> Node:
    value: dict[str, Any] = {}
    for part in reversed(parts):
        value |= {name: member for name, member in part.value.items() if name != "$ref"}
    return Combined(place.file, place.path, value, parts)


class _Index(NamedTuple):
    """The identifiers of a file.

    Attributes:
        resources: The schemas that have a URI of their own, by that URI.
        anchors: The places that have a name, by the place of the schema resource and the name.
    """

    resources: dict[str, Node]
    anchors: dict[tuple[Any, str], Node]


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
    ) -> None:
        self._problems: list[Problem] = []
        written = source
        for text in overlays:
            source = self._overlaid(source, read(text, limits))
        self.source = source
        self.name = source.name
        self._fetch = fetch
        self._roots = tuple(roots)
        self._limits = limits
        self._lock = threading.RLock()
        self._files: dict[str, Source] = {}
        self._addresses: dict[str, str] = {}
        self._indexes: dict[str, _Index] = {}
        self._plain: dict[str, bool] = {}
        self._judged = False
        self.version = _version_of(source)
        base = source.path.as_uri() if source.path else source.name if is_url(source.name) else "memory:document"
        self._add(base, source)
        self._folders = [source.path.resolve().parent] if source.path else []
        for root in map(Path, roots):
            if root.is_dir():
                self._folders.append(root.resolve())
            else:
                self._add(root.absolute().as_uri(), read(root, limits))
        self.root = Node(base, (), source.data)
        if source is not written:
            self._plain[base] = self.version == "3.0"  # its text does not tell any more
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
                find = import_module("dynclient.faults").find
                self._judged = True
                self._problems[:] = dict.fromkeys([*self._problems, *find(self)])
        return self._problems

    def note(self, problem: Problem) -> None:
        """Add something to `problems` that was noticed while the document was used."""
        with self._lock:
            if problem not in self._problems:
                self._problems.append(problem)

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
        return _combined(node, *holding)

    def resolve(self, reference: str, origin: Node) -> Node:
        """The place that a reference names (RFC 3986 resolution; RFC 6901 pointer, or an anchor of JSON Schema).

        Args:
            reference: The text of the `$ref` or `$dynamicRef`.
            origin: The node it stands in; relative references start at its base URI.

        Raises:
            SpecError: There is no such place, or it may not be read.
        """
        base = self.base(origin)
        try:
            uri, fragment = urldefrag(base + reference if reference.startswith("#") else urljoin(base, reference))
        except ValueError as error:
            raise self.error(origin, "reference", f"$ref {reference!r} is no URI: {error}") from error
        start = self._resource(uri, reference, origin)
        if fragment and not fragment.startswith("/"):
            return self._anchored(start, unquote(fragment), reference, origin)
        tokens = tuple(unquote(token).replace("~1", "/").replace("~0", "~") for token in fragment.split("/")[1:])
        found, missing = _walk(start, tokens)
        if found is None and start.path and reference.startswith("#"):
            # many authors write a pointer from the top of the file below an `$id` all the same
            found, _ = _walk(Node(start.file, (), self._files[start.file].data), tokens)
        if found is None:
            raise self.error(origin, "reference", f"$ref {reference!r} leads nowhere: there is no {missing!r}")
        return found

    def base(self, node: Node) -> str:
        """The URI at which relative references in a node start (RFC 3986, section 5.1)."""
        file, uri = node.file, node.file
        if self._is_plain(file):
            return uri
        value = self._files[file].data
        uri = urljoin(uri, _own_uri(value, top=True))
        for token in node.path:
            value = _step(value, token)
            if isinstance(value, Mapping) and "$id" in value:
                uri = urljoin(uri, _own_uri(value))
        return uri

    def resource(self, node: Node) -> Node:
        """The schema resource that a node belongs to: the nearest schema above it that has an `$id`, else its whole file.

        The scope of `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2.2).
        """
        value = self._files[node.file].data
        found = Node(node.file, (), value)
        if not self._is_plain(node.file):
            for depth, token in enumerate(node.path):
                value = _step(value, token)
                if isinstance(value, Mapping) and _own_uri(value):
                    found = Node(node.file, node.path[: depth + 1], value)
        return found

    def error(self, node: Node, keyword: str, message: str) -> SpecError:
        """A SpecError that names the file, the line and the JSON pointer of a node."""
        return SpecError(f"{self.name} cannot be used here", [self.problem(node, keyword, message)])

    def problem(self, node: Node, keyword: str, message: str, hint: str = "") -> Problem:
        """A Problem that names the file, the line and the JSON pointer of a node."""
        return _problem(self._files[node.file], node.path, keyword, message, hint)

    def corrected(self, overlays: Iterable[Text], *, strict: bool = False) -> Document:
        """A new document: this one with overlays applied, read under the same limits."""
        return Document(
            self.source,
            fetch=self._fetch,
            limits=self._limits,
            roots=self._roots,
            overlays=overlays,
            strict=strict,
        )

    @property
    def files(self) -> dict[str, Source]:
        """The files that were read so far, by URI."""
        return dict(self._files)

    def _overlaid(self, source: Source, overlay: Source) -> Source:
        def told(path: tuple[str | int, ...], message: str) -> Problem:
            return _problem(overlay, path, "overlay", message)

        data, notes = apply(source.data, overlay.data, told, overlay.name)
        self._problems += notes
        return Source(source.name, data, source.text, source.path)

    def _is_plain(self, file: str) -> bool:
        """Whether no place of a file can have another base than the file."""
        found = self._plain.get(file)
        if found is None:
            text = self._files[file].text
            found = text is not None and not any(name in text for name in _IDENTIFIERS)
            found = self._plain[file] = found or self.version == "3.0"
        return found

    def _add(self, uri: str, source: Source) -> None:
        """Make a file known by where it lies, and by what it calls itself."""
        self._files[uri] = source
        self._addresses[uri] = uri
        if self.version != "3.0":
            self._addresses.setdefault(urldefrag(urljoin(uri, _own_uri(source.data, top=True)))[0], uri)

    def _resource(self, uri: str, reference: str, origin: Node) -> Node:
        """The top of a file, or the schema that has this URI."""
        with self._lock:
            file = self._addresses.get(uri)
            if file is None:
                embedded = self._embedded(uri)
                if embedded is not None:
                    return embedded
                file = self._opened(uri, reference, origin)
            return Node(file, (), self._files[file].data)

    def _embedded(self, uri: str) -> Node | None:
        for file in self._files:
            if not self._is_plain(file) and (found := self._index(file).resources.get(uri)) is not None:
                return found
        return None

    def _anchored(self, start: Node, name: str, reference: str, origin: Node) -> Node:
        with self._lock:
            found = self._index(start.file).anchors.get((start.place, name)) if not self._is_plain(start.file) else None
        if found is None:
            raise self.error(origin, "reference", f"$ref {reference!r} leads nowhere: there is no anchor {name!r}")
        return found

    def _index(self, file: str) -> _Index:
        found = self._indexes.get(file)
        if found is None:
            found = self._indexes[file] = _index_of(file, self._files[file].data)
        return found

    def _opened(self, uri: str, reference: str, origin: Node) -> str:
        """Read the file of a URI, and give the URI by which it is kept."""
        place, _ = urldefrag(urljoin(origin.file, reference))
        if place != uri and self._lies_here(place):
            # what has a URI of its own is looked for where it lies: nobody has said that it can be fetched
            if place not in self._files:
                self._add(place, self._open(place, reference, origin))
            self._addresses[uri] = place
            return place
        self._add(uri, self._open(uri, reference, origin))
        return uri

    def _lies_here(self, uri: str) -> bool:
        return uri in self._files or (urlsplit(uri).scheme == "file" and Path(unquote(urlsplit(uri).path)).is_file())

    def _open(self, uri: str, reference: str, origin: Node) -> Source:
        scheme = urlsplit(uri).scheme
        if scheme in ("http", "https"):
            if not self._fetch:
                raise self.error(origin, "reference", f"$ref {reference!r} is on the network; fetch=True allows that")
            return fetched(uri, self._limits)
        if scheme != "file" or not self._folders:
            raise self.error(origin, "reference", f"$ref {reference!r} names a file, but this document is none")
        try:
            path = Path(unquote(urlsplit(uri).path)).resolve()
        except (OSError, ValueError) as error:
            raise self.error(origin, "reference", f"$ref {reference!r} is no path: {error}") from error
        if not any(path.is_relative_to(folder) for folder in self._folders):
            message = f"$ref {reference!r} leaves the document's folder {self._folders[0]}; roots=[...] allows more"
            raise self.error(origin, "reference", message)
        try:
            return read(path, self._limits)
        except SpecError as error:
            why = error.problems[0].message
            raise self.error(origin, "reference", f"$ref {reference!r} leads to what cannot be read: {why}") from error

    def __repr__(self) -> str:
        return f"<Document {self.title!r} {self.info.get('version', '')}, OpenAPI {self.version}>"


def load(
    spec: Text | Document,
    *,
    fetch: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    roots: Sequence[str | PathLike[str]] = (),
    overlays: Iterable[Text] = (),
    strict: bool = False,
) -> Document:
    """Open an OpenAPI document.

    Args:
        spec: A path, an http(s) URL, an open file, the text as bytes, a mapping, or a Document, which is given back; with
            overlays, a new one is.
        fetch: Whether it, and what it refers to, may be fetched from the network.
        limits: How much each file may take.
        roots: Folders and files that references may lead to, beside the document's own folder.
        overlays: OpenAPI Overlays that correct it, in this order: paths, open files, texts as bytes, mappings.
        strict: Whether a document with any fault is refused.

    Raises:
        SpecError: It cannot be read, or is no OpenAPI 3 document, or an overlay cannot be applied, or `strict` refuses it.
    """
    overlays = list(overlays)
    if isinstance(spec, Document):
        return spec.corrected(overlays, strict=strict) if overlays or strict else spec
    if isinstance(spec, str) and is_url(spec):
        if not fetch:
            problem = Problem("document", (), "fetch", f"{_public(spec)} is on the network; fetch=True allows that")
            raise SpecError(f"cannot read {_public(spec)}", [problem])
        source = fetched(spec, limits)
    else:
        source = read(spec, limits)
    return Document(source, fetch=fetch, limits=limits, roots=roots, overlays=overlays, strict=strict)


def is_url(name: str) -> bool:
    """Whether a name is an http(s) URL."""
    return name.startswith(("http://", "https://"))


def fetched(url: str, limits: Limits = DEFAULT_LIMITS) -> Source:
    """A document from an http(s) URL, within a time limit and a size limit. Its name has no password in it.

    Raises:
        SpecError: It could not be fetched, or is too large, or is no text.
    """
    import requests  # only documents that are fetched need it here

    shown = _public(url)
    try:
        with requests.get(url, timeout=FETCH_SECONDS, stream=True) as reply:
            reply.raise_for_status()
            text = _collected(reply.iter_content(65536), limits.size).decode("utf-8-sig")
    except (requests.RequestException, ValueError) as error:
        message = str(error).replace(url, shown)
        raise SpecError(f"cannot fetch {shown}", [Problem("document", (), "fetch", message)]) from None
    return parse(shown, text, limits)


def _collected(parts: Iterable[bytes], size: int) -> bytes:
    deadline = time.monotonic() + FETCH_SECONDS
    raw = bytearray()
    for part in parts:
        raw += part
        if len(raw) > size:
            raise ValueError(f"it is larger than {size} bytes")
        if time.monotonic() > deadline:
            raise ValueError(f"it did not come within {FETCH_SECONDS} seconds")
    return bytes(raw)


def _public(url: str) -> str:
    """A URL without user and password."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def is_reference(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a Reference Object: an object with a `$ref` text."""
    return isinstance(value, Mapping) and isinstance(value.get("$ref"), str)


def _problem(source: Source, path: tuple[str | int, ...], keyword: str, message: str, hint: str = "") -> Problem:
    line = source.line(path)
    return Problem("document", path, keyword, f"{message} [{source.name}{f':{line}' if line else ''}]", hint)


def _walk(start: Node, tokens: tuple[str, ...]) -> tuple[Node | None, str]:
    """The place that a pointer leads to, or None and the token at which it ends."""
    value = start.value
    for token in tokens:
        value = _step(value, token)
        if value is None:
            return None, token
    return Node(start.file, (*start.path, *tokens), value), ""


def _step(value: Any, token: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(token)
    if isinstance(value, list):
        index = str(token)
        if index.isascii() and index.isdigit() and (index == "0" or index[0] != "0") and int(index) < len(value):
            return value[int(index)]
    return None


def _own_uri(value: Any, *, top: bool = False) -> str:
    """The URI that a schema (`$id`) or a whole OpenAPI 3.2 document (`$self`) gives itself, "" for none."""
    if not isinstance(value, Mapping):
        return ""
    is_document = top and "openapi" in value
    uri = value.get("$self" if is_document else "$id")
    if not isinstance(uri, str) or (is_document and not str(value["openapi"]).startswith("3.2")):
        return ""
    uri, fragment = urldefrag(uri)
    return "" if fragment else uri


def _index_of(file: str, data: Any) -> _Index:
    """Every `$id`, `$anchor` and `$dynamicAnchor` of a file (JSON Schema 2020-12, section 8.2)."""
    index = _Index({}, {})
    top = Node(file, (), data)
    pending = [(top, urljoin(file, _own_uri(data, top=True)), top.place, False)]
    while pending:
        node, base, scope, named = pending.pop()
        members = node.value.items() if isinstance(node.value, Mapping) else enumerate(node.value)
        if isinstance(node.value, Mapping) and not named:
            own = _own_uri(node.value) if node.path else ""
            if own:
                base, scope = urldefrag(urljoin(base, own))[0], node.place
                index.resources.setdefault(base, node)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(node.value.get(keyword), str):
                    index.anchors.setdefault((scope, node.value[keyword]), node)
        for name, value in members:
            if isinstance(value, Mapping | list) and (named or name not in DATA):
                child = Node(file, (*node.path, name), value)
                pending.append((child, base, scope, not named and name in NAMES))
    return index


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
