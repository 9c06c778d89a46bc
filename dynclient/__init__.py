"""dynclient: a Python client that is driven by an OpenAPI document at run time, with no generated code.

    spec text --parse--> Document --operations--> {operationId: Operation}
    live      (Operation, arguments) --prepare--> Request --transport--> Response --read--> value, Problems
    recorded  file --exchanges--> Exchange --match--> (Operation, arguments) --check, read--> Verdict
    mock      Request --match--> (Operation, arguments) --check, example--> Response

Live, recorded and mocked traffic are compositions of the same pure functions. Modules import only from lower levels:

    0  lazy, _version                              what waits for its first use
    1  errors, names, shape                        facts and words
    2  exchange, source, values, overlay, formats  values of the wire; text to data; Python values; corrections
    3  document, options, servers, media, oauth    references; what is not in a document; URLs; bodies; tokens
    4  dialect, params, security, catalog          OpenAPI's schemas as JSON Schema; parameters; credentials; specs/
    5  explain                                     what a schema objects to, in words
    6  schema                                      the JSON Schema engines
    7  operation, example                          one operation; values that a schema accepts
    8  registry, request, response, transport      operations by name; prepare, unpack, check; read; sending
    9  match, referee, links, faults, streaming    a request to its operation; openapi-core; further calls; replies in parts
    9  flow                                        redirects, retries: what takes more than one step
    10 calls, traffic, mock                        calls as flows; recordings; a document as a server
    11 client, aclient                             names bound to operations, blocking and async
    12 render, demo                                what people read on the terminal
    13 cli                                         the command line

A name is loaded when it is first used, so `import dynclient` alone costs next to nothing (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dynclient._version import __version__

if TYPE_CHECKING:
    from dynclient.aclient import AsyncClient
    from dynclient.catalog import find as load
    from dynclient.client import Client
    from dynclient.document import Document
    from dynclient.errors import (
        ApiError,
        AuthError,
        ConnectError,
        DynclientError,
        InvalidRequest,
        InvalidResponse,
        Problem,
        ReadError,
        RequestTimeout,
        SpecError,
        TransportError,
        UnknownOperation,
    )
    from dynclient.exchange import Exchange, Request, Response
    from dynclient.media import Body
    from dynclient.oauth import OAuth2
    from dynclient.options import DynclientWarning, Options
    from dynclient.security import Keyring, Netrc
    from dynclient.transport.with_httpx import AsyncHttpxTransport, HttpxTransport
    from dynclient.transport.with_pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport
    from dynclient.transport.with_requests import RequestsTransport

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncHttpxTransport",
    "AsyncPyreqwestTransport",
    "AuthError",
    "Body",
    "Client",
    "ConnectError",
    "Document",
    "DynclientError",
    "DynclientWarning",
    "Exchange",
    "HttpxTransport",
    "InvalidRequest",
    "InvalidResponse",
    "Keyring",
    "Netrc",
    "OAuth2",
    "Options",
    "Problem",
    "PyreqwestTransport",
    "ReadError",
    "Request",
    "RequestTimeout",
    "RequestsTransport",
    "Response",
    "SpecError",
    "TransportError",
    "UnknownOperation",
    "__version__",
    "load",
]

#: Where each public name is at home: the module, and its name there.
_HOME = {
    "load": ("catalog", "find"),
    "AsyncClient": ("aclient", "AsyncClient"),
    "Client": ("client", "Client"),
    "Document": ("document", "Document"),
    "ApiError": ("errors", "ApiError"),
    "ConnectError": ("errors", "ConnectError"),
    "DynclientError": ("errors", "DynclientError"),
    "InvalidRequest": ("errors", "InvalidRequest"),
    "InvalidResponse": ("errors", "InvalidResponse"),
    "Problem": ("errors", "Problem"),
    "ReadError": ("errors", "ReadError"),
    "RequestTimeout": ("errors", "RequestTimeout"),
    "SpecError": ("errors", "SpecError"),
    "TransportError": ("errors", "TransportError"),
    "UnknownOperation": ("errors", "UnknownOperation"),
    "AuthError": ("errors", "AuthError"),
    "OAuth2": ("oauth", "OAuth2"),
    "Body": ("media", "Body"),
    "Keyring": ("security", "Keyring"),
    "Netrc": ("security", "Netrc"),
    "Exchange": ("exchange", "Exchange"),
    "Request": ("exchange", "Request"),
    "Response": ("exchange", "Response"),
    "DynclientWarning": ("options", "DynclientWarning"),
    "Options": ("options", "Options"),
    "AsyncHttpxTransport": ("transport.with_httpx", "AsyncHttpxTransport"),
    "AsyncPyreqwestTransport": ("transport.with_pyreqwest", "AsyncPyreqwestTransport"),
    "HttpxTransport": ("transport.with_httpx", "HttpxTransport"),
    "PyreqwestTransport": ("transport.with_pyreqwest", "PyreqwestTransport"),
    "RequestsTransport": ("transport.with_requests", "RequestsTransport"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dynclient' has no attribute {name!r}")
    module, original = _HOME[name]
    value = globals()[name] = getattr(import_module(f"dynclient.{module}"), original)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
