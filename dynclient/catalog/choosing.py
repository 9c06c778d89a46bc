"""Which version a name means: by argument, environment, pin, or precedence; and what the settings say about it.

Settings of the project (`dynclient.toml`, or where DYNCLIENT_CONFIG says) come before those of the folder that the API is in. The
default of an API is decided by the first folder on the search path that has it: a file that a project drops into its own folder counts
there, whatever the package has pinned.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynclient.catalog.ordering import VersionRange, highest, is_range, precedence
from dynclient.catalog.shelves import Edition, editions, fault, home, packaged_shelf, search_path, shelf_settings
from dynclient.configuration import SETTINGS, Settings, SettingsError, read_settings, settings_file
from dynclient.names import nearest
from dynclient.problem import show
from dynclient.security.credentials import environment_name

_SHA256 = 64
#: The members of a table that mean nothing for an API outside of the catalog, which is known by its title.
_OF_CATALOG = {"version", "sha256", "sends", "operations", "overlays", "webhook_version"}


class Chosen(NamedTuple):
    """A version of an API, and what the settings say about it.

    Attributes:
        edition: The version.
        sha256: The content that it must have; "" for any.
        pinned_by: The file and line of that pin.
        overlays: The overlays that are bound to it.
        sends: Where requests name the version: location, name and value; None when they do not.
        operations: The version of single operations.
        webhook_version: The JSON pointer of the version in the body of an event; "" when events do not name it.
    """

    edition: Edition
    sha256: str = ""
    pinned_by: str = ""
    overlays: tuple[Path, ...] = ()
    sends: tuple[str, str, str] | None = None
    operations: tuple[tuple[str, str], ...] = ()
    webhook_version: str = ""


class _Said(NamedTuple):
    """A member of the table of an API, and where it stands."""

    settings: Settings
    api: str
    member: str
    value: Any

    @property
    def place(self) -> str:
        return self.settings.place("apis", self.api, self.member)

    def error(self, message: str) -> SettingsError:
        return self.settings.error(message, "apis", self.api, self.member)


def choose(
    name: str,
    version: str | None = None,
    folders: Iterable[str | os.PathLike[str]] = (),
    in_use: Path | None = None,
) -> Chosen:
    """Return the version of an API that a name means.

    Args:
        name: The name of the API.
        version: A version or a range; if None, what the environment variable `DYNCLIENT_<NAME>_VERSION` says, else the pin in a
            `dynclient.toml`, else the highest version that is no preview.
        folders: The folders of the catalog that come before all others.
        in_use: The document of a version that counts as one of the catalog's, also while its file is gone.

    Raises:
        SpecError: There is no such API or version, or a file of settings is wrong.
        TypeError: `version` is not a text.
    """
    if not isinstance(version, str | None):
        raise TypeError(f"version must be a text, such as '2.1.0' or '>=2,<3', not {version!r}")
    folders = list(folders)
    known = editions(folders)
    if in_use is not None:
        known[name] = {**known.get(name, {}), **_in_use(name, in_use, known.get(name, {}))}
    if name not in known:
        hint = nearest(name, known) or f"the catalog has {', '.join(known) or 'none'}"
        raise fault(f"cannot find {show(name)}", f"there is no such file and no such API in the catalog; {hint}")
    try:
        shelf = home(known[name], folders)
        tables = _Tables(name, shelf)
        edition = _edition(name, known[name], version, tables, shelf)
        if edition.fault:
            raise fault(f"cannot open {name} {edition.version}", edition.fault)
        return _with_settings(edition, tables, known[name])
    except SettingsError as error:
        raise fault(f"cannot choose a version of {name}", str(error)) from None


def _in_use(name: str, path: Path, known: Mapping[str, Edition]) -> dict[str, Edition]:
    """Return a version whose file the catalog no longer has, as it was there; none if it is there, or never was."""
    folder = next((each for each in path.parents if each.name == name), None)
    if folder is None or path.exists():
        return {}
    version = path.stem if path.parent == folder else path.relative_to(folder).parts[0]
    return {} if version in known else {version: Edition(name, version, path, folder.parent)}


def pin_of(name: str, folders: Iterable[str | os.PathLike[str]]) -> tuple[str, str]:
    """Return the version that is pinned for an API, and where; empty texts without a pin. Errors as for `choose`."""
    folders = list(folders)
    try:
        pin = _Tables(name, home(editions(folders)[name], folders)).said("version")
        return (str(pin.value), pin.place) if pin is not None else ("", "")
    except SettingsError as error:
        raise fault(f"cannot read the pin of {name}", str(error)) from None


def settings_without_api(
    known: Mapping[str, Any], folders: Iterable[str | os.PathLike[str]]
) -> Iterator[tuple[str, str]]:
    """Yield each name for which the settings choose a version though the catalog has no such API, and the place that says so.

    Args:
        known: The APIs of the catalog, by name.
        folders: The folders of the catalog that come before all others.
    """
    files = [settings_file(os.environ), *(shelf / SETTINGS for shelf in search_path(folders))]
    for path in dict.fromkeys(path.absolute() for path in files if path is not None and path.is_file()):
        try:
            settings = read_settings(path)
            tables = settings.data.get("apis", {})
            found = [name for name in tables if name not in known and _OF_CATALOG & {*settings.api(name)}]
        except (SettingsError, TypeError):
            continue  # each API that it is for says so
        yield from ((name, settings.place("apis", name)) for name in found)


def place_of_pin(name: str, folders: Iterable[str | os.PathLike[str]]) -> Path:
    """Return the file of settings that a pin of an API belongs into.

    It is the project's, if that has the pin now or if the API comes with the package; else that of the folder which the API is in.
    """
    folders = list(folders)
    shelf = home(editions(folders)[name], folders)
    project = settings_file(os.environ)
    is_packaged = shelf.resolve() == packaged_shelf().resolve() != Path("specs").resolve()
    pins = project is not None and project.is_file() and "version" in read_settings(project).api(name)
    return (project or Path(SETTINGS)).absolute() if pins or is_packaged else shelf / SETTINGS


def matching(wanted: str, known: Iterable[str]) -> str | None:
    """Return the version that a text names: itself, one that is equal to it, or the highest in a range; None without one.

    Raises:
        ValueError: It is not a range, but looks like one.
    """
    known = list(known)
    if wanted in known:
        return wanted
    if not is_range(wanted):
        return next((version for version in known if precedence(version) == precedence(wanted)), None)
    within = VersionRange(wanted)
    return max((version for version in known if version in within), key=precedence, default=None)


class _Tables:
    """The tables of an API in the settings, that of the project first."""

    def __init__(self, name: str, shelf: Path) -> None:
        project = settings_file(os.environ)
        read = [read_settings(project) if project is not None else None, shelf_settings(shelf)]
        self._name = name
        self._tables = [(each, each.api(name)) for each in read if each is not None]

    def said(self, member: str, kind: type = str) -> _Said | None:
        """Return a member of the first table that has it.

        Raises:
            SettingsError: It is of another kind.
        """
        for settings, table in self._tables:
            if member in table:
                said = _Said(settings, self._name, member, table[member])
                if not isinstance(said.value, kind):
                    raise said.error(f"{member} must be {_KINDS[member]}, not {said.value!r}")
                return said
        return None


_KINDS = {
    "version": 'a text, such as "2.0.8" or ">=2,<3"',
    "sha256": "64 hexadecimal digits",
    "sends": 'a table, such as {header = "X-Api-Version"} or {query = "api-version"}',
    "operations": 'a table of versions, such as {getOrder = "2.1.0"}',
    "overlays": 'a list of tables, such as {file = "fixes.yaml", versions = ">=2,<3"}',
    "webhook_version": 'a JSON pointer, such as "/api_version"',
}


_EQUAL = "{} are the same version; name one of them"


def _edition(
    name: str,
    known: dict[str, Edition],
    version: str | None,
    tables: _Tables,
    shelf: Path,
) -> Edition:
    variable = environment_name(name, "version")
    if version is not None:
        return _named(name, known, version, "")
    if os.environ.get(variable):
        return _named(name, known, os.environ[variable], variable)
    pin = tables.said("version")
    if pin is not None:
        return _named(name, known, pin.value, pin.place)
    own = [edition.version for edition in known.values() if edition.shelf == shelf]
    found = highest(own)
    if found is None:
        raise fault(f"cannot choose a version of {name}", f"it has only previews: {', '.join(own)}; name one of them")
    equal = [version for version in own if precedence(version) == precedence(found)]
    if len(equal) > 1:
        raise fault(f"cannot choose a version of {name}", _EQUAL.format(" and ".join(equal)))
    return known[found]


def _named(name: str, known: dict[str, Edition], wanted: str, by: str) -> Edition:
    """Return the version that a text names; `by` is where the text stands, if it is no argument."""
    says = f"{by} says {wanted}; " if by else "" if wanted.strip() else "the version is empty; "
    try:
        found = matching(wanted, known)
    except ValueError as error:
        raise fault(f"cannot find {name} {wanted}", f"{says}{error}") from None
    if found is None:
        raise fault(f"cannot find {name} {wanted}", f"{says}the catalog has {', '.join(known)}")
    equal = [version for version in known if precedence(version) == precedence(found)]
    if wanted not in known and len(equal) > 1:
        raise fault(f"cannot find {name} {wanted}", says + _EQUAL.format(" and ".join(equal)))
    return known[found]


def _with_settings(edition: Edition, tables: _Tables, known: Mapping[str, Edition]) -> Chosen:
    sha256, by = _lock(edition, tables)
    operations = tables.said("operations", Mapping)
    pointer = tables.said("webhook_version")
    if pointer is not None and not pointer.value.startswith("/"):
        raise pointer.error(f"webhook_version must be {_KINDS['webhook_version']}, not {pointer.value!r}")
    if operations is not None:
        _check_operations(operations, known)
    return Chosen(
        edition,
        sha256,
        by,
        tuple(_overlays(edition, tables.said("overlays", list), known)),
        _sends(edition, tables.said("sends", Mapping)),
        tuple(operations.value.items()) if operations is not None else (),
        pointer.value if pointer is not None else "",
    )


def _check_operations(said: _Said, known: Mapping[str, Edition]) -> None:
    if not _are_texts(said.value):
        raise said.error(f"operations must be {_KINDS['operations']}, not {dict(said.value)!r}")
    for operation, version in said.value.items():
        try:
            found = matching(version, known)
        except ValueError as error:
            raise said.error(f"operations: {error}") from None
        if found is None:
            raise said.error(f"operations: {operation} is to have {version}; the catalog has {', '.join(known)}")


def _lock(edition: Edition, tables: _Tables) -> tuple[str, str]:
    """Return the digest that a pin of exactly this version names, and where the pin stands."""
    pin, sha256 = tables.said("version"), tables.said("sha256")
    if sha256 is None:
        return "", ""
    if len(sha256.value) != _SHA256 or set(sha256.value) - set("0123456789abcdef"):
        raise sha256.error(f"sha256 must be {_KINDS['sha256']}, not {sha256.value!r}")
    if pin is None or is_range(pin.value):
        raise sha256.error("sha256 needs the one version that it belongs to: version = ...")
    if sha256.settings is not pin.settings or precedence(pin.value) != precedence(edition.version):
        return "", ""
    return sha256.value, sha256.place


def _sends(edition: Edition, said: _Said | None) -> tuple[str, str, str] | None:
    if said is None:
        return None
    table = said.value
    places = [place for place in ("header", "query") if isinstance(table.get(place), str) and table[place]]
    if len(places) != 1 or set(table) - {*places, "value"} or not _are_texts(table):
        raise said.error(f"sends must be {_KINDS['sends']}, not {dict(table)!r}")
    return places[0], table[places[0]], table.get("value", edition.version)


def _overlays(edition: Edition, said: _Said | None, known: Mapping[str, Edition]) -> Iterator[Path]:
    """Yield the overlays that are bound to a version; a range may be one for versions to come."""
    if said is None:
        return
    for entry in said.value:
        if not isinstance(entry, Mapping) or set(entry) - {"file", "versions"} or not _are_texts(entry, "file"):
            raise said.error(f"overlays must be {_KINDS['overlays']}, not {entry!r}")
        wanted = entry.get("versions", edition.version)
        try:
            fits = matching(wanted, [edition.version]) is not None
        except ValueError as error:
            raise said.error(f"overlays: {error}") from None
        if not fits and not is_range(wanted) and matching(wanted, known) is None:
            raise said.error(f"overlays: {entry['file']} is for {wanted}; the catalog has {', '.join(known)}")
        if fits:
            yield said.settings.path.parent / entry["file"]


def _are_texts(table: Mapping[str, Any], *needed: str) -> bool:
    return all(isinstance(value, str) for value in table.values()) and set(needed) <= set(table)
