"""Flow files of mitmproxy, from version 0.10 on: tnetstrings (`<length>:<data><type>`), one after another.

mitmproxy itself is not needed, which pins many packages. A file ends in the middle of a flow where the proxy was killed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, BinaryIO

from dynclient.origins import DEFAULT_PORTS
from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, header_fields, seconds_of
from dynclient.traffic.bodies import UNKNOWN_BODY, RecordedBody, known_body
from dynclient.traffic.entries import made, member
from dynclient.traffic.jsonentries import STEP, FileEntry
from dynclient.traffic.recording import NoExchange, Recorded, RecordedAt, RecordedFile

#: The longest flow that is read, in bytes, and the deepest nesting.
LARGEST_FLOW = 128 << 20
_DEEPEST = 50

_LENGTH = re.compile(rb"(\d{1,12}):")
#: How a flow begins: the first member of an object whose name is one of a flow's.
_START = re.compile(
    rb"\d{1,12}:\d{1,2}:(?:websocket|request|response|version|type|backup|error|id|client_conn|server_conn|intercepted|marked|metadata)[,;]"
)
#: The members of a flow that are read.
_USED = frozenset({"type", "request", "response", "websocket"})


def read_mitmproxy(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a file of flows."""
    with file.open() as stream:
        for flow in _Flows(stream, file.name).entries():
            yield from made(flow, _exchange_of)


class _Flows:
    """A file of flows while it is read."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._held = b""
        self._number = 0

    def entries(self) -> Iterator[FileEntry]:
        """Yield the flows; behind a broken one, from the next place where a flow begins."""
        while self._has(1):
            self._number += 1
            place = RecordedAt(self._name, None, self._number)
            try:
                yield FileEntry(place, self._flow())
            except (ValueError, RecursionError) as error:
                yield FileEntry(place, None, str(error) if type(error) is ValueError else "is not a flow")
                if not self._to_next_start():
                    return

    def _flow(self) -> Any:
        self._has(13)
        found = _LENGTH.match(self._held)
        if found is None:
            raise ValueError("is not a flow")
        size = int(found[1])
        if size > LARGEST_FLOW:
            raise ValueError(f"is larger than {LARGEST_FLOW} bytes")
        end = found.end() + size + 1
        if not self._has(end):
            raise ValueError("the file ends inside it")
        flow, rest = tnetstring(memoryview(self._held)[:end])
        if not isinstance(flow, dict) or len(rest):
            raise ValueError("is not a flow")
        self._held = self._held[end:]
        return flow

    def _to_next_start(self) -> bool:
        start = 1
        while True:
            while found := _START.search(self._held, start):
                start = found.start()
                if self._is_whole(start):
                    self._held = self._held[start:]
                    return True
                start += 1
            self._held = self._held[max(start, len(self._held) - 64) :]
            start = 0
            if not self._has(len(self._held) + 1):
                return False

    def _is_whole(self, start: int) -> bool:
        """Whether a flow begins here, rather than an object inside one."""
        found = _LENGTH.match(self._held, start)
        if found is None or not self._has(end := found.end() + min(int(found[1]), LARGEST_FLOW) + 1):
            return False
        try:
            flow, _ = tnetstring(memoryview(self._held)[start:end])
        except (ValueError, RecursionError):
            return False
        return isinstance(flow, dict) and "request" in flow

    def _has(self, size: int) -> bool:
        """Read on until so many bytes are held; whether there are as many."""
        if len(self._held) < size:
            parts = [self._held]
            missing = size - len(self._held)
            while missing > 0 and (data := self._stream.read(max(missing, STEP))):
                parts.append(data)
                missing -= len(data)
            self._held = b"".join(parts)
        return len(self._held) >= size


def tnetstring(data: memoryview, depth: int = 0) -> tuple[Any, memoryview]:
    """Return the first value of some bytes, and what follows it.

    Args:
        data: The bytes.
        depth: How many values it is inside of.

    Raises:
        ValueError: They are not a tnetstring.
    """
    if depth > _DEEPEST:
        raise ValueError("is not a flow")
    content, kind, rest = _split(data)
    return _value(content, kind, depth), rest


def _split(data: memoryview) -> tuple[memoryview, bytes, memoryview]:
    """Return the content of the first value, its type, and what follows it."""
    found = _LENGTH.match(data)
    if found is None:
        raise ValueError("is not a flow")
    start, end = found.end(), found.end() + int(found[1])
    if end >= len(data):
        raise ValueError("is not a flow")
    return data[start:end], data[end : end + 1].tobytes(), data[end + 1 :]


def _value(data: memoryview, kind: bytes, depth: int) -> Any:
    if kind in b",;":
        raw = data.tobytes()
        return raw if kind == b"," else raw.decode()
    if kind == b"]":
        return list(_values(data, depth))
    if kind == b"}":
        return _members(data, depth)
    if kind in b"#^":
        return int(data.tobytes()) if kind == b"#" else float(data.tobytes())
    if kind == b"!" and (word := data.tobytes()) in (b"true", b"false"):
        return word == b"true"
    if kind == b"~" and not data:
        return None
    raise ValueError("is not a flow")


def _values(data: memoryview, depth: int) -> Iterator[Any]:
    while data:
        value, data = tnetstring(data, depth + 1)
        yield value


def _members(data: memoryview, depth: int) -> dict[str, Any]:
    """Return the members of an object; of a flow, only those that are of use: connections with their certificates are large."""
    found = {}
    while data:
        name, data = tnetstring(data, depth + 1)
        key = name.decode("latin-1") if isinstance(name, bytes) else str(name)
        if depth or key in _USED:
            found[key], data = tnetstring(data, depth + 1)
        else:
            _, _, data = _split(data)
    return found


def _exchange_of(flow: Any, place: RecordedAt) -> Iterator[Recorded]:
    kind = _text(flow.get("type", "http"))
    if kind != "http":
        yield NoExchange("not HTTP", place)
        return
    if flow.get("websocket"):
        yield NoExchange("websocket", place)
        return
    sent = member(flow, "request")
    received = flow.get("response")
    if received is not None:
        received = member(flow, "response")
    headers = header_fields(sent.get("headers"))
    yield from assembled(
        place,
        Sent(sent.get("method"), _url_of(sent, headers), headers, _body_of(sent)),
        None if received is None else _received(received),
        time=seconds_of(sent.get("timestamp_start")),
    )


def _received(response: Mapping[str, Any]) -> Received:
    status = response.get("status_code", response.get("code"))
    return Received(status, response.get("headers"), _body_of(response))


def _body_of(part: Mapping[str, Any]) -> RecordedBody:
    content = part.get("content")
    return UNKNOWN_BODY if content is None else known_body(content)


def _url_of(request: Mapping[str, Any], headers: list[tuple[str, str]]) -> str:
    """Return the URL; the host is that of the field `Host` where a transparent proxy knows only the address."""
    path, scheme, host, port = (request.get(name) for name in ("path", "scheme", "host", "port"))
    path, scheme, host = _text(path), _text(scheme) or "http", _text(host)
    named = next((value for name, value in headers if name.lower() == "host"), "") or _text(request.get("authority"))
    if _text(request.get("method")).upper() == "CONNECT" or (named and (not host or _is_address(host))):
        server = named or host
    elif not host:
        raise EntryError("the request has no host")
    else:
        host = f"[{host}]" if ":" in host else host
        server = host if port in (None, DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
    return path if "://" in path.partition("?")[0] else f"{scheme}://{server}{path or '/'}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""
