"""Multipart bodies on the wire: parts to bytes and back (RFC 2046, section 5.1; RFC 7578).

Names and file names stand in UTF-8, in quotes; what would end the quotes or the line is escaped as HTML's forms escape it
(`%22`, `%0D`, `%0A`), and a backslash as RFC 2045 does, so that nothing in a name can start another parameter or header.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.wire.codec import NOTHING, PAUSE, Payload, whole
from dynclient.wire.files import Chunks
from dynclient.wire.mediatype import TOKEN, MediaError, MediaType, parameters_of

#: More than this in one part, or one item of a sequence, is not taken from a stream.
ITEM_LIMIT = 64 * 1024 * 1024

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A", "\\": "\\\\"})
_BOUNDARY = re.compile(r"[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]\Z", re.ASCII)
_BREAKS = re.compile(r"[\r\n\0]")
_OURS = frozenset({"content-disposition", "content-type", "content-length"})
_TRANSFER: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": binascii.a2b_base64,
    "quoted-printable": binascii.a2b_qp,
}


class Part(NamedTuple):
    """One part of a multipart body.

    Attributes:
        data: Its content: bytes when it was read, anything that `Chunks` reads when it is to be sent.
        content_type: Its Content-Type, or nothing.
        name: Its name in a form, or None.
        filename: Its file name, or None.
        headers: Its other headers, names in lower case when it was read.
        transfer: Its transfer encoding when it was read, or nothing.
    """

    data: Any
    content_type: str = ""
    name: str | None = None
    filename: str | None = None
    headers: Mapping[str, str] = NOTHING
    transfer: str = ""


def write(parts: Iterable[Part], kind: MediaType) -> Payload:
    """Parts as one body; its Content-Type names the boundary.

    Raises:
        MediaError: A header, or the boundary that the media type names, is not one.
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


def read(chunks: Iterable[bytes], kind: MediaType) -> Iterator[Any]:
    """The parts of a body, each as soon as it is whole; a pause among the chunks is handed on.

    Raises:
        MediaError: There is no boundary, the body ends before its last one, or a part is too large.
    """
    boundary = kind.parameters.get("boundary")
    if not boundary:
        raise MediaError(f"{kind.kind} names no boundary")
    for raw in _split(chunks, b"\r\n--" + boundary.encode("utf-8", "replace")):
        if raw is PAUSE:
            yield PAUSE
            continue
        head, blank, data = raw.partition(b"\r\n\r\n")
        if not blank:
            raise MediaError("a part has no empty line after its headers")
        yield _part(head, data)


def _split(chunks: Iterable[bytes], delimiter: bytes) -> Iterator[bytes]:
    """What stands between delimiters: each part with a line break before its headers."""
    buffer, seen, opened = bytearray(b"\r\n"), 0, False
    for chunk in chunks:
        if chunk is PAUSE:
            yield PAUSE
            continue
        buffer += chunk
        while (at := buffer.find(delimiter, seen)) >= 0:
            after = at + len(delimiter)
            line = buffer.find(b"\r\n", after)
            if buffer[after : after + 2] == b"--":
                if opened:
                    yield bytes(buffer[:at])
                return
            if line < 0:
                break
            if buffer[after:line].strip(b" \t"):
                seen = after  # a longer line that only starts like the delimiter
                continue
            if opened:
                yield bytes(buffer[:at])
            opened, seen = True, 0
            del buffer[:line]
        else:
            seen = max(seen, len(buffer) - len(delimiter))
        if len(buffer) > ITEM_LIMIT and opened:
            raise MediaError(f"holds a part of more than {ITEM_LIMIT} bytes")
        if not opened and at < 0:
            del buffer[: -len(delimiter)]  # what stands before the first delimiter says nothing
            seen = 0
    raise MediaError("ends before its last boundary")


def _head(part: Part, kind: MediaType) -> str:
    lines = []
    named = f'; name="{part.name.translate(_ESCAPES)}"' if part.name is not None else ""
    filed = f'; filename="{part.filename.translate(_ESCAPES)}"' if part.filename is not None else ""
    if named or filed:
        form = named or kind.kind == "multipart/form-data"
        lines.append(f"Content-Disposition: {'form-data' if form else 'attachment'}{named}{filed}")
    if part.content_type:
        lines.append(_line("Content-Type", part.content_type))
    lines += [_line(name, text) for name, text in part.headers.items() if name.lower() not in _OURS]
    try:
        "".join(lines).encode()
    except UnicodeEncodeError:
        raise MediaError("half of a surrogate pair has no form in a name or header") from None
    return "".join(f"{line}\r\n" for line in lines)


def _line(name: str, text: str) -> str:
    if not TOKEN.match(name) or _BREAKS.search(text):
        raise MediaError(f"{name!r} with {text!r} is not one header")
    return f"{name}: {text}"


def _part(head: bytes, data: bytes) -> Part:
    headers = _headers(head.decode("utf-8", "replace"))
    disposition = {name: _unescaped(value) for name, value in parameters_of(headers.pop("content-disposition", ""))}
    filename = disposition.get("filename")
    if "filename*" in disposition:
        filename = _extended(disposition["filename*"])
    kind, coding = headers.pop("content-type", ""), headers.pop("content-transfer-encoding", "")
    return Part(data, kind, disposition.get("name"), filename, headers, coding.lower())


def transferred(part: Part) -> bytes:
    """The content of a part without its transfer encoding (RFC 2045, section 6).

    Raises:
        MediaError: It is not of that encoding.
    """
    try:
        return _TRANSFER[part.transfer](part.data) if part.transfer in _TRANSFER else bytes(part.data)
    except binascii.Error as error:
        raise MediaError(f"is not {part.transfer}: {error}") from None


def _headers(head: str) -> dict[str, str]:
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): text.strip() for name, _, text in pairs}


def _unescaped(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r'\\(["\\])', r"\1", text[1:-1])
    for mark, escape in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(escape, mark)
    return text


def _extended(text: str) -> str:
    """A parameter in the form `charset'language'percent-encoded` (RFC 8187), which forms must not have but some do."""
    from urllib.parse import unquote  # rare

    charset, _, rest = text.partition("'")
    try:
        return unquote(rest.partition("'")[2], charset or "utf-8")
    except (LookupError, ValueError):
        return text
