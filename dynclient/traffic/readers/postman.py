"""Collections of Postman (2.0 and 2.1) with their saved responses, and the JSON reports of Newman.

Saved responses are written by hand as often as they are recorded. `{{variables}}` are filled in from the collection; a URL whose server is
still a variable then is a path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, header_fields
from dynclient.traffic.bodies import EMPTY_BODY, UNKNOWN_BODY, RecordedBody, json_body, known_body
from dynclient.traffic.entries import array_of, made, mapping, string_of
from dynclient.traffic.jsonentries import FileEntry, JsonText, JsonTrouble
from dynclient.traffic.recording import NoExchange, Recorded, RecordedAt, RecordedFile

_VARIABLE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_PATH_VARIABLE = re.compile(r"(?<=/):([^/?#]+)")
_LANGUAGES = {"json": "application/json", "xml": "application/xml", "html": "text/html"}
#: The deepest nesting of folders.
_DEEPEST = 50


def read_postman(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the saved responses of a collection."""
    try:
        variables = _variables(file)
    except JsonTrouble:
        variables = {}  # said below, where the entries are read
    with file.open() as stream:
        for entry in _saved(JsonText(stream, file.name)):
            yield from made(entry, _Collection(variables, by_hand=True).read)


def read_newman(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a report of Newman."""
    with file.open() as stream:
        for entry in JsonText(stream, file.name).entries(("run", "executions"), _is_execution):
            yield from made(entry, _Collection({}, by_hand=False).read)


def _is_response(value: Any) -> bool:
    return isinstance(value, dict) and "originalRequest" in value


def _is_execution(value: Any) -> bool:
    return isinstance(value, dict) and "request" in value and "response" in value


def _variables(file: RecordedFile) -> dict[str, str]:
    """Return the variables of a collection, which stand behind its items."""
    with file.open() as stream:
        text = JsonText(stream)
        for name in text.members():
            if name == "variable":
                pairs = map(mapping, array_of(text.value()))
                return {str(each.get("key")): each["value"] for each in pairs if isinstance(each.get("value"), str)}
            text.skip()
    return {}


def _saved(text: JsonText) -> Iterator[FileEntry]:
    """Yield the saved responses of all items, in whatever folders they are."""
    try:
        for name in text.members():
            if name == "item":
                yield from _of_items(text, 0)
            else:
                text.skip()
    except JsonTrouble as trouble:
        yield from text.recovered(str(trouble), _is_response)


def _of_items(text: JsonText, depth: int) -> Iterator[FileEntry]:
    if text.peek() != "[" or depth > _DEEPEST:
        text.skip()
        return
    for _ in text.items():
        if text.peek() != "{":
            text.skip()
            continue
        for name in text.members():
            if name == "item":
                yield from _of_items(text, depth + 1)
            elif name == "response" and text.peek() == "[":
                yield from (text.entry() for _ in text.items())
            else:
                text.skip()


class _Collection:
    """A collection while it is read.

    Args:
        variables: The values of its variables.
        by_hand: Whether somebody may have written its responses.
    """

    def __init__(self, variables: Mapping[str, str], *, by_hand: bool) -> None:
        self._variables = variables
        self._by_hand = by_hand

    def read(self, entry: Any, place: RecordedAt) -> Iterator[Recorded]:
        """Yield what a saved response, or an execution of Newman, is."""
        if not isinstance(entry, Mapping):
            raise EntryError("the entry is not an object")
        received = mapping(entry.get("response")) if "response" in entry else entry
        sent = entry.get("originalRequest", entry.get("request"))
        if isinstance(sent, str):
            sent = {"url": sent}
        if not isinstance(sent, Mapping):
            raise EntryError("the entry has no request")
        if not received.get("code"):
            yield NoExchange("no reply", place)
            return
        body, media_type = self._request_body(mapping(sent.get("body")))
        headers = self._headers(sent.get("header"))
        if media_type and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", media_type))  # Postman adds it when it sends
        answered = self._headers(received.get("header"))
        if not answered and (shown := _LANGUAGES.get(string_of(received.get("_postman_previewlanguage")))):
            answered = [("Content-Type", shown)]
        yield from assembled(
            place,
            Sent(sent.get("method") or "GET", self._url_of(sent.get("url")), headers, body),
            Received(received["code"], answered, self._response_body(received)),
            leaves_out_credentials=self._by_hand,
            by_hand=self._by_hand,
        )

    def _filled(self, text: str) -> str:
        """Return a text with the values of the collection's variables."""
        for _ in range(3):  # a variable may name another
            text = _VARIABLE.sub(lambda found: self._variables.get(found[1], found[0]), text)
        return text

    def _url_of(self, url: Any) -> str:
        parts = mapping(url)
        raw = url if isinstance(url, str) else string_of(parts.get("raw")) or _joined(parts)
        values = {str(each.get("key")): each.get("value") for each in map(mapping, array_of(parts.get("variable")))}

        def value_of(found: re.Match[str]) -> str:
            value = values.get(found[1])
            return quote(self._filled(value), safe="") if isinstance(value, str) and value else found[0]

        path, mark, query = self._filled(raw).partition("?")
        path = _PATH_VARIABLE.sub(value_of, path)
        if path.startswith("{{"):
            path = path.partition("}}")[2] or "/"
        elif "://" not in path and not path.startswith("/"):
            path = f"http://{path}"  # as Postman reads it
        return path + mark + query

    def _headers(self, recorded: Any) -> list[tuple[str, str]]:
        if isinstance(recorded, str):
            pairs = [line.partition(":") for line in recorded.splitlines() if ":" in line]
            return [(name.strip(), self._filled(value.strip())) for name, _, value in pairs]
        enabled = [each for each in array_of(recorded) if not mapping(each).get("disabled")]
        return [(name, self._filled(value)) for name, value in header_fields(enabled)]

    def _request_body(self, body: Mapping[str, Any]) -> tuple[RecordedBody, str]:
        """Return the body of a request, and the media type that Postman gives it."""
        mode = body.get("mode")
        if not mode or body.get("disabled") is True:
            return EMPTY_BODY, ""
        if mode == "raw":
            raw = mapping(mapping(body.get("options")).get("raw"))
            return self._of_text(string_of(body.get("raw"))), _LANGUAGES.get(string_of(raw.get("language")), "")
        if mode == "urlencoded":
            fields = [each for each in map(mapping, array_of(body.get("urlencoded"))) if not each.get("disabled")]
            form = urlencode(
                [(string_of(each.get("key")), self._filled(string_of(each.get("value")))) for each in fields]
            )
            return known_body(form), "application/x-www-form-urlencoded"
        if mode == "graphql":
            asked = mapping(body.get("graphql"))
            try:
                variables = json.loads(string_of(asked.get("variables")) or "{}")
            except (ValueError, RecursionError):
                return UNKNOWN_BODY, "application/json"
            return json_body({"query": asked.get("query"), "variables": variables}), "application/json"
        return UNKNOWN_BODY, ""

    def _response_body(self, received: Mapping[str, Any]) -> RecordedBody:
        stream = mapping(received.get("stream"))
        if isinstance(data := stream.get("data"), list):
            try:
                return known_body(bytes(data))
            except (ValueError, TypeError):
                return RecordedBody(trouble="is not a list of bytes")
        body = received.get("body")
        return EMPTY_BODY if body is None else self._of_text(string_of(body))

    def _of_text(self, text: str) -> RecordedBody:
        """Return a body that is written as text; unknown if it has variables that the collection does not have."""
        text = self._filled(text)
        return UNKNOWN_BODY if _VARIABLE.search(text) else known_body(text)


def _joined(url: Mapping[str, Any]) -> str:
    """Return a URL of which only the parts are written."""
    host, path = url.get("host"), url.get("path")
    server = ".".join(map(str, host)) if isinstance(host, list) else string_of(host)
    steps = "/".join(string_of(each) for each in path) if isinstance(path, list) else string_of(path)
    pairs = [each for each in map(mapping, array_of(url.get("query"))) if not each.get("disabled")]
    query = urlencode([(string_of(each.get("key")), string_of(each.get("value"))) for each in pairs])
    protocol, port = string_of(url.get("protocol")), url.get("port")
    server += f":{port}" if port else ""
    start = f"{protocol}://{server}" if protocol else server
    return f"{start}/{steps.removeprefix('/')}" + (f"?{query}" if query else "")
