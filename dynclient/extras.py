"""Extras: libraries that only some programs need, and what to install when one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dynclient.errors import AuthError, DynclientError

#: The libraries of each extra, by the names under which they are imported.
LIBRARIES = {
    "aiohttp": ("aiohttp",), "brotli": ("brotli",), "cli": ("click", "rich", "jmespath", "tomlkit"), "dask": ("distributed",),
    "httpx2": ("httpx2",), "keyring": ("keyring",), "mcp": ("mcp",), "oauth": ("oauthlib",), "otel": ("opentelemetry",),
    "overlays": ("jsonpath",), "parquet": ("pyarrow",), "pyreqwest": ("pyreqwest",),
    "referee": ("openapi_core", "openapi_spec_validator", "werkzeug"), "remote": ("fsspec", "aiohttp"),
    "versions": ("tomlkit",), "zstd": ("backports",),
}  # fmt: skip


class MissingExtra(DynclientError, ModuleNotFoundError):
    """A library of an extra is not installed; the message says what to install."""


class MissingAuthExtra(AuthError, MissingExtra):
    """A library is not installed that a credential needs."""


def pip_install(extra: str) -> str:
    """Return the command that installs an extra.

    Args:
        extra: Its name.
    """
    return f"pip install 'dynclient[{extra}]'"


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Import libraries of an extra inside this `with` block.

    Args:
        extra: The name of the extra.
        what: What needs it, for the message.

    Raises:
        MissingExtra: One of the extra's libraries is not installed. Any other missing module is a fault of the installation, and passes.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES[extra]:
            raise
        raise MissingExtra(f"{what} needs an extra: {pip_install(extra)}") from None
