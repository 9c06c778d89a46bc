"""The folders of the catalog, and the documents in them.

The search path: the folders that the caller gives, those in DYNCLIENT_SPECS, `./specs`, and the one that comes with the package. In
an installed package that one is inside it; in a checkout it is beside it. The file's name is the version, not `info.version`, which
publishers leave unchanged.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dynclient.catalog.ordering import precedence
from dynclient.configuration import SETTINGS, Settings, read_settings
from dynclient.errors import SpecError
from dynclient.problem import Problem

SUFFIXES = (".yaml", ".yml", ".json")
#: What the entry document of a folder may be called, beside being its only document.
ENTRIES = ("openapi", "swagger", "index", "api")
_HERE = Path(__file__).parent.parent


class Edition(NamedTuple):
    """A version of an API, as a file.

    Attributes:
        api: The name of the API: its folder's.
        version: The version: the name of the file without its suffix, or of the folder.
        path: The document; for a folder without an entry document, the folder.
        shelf: The folder of the catalog that it is in.
        fault: Why it cannot be opened; "" when nothing is wrong with its place.
    """

    api: str
    version: str
    path: Path
    shelf: Path
    fault: str = ""


def packaged_shelf() -> Path:
    """Return the folder of the documents that come with the package."""
    inside = _HERE / "specs"
    return inside if inside.is_dir() else _HERE.parent / "specs"


def search_path(folders: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the folders of the catalog, the first to be asked first.

    Args:
        folders: Those that come before all others.

    Raises:
        SpecError: A folder that was given or that DYNCLIENT_SPECS names does not exist.
    """
    named = [Path(part) for part in os.environ.get("DYNCLIENT_SPECS", "").split(os.pathsep) if part]
    given = [*map(Path, folders), *named]
    missing = [folder for folder in given if not folder.is_dir()]
    if missing:
        who = "DYNCLIENT_SPECS" if missing[0] in named else "specs"
        raise fault("cannot search the catalog", f"{who} names {missing[0]}, which is not a folder")
    rest = [folder for folder in (Path("specs"), packaged_shelf()) if folder.is_dir()]
    return list({folder.resolve(): folder.absolute() for folder in reversed([*given, *rest])}.values())[::-1]


def editions(folders: Iterable[str | os.PathLike[str]] = ()) -> dict[str, dict[str, Edition]]:
    """Return the documents of the catalog by API and version, the lowest version first.

    Of several folders with the same version, the first on the search path counts.
    """
    found: dict[str, dict[str, Edition]] = {}
    for shelf in search_path(folders):
        for edition in _on(shelf):
            found.setdefault(edition.api, {}).setdefault(edition.version, edition)
    return {
        api: dict(sorted(found[api].items(), key=lambda item: (precedence(item[0]), item[0]))) for api in sorted(found)
    }


def apis() -> dict[str, dict[str, Path]]:
    """Return the files of the catalog by API and version, the lowest version first."""
    return {api: {name: each.path for name, each in known.items()} for api, known in editions().items()}


def home(known: dict[str, Edition], folders: Iterable[str | os.PathLike[str]] = ()) -> Path:
    """Return the folder of the catalog that decides what an API's default is: the first on the search path that has it."""
    shelves = {edition.shelf for edition in known.values()}
    return next(shelf for shelf in search_path(folders) if shelf in shelves)


def shelf_settings(shelf: Path) -> Settings | None:
    """Return the settings in a folder of the catalog; None without a file of them; errors as for `read_settings`."""
    path = shelf / SETTINGS
    return read_settings(path) if path.is_file() else None


def _on(shelf: Path) -> Iterator[Edition]:
    for folder in _entries(shelf):
        if folder.is_dir() and not folder.name.startswith((".", "_")):
            yield from _of(folder, shelf)


def _of(folder: Path, shelf: Path) -> Iterator[Edition]:
    found = list(filter(None, (_edition(place, folder.name, shelf) for place in _entries(folder))))
    names = Counter(edition.version for edition in found)
    for edition in found:
        twice = f"{folder} has several files of this version" if names[edition.version] > 1 else ""
        yield edition._replace(fault=twice) if twice else edition


def _edition(place: Path, api: str, shelf: Path) -> Edition | None:
    """Return the version that a file or a folder is; None when it is something else, such as a folder of shared schemas."""
    if place.name.startswith((".", "_")):
        return None
    if place.suffix in SUFFIXES and place.is_file():
        return None if place.stem.endswith(".overlay") else Edition(api, place.stem, place, shelf)
    if not place.is_dir() or not precedence(place.name).is_number:
        return None
    files = [file for file in _entries(place) if file.suffix in SUFFIXES]
    entries = [file for stem in ENTRIES for file in files if file.stem == stem] or files
    if len(entries) == 1 or (entries and entries[0].stem in ENTRIES):
        return Edition(api, place.name, entries[0], shelf)
    return Edition(api, place.name, place, shelf, f"the folder {place} has no entry document, such as openapi.yaml")


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, in order."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise fault("cannot search the catalog", f"{folder} cannot be read: {error.strerror}") from None


def fault(headline: str, message: str, hint: str = "") -> SpecError:
    """Return the error of something that is wrong with the catalog."""
    return SpecError(headline, [Problem("document", (), "catalog", message, hint)])
