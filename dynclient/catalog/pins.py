"""The content that a version must have, and changes of a folder of the catalog: a new version, a pin.

A pin names a version and the SHA-256 of its resolved document, so that the same version with other content is noticed. That is the
SHA-256 of the file, as `sha256sum` prints it; of a document in several files, that of a list of their names and digests.

Every change is one atomic step, and nothing is overwritten: a new version is linked or renamed to its place, and the settings are
replaced by a new file that only one process can create.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dynclient import lazy
from dynclient.catalog.ordering import is_range
from dynclient.catalog.shelves import ENTRIES, SUFFIXES, fault
from dynclient.configuration import SettingsError, read_settings
from dynclient.errors import SpecError
from dynclient.extras import needs
from dynclient.names import is_device
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference
from dynclient.spec.urls import file_of

#: A reference to another file, in the text of a document.
_TO_A_FILE = lazy.pattern(rb"""\$ref["']?\s*:\s*["']?(?!["'#\s])""")
_NAME = lazy.pattern(r"[A-Za-z0-9][A-Za-z0-9._+-]*\Z")


def resolved_digest(document: Document) -> str:
    """Return the SHA-256 of a document with every file that it refers to, overlays apart."""
    own = document.written_source
    raw = own.raw
    if raw is not None and not _TO_A_FILE.search(raw):
        return own.digest
    _read_all(document)
    start = next(iter(document.files))
    others = {uri: source.digest for uri, source in document.files.items() if uri != start}
    if not others:
        return own.digest
    lines = [f"{own.digest}  .", *sorted(f"{digest}  {_relative(uri, start)}" for uri, digest in others.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_all(document: Document) -> None:
    """Read every file that a document refers to, and those that these refer to."""
    seen: set[str] = set()
    while new := [uri for uri in document.files if uri not in seen]:
        for uri in new:
            seen.add(uri)
            for node in _references(Node(uri, (), document.files[uri].data)):
                try:
                    document.resolve(node.value["$ref"], node)
                except SpecError:
                    continue  # `document.problems` says why


def _references(top: Node) -> Iterator[Node]:
    """Yield every place that refers to another file."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if is_reference(node.value) and not str(node.value["$ref"]).startswith("#"):
            yield node
        waiting += [child for _, child in node.children()]
        waiting += node.items()


def _relative(uri: str, start: str) -> str:
    """Return a file's name as seen from the document."""
    if urlsplit(uri).scheme != "file" or urlsplit(start).scheme != "file":
        return uri
    try:
        return Path(os.path.relpath(file_of(uri), Path(file_of(start)).parent)).as_posix()
    except ValueError:  # it is on another drive
        return uri


def add_version(document: Document, shelf: Path, api: str, version: str) -> Path:
    """Put a document into a folder of the catalog; one in several files becomes a folder.

    Args:
        document: The document; the files that it refers to must lie below its own folder, or be URLs.
        shelf: The folder of the catalog; it is made if it does not exist.
        api: The name of the API.
        version: The name of the version.

    Returns:
        The new file or folder.

    Raises:
        SpecError: There is such a version already, a name cannot be that of a file, or the document's files cannot be copied.
    """
    import tempfile  # only a new version needs it

    for kind, name in (("the name of an API", api), ("a version", version)):
        if not _NAME.match(name):
            raise fault(
                f"cannot add {api} {version}", f"{name!r} cannot be {kind}: letters, digits and ._+- are allowed"
            )
        if is_device(name) or name.endswith("."):
            raise fault(f"cannot add {api} {version}", f"{name!r} cannot be {kind}: Windows has no file of this name")
    if is_range(version):
        raise fault(f"cannot add {api} {version}", f"{version!r} is a range of versions")
    folder = shelf / api
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fault(f"cannot add {api} {version}", f"{folder} cannot be made: {error.strerror}") from None
    taken = [place for suffix in ("", *SUFFIXES) if (place := folder / f"{version}{suffix}").exists()]
    if taken:
        raise fault(f"cannot add {api} {version}", f"{taken[0]} exists already")
    _read_all(document)
    files = _files(document, f"cannot add {api} {version}")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as made:
        for name, raw in files.items():
            place = Path(made, "all", name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw)
        if len(files) > 1:
            return _moved(Path(made, "all"), folder / version)
        name = next(iter(files))
        return _moved(Path(made, "all", name), folder / f"{version}{Path(name).suffix}")


def _moved(new: Path, place: Path) -> Path:
    """Put a new file or folder in its place, where nothing may be yet."""
    try:
        if new.is_dir():
            new.rename(place)
        else:
            os.link(new, place)
    except FileExistsError:
        raise fault(f"cannot add {place}", "it exists already") from None
    except OSError:  # a file system without hard links
        if place.exists():
            raise fault(f"cannot add {place}", "it exists already") from None
        import shutil  # slow to import

        shutil.move(new, place)
    return place


def _files(document: Document, headline: str) -> dict[str, bytes]:
    """Return the files of a document by their names below its folder; the first is the document."""
    start, found = next(iter(document.files)), {}
    for uri, source in document.files.items():
        raw = document.written_source.raw if uri == start else source.raw
        if raw is None:
            raise fault(headline, f"the text of {source.name} is not known")
        if uri == start:
            found[_entry_name(document, headline, raw)] = raw
        elif urlsplit(uri).scheme == "file":
            name = _relative(uri, start)
            if name.startswith(".."):
                message = f"{source.name} lies outside the document's folder; put it below, or bundle the document"
                raise fault(headline, message)
            found[name] = raw
    return found


def _entry_name(document: Document, headline: str, raw: bytes) -> str:
    """Return the name of the document in its folder, by which it is found there."""
    start = next(iter(document.files))
    path = Path(unquote(urlsplit(start).path))
    if path.stem in ENTRIES and path.suffix in SUFFIXES:
        return path.name
    for uri, source in document.files.items():
        for node in _references(Node(uri, (), source.data)) if uri != start else ():
            if document.resolve(node.value["$ref"], node).file == start:
                raise fault(headline, f"{source.name} refers to {path.name}, which must be called openapi{path.suffix}")
    return f"openapi{path.suffix if path.suffix in SUFFIXES else '.json' if raw.lstrip()[:1] == b'{' else '.yaml'}"


def set_pin(path: Path, api: str, version: str, sha256: str) -> None:
    """Pin an API to a version and its content; what else is in the file of settings stays as it is.

    Args:
        path: The file of settings; it is made if it does not exist.
        api: The name of the API.
        version: The version.
        sha256: Its `resolved_digest`.

    Raises:
        SpecError: The same version is pinned with other content, the file is wrong, or somebody else is changing it.
    """
    with needs("versions", "a change of a pin"):
        import tomlkit

    try:
        known = read_settings(path) if path.exists() else None
        pinned = known.api(api) if known is not None else {}
    except SettingsError as error:
        raise fault(f"cannot pin {api}", str(error)) from None
    if pinned.get("version") == version and pinned.get("sha256", sha256) != sha256:
        where = known.place("apis", api, "sha256") if known is not None else ""
        message = f"{where} has pinned {version} with other content, {pinned['sha256']}"
        raise fault(
            f"cannot pin {api} {version}", message, f"its content is {sha256} now; take the line away to accept it"
        )
    with replacing(path, f"cannot pin {api}") as new:
        data = tomlkit.parse(known.text if known is not None else "")
        tables = data.setdefault("apis", tomlkit.table(is_super_table=True))
        table = tables.setdefault(api, tomlkit.table())
        table["version"], table["sha256"] = version, sha256
        new.write_text(tomlkit.dumps(data), "utf-8", newline="")  # the ends of its lines stay as they are


@contextmanager
def replacing(path: Path, headline: str) -> Iterator[Path]:
    """Give a new file that takes the place of another one; only one process at a time has it.

    Args:
        path: The file to replace.
        headline: What cannot be done, if somebody else is changing the file.

    Raises:
        SpecError: Somebody else is, or the file cannot be written.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.touch(exist_ok=False)
    except FileExistsError:
        raise fault(headline, f"somebody else is changing {path}; if not, remove {new}") from None
    except OSError as error:
        raise fault(headline, f"{path} cannot be written: {error.strerror}") from None
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
