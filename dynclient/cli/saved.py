"""Saved APIs: names of the user's own for a document, a server and credentials, in a file of the user's configuration folder.

    [apis.shop]
    spec = "/home/ann/shop.yaml"
    server = "https://shop.example.com"
    auth = ["Client-Id=env:SHOP_KEY"]

    [apis.shop.profiles.staging]
    server = "https://staging.example.com"
    auth = ["Client-Id=env:STAGING_KEY"]

Members are options of the command line with the texts that they take there. The file holds no secrets, only where they are. A profile
changes some of the members. One that names another server, or another document, inherits nothing that could carry a secret to it.

DYNCLIENT_APIS names another file, DYNCLIENT_PROFILE the profile to use where `--profile` names none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from dynclient.catalog.pins import replacing
from dynclient.configuration import Settings, SettingsError, read_settings
from dynclient.extras import needs
from dynclient.names import nearest

#: The options of opening a document that can be saved, with whether each is a list, a text or a switch.
OPENING: Mapping[str, type] = {
    "version": str, "fetch": bool, "fetch-header": list, "root": list, "overlay": list, "strict": bool, "specs": list,
}  # fmt: skip
#: The options of a call that can be saved.
CALLING: Mapping[str, type] = {
    "server": str, "auth": list, "header": list, "timeout": str, "validate": str, "tolerate": list,
}  # fmt: skip
#: What may carry a secret to the server, and to where the document is fetched from.
_TO_SERVER, _TO_DOCUMENT = ("auth", "header"), ("fetch-header",)
_MEMBERS: Mapping[str, type] = {"spec": str, **OPENING, **CALLING, "profiles": dict}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
#: The profile that an API is without one.
NO_PROFILE = "default"


class SavedApi(NamedTuple):
    """A saved API, as one of its profiles has it.

    Attributes:
        name: Its name.
        profile: The profile; `default` without one.
        spec: The document.
        settings: The options by their long names, without the dashes.
        profiles: The names of all profiles.
    """

    name: str
    profile: str
    spec: str
    settings: Mapping[str, Any]
    profiles: tuple[str, ...]


def saved_file() -> Path:
    """Return the file of saved APIs."""
    named = os.environ.get("DYNCLIENT_APIS")
    if named:
        return Path(named)
    from platformdirs import user_config_path  # only needed when the environment does not name the file

    return user_config_path("dynclient", appauthor=False) / "apis.toml"


def saved_names() -> list[str]:
    """Return the names of all saved APIs; errors as for `saved_api`."""
    return list(_tables()[0])


def saved_api(name: str, profile: str | None) -> SavedApi | None:
    """Return a saved API, or None if there is none of this name.

    Args:
        name: Its name.
        profile: The profile; DYNCLIENT_PROFILE says it when None.

    Raises:
        UsageError: It has no such profile, or the file is wrong.
    """
    tables, settings = _tables()
    if name not in tables or settings is None:
        return None
    table = _checked(settings, tables[name], name)
    spec, profiles = table.get("spec"), table.get("profiles", {})
    if spec is None:
        raise _error(settings.error(f"{name} needs a `spec`", "apis", name))
    wanted = profile or os.environ.get("DYNCLIENT_PROFILE") or NO_PROFILE
    own = {key: value for key, value in table.items() if key not in ("spec", "profiles")}
    if wanted != NO_PROFILE:
        if wanted not in profiles:
            hint = nearest(wanted, profiles) or f"it has {', '.join((NO_PROFILE, *profiles))}"
            raise click.UsageError(f"{name} has no profile {wanted!r} ({hint})")
        changes = dict(_checked(settings, profiles[wanted], name, "profiles", wanted))
        moved = (
            *(_TO_SERVER if "server" in changes or "spec" in changes else ()),
            *(_TO_DOCUMENT if "spec" in changes else ()),
        )
        spec = changes.pop("spec", spec)
        own = {key: value for key, value in own.items() if key not in moved} | changes
    return SavedApi(name, wanted, spec, own, (NO_PROFILE, *profiles))


def _tables() -> tuple[Mapping[str, Any], Settings | None]:
    path = saved_file()
    if not path.exists():
        return {}, None
    try:
        settings = read_settings(path)
        tables = settings.data.get("apis", {})
        if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
            raise settings.error("apis must be tables, such as [apis.shop]", "apis")
    except SettingsError as error:
        raise _error(error) from None
    return tables, settings


def _checked(settings: Settings, table: Any, *keys: str) -> Mapping[str, Any]:
    """Return a table whose members are all known and of the right type."""
    place = ("apis", *keys)
    if not isinstance(table, Mapping):
        raise _error(settings.error("a profile must be a table", *place))
    for name, value in table.items():
        if name not in _MEMBERS:
            hint = nearest(name, _MEMBERS) or f"it takes {', '.join(_MEMBERS)}"
            raise _error(settings.error(f"there is no member {name!r} ({hint})", *place, name))
        wanted = _MEMBERS[name]
        texts = value if isinstance(value, list) else ()
        if not isinstance(value, wanted) or not all(isinstance(text, str) for text in texts):
            words = {str: "a text", list: "a list of texts", bool: "true or false", dict: "tables"}[wanted]
            raise _error(settings.error(f"{name} must be {words}", *place, name))
    return table


def _error(error: SettingsError) -> click.UsageError:
    return click.UsageError(str(error))


def check_name(name: str, taken: Container[str] = ()) -> None:
    """Refuse a name that an API or a profile cannot have.

    Args:
        name: The name.
        taken: The names of commands.

    Raises:
        UsageError: It is a command's name, or has characters that are not allowed.
    """
    if not _NAME.match(name):
        raise click.UsageError(f"{name!r} cannot be a name: letters, digits, - and _ are allowed")
    if name in taken:
        raise click.UsageError(f"{name!r} is a command of dynclient; choose another name")


def save_api(name: str, spec: str | None, settings: Mapping[str, Any], profile: str | None, *, replace: bool) -> Path:
    """Save an API, or a profile of one; what else is in the file stays as it is.

    Args:
        name: The name of the API.
        spec: The document; for a profile, None to keep that of the API.
        settings: The options.
        profile: The profile; None for the API itself.
        replace: Whether it may exist already.

    Returns:
        The file.

    Raises:
        UsageError: It exists already, or a profile is for an API that is not saved yet.
        SpecError: The file cannot be written.
    """
    known = _tables()[0]
    exists = name in known if profile is None else profile in known.get(name, {}).get("profiles", {})
    if profile is not None and name not in known:
        raise click.UsageError(f"there is no API {name!r} yet; add it without --profile first")
    if exists and not replace:
        what = name if profile is None else f"the profile {profile} of {name}"
        raise click.UsageError(f"{what} exists already (--replace replaces it)")
    with needs("cli", "a change of saved APIs"):
        import tomlkit

    def change(data: Any) -> None:
        tables = data.setdefault("apis", tomlkit.table(is_super_table=True))
        if profile is None:
            kept = tables[name].get("profiles") if exists else None
        else:
            tables, kept = tables[name].setdefault("profiles", tomlkit.table(is_super_table=True)), None
        table = tomlkit.table()
        table.update({"spec": spec, **settings} if spec is not None else settings)
        if kept is not None:
            table["profiles"] = kept
        tables[name if profile is None else profile] = table

    return _changed(change)


def remove_api(name: str, profile: str | None) -> Path:
    """Remove a saved API, or a profile of one.

    Args:
        name: The name of the API.
        profile: The profile; None for the API with all its profiles.

    Returns:
        The file.

    Raises:
        UsageError: There is no such API or profile.
        SpecError: The file cannot be written.
    """
    found = saved_api(name, profile or NO_PROFILE)
    if found is None:
        raise no_saved_api(name)

    def change(data: Any) -> None:
        if profile is None:
            del data["apis"][name]
        else:
            del data["apis"][name]["profiles"][profile]

    return _changed(change)


def no_saved_api(name: str) -> click.UsageError:
    """Return the error for an API that is not saved."""
    hint = nearest(name, saved_names()) or "`dynclient api add NAME SPEC` saves one"
    return click.UsageError(f"there is no saved API {name!r} ({hint})")


def _changed(change: Any) -> Path:
    """Change the file in one atomic step."""
    import tomlkit  # see save_api

    path = saved_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{path.parent} cannot be made: {error.strerror}") from None
    with replacing(path, "cannot save the API") as new:
        data = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
        change(data)
        new.write_text(tomlkit.dumps(data), "utf-8")
    return path
