"""What is watched of an operation beside its schemas: names that it does not have, what is deprecated, and the shape of credentials."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from dynclient.api.described import Reply
from dynclient.api.operation import Operation, ignored_headers
from dynclient.api.unpack import Located
from dynclient.exchange import Request, Response
from dynclient.problem import Problem
from dynclient.tolerance import Side
from dynclient.traffic.fields import is_usual
from dynclient.wire import params


class Watch:
    """What is watched of one operation.

    Args:
        operation: The operation.
        label: Its name in the coverage.
    """

    def __init__(self, operation: Operation, label: str) -> None:
        self.operation = operation
        self.label = label
        self.requires_credentials = bool(operation.security) and all(operation.security)
        self.undocumented_query = lru_cache(512)(self._undocumented_query)
        self.undocumented_fields = lru_cache(512)(self._undocumented_fields)
        self._deprecated = operation.node.get("deprecated") is True
        self._deprecated_parameters = frozenset(part.key for part in operation.parameters if part.deprecated)
        self._schemes = tuple(
            operation.schemes[name] for each in operation.security for name in each if name in operation.schemes
        )
        self._carriers = {(scheme.carrier[0], scheme.carrier[1].lower()) for scheme in operation.schemes.values()}

    def request_extras(
        self, request: Request, arguments: Mapping[Any, Any], located: Located | None
    ) -> Iterator[tuple[Side, Problem]]:
        """Yield what a request has that the document does not name, or advises against."""
        if self._deprecated:
            yield "request", Problem("operation", (), "deprecated", "the operation is deprecated")
        for where, name in self._deprecated_parameters & arguments.keys() if self._deprecated_parameters else ():
            yield "request", Problem(where, (name,), "deprecated", "is deprecated")
        pairs = located[1] if located is not None else []
        if pairs:
            for name in self.undocumented_query(tuple(dict.fromkeys(name for name, _ in pairs))):
                yield "request", Problem("query", (name,), "unknown", "is not a documented parameter")
        for name in self.undocumented_fields(tuple(request.headers.lowered), None):
            yield "request", Problem("header", (name,), "unknown", "is not a documented header field")
        cookie = request.headers.get("Cookie")
        for name in self._undocumented_cookies(cookie) if cookie else ():
            yield "request", Problem("cookie", (name,), "unknown", "is not a documented cookie")

    def response_extras(self, response: Response, reply: Reply) -> Iterator[tuple[Side, Problem]]:
        """Yield the header fields of a reply that the document does not name."""
        for name in self.undocumented_fields(tuple(response.headers.lowered), reply.status):
            yield "response", Problem("header", (name,), "unknown", "is not a documented header field")
        if any(header.deprecated for header in reply.headers):
            for header in reply.headers:
                if header.deprecated and header.wire.name in response.headers:
                    yield "response", Problem("header", (header.wire.name,), "deprecated", "is deprecated")

    def _undocumented_query(self, encoded: tuple[str, ...]) -> tuple[str, ...]:
        names = {unquote_plus(name) for name in encoded}
        wires = [part.wire for part in self.operation.parameters if part.wire.location in ("query", "querystring")]
        if any(wire.location == "querystring" or params.is_open(wire) for wire in wires):
            return ()
        claimed = {name for name in names if ("query", name.lower()) in self._carriers}
        for wire in wires:
            claimed |= params.names_in(wire, names) | ({wire.name} & names)
        return tuple(sorted(names - claimed))

    def _undocumented_cookies(self, cookie: str) -> tuple[str, ...]:
        names = {unquote_plus(item.partition("=")[0].strip()) for item in cookie.split(";")} - {""}
        wires = [part.wire for part in self.operation.parameters if part.wire.location == "cookie"]
        known = {name for place, name in self._carriers if place == "cookie"}
        claimed = {name for name in names if name.lower() in known}
        for wire in wires:
            claimed |= params.names_in(wire, names)
        return tuple(sorted(names - claimed))

    def _undocumented_fields(self, names: tuple[str, ...], status: str | None) -> tuple[str, ...]:
        """Return which fields are neither documented nor usual; those of a request when there is no status."""
        if status is None:
            known = {part.wire.name.lower() for part in self.operation.parameters if part.wire.location == "header"}
            known |= {name for place, name in self._carriers if place == "header"}
        else:
            known = {header.wire.name.lower() for header in self.operation.replies[status].headers}
        return tuple(name for name in names if name not in known and not is_usual(name, sent=status is None))

    def misshapen(self, authorization: str) -> list[Problem]:
        """Return a problem if an Authorization field has the shape of no scheme that the operation takes."""
        wanted = [scheme for scheme in self._schemes if scheme.carrier == ("header", "Authorization") and scheme.prefix]
        if not wanted:
            return []
        word, _, rest = authorization.partition(" ")
        fitting = [scheme for scheme in wanted if scheme.prefix == word.lower()]
        names = " or ".join(dict.fromkeys(scheme.prefix.capitalize() for scheme in wanted))
        if not fitting:
            return [Problem("header", ("Authorization",), "credential", f"has another scheme than {names}")]
        if all(scheme.prefix == "basic" for scheme in fitting) and not _is_basic(rest):
            return [Problem("header", ("Authorization",), "credential", "is not the base64 of a user and a password")]
        if not rest.strip():
            return [Problem("header", ("Authorization",), "credential", f"has no credential after {names}")]
        return []

    def covered(
        self, arguments: Mapping[Any, Any], status: int | None, sent: str, received: str
    ) -> Iterator[tuple[str, str]]:
        """Yield what an exchange exercises of the operation: kinds and names."""
        yield "operations", self.label
        for where, name in arguments:
            yield "parameters", f"{self.label} {where} {name}"
        body = self.operation.body
        content = body.by_type.covering(sent) if body is not None else None
        if content is not None:
            yield "media_types", f"{self.label} request {content.media_type}"
        reply = self.operation.reply(status) if status is not None else None
        if reply is not None:
            yield "statuses", f"{self.label} {reply.status}"
            received_content = reply.contents.covering(received)
            if received_content is not None:
                yield "media_types", f"{self.label} {reply.status} {received_content.media_type}"


def known_parts(operation: Operation, label: str) -> Iterator[tuple[str, str]]:
    """Yield everything that `Watch.covered` may yield of an operation, read from its places: nothing is compiled.

    Args:
        operation: The operation.
        label: Its name in the coverage.
    """
    document = operation.document
    yield "operations", label
    for owner in (operation.item, operation.node):
        for entry in owner.child("parameters").items():
            node = document.follow(entry)
            where, name = str(node.get("in")), str(node.get("name"))
            if where != "header" or name.lower() not in ignored_headers(document):
                yield "parameters", f"{label} {where} {name}"
    for media_type, _ in document.follow(operation.node.child("requestBody")).child("content").children():
        yield "media_types", f"{label} request {media_type}"
    for status in operation.replies:
        yield "statuses", f"{label} {status}"
        reply = document.follow(operation.node.child("responses", status))
        for media_type, _ in reply.child("content").children():
            yield "media_types", f"{label} {status} {media_type}"


def _is_basic(text: str) -> bool:
    try:
        return b":" in b64decode(text.strip(), validate=True)
    except ValueError:
        return False
