"""Requests back to arguments: `unpack` is the inverse of `prepare`, and `check` says what is wrong with a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from dynclient.api.described import MISSING, Body, Content, Parameter
from dynclient.api.operation import Operation, bases_in
from dynclient.api.signature import Arguments
from dynclient.exchange import Request
from dynclient.problem import Problem
from dynclient.security.requirements import present
from dynclient.wire import codec, mediatype, params
from dynclient.wire.scalar import ParamError, Wire
from dynclient.wire.servers import path_of
from dynclient.wire.template import normal_path


def check(operation: Operation, request: Request) -> list[Problem]:
    """Everything that the document objects to in a request that was sent or recorded."""
    return unpack(operation, request)[2]


def unpack(operation: Operation, request: Request, bases: Sequence[str] = ()) -> tuple[Arguments, Any, list[Problem]]:
    """Get the arguments back out of a request: the inverse of `prepare`.

    Args:
        operation: The operation that the request calls.
        request: The request.
        bases: What URL paths may start with before the operation's own path, beside the paths of its servers.

    Returns:
        The arguments by (location, name), the body (MISSING when there is none), and every problem.
    """
    carried = _Carried.of(operation, request, bases)
    arguments: Arguments = {}
    problems: list[Problem] = []
    for parameter in operation.parameters:
        where, name = parameter.key
        try:
            there, value, found = parameter.read(partial(carried.value, parameter))
        except ParamError as error:
            problems.append(Problem(where, (name,), "style", str(error)))
            continue
        problems += found
        if there:
            arguments[parameter.key] = value
        elif parameter.required:
            problems.append(Problem(where, (name,), "required", "is required"))
    body, found = _unpack_body(operation.body, request)
    carriers = present(operation.security, operation.schemes, carried.names())
    return arguments, body, [*problems, *found, *carriers]


class _Carried(NamedTuple):
    """What a request carries, and where: the texts of its path, fields and cookies, percent-encoded where they are."""

    operation: Operation
    texts: Mapping[str, str]
    fields: Mapping[str, str]
    query: str
    pairs: list[tuple[str, str]]
    cookies: list[tuple[str, str]]

    @classmethod
    def of(cls, operation: Operation, request: Request, bases: Sequence[str]) -> _Carried:
        """Take a request apart."""
        query = request.url.partition("#")[0].partition("?")[2]
        cookies = _split_pairs(request.headers.get("Cookie", ""), ";")
        texts, pairs = template_texts(operation, request.url, bases) or ({}, _split_pairs(query, "&"))
        return cls(operation, texts, request.headers, query, pairs, cookies)

    def value(self, parameter: Parameter, wire: Wire) -> tuple[bool, Any]:
        """Whether a parameter is there, and its value by one way to describe it.

        Raises:
            ParamError: What is there is not of the parameter's style.
        """
        match wire.location:
            case "path" | "header":
                texts = self.texts if wire.location == "path" else self.fields
                there = wire.name in texts
                return there, params.decode_text(wire, texts[wire.name]) if there else None
            case "querystring":
                return bool(self.query), params.decode_query(wire, self.query) if self.query else None
            case "query":
                return params.decode_pairs(wire, _pairs_for(parameter.wire, self.operation, self.pairs))
            case _:
                return params.decode_pairs(wire, _pairs_for(parameter.wire, self.operation, self.cookies))

    def names(self) -> frozenset[tuple[str, str]]:
        """Where something stands: the locations and lower-case names of its fields, pairs and cookies."""
        return frozenset(
            [("header", name.lower()) for name in self.fields]
            + [("query", unquote_plus(name).lower()) for name, _ in self.pairs]
            + [("cookie", unquote_plus(name).lower()) for name, _ in self.cookies]
        )


def _pairs_for(wire: Wire, operation: Operation, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs that may be a parameter's: of an object whose members stand there by themselves, the unclaimed."""
    if not params.is_spread(wire):
        return pairs
    beside = [parameter for parameter in operation.parameters if parameter.wire.location == wire.location]
    spread = [parameter for parameter in beside if params.is_spread(parameter.wire)]
    ranked = [part.wire for part in sorted(spread, key=lambda part: not part.required)]
    if params.is_open(wire) and next(filter(params.is_open, ranked)) is not wire:
        return []  # of two objects that take any member nobody could tell whose one is: the first has them all
    before = ranked if params.is_open(wire) else ranked[: ranked.index(wire)]  # likewise of two that share a name
    named = [part.wire for part in beside if part not in spread]
    names = {unquote_plus(name) for name, _ in pairs}
    claimed = {scheme.name for scheme in operation.schemes.values() if scheme.location == wire.location}
    for other in (*named, *before):
        claimed |= set() if params.is_open(other) else params.names_in(other, names)
    return [pair for pair in pairs if unquote_plus(pair[0]) not in claimed]


def template_texts(
    operation: Operation, url: str, bases: Sequence[str] = ()
) -> tuple[dict[str, str], list[tuple[str, str]]] | None:
    """The percent-encoded texts of the path parameters in a URL, and the pairs of its query that are no part of the template.

    None when the template does not fit.
    """
    template = operation.template
    path = normal_path(path_of(url)) or "/"
    pairs = _split_pairs(url.partition("#")[0].partition("?")[2], "&")
    for base in bases_in(path, (*bases, *operation.base_paths), operation.base_patterns):
        texts = template.path.read(path, len(base))
        if texts is not None:
            if not template.pairs:
                return texts, pairs
            rest = template.read_query(pairs, {name for where, name in operation.by_key if where == "path"})
            return None if rest is None else (texts | rest[0], rest[1])
    return None


def _unpack_body(body: Body | None, request: Request) -> tuple[Any, list[Problem]]:
    kind = request.headers.get("Content-Type", "")
    if request.body is None or (not request.body and not kind):
        needed = body is not None and body.required
        return MISSING, [Problem("body", (), "required", "is required")] if needed else []
    if body is None or not body.contents:
        return MISSING, []
    content = _content_for(body, kind)
    if content is None:
        known = ", ".join(entry.media_type for entry in body.contents)
        message = f"has the Content-Type {kind!r}, which is not documented" if kind else "has no Content-Type"
        return MISSING, [Problem("body", (), "media type", message, f"documented: {known}")]
    try:
        value = codec.decode(request.content, kind, content.rules)
    except mediatype.MediaError as error:
        return MISSING, [Problem("body", error.path, "media type", str(error), error.hint)]
    return value, content.problems(value)


def _content_for(body: Body, kind: str) -> Content | None:
    chosen = mediatype.best([content.media_type for content in body.contents], kind) if kind else None
    return next((content for content in body.contents if content.media_type == chosen), None)


def _split_pairs(text: str, delimiter: str) -> list[tuple[str, str]]:
    """Split a query at `&`, or a Cookie field at `;` and the white space around it (RFC 6265, sections 4.2.1 and 5.2)."""
    items = text.split(delimiter) if delimiter == "&" else [item.strip(mediatype.OWS) for item in text.split(delimiter)]
    return [(name, value) for name, _, value in (item.partition("=") for item in items if item)]
