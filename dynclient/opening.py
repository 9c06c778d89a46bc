"""The catalog: the documents that come with the package, by API name and version.

A folder per API, a file per version: `specs/order_capture/2.0.8.yaml`. In an installed package the folder lies inside it; in a
checkout it lies beside it.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from dynclient.errors import SpecError
from dynclient.names import nearest
from dynclient.problem import Problem
from dynclient.spec.document import Document, Text
from dynclient.spec.fetching import fetched, is_url, public_url
from dynclient.spec.limits import DEFAULT_LIMITS, Limits
from dynclient.spec.reading import read
from dynclient.spec.store import Cache

_HERE = Path(__file__).parent
_SUFFIXES = (".yaml", ".yml", ".json")
_lock = threading.Lock()


def folder() -> Path:
    """Where the documents lie."""
    packaged = _HERE / "specs"
    return packaged if packaged.is_dir() else _HERE.parent / "specs"


def apis() -> dict[str, dict[str, Path]]:
    """The documents by API name and version, the newest version last."""
    found = {}
    for place in sorted(folder().iterdir()):
        files = [file for file in place.iterdir() if file.suffix in _SUFFIXES] if place.is_dir() else []
        if files:
            found[place.name] = {file.stem: file for file in sorted(files, key=lambda file: _order(file.stem))}
    return found


def find(
    spec: Text | Document,
    version: str | None = None,
    *,
    fetch: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    roots: Sequence[str | PathLike[str]] = (),
    overlays: Iterable[Text] = (),
    strict: bool = False,
    cache: Cache = None,
) -> Document:
    """Open an OpenAPI document.

    Args:
        spec: A name of the catalog, a path, an http(s) URL, a mapping, an open file, the text as bytes, or a Document.
        version: For a name of the catalog: the version; the newest when None.
        fetch: Whether it, and what it refers to, may be fetched from the network.
        limits: How much each file may take.
        roots: Folders and files that references may lead to, beside the document's own folder.
        overlays: OpenAPI Overlays that correct it, in this order: paths, open files, texts as bytes, mappings.
        strict: Whether a document with any fault is refused.
        cache: Whether large files are kept on disk in a form that is quick to open: True, False, the folder, or None for what the
            environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        SpecError: There is no such document, or it cannot be used, or an overlay cannot be applied, or `strict` refuses it.
    """
    if isinstance(spec, str) and not is_url(spec) and _is_name(spec):
        return load(_open(_path(spec, version), cache), overlays=overlays, strict=strict)
    if version is not None:
        raise SpecError(f"cannot choose version {version}", [_problem("only a name of the catalog has versions")])
    return load(spec, fetch=fetch, limits=limits, roots=roots, overlays=overlays, strict=strict, cache=cache)


def _is_name(spec: str) -> bool:
    if spec.endswith(_SUFFIXES) or "/" in spec:
        return False
    try:
        return not Path(spec).is_file()
    except OSError:  # no name that a file could have
        return True


def _path(name: str, version: str | None) -> Path:
    known = apis()
    if name not in known:
        hint = nearest(name, known) or f"the catalog has {', '.join(known)}"
        raise SpecError(
            f"cannot find {name!r}", [_problem(f"there is no such file and no such API in the catalog; {hint}")]
        )
    versions = known[name]
    if version is None:
        return list(versions.values())[-1]
    if version not in versions:
        raise SpecError(f"cannot find {name} {version}", [_problem(f"the catalog has {', '.join(versions)}")])
    return versions[version]


def _open(path: Path, cache: Cache) -> Document:
    """The catalog's documents are opened once per process: they are never changed."""
    with _lock:
        where = cache if cache is None or isinstance(cache, bool) else os.fspath(cache)
        return _kept(path, path.stat().st_mtime_ns, where)


@functools.cache
def _kept(path: Path, _: int, where: bool | str | None) -> Document:  # noqa: FBT001  as it was given
    return load(path, cache=where)


def _order(version: str) -> list[tuple[int, int, str]]:
    """The order of versions: numbers by value, words before the release that they lead to."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts] + [(0, 1, "")]


def _problem(message: str) -> Problem:
    return Problem("document", (), "catalog", message)


def load(
    spec: Text | Document,
    *,
    fetch: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    roots: Sequence[str | PathLike[str]] = (),
    overlays: Iterable[Text] = (),
    strict: bool = False,
    cache: Cache = None,
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
        cache: Whether large files are kept on disk in a form that is quick to open: True, False, the folder, or None for what the
            environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        SpecError: It cannot be read, or is no OpenAPI 3 document, or an overlay cannot be applied, or `strict` refuses it.
    """
    overlays = list(overlays)
    if isinstance(spec, Document):
        return spec.corrected(overlays, strict=strict) if overlays or strict else spec
    if isinstance(spec, str) and is_url(spec):
        if not fetch:
            problem = Problem("document", (), "fetch", f"{public_url(spec)} is on the network; fetch=True allows that")
            raise SpecError(f"cannot read {public_url(spec)}", [problem])
        source = fetched(spec, limits, cache)
    else:
        source = read(spec, limits, cache)
    return Document(source, fetch=fetch, limits=limits, roots=roots, overlays=overlays, strict=strict, cache=cache)
