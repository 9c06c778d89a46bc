"""Requests back to arguments: `unpack` is the inverse of `prepare`, and says what is wrong with a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from dynclient.api.described import BodyJudge, Content, Parameter, RequestBody
from dynclient.api.forms import RequestForm, missing
from dynclient.api.operation import Operation, bases_in
from dynclient.api.signature import MISSING, Arguments
from dynclient.exchange import Headers, Request
from dynclient.problem import Problem
from dynclient.security.requirements import missing_credentials
from dynclient.wire import codec, mediatype, params
from dynclient.wire.scalar import ParamError, Wire
from dynclient.wire.servers import path_of
from dynclient.wire.template import normal_path

#: The percent-encoded texts of the path parameters in a URL, and the pairs of its query that its template does not hold.
Located = tuple[dict[str, str], list[tuple[str, str]]]


def unpack(
    operation: Operation,
    request: Request,
    *,
    located: Located | None = None,
    judge: BodyJudge = Content.problems,
) -> tuple[Arguments, Any, list[Problem]]:
    """Get the arguments back out of a request: the inverse of `prepare`.

    Args:
        operation: The operation that the request calls.
        request: The request.
        located: What `template_texts` returns for the request's URL, when the caller knows it.
        judge: Says what is wrong with the value of the body.

    Returns:
        The arguments by (location, name), the body (MISSING when there is none), and every problem.
    """
    located = located or template_texts(operation, request.url) or ({}, query_pairs(request.url))
    form = operation.form(*sent_names(request, located))
    arguments: Arguments = {}
    problems = read_parameters(form, operation, request, located, arguments)
    body, found = _unpack_body(operation.body, request, judge)
    problems += found
    if not form.is_authorized:
        carriers = _Carriers(_Carried.of(operation, request, located))
        problems += missing_credentials(operation.security, operation.schemes, carriers)
    return arguments, body, problems


def sent_names(request: Request, located: Located) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the header fields, in lower case, and those in the query, percent-encoded."""
    pairs = located[1]
    return tuple(request.headers.lowered), tuple([name for name, _ in pairs]) if pairs else ()


def read_parameters(
    form: RequestForm, operation: Operation, request: Request, located: Located, arguments: Arguments
) -> list[Problem]:
    """Put the values of the parameters into the arguments; return what is wrong with them, and which are missing.

    Args:
        form: What the names in the request tell.
        operation: The operation that the request calls.
        request: The request.
        located: What `template_texts` returns for its URL.
        arguments: Receives the values.
    """
    texts, pairs = located
    problems: list[Problem] = []
    carried = None
    for key, parameter, read, pair, is_valid, lacking in form.expected:
        if lacking is not None:
            problems.append(lacking)
            continue
        if read is not None:  # most values are single ones, and valid: nothing else needs to be asked of them
            where, name = key
            if where == "path":
                text = texts.get(name)
            else:
                text = pairs[pair][1] if where == "query" else request.headers.get(name)
            if text is not None and is_valid(value := read(text)):
                arguments[key] = value
                continue
        carried = carried or _Carried.of(operation, request, located)
        problems += _unpack_parameter(parameter, carried, arguments)
    return problems


def _unpack_parameter(parameter: Parameter, carried: _Carried, arguments: Arguments) -> list[Problem]:
    """Put the value of a parameter into the arguments, if it is present; return what is wrong with it."""
    try:
        present, value, found = parameter.read(partial(carried.value, parameter))
    except ParamError as error:
        where, name = parameter.key
        return [Problem(where, (name,), "style", str(error))]
    lacking = None if present else missing(parameter)
    if present:
        arguments[parameter.key] = value
    return found if lacking is None else [*found, lacking]


class _Carried(NamedTuple):
    """The parts of a request: the texts of its path, query, fields and cookies, percent-encoded as they were sent."""

    operation: Operation
    texts: Mapping[str, str]
    fields: Headers
    query: str
    pairs: list[tuple[str, str]]
    cookies: list[tuple[str, str]]

    @classmethod
    def of(cls, operation: Operation, request: Request, located: Located) -> _Carried:
        """Take a request apart."""
        query = request.url.partition("#")[0].partition("?")[2] if "?" in request.url else ""
        cookie = request.headers.lowered.get("cookie")
        cookies = _split_pairs(cookie, ";") if cookie else []
        return cls(operation, located[0], request.headers, query, located[1], cookies)

    def value(self, parameter: Parameter, wire: Wire) -> tuple[bool, Any]:
        """Whether a parameter is present, and its value by one description of it.

        Raises:
            ParamError: The text is not of the parameter's style.
        """
        match wire.location:
            case "path" | "header":
                text = (self.texts if wire.location == "path" else self.fields).get(wire.name)
                return text is not None, None if text is None else params.decode_text(wire, text)
            case "querystring":
                return bool(self.query), params.decode_query(wire, self.query) if self.query else None
            case "query":
                return params.decode_pairs(wire, _pairs_for(parameter.wire, self.operation, self.pairs))
            case _:
                return params.decode_pairs(wire, _pairs_for(parameter.wire, self.operation, self.cookies))


class _Carriers:
    """The (location, lower-case name) of every field, pair and cookie of a request; each is looked for when it is asked for."""

    def __init__(self, carried: _Carried) -> None:
        self._carried = carried

    def __contains__(self, carrier: object) -> bool:
        match carrier:
            case ("header", name):
                return name in self._carried.fields.lowered
            case ("query" | "cookie" as location, name):
                pairs = self._carried.pairs if location == "query" else self._carried.cookies
                return any(unquote_plus(each).lower() == name for each, _ in pairs)
        return False


def _pairs_for(wire: Wire, operation: Operation, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs that may belong to a parameter; to an object that is spread over the query, those that no other parameter claims."""
    if not params.is_spread(wire):
        return pairs
    beside = [parameter for parameter in operation.parameters if parameter.wire.location == wire.location]
    spread = [parameter for parameter in beside if params.is_spread(parameter.wire)]
    ranked = [part.wire for part in sorted(spread, key=lambda part: not part.required)]
    if params.is_open(wire) and next(filter(params.is_open, ranked)) is not wire:
        return []  # of two objects that take any member, the first takes them all
    before = ranked if params.is_open(wire) else ranked[: ranked.index(wire)]  # of two that share a name, too
    named = [part.wire for part in beside if part not in spread]
    names = {unquote_plus(name) for name, _ in pairs}
    claimed = {scheme.name for scheme in operation.schemes.values() if scheme.location == wire.location}
    for other in (*named, *before):
        claimed |= set() if params.is_open(other) else params.names_in(other, names)
    return [pair for pair in pairs if unquote_plus(pair[0]) not in claimed]


def template_texts(operation: Operation, url: str) -> Located | None:
    """The percent-encoded texts of the path parameters in a URL, and the pairs of its query that the template does not hold.

    None when the template does not fit.
    """
    path = normal_path(path_of(url)) or "/"
    bases = bases_in(path, operation.base_paths, operation.base_patterns)
    return texts_behind(operation, path, query_pairs(url), bases)


def texts_behind(operation: Operation, path: str, pairs: list[tuple[str, str]], bases: Iterable[str]) -> Located | None:
    """As `template_texts`, for a normal path that starts with one of these bases, and the pairs of the query."""
    template = operation.template
    for base in bases:
        texts = template.path.read(path, len(base))
        if texts is not None:
            if not template.pairs:
                return texts, pairs
            rest = template.read_query(pairs, {name for where, name in operation.by_key if where == "path"})
            return None if rest is None else (texts | rest[0], rest[1])
    return None


def query_pairs(url: str) -> list[tuple[str, str]]:
    """The percent-encoded names and values in the query of a URL."""
    return _split_pairs(url.partition("#")[0].partition("?")[2], "&") if "?" in url else []


def body_secrets(operation: Operation, request: Request) -> list[Any]:
    """The parts of a request's body that are secret, by its schema or by their names; of a stream, the names of those that it may have."""
    kind = request.headers.get("Content-Type", "")
    content = operation.body.by_type.covering(kind) if operation.body is not None and request.body else None
    if content is None:
        return []
    if not isinstance(request.body, bytes):  # files are not read for this
        return list(content.quotation.secrets({name: name for name in content.schema.shape.properties}))
    try:
        return list(content.quotation.secrets(codec.decode(request.body, kind, content.rules)))
    except mediatype.MediaError:
        return []


def _unpack_body(body: RequestBody | None, request: Request, judge: BodyJudge) -> tuple[Any, list[Problem]]:
    kind = request.headers.lowered.get("content-type", "")
    if request.body is None or (not request.body and not kind):
        needed = body is not None and body.required
        return MISSING, [Problem("body", (), "required", "is required")] if needed else []
    if body is None or not body.by_type:
        return MISSING, []
    content = body.by_type.covering(kind)
    if content is None:
        known = ", ".join(entry.media_type for entry in body.by_type.values())
        message = f"has the Content-Type {kind!r}, which is not documented" if kind else "has no Content-Type"
        return MISSING, [Problem("body", (), "media type", message, f"documented: {known}")]
    try:
        value = codec.decode(request.content, kind, content.rules)
    except mediatype.MediaError as error:
        return MISSING, [Problem("body", error.path, "media type", str(error), error.hint)]
    return value, judge(content, value)


def _split_pairs(text: str, delimiter: str) -> list[tuple[str, str]]:
    """Split a query at `&`, or a Cookie field at `;` and the white space around it (RFC 6265, sections 4.2.1 and 5.2)."""
    items = text.split(delimiter) if delimiter == "&" else [item.strip(mediatype.OWS) for item in text.split(delimiter)]
    return [(name, value) for name, _, value in (item.partition("=") for item in items if item)]
