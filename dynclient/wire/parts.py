"""Multipart bodies on the wire: parts to bytes and back (RFC 2046, section 5.1; RFC 7578).

Names and file names are quoted, in UTF-8. Characters that would end the quotes or the line are escaped as HTML forms escape them
(`%22`, `%0D`, `%0A`), and a backslash as in RFC 2045, so that nothing in a name can start another parameter or header.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from dynclient.wire.bodyrules import NOTHING
from dynclient.wire.charset import known_charset
from dynclient.wire.codec import Payload, items, whole
from dynclient.wire.files import Chunks
from dynclient.wire.mediatype import OWS, TOKEN, MediaError, MediaType, parameters_of

#: The largest part of a body, or item of a sequence, that is read from a stream.
ITEM_LIMIT = 64 * 1024 * 1024
#: The largest header of a part, the longest line that ends with a delimiter, and the most text before the first one or behind the last.
_HEAD_LIMIT = 1 << 16
_LINE_LIMIT = 1 << 10
_TEXT_LIMIT = 1 << 20

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A", "\\": "\\\\"})
_BOUNDARY = re.compile(r"[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]\Z", re.ASCII)
#: Text that a header of a part cannot carry: the end of its line, and white space at an end, which its reader drops.
_NOT_IN_LINE = re.compile(r"[\r\n\0]|^[ \t]|[ \t]$")
_OURS = frozenset({"content-disposition", "content-type", "content-length"})
_TRANSFER: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": binascii.a2b_base64,
    "quoted-printable": binascii.a2b_qp,
}


class Part(NamedTuple):
    """One part of a multipart body.

    Attributes:
        data: The content: bytes in a part that was read, anything that `Chunks` reads in one to send.
        content_type: The Content-Type; empty when there is none.
        name: The name in a form, or None.
        filename: The file name, or None.
        headers: The other headers; their names are in lower case in a part that was read.
        transfer: The transfer encoding of a part that was read; empty when there is none.
    """

    data: Any
    content_type: str = ""
    name: str | None = None
    filename: str | None = None
    headers: Mapping[str, str] = NOTHING
    transfer: str = ""


def write_parts(parts: Iterable[Part], kind: MediaType) -> Payload:
    """Write parts as one body; its Content-Type names the boundary.

    Raises:
        MediaError: A header, or the boundary of the media type, is not valid.
    """
    boundary = kind.parameters.get("boundary") or os.urandom(16).hex()
    if not _BOUNDARY.match(boundary):
        raise MediaError(f"{boundary!r} cannot be a boundary")
    sources: list[Any] = []
    for part in parts:
        sources += [f"--{boundary}\r\n{_head(part, kind)}\r\n".encode(), part.data, b"\r\n"]
    sources.append(f"--{boundary}--\r\n".encode())
    content_type = kind.having(boundary=boundary).text
    if all(isinstance(source, bytes) for source in sources):
        return whole(content_type, b"".join(sources))
    chunks = Chunks(sources)
    return Payload(content_type, chunks, chunks.length)


def read_parts(content: bytes, kind: MediaType) -> list[Part]:
    """Return the parts of a body.

    Raises:
        MediaError: There is no boundary, or the body ends before its last one.
    """
    return list(items(PartDecoder(kind), [content]))


class PartDecoder:
    """A decoder whose items are parts.

    Args:
        kind: The media type, which names the boundary.

    Raises:
        MediaError: It names none.
    """

    def __init__(self, kind: MediaType) -> None:
        boundary = kind.parameters.get("boundary")
        if not boundary:
            raise MediaError(f"{kind.kind} names no boundary")
        self._delimiter = b"\r\n--" + boundary.encode("utf-8", "replace")
        self._buffer = bytearray(b"\r\n")
        self._searched = 0
        self._opened = self._ended = False
        self._dropped = 0

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Yield the parts that this chunk completes.

        Raises:
            MediaError: A part is too large, or has no empty line after its headers, or the text around the parts does not end.
        """
        if self._ended:
            self._drop(len(chunk), "behind its last")
            return
        self._buffer += chunk
        while (raw := self._next()) is not None:
            if self._opened:
                yield _part(raw)
            if self._ended:
                return
            self._opened = True
        if self._opened and len(self._buffer) > _HEAD_LIMIT and self._buffer.find(b"\r\n\r\n", 0, _HEAD_LIMIT) < 0:
            raise MediaError(f"contains a part with headers of more than {_HEAD_LIMIT} bytes")
        if len(self._buffer) > ITEM_LIMIT:
            raise MediaError(f"contains a part of more than {ITEM_LIMIT} bytes")

    def close(self) -> Iterable[Part]:
        """Check that the body was complete.

        Raises:
            MediaError: It ended before its last boundary.
        """
        if not self._ended:
            raise MediaError("ends before its last boundary")
        return ()

    def _next(self) -> bytes | None:
        """Cut off the bytes before the next delimiter; None while it is not complete."""
        buffer, delimiter = self._buffer, self._delimiter
        while (at := buffer.find(delimiter, self._searched)) >= 0:
            self._searched = at
            after = at + len(delimiter)
            line = buffer.find(b"\r\n", after)
            self._ended = buffer[after : after + 2] == b"--"
            if line < 0 and not self._ended:
                if len(buffer) - after > _LINE_LIMIT:
                    raise MediaError(f"contains a boundary in a line of more than {_LINE_LIMIT} bytes")
                return None
            if self._ended or not buffer[after:line].strip(OWS.encode()):
                raw = bytes(buffer[:at])
                del buffer[:line]
                self._searched = 0
                return raw
            self._searched = after  # a longer line that only starts like the delimiter
        if not self._opened:
            self._drop(max(0, len(buffer) - len(delimiter)), "before its first")
            del buffer[: -len(delimiter)]  # text before the first delimiter means nothing
        self._searched = max(self._searched, len(buffer) - len(delimiter)) if self._opened else 0
        return None

    def _drop(self, count: int, where: str) -> None:
        """Count text that means nothing.

        Raises:
            MediaError: There is too much of it.
        """
        self._dropped += count
        if self._dropped > _TEXT_LIMIT:
            raise MediaError(f"has more than {_TEXT_LIMIT} bytes of text {where} boundary")


def _head(part: Part, kind: MediaType) -> str:
    lines = []
    named = f'; name="{part.name.translate(_ESCAPES)}"' if part.name is not None else ""
    filed = f'; filename="{part.filename.translate(_ESCAPES)}"' if part.filename is not None else ""
    if named or filed:
        form = named or kind.is_form_data
        lines.append(f"Content-Disposition: {'form-data' if form else 'attachment'}{named}{filed}")
    if part.content_type:
        lines.append(_line("Content-Type", part.content_type))
    lines += [_line(name, text) for name, text in part.headers.items() if name.lower() not in _OURS]
    try:
        "".join(lines).encode()
    except UnicodeEncodeError:
        raise MediaError("a name or header contains an unpaired surrogate") from None
    return "".join(f"{line}\r\n" for line in lines)


def _line(name: str, text: str) -> str:
    if not TOKEN.match(name) or _NOT_IN_LINE.search(text):
        raise MediaError(f"{name!r} with {text!r} cannot be a header")
    return f"{name}: {text}"


def _part(raw: bytes) -> Part:
    head, blank, data = raw.partition(b"\r\n\r\n")
    if not blank:
        raise MediaError("a part has no empty line after its headers")
    if len(head) > _HEAD_LIMIT:
        raise MediaError(f"contains a part with headers of more than {_HEAD_LIMIT} bytes")
    headers = _headers(head.decode("utf-8", "replace"))
    disposition = {name: _unescaped(value) for name, value in parameters_of(headers.pop("content-disposition", ""))}
    filename = disposition.get("filename")
    if "filename*" in disposition:
        filename = _extended(disposition["filename*"])
    kind, coding = headers.pop("content-type", ""), headers.pop("content-transfer-encoding", "")
    return Part(data, kind, disposition.get("name"), filename, headers, coding.lower())


def transferred(part: Part) -> bytes:
    """Undo the transfer encoding of a part (RFC 2045, section 6).

    Raises:
        MediaError: The content is not valid in that encoding.
    """
    try:
        return _TRANSFER[part.transfer](part.data) if part.transfer in _TRANSFER else bytes(part.data)
    except binascii.Error as error:
        raise MediaError(f"is not {part.transfer}: {error}") from None


def _headers(head: str) -> dict[str, str]:
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip(OWS).lower(): text.strip(OWS) for name, _, text in pairs}


def _unescaped(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r'\\(["\\])', r"\1", text[1:-1])
    for mark, escape in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(escape, mark)
    return text


def _extended(text: str) -> str:
    """Decode the form `charset'language'percent-encoded` (RFC 8187), which forms must not use but some do."""
    charset, _, rest = text.partition("'")
    try:
        return unquote(rest.partition("'")[2], known_charset(charset or "utf-8"))
    except ValueError:  # a charset that is none is a MediaError
        return text
