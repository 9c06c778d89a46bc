"""What the server said: the words of an error reply, for messages.

Servers word their errors in many places: `message`, `error.message`, `errors[].detail`, problem details (RFC 9457), OAuth's
`error_description` (RFC 6749), lists by field, XML, HTML, plain text. The usual names are read first; where none is present, lists of texts
by field, then the same names anywhere inside, then a code. Secrets are replaced: credentials that the server repeats, and the values that a
name or a schema marks as secret, in the reply and in the body that was sent.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any

from dynclient.exchange import Response, reason_phrase
from dynclient.problem import Tokens
from dynclient.redaction import REDACTED, is_telling, names_a_secret
from dynclient.wire import codec, mediatype, xmltext
from dynclient.wire.mediatype import MediaError

Hides = Callable[[Tokens], bool]

#: How long a message may be, and how many texts it is made of.
_LONGEST = 300
_MOST = 8
#: How deep a body is read, how many of its values are read, and how many are compared with the words.
_DEPTH = 8
_VALUES = 1000
#: How many characters of a page are read.
_PAGE = 1 << 14
_TITLE = re.compile(r"(?i)<title\b[^<>]*>([^<]*)")
_HEADING = re.compile(r"(?is)<h1\b[^<>]*>(.{0,500}?)</h1")
_SCRIPT = re.compile(r"(?is)<(script|style)\b.{0,2000}?</\1>")
_TAG = re.compile(r"<[^<>]*>")

#: Names of texts, without regard to case, `_`, `-` and `.`: what went wrong, and why.
_TITLES = ("title", "error", "errortitle", "fault")
_DETAILS = (
    "message", "errormessage", "errormsg", "msg", "detail", "details", "errordetail", "errordetails", "description", "errordescription",
    "defaultmessage", "usermessage", "faultstring", "exceptionmessage", "reason", "diagnostics", "text", "developermessage", "explanation",
    "errors", "messages", "problem",
)  # fmt: skip
#: Names of objects and arrays that hold such texts.
_HOLDERS = (
    "error", "errors", "detail", "details", "errordetail", "errordetails", "message", "messages", "errormessage", "errormessages", "fault",
    "faults", "problem", "problems", "issue", "issues", "violations", "constraintviolations", "validationerrors", "fielderrors",
    "invalidparams", "nonfielderrors",
)  # fmt: skip
#: Names of the place that one error of a list is about.
_PLACES = (
    "loc", "pointer", "field", "fieldname", "propertypath", "propertyname", "property", "param", "parameter", "attribute", "path", "source",
    "target", "location", "name",
)  # fmt: skip
#: How the names of other texts end, and names of codes, for bodies that have nothing better.
_ENDINGS = ("message", "msg", "reason", "description")
_CODES = ("code", "errorcode", "faultcode", "reasoncode", "errortype", "type", "status")

_PUNCTUATION = re.compile(r"[._-]")
_SPACES = re.compile(r"\s+")
#: Characters that could change what a terminal or a log shows: controls, marks of direction, surrogates.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def server_message(response: Response, hides: Hides = lambda _: False, hides_sent: Hides = lambda _: False) -> str:
    """Return what the server said in an error reply, in one line, shortened and without secrets; "" when it said nothing in words.

    Args:
        response: The reply; it may be one that is not read yet.
        hides: Whether the schema of the reply marks a value as secret, by its path.
        hides_sent: The same for the body of the request.
    """
    data = _data(response)
    phrase = reason_phrase(response.status)
    found: list[str] = []
    for text in _Words(phrase).of(data):
        if not any(text in other for other in found):
            found.append(text)
        if len(found) == _MOST:
            break
    return _line(_without_secrets("; ".join(found), data, response, hides, hides_sent))


def _data(response: Response) -> Any:
    """Return the body of a reply as data, whatever it was taken for."""
    data = response.data
    if data is None and response.content:
        data = _decoded(response.content, response.headers.get("Content-Type", ""))
    if isinstance(data, bytes):
        text = data.decode("utf-8", "replace")
        data = None if "\0" in text or "\N{REPLACEMENT CHARACTER}" in text else text
    if not isinstance(data, str):
        return data
    text = data.lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return _decoded(text.encode(errors="replace"), "application/json", data)
    return _markup(text) if text.startswith("<") else data


def _decoded(content: bytes, content_type: str, default: Any = None) -> Any:
    try:
        return codec.decode(content, content_type or "text/plain")
    except MediaError:
        return content.decode("utf-8", "replace") if default is None else default


def _markup(text: str) -> Any:
    """Return an XML document as data, of a page its title, else its first heading, else its text."""
    try:
        element = xmltext.parsed(text)
    except (MediaError, RecursionError):
        return _page(text)
    if _local(element.tag).lower() == "html":
        return _page(text)
    value = _element(element, 0)
    return value if isinstance(value, str) else {_local(element.tag): value}


def _element(element: Any, depth: int) -> Any:
    """Return the text of an element, or its children by name, several of one name as a list."""
    pieces = list(xmltext.pieces(element))
    if depth > _DEPTH or not pieces or any(isinstance(piece, str) for piece in pieces):
        return "".join(element.itertext())
    found: dict[str, list[Any]] = {}
    for child in pieces:
        found.setdefault(_local(child.tag), []).append(_element(child, depth + 1))
    return {name: items[0] if len(items) == 1 else items for name, items in found.items()}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _page(text: str) -> str:
    """Return the title of a page, else its first heading, else its text. Patterns cannot be slowed down as an HTML parser can."""
    text = text[:_PAGE]
    found = (match[1] for pattern in (_TITLE, _HEADING) if (match := pattern.search(text)))
    texts = (unescape(_TAG.sub("", part)).strip() for part in (*found, _SCRIPT.sub("", text)))
    return next(filter(None, texts), "")


class _Words:
    """Finds the texts that word an error.

    Args:
        phrase: The reason phrase of the status, which many bodies repeat.
    """

    def __init__(self, phrase: str) -> None:
        self._phrase = _plain(phrase)
        self._left = _VALUES

    def of(self, value: Any, depth: int = 0) -> Iterator[str]:
        """Yield the texts of a value, the most important one first."""
        self._left -= 1
        if isinstance(value, str):
            if value.strip() and not self._repeats(value):
                yield value.strip()
        elif depth > _DEPTH or self._left <= 0:
            return
        elif isinstance(value, list):
            for item in value[:_MOST]:
                place = _place(item)
                yield from (f"{place}: {text}" if place else text for text in self.of(item, depth + 1))
        elif isinstance(value, Mapping):
            ways = self._named, self._by_field, self._inside, self._codes
            found = next(filter(None, (list(islice(way(value, depth + 1), _MOST)) for way in ways)), [])
            yield from found

    def _named(self, value: Mapping[str, Any], depth: int) -> Iterator[str]:
        members = _members(value)
        titles, details = (
            [text for name in names for text in self._text(members.get(name))] for names in (_TITLES, _DETAILS)
        )
        if titles and details and titles[0] not in details[0]:
            yield f"{titles[0]}: {details[0]}"
            details, titles = details[1:], titles[1:]
        yield from (*details, *titles)
        for name in _HOLDERS:
            held = members.get(name)
            if isinstance(held, Mapping) and _is_by_field(held):
                yield from self._fields(held, depth)
            elif isinstance(held, Mapping | list):
                yield from self.of(held, depth)

    def _text(self, value: Any) -> list[str]:
        return list(self.of(value)) if isinstance(value, str) else []

    def _fields(self, value: Mapping[str, Any], depth: int) -> Iterator[str]:
        for name, item in islice(value.items(), _MOST):
            yield from (f"{name}: {text}" for text in self.of(item, depth + 1))

    def _by_field(self, value: Mapping[str, Any], depth: int) -> Iterator[str]:
        lists = {name: item for name, item in value.items() if isinstance(item, list) and _is_texts(item)}
        return self._fields(lists, depth)

    def _inside(self, value: Mapping[str, Any], depth: int) -> Iterator[str]:
        for item in islice(value.values(), _VALUES):
            if isinstance(item, Mapping | list) and not _is_texts(item):
                yield from self.of(item, depth)

    def _codes(self, value: Mapping[str, Any], _: int) -> Iterator[str]:
        members = _members(value)
        words = (item for name, item in reversed(members.items()) if name.endswith(_ENDINGS))
        return (text for item in (*words, *map(members.get, _CODES)) for text in self._text(item))

    def _repeats(self, text: str) -> bool:
        """Whether a text is the reason phrase, with or without the status."""
        return bool(self._phrase) and len(text) < _LONGEST and _plain(text).lstrip("0123456789 :") == self._phrase


def _members(value: Mapping[str, Any]) -> dict[str, Any]:
    return {_plain(str(name).rpartition(":")[2]): item for name, item in reversed(list(value.items()))}


def _plain(name: str) -> str:
    return _PUNCTUATION.sub("", name).strip().lower()


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _is_by_field(value: Mapping[str, Any]) -> bool:
    """Whether an object gives texts by the names of fields."""
    if not _members(value).keys().isdisjoint((*_TITLES, *_DETAILS, *_HOLDERS)):
        return False
    return not _members(value).keys() & {*_CODES} and all(
        isinstance(item, str) or _is_texts(item) for item in value.values()
    )


def _place(item: Any) -> str:
    """Return the place that one error of a list is about, if it names one."""
    members = _members(item) if isinstance(item, Mapping) else {}
    return next((text for name in _PLACES if (text := _joined(members.get(name)))), "")


def _joined(place: Any) -> str:
    if isinstance(place, Mapping):
        return next(filter(None, map(_joined, place.values())), "")
    if isinstance(place, list):
        return ".".join(str(token) for token in place if isinstance(token, str | int))
    return place.strip() if isinstance(place, str) else ""


def _without_secrets(text: str, data: Any, response: Response, hides: Hides, hides_sent: Hides) -> str:
    secrets = {secret for secret, by_schema in _secrets(data, hides) if by_schema or not _SPACES.search(secret)}
    request = response.request
    if request is not None:
        text = request.redacted(text)
        if isinstance(request.body, bytes):
            content_type = request.headers.get("Content-Type", "")
            sent = _decoded(request.body, content_type) if _has_names(content_type) else None
            secrets |= {secret for secret, _ in _secrets(sent, hides_sent)}
    for secret in sorted(secrets, key=len, reverse=True):
        pattern = re.escape(secret) if is_telling(secret) else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(pattern, REDACTED, text)
    return text


def _has_names(content_type: str) -> bool:
    kind = mediatype.parse(content_type)
    return kind.is_json or kind.is_form or kind.is_form_data


def _secrets(data: Any, hides: Hides) -> Iterator[tuple[str, bool]]:
    """Yield the values that are secret by name or schema, and whether the schema says so.

    A reply may explain a field under its name, so several words under the name of a secret are not taken for one.
    """
    for path, value in _leaves(data):
        text, by_schema = str(value).strip(), hides(path)
        if text and (by_schema or names_a_secret(path)):
            yield text, by_schema


def _leaves(data: Any) -> Iterator[tuple[Tokens, Any]]:
    """Yield the texts and numbers in some data, the upper ones first, with their paths."""
    pending: deque[tuple[Tokens, Any]] = deque([((), data)])
    for _ in range(_VALUES):
        if not pending:
            return
        path, value = pending.popleft()
        if isinstance(value, Mapping | list):
            members = value.items() if isinstance(value, Mapping) else enumerate(value)
            pending.extend(((*path, name), item) for name, item in islice(members, _VALUES))
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield path, value


def _line(text: str) -> str:
    """Return a text as one line that any terminal shows as it is, shortened."""
    text = _UNSAFE.sub(_escape, _SPACES.sub(" ", text[: 4 * _LONGEST]).strip())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
