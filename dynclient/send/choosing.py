"""A transport by its name, and the default ones. Here alone is known which there are."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from dynclient.send.transport import AsyncTransport, Transport

#: What a blocking client sends with when nothing is asked for.
DEFAULT = "requests"
#: The module and the class of each, by the name of its library.
_BLOCKING = {
    "requests": ("with_requests", "RequestsTransport"),
    "httpx2": ("with_httpx", "HttpxTransport"),
    "pyreqwest": ("with_pyreqwest", "PyreqwestTransport"),
}
#: The first that is installed is taken when none is named: at thirty-two calls at once, one by httpx2 costs five by pyreqwest.
_ASYNC = {
    "pyreqwest": ("with_pyreqwest", "AsyncPyreqwestTransport"),
    "httpx2": ("with_httpx", "AsyncHttpxTransport"),
}


def blocking_transport(wanted: Transport | str | None) -> Transport:
    """The transport of a blocking client.

    Args:
        wanted: A transport, or the name of a library: `requests` (when None), `httpx2` or `pyreqwest`.

    Raises:
        ValueError: There is none of this name.
        TypeError: It is a transport for the async client.
        ModuleNotFoundError: The library is not installed; the message names the extra.
    """
    if isinstance(wanted, str) or wanted is None:
        made: Transport = _made(_BLOCKING, wanted or DEFAULT)
        return made
    if is_async(wanted):
        raise TypeError(f"{type(wanted).__name__} is a transport for AsyncClient")
    return wanted


def async_transport(wanted: AsyncTransport | Transport | str | None) -> AsyncTransport:
    """The transport of an async client; a blocking one runs in worker threads.

    Args:
        wanted: A transport, or the name of a library: `pyreqwest`, `httpx2` or `requests`; the first that is installed when None.

    Raises:
        ValueError: There is none of this name.
        ModuleNotFoundError: The library is not installed; the message names the extra.
    """
    wanted = next(filter(find_spec, _ASYNC), "requests") if wanted is None else wanted
    made: AsyncTransport
    if isinstance(wanted, str) and wanted != "requests":
        made = _made(_ASYNC, wanted)
        return made
    if is_async(wanted):
        return wanted  # type: ignore[return-value]  # it is one that is awaited
    made = _class("threads", "InThreads")(blocking_transport(wanted))  # type: ignore[arg-type]  # it is a blocking one
    return made


def is_async(transport: Any) -> bool:
    """Whether what a transport gives is awaited."""
    from inspect import iscoroutinefunction  # slow to import, and only a transport of the user's own is asked

    return iscoroutinefunction(transport) or iscoroutinefunction(getattr(type(transport), "__call__", None))  # noqa: B004  how, not whether


def _made(known: dict[str, tuple[str, str]], name: str) -> Any:
    if name not in _BLOCKING:
        raise ValueError(f"no transport {name!r}; there are {', '.join(_BLOCKING)}")
    try:
        return _class(*known[name])()
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        text = f"the transport {name!r} needs an extra: pip install 'dynclient[{name}]'"
        raise ModuleNotFoundError(text, name=name) from None


def _class(module: str, name: str) -> Any:
    return getattr(import_module(f"dynclient.send.{module}"), name)
