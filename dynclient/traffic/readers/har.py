"""HTTP archives (HAR 1.1 to 1.3) of browsers, proxies and libraries, in JSON or YAML.

A browser keeps what it showed, not what was on the wire: bodies are decoded although `Content-Encoding` stays, a 304 carries the cached body,
and the default export of Chrome leaves credentials out.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import unhexlify
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from dynclient.exchange import Headers
from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, header_fields, seconds_of
from dynclient.traffic.bodies import (
    EMPTY_BODY,
    GZIP,
    UNKNOWN_BODY,
    ZSTD,
    RecordedBody,
    base64_body,
    known_body,
)
from dynclient.traffic.entries import array_of, made, mapping, member, number_of, string_of
from dynclient.traffic.jsonentries import JsonText
from dynclient.traffic.recording import NoExchange, Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch
from dynclient.traffic.yamlentries import yaml_entries

_PATH = ("log", "entries")
#: The first keys of an entry, in the YAML that Polly.JS and others write.
_KEYS = ("_id", "startedDateTime", "pageref", "request", "cache", "time", "_order")
#: The producers that keep credentials; those of any other may have been left out.
_KEEPS_CREDENTIALS = ("playwright", "mitmproxy", "polly.js", "charles", "insomnia", "optic")
#: Where browsers say that a reply did not come from the server (Safari, Chrome).
_CACHES = frozenset({"Memory Cache", "Disk Cache", "Service Worker", "memory", "disk"})
_BODY_SIZE_TELLS = ("playwright", "webinspector")
_BROWSERS_WITHOUT_VERSION = ("firefox", "webkit")


def read_har(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a HAR.

    Args:
        file: The file.
    """
    outline = sketch(file.head[:4096])
    if outline.syntax == "yaml":
        archive = _Archive(file, mapping(outline.at("log")))
        for entry in yaml_entries(file, _PATH, _KEYS):
            yield from made(entry, archive.read)
        return
    with file.open() as stream:
        text = JsonText(stream, file.name)
        archive = _Archive(file, text.kept)
        for entry in text.entries(_PATH, _is_entry, keep=("creator",)):
            yield from made(entry, archive.read)


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("request"), dict) and "url" in value["request"]


class _Archive:
    """A HAR while it is read.

    Args:
        file: The file.
        about: The members of its `log` that say who wrote it; they may be filled in while entries are read.
    """

    def __init__(self, file: RecordedFile, about: Mapping[str, Any]) -> None:
        self._file = file
        self._about = about

    @property
    def _creator(self) -> str:
        creator = self._about.get("creator")
        return str(creator.get("name") if isinstance(creator, Mapping) else creator).lower()

    def read(self, entry: Any, place: RecordedAt) -> Iterator[Recorded]:
        """Yield what an entry is."""
        sent, received = member(entry, "request"), entry.get("response") or {}
        if not isinstance(received, Mapping):
            raise EntryError("the response is not an object")
        if reason := self._no_exchange(entry, received):
            yield NoExchange(reason, place)
            return
        data, content = mapping(sent.get("postData")), mapping(received.get("content"))
        fields = _headers(sent.get("headers"), string_of(data.get("mimeType")))
        request = Sent(sent.get("method"), sent.get("url"), fields, self._request_body(sent, data))
        headers = _headers(received.get("headers"), string_of(content.get("mimeType")))
        status = received.get("status")
        if isinstance(status, int | float) and status < 0:  # Playwright, of a request that was given up
            status = 0
        yield from assembled(
            place,
            request,
            Received(status or 0, headers, self._response_body(received, content, Headers(headers))),
            leaves_out_credentials=not self._creator.startswith(_KEEPS_CREDENTIALS),
            time=seconds_of(entry.get("startedDateTime")),
        )

    def _no_exchange(self, entry: Mapping[str, Any], received: Mapping[str, Any]) -> str:
        if entry.get("_resourceType") == "websocket" or "_webSocketMessages" in entry:
            return "websocket"
        cached = {str(entry.get("_fetchType")), str(entry.get("_fromCache"))} & _CACHES
        if cached or received.get("_fetchedViaServiceWorker") is True:
            return "browser cache"
        content = mapping(received.get("content"))
        if self._creator.startswith(_BODY_SIZE_TELLS) and received.get("status") == 200:
            # a revalidated reply has the header fields of the 304, and nothing was transferred
            return "browser cache" if received.get("bodySize") == 0 and number_of(content.get("size")) > 0 else ""
        if received.get("httpVersion") == "" and received.get("status"):
            return "browser cache" if any(name in self._creator for name in _BROWSERS_WITHOUT_VERSION) else ""
        return ""

    def _request_body(self, sent: Mapping[str, Any], data: Mapping[str, Any]) -> RecordedBody:
        if "_file" in data:
            return self._attachment(data["_file"], None)
        text, mime_type = data.get("text"), string_of(data.get("mimeType"))
        if isinstance(text, str) and text:
            if data.get("encoding") == "base64":
                return _decoded(base64_body(text))
            # a browser writes a body that is not text as text, and so damages it
            return UNKNOWN_BODY if "\ufffd" in text else _decoded(known_body(text, _charset(mime_type)))
        if params := data.get("params"):
            return _form(mime_type, params)
        lost = number_of(sent.get("bodySize")) > 0 or "comment" in data or (not data and _announces_body(sent))
        lost = lost or mime_type.lower().startswith("multipart/")  # has a last boundary even without parts
        return UNKNOWN_BODY if lost else EMPTY_BODY

    def _response_body(self, received: Mapping[str, Any], content: Mapping[str, Any], headers: Headers) -> RecordedBody:
        if "_file" in content:
            return self._attachment(content["_file"], _charset(headers.get("Content-Type", "")))
        text = content.get("text")
        if "truncated" in string_of(content.get("comment")).lower():
            return UNKNOWN_BODY
        if not isinstance(text, str) or not text:
            return EMPTY_BODY if _is_known_empty(received, content, headers) else UNKNOWN_BODY
        encoding = content.get("encoding")
        if content.get("_isBinary") is True or (encoding == "base64" and text.startswith("[")):
            return _of_polly(text, encoding)
        if encoding == "base64":
            return _decoded(base64_body(text))
        return _decoded(known_body(text, _charset(headers.get("Content-Type", ""))))

    def _attachment(self, name: Any, charset: str | None) -> RecordedBody:
        """Return a body that Playwright has put into a file of its own."""
        content = self._file.beside(name) if isinstance(name, str) else None
        if content is None:
            return RecordedBody(trouble="is in a file that is not there")
        if charset and not content.isascii():
            with suppress(UnicodeDecodeError):  # texts are kept in UTF-8, whatever they were sent in
                return _decoded(known_body(content.decode(), charset))
        return _decoded(known_body(content))


def _headers(recorded: Any, mime_type: str) -> list[tuple[str, str]]:
    """Return header fields; where the recorder left all of them out, the media type that it noted."""
    fields = header_fields(recorded)
    if not fields and mime_type and mime_type != "x-unknown":
        return [("Content-Type", mime_type)]
    return fields


def _announces_body(sent: Mapping[str, Any]) -> bool:
    """Whether header fields speak of a body; Playwright does not keep forms with files."""
    fields = Headers(header_fields(sent.get("headers")))
    has_type = "Content-Type" in fields and str(sent.get("method")).upper() not in ("GET", "HEAD")
    return has_type or fields.get("Content-Length", "0") != "0"


def _decoded(body: RecordedBody) -> RecordedBody:
    """Return a body whose codings are undone already, unless its bytes show that they are not."""
    return body if body.content.startswith((GZIP, ZSTD)) else body._replace(is_decoded=True)


def _charset(media_type: str) -> str | None:
    _, found, charset = media_type.lower().partition("charset=")
    return charset.partition(";")[0].strip(" \"'") if found else None


def _form(mime_type: str, params: Any) -> RecordedBody:
    """Return a form of which only the fields were kept; the content of files was not."""
    if not mime_type.lower().startswith("application/x-www-form-urlencoded"):
        return UNKNOWN_BODY
    pairs = [(string_of(each.get("name")), string_of(each.get("value"))) for each in map(mapping, array_of(params))]
    return known_body(urlencode(pairs))


def _is_known_empty(received: Mapping[str, Any], content: Mapping[str, Any], headers: Headers) -> bool:
    """Whether everything says that there was no body, rather than that it was not kept."""
    if "text/event-stream" in headers.get("Content-Type", ""):
        return False
    if "comment" in content or number_of(received.get("bodySize")) > 0:
        return False
    if "text" not in content and "Transfer-Encoding" in headers:
        return False  # browsers do not keep the body of a redirect
    return content.get("size") == 0 and headers.get("Content-Length", "0") == "0"


def _of_polly(text: str, encoding: Any) -> RecordedBody:
    """Return a body of Polly.JS, which keeps a coded one as a list of chunks, in hexadecimal (up to 5) or base64 (6)."""
    try:
        chunks = json.loads(text) if text.startswith("[") else [text]
        return known_body(b"".join(b64decode(chunk) if encoding == "base64" else unhexlify(chunk) for chunk in chunks))
    except (ValueError, TypeError, RecursionError):
        return RecordedBody(trouble="is not a list of chunks")
