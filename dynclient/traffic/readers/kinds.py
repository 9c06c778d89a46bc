"""Kinds: what tells the kind of a recording, by its content and never by its suffix.

`READERS` lists the kinds, the most specific first, each with a test of the file's outline and the name of the function that reads it. A module
is imported when its kind is first met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from io import BytesIO
from itertools import islice
from typing import Any

from dynclient.traffic.entries import array_of, mapping
from dynclient.traffic.jsonentries import JsonText
from dynclient.traffic.recording import Recorded, RecordedFile
from dynclient.traffic.sketch import Sketch, sketch

Reader = Callable[[RecordedFile], Iterator[Recorded]]

#: How much of a file is looked at to find its kind: most tell it in the first lines.
_HEADS = (4096, 65536)
#: How many entries are looked at where the first one is of no kind.
_LATER = 8


class Kind:
    """A kind of recording.

    Args:
        name: Its name for people.
        takes: Whether an outline is of this kind. It must rest on what is there, as the outline may be cut anywhere.
        reader: The function that reads it, as `module.function` in this room.
    """

    def __init__(self, name: str, takes: Callable[[Sketch], bool], reader: str) -> None:
        self.name = name
        self.takes = takes
        self._reader = reader

    @cached_property
    def reader(self) -> Reader:
        """The reader; its module is imported when it is first used."""
        module, _, name = self._reader.partition(".")
        found: Reader = getattr(import_module(f"dynclient.traffic.readers.{module}"), name)
        return found

    def __repr__(self) -> str:
        return f"<Kind {self.name}>"


def _has(*tokens: str | int) -> Callable[[Sketch], bool]:
    """Return the test whether the outline has something under these keys and indices."""
    *above, last = tokens

    def test(outline: Sketch) -> bool:
        parent = outline.at(*above)
        return isinstance(parent, dict) and last in parent

    return test


def _is_cassette(outline: Sketch, entries: str, key: str) -> bool:
    """Whether it has a list of entries in which a key occurs, even if one of them is broken."""
    return isinstance(outline.at(entries), list) and outline.mentions("request") and outline.mentions(key)


def _is_empty(outline: Sketch) -> bool:
    return [] in (outline.at("interactions"), outline.at("http_interactions"))


def _is_vcrpy(outline: Sketch) -> bool:
    first = outline.at(0, "request")  # version 0 is a list
    if isinstance(first, dict) and ("uri" in first or {"host", "protocol"} <= first.keys()):
        return True
    return _is_cassette(outline, "interactions", "uri")


def _is_ruby_vcr(outline: Sketch) -> bool:
    return _is_cassette(outline, "http_interactions", "uri")


def _is_betamax(outline: Sketch) -> bool:
    """Whether it is in JSON and replies have a URL, which Ruby's VCR does not write; the name of the recorder comes last."""
    return outline.syntax == "json" and _is_cassette(outline, "http_interactions", "url")


def _is_schemathesis(outline: Sketch) -> bool:
    return "Schemathesis" in str(outline.at("recorded_with")) or _has("http_interactions", 0, "checks")(outline)


def _is_go_vcr(outline: Sketch) -> bool:
    return _is_cassette(outline, "interactions", "url") and not outline.mentions("uri")


#: How a flow of mitmproxy begins.
_FLOW = re.compile(
    rb"\d{1,12}:\d{1,2}:(?:websocket|request|response|version|type|backup|error|id|client_conn|server_conn|intercepted)[,;]"
)
#: What only a matcher of WireMock has.
_STUB_REQUEST = {"urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate", "bodyPatterns"}
_STUB_RESPONSE = {"jsonBody", "bodyFileName", "base64Body", "transformers", "proxyBaseUrl", "fault"}
#: What only Kong writes, and the names of what every line of a log has.
_KONG = {"latencies", "started_at", "route"}
_REQUEST_LINE = re.compile(r"[A-Z]+ \S")
_METHODS = {"method", "http_method", "httpMethod", "request_method"}
_TARGETS = {"url", "uri", "requestUrl", "request_url", "path", ":path", "pathname", "request_uri", "absolute_uri"}
_RESPONSES = {"response", "res", "httpResponse", "http"}
_STATUSES = {"status", "response_status", "status_code", "statusCode", "response_code"}


def _is_har(outline: Sketch) -> bool:
    """Whether it has entries, or what stands in front of them: the pages of a browser may be longer than what is looked at."""
    log = mapping(outline.at("log"))
    return "entries" in log or ("version" in log and not {"creator", "pages"}.isdisjoint(log))


def _is_flows(outline: Sketch) -> bool:
    return _FLOW.match(outline.head) is not None


def _is_postman(outline: Sketch) -> bool:
    return "getpostman" in str(outline.at("info", "schema"))


def _is_nock(outline: Sketch) -> bool:
    items = outline.value if isinstance(outline.value, list) else []
    return any(isinstance(item, dict) and "scope" in item for item in items)


def _is_wiremock(outline: Sketch) -> bool:
    stub = outline.at("mappings", 0) or outline.at(0) or outline.value
    sent, received = (stub.get("request"), stub.get("response")) if isinstance(stub, dict) else (None, None)
    if not isinstance(sent, dict):
        return outline.at("mappings") == [] and outline.at("meta") is not None
    answers = received.keys() if isinstance(received, dict) else set()
    if outline.at("mappings", 0) or sent.keys() & _STUB_REQUEST or answers & _STUB_RESPONSE:
        return True
    is_recorded = any(isinstance(value, str) for value in mapping(sent.get("headers")).values())  # no matcher is a text
    return outline.syntax == "json" and not is_recorded and "method" in sent and str(sent.get("url")).startswith("/")


def _is_log(outline: Sketch) -> bool:
    """Whether it is exchanges by the names of Redocly, or an access log, and not a cassette of vcrpy that is a list."""
    row = outline.at(0) if isinstance(outline.value, list) else outline.value
    if not isinstance(row, dict):
        return False
    if isinstance(outline.value, list) and _is_vcrpy(outline):
        return bool(_KONG & row.keys())
    http = row.get("http")
    parts = (row.get(name) for name in ("request", "req", "httpRequest"))
    sent = next(
        (part for part in (*parts, http.get("request") if isinstance(http, dict) else None) if isinstance(part, dict)),
        None,
    )
    if sent is not None:
        return bool(_TARGETS & sent.keys() and (_RESPONSES & row.keys() or _status_in(row)))
    line = _REQUEST_LINE.match(str(row.get("request", row.get("request_line"))))
    return bool(line or (_METHODS & row.keys() and _TARGETS & row.keys())) and _status_in(row)


def _status_in(row: dict[str, Any]) -> bool:
    return any(str(row[name]).isdigit() for name in _STATUSES & row.keys())


#: Every kind, the most specific first.
READERS = (
    Kind("Schemathesis", _is_schemathesis, "schemathesis.read_schemathesis"),
    Kind("Schemathesis", _has("Initialize", "schemathesis_version"), "schemathesis.read_schemathesis_events"),
    Kind("betamax", _is_betamax, "betamax.read_betamax"),
    Kind("Ruby VCR", _is_ruby_vcr, "ruby_vcr.read_ruby_vcr"),
    Kind("go-vcr", _is_go_vcr, "go_vcr.read_go_vcr"),
    Kind("HAR", _is_har, "har.read_har"),
    Kind("mitmproxy", _is_flows, "mitmproxy.read_mitmproxy"),
    Kind("Postman", _is_postman, "postman.read_postman"),
    Kind("Newman", _has("run", "executions"), "postman.read_newman"),
    Kind("nock", _is_nock, "nock.read_nock"),
    Kind("WireMock", _is_wiremock, "wiremock.read_wiremock"),
    Kind("NDJSON", _is_log, "ndjson.read_ndjson"),
    Kind("vcrpy", _is_vcrpy, "vcrpy.read_vcrpy"),
    Kind("vcrpy", _is_empty, "vcrpy.read_vcrpy"),
)


def find_kind(file: RecordedFile) -> Kind | None:
    """Return the kind of recording that a file is; None if it is not one.

    Raises:
        OSError: It cannot be read.
    """
    head = file.head
    for size in _HEADS:
        outline = sketch(head[:size])
        if found := _taker(outline):
            return found
        if len(head) <= size:
            break
    return next(filter(None, map(_taker, _later(outline))), None)


def _taker(outline: Sketch) -> Kind | None:
    return next((kind for kind in READERS if kind.takes(outline)), None)


def _later(outline: Sketch) -> Iterator[Sketch]:
    """Yield outlines of the same file in which a later entry stands for the first, which may be damaged."""
    head = outline.head.lstrip()
    if flow := _FLOW.search(head):
        yield outline._replace(head=head[flow.start() :])
    for line in head.splitlines()[1:_LATER]:
        if line.startswith(b"{"):
            yield sketch(line)
    is_list = head.startswith(b"[")
    if is_list or outline.at("mappings") is not None:
        entries = JsonText(BytesIO(head)).recovered("", lambda value: isinstance(value, dict) and len(value) > 1)
        for entry in islice(entries, 1, _LATER):
            items = array_of(mapping(entry.value).get("mappings"))[1:_LATER] or [entry.value]
            for item in items:
                yield outline._replace(value=[item] if is_list else {"mappings": [item]})
