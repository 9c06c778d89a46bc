"""dynclient: a Python client that is driven by an OpenAPI document at run time, with no generated code.

    spec text --load--> Document --compile--> Api: its operations, by name and by URL
    live      (operation, arguments) --prepare--> Request --transport--> Response --read--> value, problems
    recorded  file --exchanges--> Exchange --Api.judge--> Verdict
    mock      Request --Api.match--> (operation, arguments) --example--> Response

Live, recorded and mocked traffic are compositions of the same pure functions. Modules import only from lower levels:

    0  _version, curl, forks, lazy, problem   what a child process makes anew; what waits for its first use; what is wrong, as values
    1  errors, names, configuration        what is raised; names of a document as names of Python; dynclient.toml
    1  redaction, origins                  what carries a secret, and texts without it; the server of a URL
    2  exchange, pagination, retries, tolerance   requests and replies; how calls follow each other; which rules may be broken
    3  extras, options                     what only some programs need; what is not in a document
    4  spec                                text to documents, and their references
    5  schema                              bundles, JSON Schema 2020-12, engines, words, examples
    6  wire                                parameters, servers, templates, media types
    7  security                            schemes, credentials, tokens
    8  api                                 operations; requests made and taken apart; replies read
    9  send                                transports, redirects, retries
    10 faults, fetching, catalog           in what a document breaks the specification; its files from URLs; versions as files
    10 consequences, telemetry             what follows from problems; OpenTelemetry
    11 opening                             whatever a document may be given as, to a Document
    12 referee, streaming, live, handles   openapi-core; replies in parts; calls as flows, versions swapped; what users of a client hold
    13 calls, traffic, mock, versions      what both clients share; recordings; a document as a server; what a new version changes
    14 client, aclient, toolkit, upgrade   names bound to operations, blocking, async, and for language models; what a version breaks in code
    15 mcp, stubs                          a document as an MCP server; as Python types
    16 cli, testing                        the command line; clients for tests
    17 fixtures, pytest_plugin             the fixture of pytest; the traffic of tests, judged

A name is loaded when it is first used, so `import dynclient` alone costs next to nothing (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dynclient._version import __version__

if TYPE_CHECKING:
    from dynclient.aclient import AsyncClient
    from dynclient.api.api import Api
    from dynclient.client import Client
    from dynclient.errors import (
        ApiError,
        AuthError,
        ConnectError,
        DynclientError,
        InvalidRequest,
        InvalidResponse,
        ReadError,
        RequestTimeout,
        SpecError,
        TransportError,
        UnknownOperation,
    )
    from dynclient.exchange import Exchange, Headers, Request, Response, Transfer
    from dynclient.mock.without_socket import MockTransport
    from dynclient.opening import load
    from dynclient.options import DynclientWarning, Options
    from dynclient.pagination import Pagination
    from dynclient.problem import Problem
    from dynclient.retries import Retries, Throttle
    from dynclient.security.credentials import Keyring, Netrc
    from dynclient.security.oauth.settings import OAuth2
    from dynclient.send.in_process import AsgiTransport, WsgiTransport
    from dynclient.send.with_aiohttp import AsyncAiohttpTransport
    from dynclient.send.with_httpx import AsyncHttpxTransport, HttpxTransport
    from dynclient.send.with_pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport
    from dynclient.send.with_requests import RequestsTransport
    from dynclient.spec.document import Document
    from dynclient.spec.jsonvalue import Limits
    from dynclient.toolkit import tools
    from dynclient.wire.codec import Body

__all__ = [
    "Api",
    "ApiError",
    "AsgiTransport",
    "AsyncAiohttpTransport",
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
    "Headers",
    "HttpxTransport",
    "InvalidRequest",
    "InvalidResponse",
    "Keyring",
    "Limits",
    "MockTransport",
    "Netrc",
    "OAuth2",
    "Options",
    "Pagination",
    "Problem",
    "PyreqwestTransport",
    "ReadError",
    "Request",
    "RequestTimeout",
    "RequestsTransport",
    "Response",
    "Retries",
    "SpecError",
    "Throttle",
    "Transfer",
    "TransportError",
    "UnknownOperation",
    "WsgiTransport",
    "__version__",
    "load",
    "tools",
]

#: Where each public name is at home: the module, and its name there.
_HOME = {
    "load": ("opening", "load"),
    "tools": ("toolkit", "tools"),
    "AsyncClient": ("aclient", "AsyncClient"),
    "Client": ("client", "Client"),
    "Api": ("api.api", "Api"),
    "Document": ("spec.document", "Document"),
    "Limits": ("spec.jsonvalue", "Limits"),
    "ApiError": ("errors", "ApiError"),
    "ConnectError": ("errors", "ConnectError"),
    "DynclientError": ("errors", "DynclientError"),
    "InvalidRequest": ("errors", "InvalidRequest"),
    "InvalidResponse": ("errors", "InvalidResponse"),
    "Problem": ("problem", "Problem"),
    "ReadError": ("errors", "ReadError"),
    "RequestTimeout": ("errors", "RequestTimeout"),
    "SpecError": ("errors", "SpecError"),
    "TransportError": ("errors", "TransportError"),
    "UnknownOperation": ("errors", "UnknownOperation"),
    "AuthError": ("errors", "AuthError"),
    "OAuth2": ("security.oauth.settings", "OAuth2"),
    "Body": ("wire.codec", "Body"),
    "Keyring": ("security.credentials", "Keyring"),
    "Netrc": ("security.credentials", "Netrc"),
    "Exchange": ("exchange", "Exchange"),
    "Headers": ("exchange", "Headers"),
    "Request": ("exchange", "Request"),
    "Response": ("exchange", "Response"),
    "DynclientWarning": ("options", "DynclientWarning"),
    "Options": ("options", "Options"),
    "Transfer": ("exchange", "Transfer"),
    "Pagination": ("pagination", "Pagination"),
    "Retries": ("retries", "Retries"),
    "Throttle": ("retries", "Throttle"),
    "AsgiTransport": ("send.in_process", "AsgiTransport"),
    "MockTransport": ("mock.without_socket", "MockTransport"),
    "WsgiTransport": ("send.in_process", "WsgiTransport"),
    "AsyncAiohttpTransport": ("send.with_aiohttp", "AsyncAiohttpTransport"),
    "AsyncHttpxTransport": ("send.with_httpx", "AsyncHttpxTransport"),
    "AsyncPyreqwestTransport": ("send.with_pyreqwest", "AsyncPyreqwestTransport"),
    "HttpxTransport": ("send.with_httpx", "HttpxTransport"),
    "PyreqwestTransport": ("send.with_pyreqwest", "PyreqwestTransport"),
    "RequestsTransport": ("send.with_requests", "RequestsTransport"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dynclient' has no attribute {name!r}")
    module, original = _HOME[name]
    value = globals()[name] = getattr(import_module(f"dynclient.{module}"), original)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
