"""Successes: which of the documented replies a valid request gets, and the value in it.

A reply is served only if the document accepts it as it was written: it is read back by the code that reads replies for the client. A documented
example that breaks its own schema gives way to a made value, and a note says so. What the document makes impossible (no value fits the
schema, or the media type cannot carry it) is served as well as it can be, with a note, and refused only where nothing is left to serve.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from dynclient.api.described import Content, Reply
from dynclient.api.operation import Operation
from dynclient.api.read import read
from dynclient.errors import SpecError
from dynclient.exchange import Response
from dynclient.mock.negotiation import reply_offers
from dynclient.mock.refusal import RefusedError, written
from dynclient.mock.reply_fields import reply_fields
from dynclient.problem import Problem
from dynclient.schema.exemplary import exemplary
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import documented, generate
from dynclient.wire import mediatype, xmltext
from dynclient.wire.bodyrules import Rules

#: How many values are made until one survives being written and read.
_ATTEMPTS = 3
#: The name of an element that the document gives none.
_ROOT = "root"
_BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Preference:
    """What a Prefer header asks for.

    Attributes:
        code: The status, or None.
        example: The name of the example, or "".
    """

    code: int | None = None
    example: str = ""


def preference(text: str) -> Preference:
    """Parse a Prefer header (RFC 7240): `code=404`, `example=NAME`. Other preferences are ignored."""
    pairs = (item.partition("=") for item in text.replace(";", ",").split(","))
    wishes = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    code = wishes.get("code", "")
    is_status = code.isascii() and code.isdigit() and len(code) == 3
    return Preference(int(code) if is_status else None, wishes.get("example", ""))


class Composed(NamedTuple):
    """A reply, and what had to be done to get it.

    Attributes:
        response: The reply.
        notes: What in the document could not be served as it is.
    """

    response: Response
    notes: tuple[str, ...] = ()


def compose(operation: Operation, prefer: str, accept: str, seed: int) -> Composed:
    """Return the reply to a valid request.

    Args:
        operation: The operation that it calls.
        prefer: The Prefer field of the request.
        accept: The Accept field of the request.
        seed: The same seed gives the same reply.

    Raises:
        RefusedError: No documented reply is what the client asks for, or none can be served.
        SpecError: The document does not say what a reply is.
    """
    wish = preference(prefer)
    refused: RefusedError | None = None
    for status, reply in _candidates(operation, wish):
        try:
            return _Composer(operation, status, reply, seed).compose(accept, wish.example)
        except RefusedError as error:
            refused = refused or error
    raise refused or RefusedError(
        500, Problem("document", (), "responses", f"{operation.key} documents no reply that can be served")
    )


class _Composer:
    def __init__(self, operation: Operation, status: int, reply: Reply, seed: int) -> None:
        self._operation = operation
        self._status = status
        self._reply = reply
        self._seed = f"{seed}/{operation.key}/{status}"

    def compose(self, accept: str, name: str) -> Composed:
        """Return the reply in the media type that the client accepts best, of those that can carry a value."""
        fields, notes = reply_fields(self._operation.document, self._reply, self._status, self._seed)
        if not self._reply.contents or self._status in _BODILESS:
            return Composed(Response(self._status, written(self._status, "", b"", fields).headers), notes)
        choices = reply_offers(self._status, self._reply.contents, accept)
        if not choices:
            offered = ", ".join(self._reply.contents)
            raise RefusedError(406, _unknown("Accept", "no media type that is accepted is documented", offered))
        fallback: Composed | None = None
        refused: RefusedError | None = None
        for content, media_type in choices:
            try:
                found, fine = self._content(content, media_type, name, fields)
            except RefusedError as error:
                refused = refused or error
                continue
            found = Composed(found.response, notes + found.notes)
            if fine:
                return found
            fallback = fallback or found
        if fallback is not None:
            return fallback
        raise refused or RefusedError(500, Problem("body", (), "example", "no documented content can be served"))

    def _content(
        self, content: Content, media_type: str, name: str, fields: list[tuple[str, str]]
    ) -> tuple[Composed, bool]:
        """Return a body in one media type, and whether the document accepts it."""
        examples = documented(self._operation.document, content.node)
        if name and name not in examples:
            known = ", ".join(examples) or "none"
            raise RefusedError(400, _unknown("Prefer", f"there is no example {name!r}", f"there are: {known}"))
        spare: Composed | None = None
        wrong = ""
        for label, example in [(name, examples[name])] if name else examples.items():
            for response in self._writings(content, media_type, example, fields):
                problem = self._objection(response)
                if problem is None:
                    return Composed(response), True
                wrong = wrong or f"the example {label} of {media_type} breaks its schema: {problem}"
                spare = spare or Composed(response, (wrong,))
        if name and spare is not None:
            return spare, True  # it was asked for by its name
        made, fine = self._made(content, media_type, fields, spare)
        notes = (f"{wrong}; a made value is served",) if wrong and made is not spare else ()
        return Composed(made.response, notes + made.notes), fine

    def _made(
        self, content: Content, media_type: str, fields: list[tuple[str, str]], spare: Composed | None
    ) -> tuple[Composed, bool]:
        """Return a body with a made value, and whether the document accepts it."""
        failed: ExampleError | SpecError | None = None
        for attempt in range(_ATTEMPTS):
            seed = f"{self._seed}/{content.media_type}" + (f"/{attempt}" if attempt else "")
            try:
                value = self._value(content, seed, is_last=attempt == _ATTEMPTS - 1)
            except ExampleError as error:
                failed = error
                continue
            except SpecError as error:
                failed = error
                break
            for response in self._writings(content, media_type, [value] if content.sequential else value, fields):
                problem = self._objection(response)
                if problem is None:
                    return Composed(response), True
                spare = spare or Composed(response, (f"{media_type} cannot carry its schema: {problem}",))
            spare = spare or self._raw(content, media_type, value, fields, f"{media_type} cannot carry its schema")
        closest = failed.closest if isinstance(failed, ExampleError) else ()
        if spare is None and closest:
            spare = self._raw(content, media_type, closest[0], fields, f"{media_type}: {failed}")
        if spare is None:
            raise RefusedError(500, Problem("body", (), "example", f"{media_type}: {failed}")) from failed
        return spare, False

    def _value(self, content: Content, seed: str, *, is_last: bool) -> Any:
        """Return a made value with the document's examples in it; the last one is small and without them, as one of them may be what cannot be written."""
        if is_last:
            return generate(content.schema, seed, full=False)
        return exemplary(self._operation.document, content.schema_node, content.schema, seed)

    def _raw(self, content: Content, media_type: str, value: Any, fields: list[tuple[str, str]], note: str) -> Composed:
        """Return a body with a value that the document does not accept, in JSON where its media type cannot carry it."""
        whole = [value] if content.sequential else value
        as_json = written(self._status, media_type, json.dumps(whole, default=str).encode(), fields)
        response = next(self._writings(content, media_type, whole, fields), as_json)
        return Composed(response, (f"{note}; the closest value is served",))

    def _writings(
        self, content: Content, media_type: str, value: Any, fields: list[tuple[str, str]]
    ) -> Iterator[Response]:
        """Yield the responses that may carry a value: as its media type writes it, and a text as it is, or inside an element of XML."""
        kind, rules = mediatype.parse(media_type), content.rules
        if kind.is_xml:  # many documents give the root element no name
            rules = Rules(rules.bundle, rules.schemas, rules.encoding, name=_ROOT)
        with suppress(RefusedError):
            yield written(self._status, media_type, value, fields, rules)
        if isinstance(value, str) and (kind.is_xml or not kind.is_text):
            yield written(self._status, media_type, value.encode("utf-8", "replace"), fields)
        if isinstance(value, str) and kind.is_xml:
            yield written(
                self._status, media_type, f"<{_ROOT}>{escape(value)}</{_ROOT}>".encode("utf-8", "replace"), fields
            )

    def _objection(self, response: Response) -> Problem | None:
        """Return what the document says against the body of a response, or what is not XML in it, if anything."""
        kind = mediatype.parse(response.headers.get("Content-Type", ""))
        try:
            if kind.is_xml:  # without a schema, `read` takes it as text
                xmltext.parsed(xmltext.document_text(response.content, kind))
        except mediatype.MediaError as error:
            return Problem("body", (), "media type", str(error))
        found = read(self._operation, response).problems
        return next((problem for problem in found if problem.where == "body"), None)


def _candidates(operation: Operation, wish: Preference) -> Iterator[tuple[int, Reply]]:
    """Yield the replies that a request may get: the preferred one, else the successes, else the first of the others."""
    if wish.code is not None:
        reply = operation.reply(wish.code)
        if reply is None or not 200 <= wish.code <= 599:
            known = ", ".join(operation.replies)
            raise RefusedError(400, _unknown("Prefer", f"status {wish.code} is not documented", f"documented: {known}"))
        yield wish.code, reply
        return
    statuses = sorted(filter(None, map(_status_of, operation.replies)), key=lambda found: found[:2])
    if wish.example:
        for _, status, key in statuses:
            reply = operation.replies[key]
            if any(wish.example in documented(operation.document, content.node) for content in reply.contents.values()):
                yield status, reply
                return
    best = [entry for entry in statuses if entry[0] == 0] or statuses[:1]
    for _, status, key in best:
        yield status, operation.replies[key]


def _status_of(key: str) -> tuple[int, int, str] | None:
    """Return a status for a key of the document (`200`, `4XX`, `default`), behind its rank and before the key.

    A documented redirect is more of a success than `default`, which most documents mean for errors.
    """
    if key == "default":
        return 2, 200, key
    if not (len(key) == 3 and key[0] in "2345" and (key[1:] in ("XX", "xx") or (key.isascii() and key.isdigit()))):
        return None
    status = int(key) if key.isdigit() else int(key[0]) * 100
    return {2: 0, 3: 1 if status != 304 else 3}.get(status // 100, 4), status, key


def _unknown(header: str, message: str, hint: str) -> Problem:
    return Problem("header", (header,), "unknown", message, hint)
