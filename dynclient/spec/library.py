"""The files of a document, and the places in them that references lead to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dynclient.errors import SpecError
from dynclient.spec.access import ALLOW_FETCH, ALLOW_ROOTS, OpenOptions
from dynclient.spec.jsonvalue import raising
from dynclient.spec.node import OLD_VERSIONS, Index, Node, index_of, own_uri, step, walk
from dynclient.spec.reading import parse_source, read_source
from dynclient.spec.source import Source
from dynclient.spec.swagger_schema import with_schemas_of_30
from dynclient.spec.urls import file_of, is_url, normal_url, public_url


class ReferenceFault(Exception):
    """Why a reference cannot be resolved, as the end of a sentence that begins with the reference."""


class SpecFiles:
    """The files of a document, by URI; a file is read when a reference first leads to it.

    Args:
        version: The document's feature version; Swagger 2.0 and OpenAPI 3.0 have no identifiers.
        options: What may be read, and within which limits.
        fetch: Fetches the text of a URL; None where that is not allowed.
    """

    def __init__(self, version: str, options: OpenOptions, fetch: Callable[[str], bytes] | None = None) -> None:
        self.version = version
        self.files: dict[str, Source] = {}
        self.folders: list[Path] = []
        self._options = options
        self._fetch = fetch
        self._distances: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        self._lock = threading.RLock()
        self._addresses: dict[str, str] = {}
        self._indexes: dict[str, Index] = {}
        self._plain: dict[str, bool] = {}

    def add(self, uri: str, source: Source, *, plain: bool | None = None) -> None:
        """Add a file under its location and under the URI that it gives itself.

        Args:
            uri: Its location.
            source: The file.
            plain: Whether every place in it has the file as its base URI; None to find out from its text.
        """
        if self.version == "2.0":
            source = replace(source, data=with_schemas_of_30(source.data))
        self.files[uri] = source
        self._addresses[uri] = uri
        if plain is not None:
            self._plain[uri] = plain
        if self.version not in OLD_VERSIONS:
            self._addresses.setdefault(urldefrag(urljoin(uri, own_uri(source.data, top=True)))[0], uri)

    def resolve(self, reference: str, origin: Node) -> Node:
        """Find the place that a reference names (RFC 3986 resolution; RFC 6901 pointer, or an anchor of JSON Schema).

        Args:
            reference: The text of the `$ref` or `$dynamicRef`.
            origin: The node that contains it; relative references start at its base URI.

        Raises:
            ReferenceFault: There is no such place, or it may not be read.
        """
        if reference.startswith("#/") and self.is_plain(origin.file):  # nearly every reference
            found, missing = walk(Node(origin.file, (), self.files[origin.file].data), _tokens(reference[1:]))
            if found is None:
                raise ReferenceFault(f"has no target: there is no {missing!r}")
            return found
        base = self.base(origin)
        try:
            uri, fragment = urldefrag(base + reference if reference.startswith("#") else urljoin(base, reference))
        except ValueError as error:
            raise ReferenceFault(f"is not a URI: {error}") from error
        start = self._resource(uri, reference, origin)
        if fragment and not fragment.startswith("/"):
            return self._anchored(start, unquote(fragment))
        tokens = _tokens(fragment)
        found, missing = walk(start, tokens)
        if found is None and start.path and reference.startswith("#"):
            # many authors write a pointer from the top of the file, even below an `$id`
            found, _ = walk(Node(start.file, (), self.files[start.file].data), tokens)
        if found is None:
            raise ReferenceFault(f"has no target: there is no {missing!r}")
        return found

    def base(self, node: Node) -> str:
        """The URI that relative references in a node start from (RFC 3986, section 5.1)."""
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
        """The schema resource of a node: the nearest schema above it with an `$id`, else its whole file.

        It is the scope of `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2.2).
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
        """Whether every place in a file has the file as its base URI."""
        found = self._plain.get(file)
        if found is None:
            found = self._plain[file] = self.version in OLD_VERSIONS or not self.files[file].identified
        return found

    def _resource(self, uri: str, reference: str, origin: Node) -> Node:
        """The top of the file, or the schema, that has this URI."""
        with self._lock:
            file = self._addresses.get(uri)
            if file is None and is_url(uri):  # another spelling of a known URL is not fetched again
                uri = normal_url(uri)
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
            raise ReferenceFault(f"has no target: there is no anchor {name!r}")
        return found

    def _index(self, file: str) -> Index:
        found = self._indexes.get(file)
        if found is None:
            found = self._indexes[file] = index_of(file, self.files[file].data)
        return found

    def _opened(self, uri: str, reference: str, origin: Node) -> str:
        """Read the file of a URI and return the URI under which it was added."""
        place, _ = urldefrag(urljoin(origin.file, reference))
        if place != uri and self._lies_here(place):
            # a file that gives itself another URI is read from its location; that URI may not be fetchable
            if place not in self.files:
                self.add(place, self._open(place))
            self._addresses[uri] = place
            return place
        if is_url(uri):
            self.add(uri, self._fetched(uri, origin.file))
        else:
            self.add(uri, self._open(uri))
        return uri

    def _fetched(self, url: str, referrer: str) -> Source:
        """Fetch a file that another one refers to; one that could not be fetched is not asked for again."""
        if url not in self._refused:
            try:
                return self._fetched_once(url, referrer)
            except SpecError as error:
                self._refused[url] = f"cannot be loaded: {_why(error)}"
        raise ReferenceFault(self._refused[url])

    def _fetched_once(self, url: str, referrer: str) -> Source:
        if self._fetch is None:
            raise ReferenceFault(f"is on the network ({ALLOW_FETCH})")
        if referrer.startswith("https:") and not url.startswith("https:"):
            raise ReferenceFault("leads from an https document to http, which is not encrypted")
        limits, distance = self._options.limits, self._distances.get(referrer, 0) + 1
        if distance > limits.fetch_depth:
            raise ReferenceFault(
                f"is more than {limits.fetch_depth} files away from the document ({raising('fetch_depth')})"
            )
        raw = self._fetch(url)
        self._distances[url] = distance
        return parse_source(public_url(url), raw, limits, cache=self._options.cache, url=url)

    def _lies_here(self, uri: str) -> bool:
        if uri in self.files or urlsplit(uri).scheme != "file":
            return uri in self.files
        path = self._near(uri)
        return path is not None and path.is_file()

    def _near(self, uri: str) -> Path | None:
        """The path of a file on a drive of the document's folders; None elsewhere: another computer's share is not even asked for it."""
        try:
            path = Path(file_of(uri))
        except ValueError:  # it names another computer
            return None
        return path if any(path.drive.lower() == folder.drive.lower() for folder in self.folders) else None

    def _open(self, uri: str) -> Source:
        scheme = urlsplit(uri).scheme
        if scheme in ("", "memory"):
            raise ReferenceFault("is relative, but the document was not loaded from a file")
        if scheme != "file":
            raise ReferenceFault(f"has the scheme {scheme!r}, which cannot be read (http, https and file can)")
        if not self.folders:
            raise ReferenceFault(f"is a file, but the document was not loaded from one ({ALLOW_ROOTS})")
        near = self._near(uri)
        try:
            path = near.resolve() if near is not None else None
        except (OSError, ValueError) as error:
            raise ReferenceFault(f"is not a path: {error}") from error
        if path is None or not any(path.is_relative_to(folder) for folder in self.folders):
            raise ReferenceFault(f"leaves the document's folder {self.folders[0]} ({ALLOW_ROOTS})")
        try:
            return read_source(path, self._options.limits, self._options.cache)
        except SpecError as error:
            raise ReferenceFault(f"cannot be loaded: {_why(error)}") from error


def _why(error: SpecError) -> str:
    """Say why a file cannot be loaded, and what to do about it."""
    problem = error.problems[0]
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message


def _tokens(fragment: str) -> tuple[str, ...]:
    """The tokens of a JSON pointer in a URI fragment (RFC 6901, section 6)."""
    if "%" not in fragment and "~" not in fragment:
        return tuple(fragment.split("/")[1:])
    return tuple(unquote(token).replace("~1", "/").replace("~0", "~") for token in fragment.split("/")[1:])
