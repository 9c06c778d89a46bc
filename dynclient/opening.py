"""Open a document by whatever names it: a name of the catalog, a path, a URL, a text, plain data.

This is the only module that opens documents: `load`, the clients and the command line come here with the same options (`OpenOptions`),
whose names and meanings are written once. It gives each document its judge, and the function by which it is pickled.

The catalog is the documents that come with the package: a folder per API, a file per version (`specs/order_capture/2.0.8.yaml`). In an
installed package the folder is inside it; in a checkout it is beside it.
"""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, Unpack
from weakref import WeakValueDictionary

from dynclient.errors import SpecError
from dynclient.fetching import Fetcher
from dynclient.names import nearest, no_argument
from dynclient.problem import Problem, show
from dynclient.spec.access import ALLOW_FETCH, LoadKeywords, OpenOptions, Origin, Readable
from dynclient.spec.document import Document
from dynclient.spec.reading import parse_source, read_source
from dynclient.spec.source import Source
from dynclient.spec.urls import file_of, is_url, public_url, url_scheme

#: Whatever a document can be opened by.
Openable = Readable | Document

_Opener = TypeVar("_Opener", bound=Callable[..., Any])
_HERE = Path(__file__).parent
_OPENING = re.compile(r"(?m)^( +)\*\*opening:.*$")
_SUFFIXES = (".yaml", ".yml", ".json")
_lock = threading.Lock()
_reopened: WeakValueDictionary[Any, Document] = WeakValueDictionary()


def takes_opening(opener: _Opener) -> _Opener:
    """Complete the help of a function or class that takes the options of opening as `**opening`.

    The line `**opening:` of its docstring becomes the list of the options, and they join the signature of a function.
    """
    if opener.__doc__:  # python -OO has none
        described = (inspect.getdoc(OpenOptions) or "").partition("Attributes:\n")[2].partition("\n\n")[0]
        options = textwrap.dedent(described)
        opener.__doc__ = _OPENING.sub(lambda line: textwrap.indent(options, line[1]), opener.__doc__)
    if not isinstance(opener, type):
        opener.__signature__ = _signature(opener)  # type: ignore[attr-defined]  # what help() shows
    return opener


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    parameters = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters += [
        inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=option.type)
        for option in fields(OpenOptions)
        if option.name not in signature.parameters
    ]
    return signature.replace(parameters=parameters)


def check_keywords(opener: Callable[..., Any], opening: Mapping[str, Any], others: Iterable[str] = ()) -> None:
    """Refuse keywords that are not options of opening.

    Args:
        opener: The function or class that was called with them.
        opening: The keywords.
        others: Further names that the opener takes.

    Raises:
        TypeError: A keyword is unknown; the message names the nearest ones.
    """
    unknown = opening.keys() - OpenOptions.__match_args__
    if unknown:
        known = [name for name in inspect.signature(opener).parameters if name != "self"]
        raise no_argument(opener.__name__, min(unknown), dict.fromkeys([*known, *others]))


@takes_opening
def load(spec: Openable, version: str | None = None, **opening: Unpack[LoadKeywords]) -> Document:  # noqa: D417  takes_opening adds it
    """Open an OpenAPI document.

    Args:
        spec: A name of the catalog, a path, an http(s) URL, a mapping, an open file, the text as bytes, or a Document, which is returned;
            with other options, a new Document is.
        **opening: The options of opening.

    Raises:
        SpecError: There is no such document, it cannot be used, an overlay cannot be applied, or `strict` refuses it.
        TypeError: There is no such option.
    """
    check_keywords(load, opening)
    if isinstance(spec, Document):
        _refuse_version(version)
        return _with_options(spec, **opening)
    options = OpenOptions(version=version, **opening)
    if isinstance(spec, str) and _is_text(spec):
        problem = _problem("file", "this is the text of a document, not a name; pass it as bytes: text.encode()")
        raise SpecError(f"cannot find {show(spec)}", [problem])
    if isinstance(spec, str) and not url_scheme(spec) and _is_name(spec):
        return _from_catalog(spec, options)
    _refuse_version(version)
    return _opened(spec, options)


def reopened(origin: Origin, digest: str) -> Document:
    """Open a document again, in this process or another one, once while it is used. A pickled Document is a call of this.

    Args:
        origin: What it was opened from (`Document.origin`).
        digest: The digest that it had (`Document.digest`).

    Raises:
        SpecError: It cannot be opened, or its text has changed.
    """
    place = origin.spec if isinstance(origin.spec, str | Path) else ""
    key = (place, digest, replace(origin.options, overlays=()))
    with _lock:
        document = _reopened.get(key)
    if document is None:
        keywords: Any = {name: getattr(origin.options, name) for name in OpenOptions.__match_args__}
        document = load(origin.spec, **keywords)
        if document.digest != digest:
            raise SpecError(f"cannot open {document.name} again", [_problem("digest", "its text has changed")])
        with _lock:
            document = _reopened.setdefault(key, document)
    return document


def _opened(spec: Readable, options: OpenOptions, name: str = "") -> Document:
    source = _fetched(spec, options) if isinstance(spec, str) and is_url(spec) else _read(spec, options)
    return Document(source, options, judge=_judge, reopen=reopened, name=name, fetcher=Fetcher)


def _fetched(url: str, options: OpenOptions) -> Source:
    shown = public_url(url)
    if not options.fetch:
        problem = _problem("fetch", f"{shown} is on the network ({ALLOW_FETCH})")
        raise SpecError(f"cannot read {shown}", [problem])
    return parse_source(shown, Fetcher(options, url)(url), options.limits, cache=options.cache, url=url)


def _read(spec: Readable, options: OpenOptions) -> Source:
    scheme = url_scheme(spec) if isinstance(spec, str) else ""
    if scheme == "file":
        try:
            spec = Path(file_of(str(spec)))
        except ValueError as error:
            raise SpecError(f"cannot read {spec!s}", [_problem("file", str(error))]) from None
    elif scheme:
        problem = _problem("file", f"the scheme {scheme!r} cannot be read (http, https and file can)")
        raise SpecError(f"cannot read {public_url(str(spec))}", [problem])
    return read_source(spec, options.limits, options.cache)


def _with_options(document: Document, *, overlays: Iterable[Readable] = (), **changes: Any) -> Document:
    """Return the document itself if it was opened with these options, else a new one."""
    more = [*OpenOptions(overlays=overlays).overlays]
    options = replace(document.options, overlays=[*document.options.overlays, *more], **changes)
    return document if not more and options == document.options else document.opened_with(options)


def _judge(document: Document) -> list[Problem]:
    from dynclient.faults.faults import find  # most programs never ask, and it needs jsonschema

    return find(document)


def _refuse_version(version: str | None) -> None:
    if version is not None:
        problem = _problem("catalog", "only a name of the catalog has versions")
        raise SpecError(f"cannot choose version {version}", [problem])


def _problem(keyword: str, message: str) -> Problem:
    return Problem("document", (), keyword, message)


def catalog_folder() -> Path:
    """The folder of the catalog."""
    packaged = _HERE / "specs"
    return packaged if packaged.is_dir() else _HERE.parent / "specs"


def apis() -> dict[str, dict[str, Path]]:
    """The documents of the catalog by API name and version, the newest version last."""
    found = {}
    folder = catalog_folder()
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():  # a frozen program may come without it
        files = [file for file in place.iterdir() if file.suffix in _SUFFIXES] if place.is_dir() else []
        if files:
            found[place.name] = {file.stem: file for file in sorted(files, key=lambda file: _order(file.stem))}
    return found


def _order(version: str) -> list[tuple[int, int, str]]:
    """Order versions: numbers by value, words before the release that they lead to."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts] + [(0, 1, "")]


def _is_text(spec: str) -> bool:
    """Whether a text is that of a document, which many libraries take in the place of a name."""
    return "\n" in spec or spec.lstrip().startswith("{")


def _is_name(spec: str) -> bool:
    if spec.endswith(_SUFFIXES) or "/" in spec:
        return False
    try:
        return not Path(spec).is_file()
    except OSError:  # a file cannot have this name
        return True


def _from_catalog(name: str, options: OpenOptions) -> Document:
    """Open a document of the catalog, once per process and options: the files of the catalog never change."""
    path = _path(name, options.version)
    options = replace(options, version=path.stem)
    with _lock:
        shared = _shared(name, path, path.stat().st_mtime_ns, replace(options, overlays=(), strict=False))
    return shared.opened_with(options) if options.overlays or options.strict else shared


@functools.lru_cache(maxsize=64)
def _shared(name: str, path: Path, _: int, options: OpenOptions) -> Document:
    return _opened(path, options, name)


def _path(name: str, version: str | None) -> Path:
    known = apis()
    if name not in known:
        hint = nearest(name, known) or f"the catalog has {', '.join(known) or 'none'}"
        problem = _problem("catalog", f"there is no such file and no such API in the catalog; {hint}")
        raise SpecError(f"cannot find {show(name)}", [problem])
    versions = known[name]
    if version is None:
        return list(versions.values())[-1]
    if version not in versions:
        raise SpecError(
            f"cannot find {name} {version}", [_problem("catalog", f"the catalog has {', '.join(versions)}")]
        )
    return versions[version]
