"""The library of a document: the files that belong to it, and the places in them that references lead to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dynclient.errors import SpecError
from dynclient.spec.fetching import fetched
from dynclient.spec.identifiers import Index, index_of, own_uri
from dynclient.spec.limits import Limits
from dynclient.spec.node import Node, step, walk
from dynclient.spec.reading import Source, read
from dynclient.spec.store import Cache


class ReferenceFault(Exception):
    """Why a reference leads nowhere, as the end of a sentence."""


class Library:
    """The files of a document, by URI; a file is read when a reference first leads to it.

    Args:
        version: The document's feature version; OpenAPI 3.0 knows no identifiers.
        fetch: Whether files may be fetched from http(s) URLs.
        limits: How much each file may take.
        cache: Whether large files are kept on disk (`store_of`).
    """

    def __init__(self, version: str, *, fetch: bool, limits: Limits, cache: Cache) -> None:
        self.version = version
        self.files: dict[str, Source] = {}
        self.folders: list[Path] = []
        self._fetch = fetch
        self._limits = limits
        self._cache = cache
        self._lock = threading.RLock()
        self._addresses: dict[str, str] = {}
        self._indexes: dict[str, Index] = {}
        self._plain: dict[str, bool] = {}

    def add(self, uri: str, source: Source, *, plain: bool | None = None) -> None:
        """Make a file known by where it lies, and by what it calls itself.

        Args:
            uri: Where it lies.
            source: The file.
            plain: Whether no place of it can have another base than the file; None when its text tells.
        """
        self.files[uri] = source
        self._addresses[uri] = uri
        if plain is not None:
            self._plain[uri] = plain
        if self.version != "3.0":
            self._addresses.setdefault(urldefrag(urljoin(uri, own_uri(source.data, top=True)))[0], uri)

    def resolve(self, reference: str, origin: Node) -> Node:
        """The place that a reference names (RFC 3986 resolution; RFC 6901 pointer, or an anchor of JSON Schema).

        Args:
            reference: The text of the `$ref` or `$dynamicRef`.
            origin: The node it stands in; relative references start at its base URI.

        Raises:
            ReferenceFault: There is no such place, or it may not be read.
        """
        if reference.startswith("#/") and self.is_plain(origin.file):  # nearly every reference there is
            found, missing = walk(Node(origin.file, (), self.files[origin.file].data), _tokens(reference[1:]))
            if found is None:
                raise ReferenceFault(f"leads nowhere: there is no {missing!r}")
            return found
        base = self.base(origin)
        try:
            uri, fragment = urldefrag(base + reference if reference.startswith("#") else urljoin(base, reference))
        except ValueError as error:
            raise ReferenceFault(f"is no URI: {error}") from error
        start = self._resource(uri, reference, origin)
        if fragment and not fragment.startswith("/"):
            return self._anchored(start, unquote(fragment))
        tokens = _tokens(fragment)
        found, missing = walk(start, tokens)
        if found is None and start.path and reference.startswith("#"):
            # many authors write a pointer from the top of the file below an `$id` all the same
            found, _ = walk(Node(start.file, (), self.files[start.file].data), tokens)
        if found is None:
            raise ReferenceFault(f"leads nowhere: there is no {missing!r}")
        return found

    def base(self, node: Node) -> str:
        """The URI at which relative references in a node start (RFC 3986, section 5.1)."""
        file, uri = node.file, node.file
        if self.is_plain(file):
            return uri
        value = self.files[file].data
        uri = urljoin(uri, own_uri(value, top=True))
        for token in node.path:
            value = step(value, token)
            if isinstance(value, Mapping) and "$id" in value:
                uri = urljoin(uri, own_uri(value))
        return uri

    def resource(self, node: Node) -> Node:
        """The schema resource that a node belongs to: the nearest schema above it that has an `$id`, else its whole file.

        The scope of `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2.2).
        """
        value = self.files[node.file].data
        found = Node(node.file, (), value)
        if not self.is_plain(node.file):
            for depth, token in enumerate(node.path):
                value = step(value, token)
                if isinstance(value, Mapping) and own_uri(value):
                    found = Node(node.file, node.path[: depth + 1], value)
        return found

    def is_plain(self, file: str) -> bool:
        """Whether no place of a file can have another base than the file."""
        found = self._plain.get(file)
        if found is None:
            found = self._plain[file] = self.version == "3.0" or not self.files[file].identified
        return found

    def _resource(self, uri: str, reference: str, origin: Node) -> Node:
        """The top of a file, or the schema that has this URI."""
        with self._lock:
            file = self._addresses.get(uri)
            if file is None:
                embedded = self._embedded(uri)
                if embedded is not None:
                    return embedded
                file = self._opened(uri, reference, origin)
            return Node(file, (), self.files[file].data)

    def _embedded(self, uri: str) -> Node | None:
        for file in self.files:
            if not self.is_plain(file) and (found := self._index(file).resources.get(uri)) is not None:
                return found
        return None

    def _anchored(self, start: Node, name: str) -> Node:
        with self._lock:
            found = self._index(start.file).anchors.get((start.place, name)) if not self.is_plain(start.file) else None
        if found is None:
            raise ReferenceFault(f"leads nowhere: there is no anchor {name!r}")
        return found

    def _index(self, file: str) -> Index:
        found = self._indexes.get(file)
        if found is None:
            found = self._indexes[file] = index_of(file, self.files[file].data)
        return found

    def _opened(self, uri: str, reference: str, origin: Node) -> str:
        """Read the file of a URI, and give the URI by which it is kept."""
        place, _ = urldefrag(urljoin(origin.file, reference))
        if place != uri and self._lies_here(place):
            # what has a URI of its own is looked for where it lies: nobody has said that it can be fetched
            if place not in self.files:
                self.add(place, self._open(place))
            self._addresses[uri] = place
            return place
        self.add(uri, self._open(uri))
        return uri

    def _lies_here(self, uri: str) -> bool:
        return uri in self.files or (urlsplit(uri).scheme == "file" and Path(unquote(urlsplit(uri).path)).is_file())

    def _open(self, uri: str) -> Source:
        scheme = urlsplit(uri).scheme
        if scheme in ("http", "https"):
            if not self._fetch:
                raise ReferenceFault("is on the network; fetch=True allows that")
            return fetched(uri, self._limits, self._cache)
        if scheme != "file" or not self.folders:
            raise ReferenceFault("names a file, but this document is none")
        try:
            path = Path(unquote(urlsplit(uri).path)).resolve()
        except (OSError, ValueError) as error:
            raise ReferenceFault(f"is no path: {error}") from error
        if not any(path.is_relative_to(folder) for folder in self.folders):
            raise ReferenceFault(f"leaves the document's folder {self.folders[0]}; roots=[...] allows more")
        try:
            return read(path, self._limits, self._cache)
        except SpecError as error:
            why = error.problems[0].message
            raise ReferenceFault(f"leads to what cannot be read: {why}") from error


def _tokens(fragment: str) -> tuple[str, ...]:
    """The tokens of a JSON pointer that stands in a URI (RFC 6901, section 6)."""
    if "%" not in fragment and "~" not in fragment:
        return tuple(fragment.split("/")[1:])
    return tuple(unquote(token).replace("~1", "/").replace("~0", "~") for token in fragment.split("/")[1:])
