"""A Document: plain data that is an OpenAPI description, its references followed across files.

Nothing is compiled here. A `Node` is a place in a document (file and JSON pointer) with the value that stands there, so that
every later room can say where a thing was written and follow the references in it from the right file.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import IO, Any, TypeGuard
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dynclient.errors import Problem, SpecError
from dynclient.source import DEFAULT_LIMITS, Limits, Source, parse, read

_VERSION = re.compile(r"3\.[012](\.\d+)?(-\w+)?\Z")
FETCH_SECONDS = 30


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


class Document:
    """An OpenAPI 3 description, read and indexed, not yet compiled.

    Args:
        source: The plain data.
        fetch: Whether references may be fetched from http(s) URLs. Files are only read below the document's own folder.
        limits: How much each file may take.

    Raises:
        SpecError: The data is no OpenAPI 3.0, 3.1 or 3.2 description.
    """

    def __init__(self, source: Source, *, fetch: bool = False, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = source
        self.name = source.name
        self._fetch = fetch
        self._limits = limits
        self._lock = threading.RLock()
        base = source.path.as_uri() if source.path else source.name if is_url(source.name) else "memory:document"
        self._files: dict[str, Source] = {base: source}
        self.problems: list[Problem] = []
        self.version = _version_of(source)
        self.root = Node(base, (), source.data)

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

        Raises:
            SpecError: A reference leads nowhere, in a circle, or to a place that may not be read.
        """
        seen = set()
        while is_reference(node.value):
            if node.place in seen:
                raise self.error(node, "reference", "the reference leads back to itself")
            seen.add(node.place)
            node = self.resolve(node.value["$ref"], node)
        return node

    def resolve(self, reference: str, origin: Node) -> Node:
        """The place that a reference names (RFC 3986 resolution, RFC 6901 pointer).

        Args:
            reference: The text of the `$ref`.
            origin: The node it stands in; relative references start at its file.
        """
        uri, fragment = urldefrag(
            urljoin(origin.file, reference) if not reference.startswith("#") else origin.file + reference
        )
        if fragment and not fragment.startswith("/"):
            raise self.error(origin, "reference", f"$ref {reference!r} is not a JSON pointer")
        tokens = tuple(unquote(token).replace("~1", "/").replace("~0", "~") for token in fragment.split("/")[1:])
        value = self._file(uri, reference, origin).data
        for token in tokens:
            value = _step(value, token)
            if value is None:
                raise self.error(origin, "reference", f"$ref {reference!r} leads nowhere: there is no {token!r}")
        return Node(uri, tokens, value)

    def error(self, node: Node, keyword: str, message: str) -> SpecError:
        """A SpecError that names the file, the line and the JSON pointer of a node."""
        return SpecError(f"{self.name} cannot be used here", [self.problem(node, keyword, message)])

    def problem(self, node: Node, keyword: str, message: str) -> Problem:
        """A Problem that names the file, the line and the JSON pointer of a node."""
        source = self._files[node.file]
        line = source.line(node.path)
        return Problem("document", node.path, keyword, f"{message} [{source.name}{f':{line}' if line else ''}]")

    def _file(self, uri: str, reference: str, origin: Node) -> Source:
        with self._lock:
            found = self._files.get(uri)
            if found is None:
                found = self._files[uri] = self._open(uri, reference, origin)
            return found

    def _open(self, uri: str, reference: str, origin: Node) -> Source:
        scheme = urlsplit(uri).scheme
        if scheme in ("http", "https"):
            if not self._fetch:
                raise self.error(origin, "reference", f"$ref {reference!r} is on the network; fetch=True allows that")
            return fetched(uri, self._limits)
        if scheme != "file" or self.source.path is None:
            raise self.error(origin, "reference", f"$ref {reference!r} names a file, but this document is none")
        path = Path(unquote(urlsplit(uri).path)).resolve()
        folder = self.source.path.resolve().parent
        if not path.is_relative_to(folder):
            raise self.error(origin, "reference", f"$ref {reference!r} leaves the document's folder {folder}")
        return read(path, self._limits)

    def __repr__(self) -> str:
        return f"<Document {self.title!r} {self.info.get('version', '')}, OpenAPI {self.version}>"


def load(
    spec: str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Document,
    *,
    fetch: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Document:
    """Open an OpenAPI document.

    Args:
        spec: A path, an http(s) URL, an open file, the text as bytes, a mapping, or a Document, which is given back.
        fetch: Whether it, and what it refers to, may be fetched from the network.
        limits: How much each file may take.

    Raises:
        SpecError: It cannot be read, or is no OpenAPI 3 document.
    """
    if isinstance(spec, Document):
        return spec
    if isinstance(spec, str) and is_url(spec):
        if not fetch:
            problem = Problem("document", (), "fetch", f"{spec} is on the network; fetch=True allows that")
            raise SpecError(f"cannot read {spec}", [problem])
        return Document(fetched(spec, limits), fetch=True, limits=limits)
    return Document(read(spec, limits), fetch=fetch, limits=limits)


def is_url(name: str) -> bool:
    """Whether a name is an http(s) URL."""
    return name.startswith(("http://", "https://"))


def fetched(url: str, limits: Limits = DEFAULT_LIMITS) -> Source:
    """A document from an http(s) URL, within a time limit and a size limit.

    Raises:
        SpecError: It could not be fetched, or is too large.
    """
    import requests  # only documents that are fetched need it here

    try:
        with requests.get(url, timeout=FETCH_SECONDS, stream=True) as reply:
            reply.raise_for_status()
            raw = reply.raw.read(limits.size + 1, decode_content=True)
    except requests.RequestException as error:
        raise SpecError(f"cannot fetch {url}", [Problem("document", (), "fetch", str(error))]) from error
    return parse(url, raw.decode("utf-8-sig", "strict"), limits)


def is_reference(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a Reference Object: an object with a `$ref` text."""
    return isinstance(value, Mapping) and isinstance(value.get("$ref"), str)


def _step(value: Any, token: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(token)
    if isinstance(value, list) and str(token).isdigit() and int(token) < len(value):
        return value[int(token)]
    return None


def _version_of(source: Source) -> str:
    """The feature version (`3.0`, `3.1`, `3.2`)."""
    data = source.data
    if not isinstance(data, Mapping):
        raise _no_openapi(source, "an OpenAPI document is an object with a field `openapi`")
    if "swagger" in data:
        raise _no_openapi(
            source, "this is Swagger 2.0; convert it to OpenAPI 3 first, for example with swagger2openapi"
        )
    version = data.get("openapi")
    if not isinstance(version, str) or not _VERSION.match(version):
        raise _no_openapi(source, f"`openapi` is {version!r}; supported are 3.0, 3.1 and 3.2")
    return version[:3]


def _no_openapi(source: Source, message: str) -> SpecError:
    return SpecError(f"cannot use {source.name}", [Problem("document", (), "openapi", message)])
