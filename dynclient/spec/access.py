"""How a document is opened: the options, in one frozen value, and what is needed to open it again.

`dynclient.opening` hands the options on from everybody who opens a document: `load`, the clients and the command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypedDict

from dynclient.spec.jsonvalue import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from dynclient.exchange import Request, Response

#: What a document can be read from: a path, the text as bytes, an open file, or plain data.
Readable = str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any]
#: Where large documents are cached: a folder, True for the user's own, False for nowhere, None for what `DYNCLIENT_CACHE` says.
Cache = bool | str | PathLike[str] | None
#: Whether, and how, documents are fetched: with these header fields (kept as pairs, which can be hashed), or by this transport.
Fetch = bool | Mapping[str, str] | tuple[tuple[str, str], ...] | Callable[["Request", float], "Response"]

#: How messages of Python name the options that allow more; the command line replaces them with its own.
ALLOW_FETCH = "fetch=True allows that"
GIVE_FIELDS = "fetch={'Authorization': ...} sends header fields"
ALLOW_ROOTS = "roots=[...] allows more"


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """How a document is opened.

    Attributes:
        version: For a name of the catalog: the version, or a range such as `>=2,<3`, `~=2.0` or `2.x`. If None, what the environment
            variable `DYNCLIENT_<NAME>_VERSION` says, else the pin in `dynclient.toml`, else the highest version that is no preview.
        specs: Folders of the catalog that come before those in `DYNCLIENT_SPECS`, `./specs`, and the one that comes with the package.
        fetch: Whether the document, and what it refers to, may be fetched from http(s) URLs: True, or a mapping of header fields,
            which are sent only to the origin of the document's own URL, or a transport as a Client takes it, such as
            `RequestsTransport(session)`, of whose session nothing goes to other origins. Files are only read below the
            document's own folder.
        roots: More folders and files that references may lead to. A file among them is read at once, and references may also name it
            by its own `$self` or `$id`.
        limits: Limits on each file.
        overlays: OpenAPI Overlays that correct the document, in this order: paths, open files, texts as bytes, mappings.
        strict: Whether a document with any fault is refused.
        cache: Whether large files are cached on disk in a form that is quick to open: True, False, the folder, or None for what the
            environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        TypeError: `fetch` is nothing of that, `specs`, `roots` or `overlays` is not a list, or `limits` is not a Limits.
    """

    version: str | None = None
    specs: Iterable[str | PathLike[str]] = ()
    fetch: Fetch = field(default=False, repr=False)
    roots: Iterable[str | PathLike[str]] = ()
    limits: Limits = DEFAULT_LIMITS
    overlays: Iterable[Any] = field(default=(), repr=False)
    strict: bool = False
    cache: Cache = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fetch", _checked_fetch(self.fetch))
        for name in ("specs", "roots"):
            paths = [str(Path(path).absolute()) for path in _listed(name, getattr(self, name))]
            object.__setattr__(self, name, tuple(paths))
        object.__setattr__(self, "overlays", tuple(_listed("overlays", self.overlays)))
        if not isinstance(self.limits, Limits):
            raise TypeError(f"limits is {self.limits!r}; pass dynclient.Limits(...)")
        if isinstance(self.cache, PathLike):
            object.__setattr__(self, "cache", os.fspath(self.cache))


class Placed(NamedTuple):
    """What the catalog says of a document.

    Attributes:
        name: The name of its API; "" for a document that is not of the catalog.
        sends: Where its requests name the version: location (`header` or `query`), name and value; None when they do not.
        operations: The versions of single operations, by any name of theirs.
        webhook_version: The JSON pointer of the version in the body of an event; "" when events do not name it.
    """

    name: str = ""
    sends: tuple[str, str, str] | None = None
    operations: tuple[tuple[str, str], ...] = ()
    webhook_version: str = ""


#: What the catalog says of a document that it does not have.
NOT_PLACED = Placed()


class LoadKeywords(TypedDict, total=False):
    """The options of opening as keywords, for type checkers; `OpenOptions` says what they mean."""

    specs: Sequence[str | PathLike[str]]
    fetch: Fetch
    roots: Sequence[str | PathLike[str]]
    limits: Limits
    overlays: Iterable[Readable]
    strict: bool
    cache: Cache


class OpenKeywords(LoadKeywords, total=False):
    """The same with the version, which `load` also takes by position."""

    version: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a document was opened from and how, so that another process can open it again. It can be pickled.

    Attributes:
        spec: The absolute path, the URL, the name in the catalog, the text as bytes, or the plain data. It is not shown, since a URL may
            contain a password.
        options: The options; each overlay is a path, a text as bytes, or plain data.
    """

    spec: Path | str | bytes | Mapping[str, Any] = field(repr=False)
    options: OpenOptions


def _checked_fetch(value: Any) -> Fetch:
    found: Fetch = value
    if isinstance(value, bool) or callable(value):
        return found
    fields = tuple(value.items()) if isinstance(value, Mapping) else value
    if isinstance(fields, tuple) and all(map(_is_field, fields)):
        return fields or isinstance(value, Mapping)
    wanted = "True, False, a mapping of header fields, or a transport for Client, such as RequestsTransport(session)"
    raise TypeError(f"fetch must be {wanted}, not a value of the type {type(value).__name__}")


def _is_field(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(text, str) for text in value)


def _listed(name: str, value: Iterable[Any]) -> list[Any]:
    if isinstance(value, str | bytes | PathLike | Mapping) or hasattr(value, "read"):
        raise TypeError(f"{name} must be a list, not a single {type(value).__name__}")
    return list(value)
