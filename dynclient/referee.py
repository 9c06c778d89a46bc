"""The referee: openapi-core's opinion of a request or a reply, as Problems.

It is independent of everything that this package does to judge the same exchange: other code finds the operation, undoes the styles and
validates. It judges the requests to the mock server, and recorded traffic on demand; the tests hold both against each other.
Only the wording of a refused value is shared, because openapi-core quotes whole values.

It takes about a second to import, so only those who ask for it import it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.casting.schemas.exceptions import CastError
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.media_types.exceptions import MediaTypeDeserializeError
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound, ServerNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import (
    MissingParameterError,
    MissingRequestBodyError,
    ParameterValidationError,
    SecurityValidationError,
)
from openapi_core.validation.response.exceptions import HeaderValidationError, MissingData, MissingHeaderError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.http import parse_cookie

from dynclient.document import Document
from dynclient.errors import Problem
from dynclient.exchange import Request, Response
from dynclient.explain import explain
from dynclient.operation import bases_in
from dynclient.schema.python import finding_of
from dynclient.servers import server_of
from dynclient.values import show


class Referee:
    """Judges requests and replies by a document, with openapi-core.

    Args:
        document: The document.
        bases: What URL paths may start with before an operation's own path, beside the paths of the document's servers.

    Raises:
        SpecError: openapi-core cannot use the document.
    """

    def __init__(self, document: Document, bases: Iterable[str] = ()) -> None:
        self._document = document
        servers = [server_of(data, "") for data in _servers(document)]
        known = (*bases, *(path for server in servers for path in server.paths()), "")
        self._bases = sorted({base.rstrip("/") for base in known}, key=len, reverse=True)
        self._patterns = [pattern for server in servers if (pattern := server.path_pattern(str)) is not None]
        data = _without_servers(document)
        self._has_queries = any("?" in path for path in data["paths"])
        try:
            # None leaves the validation of the document out, though the annotation does not say so
            config = Config(spec_validator_cls=None, extra_media_type_deserializers=_JsonTypes())  # type: ignore[arg-type]
            self._openapi = OpenAPI.from_dict(data, config=config, base_uri=document.root.file)
        except OpenAPIError as error:
            raise document.error(document.root, "openapi-core", str(error)) from error

    def request_problems(self, request: Request) -> list[Problem]:
        """What openapi-core objects to in a request."""
        for path in self._paths_of(request):
            problems = self._judge(self._openapi.iter_request_errors(_Request(request, path)))
            if not _is_lost(problems):
                break
        return problems

    def response_problems(self, request: Request, response: Response) -> list[Problem]:
        """What openapi-core objects to in the reply to a request."""
        for path in self._paths_of(request):
            errors = self._openapi.iter_response_errors(_Request(request, path), _Response(response))
            problems = self._judge(errors)
            if not _is_lost(problems):
                break
        return problems

    def _paths_of(self, request: Request) -> Iterator[str]:
        """The paths of the document that a request may have, the last its whole path.

        Less a base, and with what is part of a few templates: the start of the query, and the fragment.
        """
        parts = urlsplit(request.url)
        pairs = parts.query.split("&") if self._has_queries else []
        # the shortest first: to openapi-core a variable at the end of a template is all that comes
        ends = [f"?{'&'.join(pairs[:count])}" for count in range(1, len(pairs) + 1)] + [""]
        fragments = [f"#{parts.fragment}", ""] if parts.fragment else [""]
        for base in (*bases_in(parts.path, (), self._patterns), *self._bases):
            if f"{parts.path}/".startswith(f"{base}/"):
                # a slash inside a segment stays encoded, else it would start another one
                segments = parts.path[len(base) :].split("/")
                path = "/".join(unquote(segment).replace("/", "%2F") for segment in segments) or "/"
                yield from (path + unquote(end) + unquote(fragment) for fragment in fragments for end in ends)

    def _judge(self, errors: Iterator[Exception]) -> list[Problem]:
        try:
            return [problem for error in errors for problem in self._problems(error)]
        except OpenAPIError as error:
            return list(self._problems(error))
        except Exception as error:  # noqa: BLE001  what it stumbles over is no fault of the exchange, and must not end the judging
            message = f"openapi-core cannot judge this: {type(error).__name__}"
            return [Problem("document", (), "openapi-core", message)]

    def _problems(self, error: Exception) -> Iterator[Problem]:
        where, path = _place(error)
        cause = next((item for item in _causes(error) if isinstance(item, InvalidSchemaValue)), None)
        if cause is not None:
            findings = [finding_of(item) for item in cause.schema_errors]
            yield from explain(findings, cause.value, where, path, self._resolve)
            return
        match error:
            case PathNotFound() | ServerNotFound():
                yield Problem("path", (), "unknown", "this path is not documented")
            case OperationNotFound():
                yield Problem("method", (), "unknown", "this method is not documented for this path")
            case ResponseNotFound():
                yield Problem("status", (), "unknown", f"{error.http_status} is not documented")
            case MissingParameterError() | MissingRequestBodyError() | MissingHeaderError() | MissingData():
                yield Problem(where, path, "required", "is required")
            case SecurityValidationError():
                yield Problem("security", (), "security", "credentials are missing")
            case _:
                yield _other(error, where, path)

    def _resolve(self, reference: str) -> Any:
        return self._document.resolve(reference, self._document.root).value


def _is_lost(problems: list[Problem]) -> bool:
    return bool(problems) and problems[0].where == "path" and not problems[0].path


def _other(error: Exception, where: str, path: tuple[str, ...]) -> Problem:
    for cause in _causes(error):
        if isinstance(cause, MediaTypeNotFound):
            documented = ", ".join(cause.availableMimetypes)
            return Problem(
                where, path, "media type", f"{cause.mimetype!r} is not documented", f"documented: {documented}"
            )
        if isinstance(cause, MediaTypeDeserializeError):
            return Problem(where, path, "media type", f"cannot be read as {cause.mimetype}")
        if isinstance(cause, CastError):
            return Problem(where, path, "type", f"{show(cause.value)} is not of type {cause.type}")
    return Problem(where, path, "style", "cannot be read in the documented style")


def _place(error: Exception) -> tuple[str, tuple[str, ...]]:
    """The part of the message that an error is about."""
    match error:
        case ParameterValidationError():
            return error.location, (error.name,)
        case HeaderValidationError():
            return "header", (error.name,)
        case SecurityValidationError():
            return "security", ()
        case _:
            return "body", ()


def _causes(error: BaseException) -> list[BaseException]:
    found = [error]
    while (cause := found[-1].__cause__) is not None:
        found.append(cause)
    return found


def _without_servers(document: Document) -> dict[str, Any]:
    """The data without its servers, wherever they stand: a recorded request may have gone to any host."""
    paths = {path: _serverless(item.value) for path, item in document.root.child("paths").children()}
    return {**_serverless(document.data), "paths": paths}


def _serverless(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    members = {name: value for name, value in item.items() if name != "servers"}
    return (
        {
            name: {key: part for key, part in value.items() if key != "servers"}
            if isinstance(value, Mapping)
            else value
            for name, value in members.items()
        }
        if "paths" not in members
        else members
    )


def _servers(document: Document) -> list[Mapping[str, Any]]:
    """Every Server Object: the document's, and those of its paths and operations."""
    items = [item for _, item in document.root.child("paths").children()]
    operations = [operation for item in items for _, operation in item.children()]
    owners = (document.root, *items, *operations)
    listed = [node.value for owner in owners for node in owner.child("servers").items()]
    return [data for data in listed if isinstance(data, Mapping)]


class _JsonTypes(dict[str, Any]):
    """openapi-core reads `application/json` as JSON; these are the other types that are JSON (RFC 6839, section 3.1)."""

    def __contains__(self, kind: object) -> bool:
        return str(kind).partition(";")[0].strip().endswith("+json")

    def __missing__(self, _: str) -> Any:
        return lambda content, **_: json.loads(content)


class _Request:
    """A Request as openapi-core wants to see it."""

    def __init__(self, request: Request, path: str) -> None:
        parts = urlsplit(request.url)
        self.path = path
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        self.method = request.method.lower()
        self.body = request.content if request.body is not None else None
        self.content_type = request.headers.get("Content-Type", "").lower()
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)),
            header=WerkzeugHeaders(list(request.headers.fields)),
            cookie=parse_cookie(request.headers.get("Cookie")),
        )


class _Response:
    """A Response as openapi-core wants to see it."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.data = response.content
        self.content_type = response.headers.get("Content-Type", "")
        self.headers = WerkzeugHeaders(list(response.headers.fields))
