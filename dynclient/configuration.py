"""The file of settings, `dynclient.toml`: read in one place, and errors in it name the file and the line.

    tolerate = ["response/body/null"]            # for every API

    [apis.order_capture]
    version = "2.0.8"                            # or a range: ">=2,<3", "~=2.0", "2.x"
    sha256 = "9f86d0..."                         # the content that this version must have
    sends = {header = "X-Api-Version"}           # or {query = "api-version"}: the version is sent there, too
    webhook_version = "/api_version"             # where an event names its version: a JSON pointer into its body
    operations = {getOrder = "2.1.0"}            # the version of single operations
    overlays = [{file = "fixes.yaml", versions = ">=2,<3"}]

A project has one (in the current folder, or where DYNCLIENT_CONFIG says); a folder of documents may have one, too (`dynclient.catalog`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynclient import lazy

_AT_LINE = lazy.pattern(r"at line (\d+)")
#: The name of the file.
SETTINGS = "dynclient.toml"
#: What a file may hold at the top that this package reads.
_TOP = ("apis", "tolerate", "traffic")
#: What the table of an API may hold that this package reads.
_OF_API = ("version", "sha256", "sends", "webhook_version", "operations", "overlays", "tolerate", "traffic")


class SettingsError(ValueError):
    """A file of settings is wrong; the message names the file, and the line where it is known."""


class Settings(NamedTuple):
    """The content of a file of settings.

    Attributes:
        path: The file.
        text: Its text.
        data: Its data.
    """

    path: Path
    text: str
    data: Mapping[str, Any]

    def api(self, name: str) -> Mapping[str, Any]:
        """Return the table of an API; empty when it has none.

        Raises:
            SettingsError: It is not a table, or the table or the file has a misspelt member.
        """
        for member in self.data:
            if member not in _TOP and (close := _close(member, _TOP)):
                raise self.error(f"there is no member {member!r}: did you mean {close}?", member)
        tables = self.data.get("apis", {})
        if not isinstance(tables, Mapping) or not isinstance(tables.get(name, {}), Mapping):
            raise self.error("apis must be tables of settings, such as [apis.shop]", "apis", name)
        table: Mapping[str, Any] = tables.get(name, {})
        for member in table:
            if member not in _OF_API and (close := _close(member, _OF_API)):
                raise self.error(f"there is no member {member!r}: did you mean {close}?", "apis", name, member)
        return table

    def place(self, *keys: str) -> str:
        """Return the file and the line of a member: `dynclient.toml:3`; the nearest table around it when it has no line of its own."""
        found, deepest = 0, 0
        for number, known in _keys(self.text):
            if deepest < len(known) and known == keys[: len(known)]:
                found, deepest = number, len(known)
            elif not found and known[: len(keys)] == keys:  # a table inside of it, which has the first line of it
                found = number
        return f"{self.path}:{found}" if found else str(self.path)

    def place_of_item(self, number: int, *keys: str) -> str:
        """Return the file and the line of one table of a list, `[[...]]`, counted from 0; of the list where it is not written so."""
        lines = [line for line, known in _keys(self.text) if known == keys]
        return f"{self.path}:{lines[number]}" if number < len(lines) else self.place(*keys)

    def error(self, message: str, *keys: str) -> SettingsError:
        """Return the error of a member."""
        return SettingsError(f"the settings {self.place(*keys)}: {message}")


def _close(member: str, known: tuple[str, ...]) -> str:
    """Return the known member that a misspelt one is likely to mean, or ""."""
    import difflib  # only mistakes need it

    return next(iter(difflib.get_close_matches(member, known, 1)), "")


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line and the whole key of each table and member."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            table = _parts(bare.partition("]")[0].lstrip("["))
            yield number, table
        elif "=" in bare and not bare.startswith("#"):
            yield number, (*table, *_parts(bare.partition("=")[0]))


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def read_settings(path: Path) -> Settings:
    """Read a file of settings; an unchanged one is read once.

    Raises:
        SettingsError: It cannot be read, or is not TOML.
    """
    try:
        found = path.stat()
        return _read(path.absolute(), found.st_mtime_ns, found.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the settings {path} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None


@functools.lru_cache(32)
def _read(path: Path, _mtime: int, _size: int) -> Settings:
    import tomllib  # few have such a file

    text = path.read_bytes().decode("utf-8-sig")  # the ends of its lines stay as they are
    try:
        return Settings(path, text, tomllib.loads(text))
    except ValueError as error:
        line = found[1] if (found := _AT_LINE.search(str(error))) else text.count("\n") + 1  # else: at end of document
        raise SettingsError(f"the settings {path}:{line}: {error}") from None


def settings_file(environ: Mapping[str, str]) -> Path | None:
    """Return the project's file: the one that DYNCLIENT_CONFIG names, else `dynclient.toml` in the current folder; None without one."""
    named = environ.get("DYNCLIENT_CONFIG")
    path = Path(named or SETTINGS)
    return path if named or path.is_file() else None
