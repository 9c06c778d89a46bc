"""Open a document by whatever names it: a name of the catalog, a path, a URL, a text, plain data.

This is the only module that opens documents: `load`, the clients and the command line come here with the same options (`OpenOptions`),
whose names and meanings are written once. It gives each document its judge, and the function by which it is pickled.

Names of the catalog, and their versions, are found by `dynclient.catalog`.
"""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, Unpack
from weakref import WeakValueDictionary

from dynclient.catalog.choosing import Chosen, choose
from dynclient.catalog.ordering import precedence
from dynclient.catalog.pins import resolved_digest
from dynclient.catalog.shelves import SUFFIXES, editions
from dynclient.errors import SpecError
from dynclient.fetching import Fetcher
from dynclient.names import no_argument
from dynclient.problem import Problem, show
from dynclient.spec.access import ALLOW_FETCH, LoadKeywords, OpenOptions, Origin, Placed, Readable
from dynclient.spec.document import Document
from dynclient.spec.reading import parse_source, read_source
from dynclient.spec.source import Source
from dynclient.spec.urls import file_of, is_url, public_url, url_scheme

#: Whatever a document can be opened by.
Openable = Readable | Document

_Opener = TypeVar("_Opener", bound=Callable[..., Any])
_ENTRY = re.compile(r"(?m)^(\w+):.*\n?(?:^ .*\n?)*")
_lock = threading.Lock()
_reopened: WeakValueDictionary[Any, Document] = WeakValueDictionary()


def describes_fields(keywords: str, of: type) -> Callable[[_Opener], _Opener]:
    """Complete the help of a function or class that takes the fields of a dataclass by name.

    The line `**KEYWORDS:` of its docstring becomes the list of those that it does not describe itself, and they join the signature of a function.

    Args:
        keywords: How the docstring names them together.
        of: The dataclass.
    """
    named = {option.name: option for option in fields(of) if option.init}

    def completed(opener: _Opener) -> _Opener:
        if opener.__doc__:  # python -OO has none
            described = (inspect.getdoc(of) or "").partition("Attributes:\n")[2].partition("\n\n")[0]
            own = set(re.findall(r"(?m)^ +(\w+):", opener.__doc__))
            entries = [
                found[0] for found in _ENTRY.finditer(textwrap.dedent(described)) if found[1] in named.keys() - own
            ]
            line = re.compile(rf"(?m)^( +)\*\*{keywords}:.*$")
            opener.__doc__ = line.sub(lambda at: textwrap.indent("".join(entries).rstrip(), at[1]), opener.__doc__)
        if not isinstance(opener, type):
            opener.__signature__ = _signature(opener, named)  # type: ignore[attr-defined]  # what help() shows
        return opener

    return completed


def _signature(function: Callable[..., Any], named: Mapping[str, Field[Any]]) -> inspect.Signature:
    signature = inspect.signature(function)
    parameters = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_default(option), annotation=option.type)
        for name, option in named.items()
        if name not in signature.parameters
    ]
    return signature.replace(parameters=parameters)


def _default(option: Field[Any]) -> Any:
    return option.default if option.default_factory is MISSING else option.default_factory()


#: Completes the help of what takes the options of opening as `**opening`.
takes_opening = describes_fields("opening", OpenOptions)


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
        spec: A name of the catalog, with or without a version (`shop@2.1.0`, `shop@2.x`), a path, an http(s) URL with `fetch=True`, a mapping, an open file, the text as
            bytes, or a Document, which is returned; with other options, a new Document is.
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
        name, version = name_and_version(spec, version)
        return _from_catalog(name, replace(options, version=version))
    _refuse_version(version)
    return _opened(spec, options)


def name_and_version(spec: Any, version: str | None = None) -> tuple[Any, str | None]:
    """Return a name of the catalog without its version, and the version that is asked for; None for the default.

    Args:
        spec: The name, such as `shop` or `shop@2.1.0`; what is no text stays as it is.
        version: The version beside it.

    Raises:
        SpecError: Both name a version.
    """
    name, at, named = spec.rpartition("@") if isinstance(spec, str) else ("", "", "")
    if not (at and name):
        return spec, version
    if version is not None:
        problem = _problem("catalog", f"{show(spec)} names a version already")
        raise SpecError(f"cannot choose version {version}", [problem])
    return name, named


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


def _opened(spec: Readable, options: OpenOptions) -> Document:
    source = _fetched(spec, options) if isinstance(spec, str) and is_url(spec) else _read(spec, options)
    return Document(source, options, judge=_judge, reopen=reopened, fetcher=Fetcher)


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
        hint = "its folder is specs/NAME, with a file for each version"
        problem = Problem("document", (), "catalog", "only a name of the catalog has versions", hint)
        raise SpecError(f"cannot choose version {version}", [problem])


def _problem(keyword: str, message: str) -> Problem:
    return Problem("document", (), keyword, message)


def _is_text(spec: str) -> bool:
    """Whether a text is that of a document, which many libraries take in the place of a name."""
    return "\n" in spec or spec.lstrip().startswith("{")


def _is_name(spec: str) -> bool:
    if spec.endswith(SUFFIXES) or "/" in spec:
        return False
    try:
        return not Path(spec).is_file()
    except OSError:  # a file cannot have this name
        return True


def _from_catalog(name: str, options: OpenOptions) -> Document:
    """Open a document of the catalog, once per process and options until its file changes."""
    chosen = choose(name, options.version, options.specs)
    options = replace(options, version=chosen.edition.version)
    with _lock:
        shared = _shared(
            chosen, _nearest(chosen.edition.path), _stamps(chosen), replace(options, overlays=(), strict=False)
        )
    return shared.opened_with(options) if options.overlays or options.strict else shared


def _stamps(chosen: Chosen) -> tuple[int, ...]:
    """Return when the document and its overlays were changed."""
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in (chosen.edition.path, *chosen.overlays))


def _nearest(path: Path) -> Path:
    """Return a path as a person in the current folder writes it, and as reports of a repository need it."""
    return path.relative_to(here) if path.is_relative_to(here := Path.cwd()) else path


@functools.lru_cache(maxsize=64)
def _shared(chosen: Chosen, path: Path, _: tuple[int, ...], options: OpenOptions) -> Document:
    edition = chosen.edition
    source = read_source(path, options.limits, options.cache)
    document = Document(
        source,
        options,
        judge=_judge,
        reopen=reopened,
        fetcher=Fetcher,
        corrections=[str(path) for path in chosen.overlays],
        placed=Placed(edition.api, chosen.sends, chosen.operations, chosen.webhook_version),
    )
    if chosen.sha256 and (found := resolved_digest(document)) != chosen.sha256:
        pinned = f"{chosen.pinned_by} pins it to other content, {chosen.sha256}; it is {found} now"
        raise SpecError(f"{edition.path} has changed", [_problem("sha256", pinned)])
    return document


def other_version(document: Document, version: str | None) -> Document:
    """Open another version of a document of the catalog, with the same options.

    Args:
        document: The document.
        version: The version, or a range; None for the default.

    Raises:
        SpecError: The document is not of the catalog, there is no such version, or it cannot be used.
    """
    if not document.placed.name:
        problem = _problem("catalog", f"{document.name} is not of the catalog; pass a Document or an Api")
        raise SpecError(f"cannot find version {version}", [problem])
    return _from_catalog(document.placed.name, replace(document.options, version=version))


def versions_below(document: Document) -> list[str]:
    """Return the other versions of a document in the catalog: the lower ones from the highest on, then the higher ones."""
    known = editions(document.options.specs).get(document.placed.name, {}) if document.placed.name else {}
    own = str(document.options.version)
    lower = [version for version in known if precedence(version) < precedence(own)]
    return [*reversed(lower), *(version for version in known if version not in (*lower, own))]


def reread(document: Document, version: str | None, *, changed: bool) -> Document:
    """Open a document once more.

    Args:
        document: The document.
        version: For one of the catalog: the version that was asked for; None for the default.
        changed: Whether one of its files has changed.

    Returns:
        The new document; the same one if nothing has changed.

    Raises:
        SpecError: It cannot be used, or cannot be read again.
    """
    if document.placed.name:
        own = document.written_source.path
        path = choose(document.placed.name, version, document.options.specs, own).edition.path.absolute()
        if path == own and not path.exists():
            raise SpecError(f"cannot read {path} again", [_problem("file", "it is gone")])
        if not changed and path == own:
            return document
        with _lock:
            _shared.cache_clear()  # a file that it refers to may have changed
        return other_version(document, version)
    if not changed:
        return document
    if document.origin is None:
        raise SpecError(f"cannot read {document.name} again", [_problem("file", "it was not opened from a file")])
    return _opened(document.origin.spec, replace(document.options, overlays=document.origin.options.overlays))
