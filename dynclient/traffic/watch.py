"""What is watched of an operation beside its schemas: names that it does not have, what is deprecated, and the shape of credentials."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from dynclient.api.operation import Operation, ignored_headers
from dynclient.api.unpack import Located, sent_names
from dynclient.exchange import Request
from dynclient.problem import Problem
from dynclient.traffic.fields import is_usual
from dynclient.wire import params

#: How many combinations of names are remembered.
_MOST_FORMS = 512


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
        #: Gives what of the header fields of a reply the document does not name, by their names and the key of the response.
        self.response_extras = lru_cache(_MOST_FORMS)(self._extras_of_response)
        #: Gives what of the names in the query and of the header fields of a request the document does not name.
        self.undocumented = lru_cache(_MOST_FORMS)(self._undocumented_names)
        #: Whether the document advises against the operation, and against any of its parameters.
        self.is_deprecated = operation.node.get("deprecated") is True
        self._deprecated_parameters = frozenset(part.key for part in operation.parameters if part.deprecated)
        self.advises_against_parameters = bool(self._deprecated_parameters)
        named = [operation.schemes[name] for each in operation.security for name in each if name in operation.schemes]
        by_field = [scheme.prefix for scheme in named if scheme.carrier == ("header", "Authorization")]
        self._prefixes = tuple(dict.fromkeys(filter(None, by_field)))
        self._carriers = {(scheme.carrier[0], scheme.carrier[1].lower()) for scheme in operation.schemes.values()}

    def request_extras(self, request: Request, arguments: Mapping[Any, Any], located: Located) -> Iterable[Problem]:
        """Return what a request has that the document does not name, or advises against."""
        fields, pairs = sent_names(request, located)
        named = self.undocumented(pairs, fields)
        cookie = request.headers.lowered.get("cookie")
        if not (cookie or self.is_deprecated or self._deprecated_parameters):
            return named
        advised = [Problem("operation", (), "deprecated", "the operation is deprecated")] if self.is_deprecated else []
        used = self._deprecated_parameters & arguments.keys() if self._deprecated_parameters else ()
        advised += [Problem(where, (name,), "deprecated", "is deprecated") for where, name in used]
        cookies = self._undocumented_cookies(cookie) if cookie else ()
        return [
            *advised,
            *named,
            *(Problem("cookie", (name,), "unknown", "is not a documented cookie") for name in cookies),
        ]

    def _undocumented_names(self, pairs: tuple[str, ...], fields: tuple[str, ...]) -> tuple[Problem, ...]:
        """Return which of the names in a query and of the header fields of a request the document does not have."""
        query = self._undocumented_query(pairs) if pairs else ()
        return (
            *(Problem("query", (name,), "unknown", "is not a documented parameter") for name in query),
            *map(_undocumented_field, self._undocumented_fields(fields, None)),
        )

    def _extras_of_response(self, fields: tuple[str, ...], status: str) -> tuple[Problem, ...]:
        """Return which header fields of a reply the document does not name, or advises against.

        Args:
            fields: Their names, in lower case.
            status: The key of the documented response.
        """
        headers = self.operation.replies[status].headers
        advised = [each.wire.name for each in headers if each.deprecated and each.wire.name.lower() in fields]
        return (
            *map(_undocumented_field, self._undocumented_fields(fields, status)),
            *(Problem("header", (name,), "deprecated", "is deprecated") for name in advised),
        )

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
        if not self._prefixes:
            return []
        word, _, rest = authorization.partition(" ")
        prefix = word.lower()
        names = " or ".join(map(str.capitalize, self._prefixes))
        if prefix not in self._prefixes:
            return [Problem("header", ("Authorization",), "credential", f"has another scheme than {names}")]
        if prefix == "basic" and not _is_basic(rest):
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


def _undocumented_field(name: str) -> Problem:
    return Problem("header", (name,), "unknown", "is not a documented header field")


def _is_basic(text: str) -> bool:
    try:
        return b":" in b64decode(text.strip(), validate=True)
    except ValueError:
        return False
