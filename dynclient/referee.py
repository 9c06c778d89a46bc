"""The referee: openapi-core's opinion of a request or a reply, as Problems.

It shares no code with our own checks: openapi-core finds the operation, undoes the styles and validates by itself. It judges the requests
to the mock server, and recorded traffic on request; the tests compare both verdicts. Only the wording of a refused value is shared, since
openapi-core quotes whole values.

It takes about a second to import, so it is imported only where it is used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
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

from dynclient.api.operation import bases_in
from dynclient.api.read import is_asked_for
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, show
from dynclient.schema.bundle import Bundle
from dynclient.schema.problems import explain
from dynclient.schema.python import finding_of
from dynclient.schema.secrecy import SECRET
from dynclient.security.scheme import carriers_of, security_schemes
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.wire.servers import server_of
from dynclient.wire.template import Template


class Referee:
    """Judges requests and replies by a document, with openapi-core.

    Args:
        document: The document.

    Raises:
        SpecError: openapi-core cannot use the document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._carriers = carriers_of(security_schemes(document).values())
        servers = [server_of(data, "") for data in _servers(document)]
        prefixes = (*(path for server in servers for path in server.paths()), "")
        self._bases = sorted({base.rstrip("/") for base in prefixes}, key=len, reverse=True)
        self._patterns = [pattern for server in servers if (pattern := server.path_pattern(str)) is not None]
        self._data = _serverless(document.data)
        self._paths, self._ambiguous = _paths(document)
        self._judges = {"": self._judge_of(self._paths)}

    def request_problems(self, request: Request, path: str = "") -> list[Problem]:
        """Return the problems that openapi-core finds in a request.

        Args:
            request: The request.
            path: The path template of the operation, if several of the document match the URL; openapi-core cannot tell those apart.
        """
        return self._judged(request, None, path)

    def response_problems(self, request: Request, response: Response, path: str = "") -> list[Problem]:
        """Return the problems that openapi-core finds in the reply to a request; `path` as for `request_problems`."""
        found = self._judged(request, response, path)
        return [each for each in found if each.where != "status" or not is_asked_for(response.status, request)]

    def _judged(self, request: Request, response: Response | None, path: str) -> list[Problem]:
        problems: list[Problem] = []
        for base in self._bases_of(request):
            problems = self._problems_behind(base, self._openapi(path), request, response)
            if not _is_unmatched(problems):
                break
        return problems

    def _openapi(self, path: str) -> OpenAPI:
        if path not in self._ambiguous:
            return self._judges[""]
        if path not in self._judges:
            bare, item = self._ambiguous[path]
            self._judges[path] = self._judge_of({**self._paths, bare: item})
        return self._judges[path]

    def _judge_of(self, paths: Mapping[str, Any]) -> OpenAPI:
        config = Config(
            spec_validator_cls=None,  # type: ignore[arg-type]  # None skips the validation of the document
            extra_media_type_deserializers=_JsonTypes(),
            extra_format_validators={"time": _is_time},
        )
        root = self._document.root
        try:
            return OpenAPI.from_dict({**self._data, "paths": paths}, config=config, base_uri=root.file)
        except OpenAPIError as error:
            raise self._document.error(root, "openapi-core", str(error)) from error

    def _bases_of(self, request: Request) -> list[str]:
        """Return the prefixes that the path of a request may have before the operation's own; the last is always ""."""
        path = urlsplit(request.url).path
        known = (*bases_in(path, (), self._patterns), *self._bases)
        return [base for base in known if f"{path}/".startswith(f"{base}/")]

    def _problems_behind(self, base: str, judge: OpenAPI, request: Request, response: Response | None) -> list[Problem]:
        try:
            asked = _Request(request, base)
            errors = (
                judge.iter_request_errors(asked)
                if response is None
                else judge.iter_response_errors(asked, _Response(response))
            )
            return [problem for error in errors for problem in self._problems(error)]
        except OpenAPIError as error:
            return list(self._problems(error))
        except Exception as error:  # noqa: BLE001  a crash of openapi-core is not a fault of the exchange
            message = f"openapi-core cannot judge this: {type(error).__name__}"
            return [Problem("document", (), "openapi-core", message)]

    def _problems(self, error: Exception) -> Iterator[Problem]:
        where, path = _place(error)
        secret = any((where, name.lower()) in self._carriers for name in path)
        cause = next((item for item in _causes(error) if isinstance(item, InvalidSchemaValue)), None)
        if cause is not None:
            findings = [finding_of(item) for item in cause.schema_errors]
            bundle, mask = Bundle({}, self._resolve), SECRET if secret else None
            yield from explain(findings, cause.value, where, path, bundle, mask)
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
                yield _other(error, where, path, secret=secret)

    def _resolve(self, reference: str) -> Any:
        return self._document.resolve(reference, self._document.root).value


def _is_unmatched(problems: list[Problem]) -> bool:
    return bool(problems) and problems[0].where == "path" and not problems[0].path


def _other(error: Exception, where: str, path: tuple[str, ...], *, secret: bool) -> Problem:
    for cause in _causes(error):
        if isinstance(cause, MediaTypeNotFound):
            hint = f"documented: {', '.join(cause.availableMimetypes)}"
            return Problem(where, path, "media type", f"{cause.mimetype!r} is not documented", hint)
        if isinstance(cause, MediaTypeDeserializeError):
            return Problem(where, path, "media type", f"cannot be read as {cause.mimetype}")
        if isinstance(cause, CastError):
            shown = "the value" if secret else show(cause.value)
            return Problem(where, path, "type", f"{shown} is not of type {cause.type}")
    return Problem(where, path, "style", "cannot be read in the documented style")


def _place(error: Exception) -> tuple[str, tuple[str, ...]]:
    """Return the part of the message that an error is about."""
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


def _paths(document: Document) -> tuple[dict[str, Any], dict[str, tuple[str, Any]]]:
    """Return the paths as openapi-core can match them, and by template those that it cannot tell apart.

    The latter come with the path that is matched and the path item. All paths keep their own names, too, as references may name them.
    """
    items = dict(document.root.child("paths").children())
    templates = {path: Template(path) for path in items}
    counts = Counter("/".join(template.segments) for template in templates.values())
    paths = {path: _serverless(item.value) for path, item in items.items()}
    ambiguous = {}
    for path, item in items.items():
        bare = "/".join(templates[path].segments)
        value = _serverless(_queried(document, item, templates[path]))
        if counts[bare] == 1:
            paths[bare] = value
        else:
            ambiguous[path] = bare, value
    return paths, ambiguous


def _queried(document: Document, item: Node, template: Template) -> Any:
    """Return a path item whose path parameters in the query of its template are query parameters."""
    names = {variable: pair.literals[0].partition("=")[0] for pair in template.pairs for variable in pair.names}
    if not names:
        return item.value

    def parameters_of(owner: Node) -> dict[str, Any]:
        entries = [document.follow(entry).value for entry in owner.child("parameters").items()]
        return {"parameters": [_in_query(entry, names) for entry in entries]}

    methods = {
        name: {**node.value, **parameters_of(node)} for name, node in item.children() if isinstance(node.value, Mapping)
    }
    return {**item.value, **methods, **parameters_of(item)}


def _in_query(parameter: Any, names: Mapping[str, str]) -> Any:
    if parameter.get("in") != "path" or parameter.get("name") not in names:
        return parameter
    kept = {name: value for name, value in parameter.items() if name not in ("style", "explode")}
    return {**kept, "in": "query", "name": names[parameter["name"]]}


def _serverless(item: Any) -> Any:
    """Return a document or a path item without servers, also without those of its operations."""
    if not isinstance(item, Mapping):
        return item
    members = {name: value for name, value in item.items() if name != "servers"}
    if "paths" in members:
        return members
    return {
        name: {key: part for key, part in value.items() if key != "servers"} if isinstance(value, Mapping) else value
        for name, value in members.items()
    }


def _servers(document: Document) -> list[Mapping[str, Any]]:
    """Return every Server Object: those of the document, its paths and its operations."""
    items = [item for _, item in document.root.child("paths").children()]
    operations = [operation for item in items for _, operation in item.children()]
    owners = (document.root, *items, *operations)
    listed = [node.value for owner in owners for node in owner.child("servers").items()]
    return [data for data in listed if isinstance(data, Mapping)]


def _is_time(text: Any) -> bool:
    """Whether a text is a time by RFC 3339; openapi-core's own check is that of draft 3, which has no offset."""
    return bool(Draft202012Validator.FORMAT_CHECKER.conforms(text, "time"))


class _JsonTypes(dict[str, Any]):
    """The media types besides `application/json` that are JSON, for openapi-core (RFC 6839, section 3.1)."""

    def __contains__(self, kind: object) -> bool:
        return str(kind).partition(";")[0].strip().endswith("+json")

    def __missing__(self, _: str) -> Any:
        return lambda content, **_: json.loads(content)


class _Request:
    """A Request in the form that openapi-core expects."""

    def __init__(self, request: Request, base: str) -> None:
        parts = urlsplit(request.url)
        segments = parts.path[len(base) :].split("/")
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        # a slash inside a segment stays encoded, as it would start another segment
        self.path = "/".join(unquote(segment).replace("/", "%2F") for segment in segments) or "/"
        self.method = request.method.lower()
        self.body = request.content if request.body is not None else None
        kind, mark, parameters = request.headers.get("Content-Type", "").partition(";")
        self.content_type = f"{kind.lower()}{mark}{parameters}"  # a boundary keeps its case
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)),
            header=WerkzeugHeaders(list(request.headers.fields)),
            cookie=parse_cookie(request.headers.get("Cookie")),
        )


class _Response:
    """A Response in the form that openapi-core expects."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.data = response.content
        self.content_type = response.headers.get("Content-Type", "")
        self.headers = WerkzeugHeaders(list(response.headers.fields))
