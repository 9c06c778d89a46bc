"""dynclient: a Python client that is driven by an OpenAPI document at run time, with no generated code.

    spec text --parse--> Document --operations--> {operationId: Operation}
    live      (Operation, arguments) --prepare--> Request --transport--> Response --read--> value, Problems
    recorded  file --exchanges--> Exchange --match--> (Operation, arguments) --check, read--> Verdict
    mock      Request --match--> (Operation, arguments) --check, example--> Response

Live, recorded and mocked traffic are compositions of the same pure functions. Modules import only from lower levels:

    0  errors, names, values, formats, _version    facts and words
    1  exchange, source, options, media            values of the wire, text to data, bodies
    2  document, params                            references; parameters
    3  dialect, security, catalog                  OpenAPI's schemas as JSON Schema; credentials; the specs folder
    4  schema                                      the JSON Schema engines
    5  operation, example                          operations by name; values that a schema accepts
    6  request, response, transport                prepare, unpack, check; read; sending
    7  match, client                               a request to its operation; names bound to operations
    8  traffic, mock                               recordings and their verdicts; a document as a server
    9  demo, cli                                   the command line
"""

from dynclient._version import __version__
from dynclient.client import Client
from dynclient.document import Document, load
from dynclient.errors import (
    ApiError,
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
from dynclient.options import DynclientWarning, Options
from dynclient.transport import RequestsTransport

__all__ = [
    "ApiError",
    "Client",
    "ConnectError",
    "Document",
    "DynclientError",
    "DynclientWarning",
    "Exchange",
    "InvalidRequest",
    "InvalidResponse",
    "Options",
    "Problem",
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
