"""Outlines: what traffic alone tells of an API, as a value that merges, and as a first document.

    Recording --add--> TrafficOutline --sum--> TrafficOutline --document--> OpenAPI 3.1

Only what the server confirms is taken for its API: a request that it refused (4xx) or failed at (5xx) shows no operation, parameter or body.
The replies of operations that are known otherwise are described whatever their status. No value is kept, credentials least of all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dynclient import lazy
from dynclient.exchange import Request, Response, reason_phrase
from dynclient.origins import DEFAULT_PORTS
from dynclient.redaction import is_hidden
from dynclient.spec.slices import METHODS
from dynclient.traffic.fields import is_usual
from dynclient.traffic.folding import template_of
from dynclient.traffic.hosts import host_of
from dynclient.traffic.masks import HIDDEN, masked
from dynclient.traffic.profile import Profile, Version, profile_of, text_profile
from dynclient.traffic.recording import BrokenRecording, Recorded, Recording
from dynclient.wire.mediatype import parse
from dynclient.wire.servers import path_of

#: The fields of a Path Item Object that are operations in every version since 3.0.
FIELDS = frozenset(METHODS) - {"query"}
#: Where a credential was: the location, the name, and for an Authorization field its scheme.
Carrier = tuple[str, str, str]

_TEXT = frozenset({"string"})
_BODILESS = frozenset({204, 205, 304})
_EXPRESSION = lazy.pattern(r"\{([^{}]*)\}")
_SCHEME = lazy.pattern(r"([A-Za-z][\w-]*) +\S")


@dataclass(frozen=True, slots=True)
class ReplyOutline:
    """What was seen of the replies with one status.

    Attributes:
        headers: The profile of header fields that are not the usual ones, by name.
        contents: The profile of the bodies by media type; None where a body is no JSON.
    """

    headers: Mapping[str, Profile] = field(default_factory=dict)
    contents: Mapping[str, Profile | None] = field(default_factory=dict)

    def __add__(self, other: ReplyOutline) -> ReplyOutline:
        return ReplyOutline(_merged(self.headers, other.headers), _merged(self.contents, other.contents))

    def description(self, status: str, version: Version) -> dict[str, Any]:
        """Return the Response Object."""
        found: dict[str, Any] = {"description": _phrase(status)}
        if self.headers:
            found["headers"] = {name: header(profile, version) for name, profile in self.headers.items()}
        if self.contents and version != "2.0":
            found["content"] = content(self.contents, version, complete=True)
        elif self.contents:
            found["schema"] = content(self.contents, version, complete=True).popitem()[1]["schema"]
        return found


#: The words of a segment of a path; those in capitals inside a word start another.
_WORDS = lazy.pattern(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class OperationOutline:
    """What was seen of one operation.

    Attributes:
        template: The path template.
        accepted: How many requests the server accepted.
        parameters: The profile of the parameters by location and name.
        bodies: The profile of the requests' bodies by media type.
        replies: What was seen of the replies, by status.
        credentials: The credentials of each request, as where they were.
    """

    template: str = ""
    accepted: int = 0
    parameters: Mapping[tuple[str, str], Profile] = field(default_factory=dict)
    bodies: Mapping[str, Profile | None] = field(default_factory=dict)
    replies: Mapping[str, ReplyOutline] = field(default_factory=dict)
    credentials: frozenset[frozenset[Carrier]] = frozenset()

    def __add__(self, other: OperationOutline) -> OperationOutline:
        return OperationOutline(
            self.template,
            self.accepted + other.accepted,
            _merged(self.parameters, other.parameters),
            _merged(self.bodies, other.bodies),
            _merged(self.replies, other.replies),
            self.credentials | other.credentials,
        )

    def description(self, version: Version, without: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the Operation Object.

        Args:
            version: The version of OpenAPI.
            without: The parameters and credentials, by location and name, that are described elsewhere.
        """
        known = {(where, name.lower()) for where, name in without} | {("header", "authorization")}
        carriers = {(where, name) for some in self.credentials for where, name, _ in some}
        profiles = {**self.parameters, **{carrier: Profile(_TEXT) for carrier in sorted(carriers)}}
        parameters = [
            parameter(where, name, profile, version)
            for (where, name), profile in profiles.items()
            if (where, name.lower()) not in known
        ]
        found: dict[str, Any] = {}
        if self.bodies and version == "2.0":
            schema = content(self.bodies, version, complete=False).popitem()[1]["schema"]
            parameters.append({"name": "body", "in": "body", "schema": schema})
        if parameters:
            found["parameters"] = parameters
        if self.bodies and version != "2.0":
            found["requestBody"] = {"content": content(self.bodies, version, complete=False)}
        replies = {status: reply.description(status, version) for status, reply in sorted(self.replies.items())}
        return found | {"responses": replies or {"default": {"description": "not seen"}}}


@dataclass(frozen=True, slots=True)
class HostOutline:
    """What was seen of the API at one host.

    Attributes:
        exchanges: The number of exchanges.
        origins: The schemes and hosts of the URLs.
        operations: The operations by path template and method.
    """

    exchanges: int = 0
    origins: Mapping[str, None] = field(default_factory=dict)
    operations: Mapping[tuple[str, str], OperationOutline] = field(default_factory=dict)

    def __add__(self, other: HostOutline) -> HostOutline:
        return HostOutline(
            self.exchanges + other.exchanges,
            {**self.origins, **other.origins},
            _merged(self.operations, other.operations),
        )

    def document(self, title: str) -> dict[str, Any]:
        """Return a first OpenAPI 3.1 document, with the operations that the server accepted a request for."""
        accepted = {key: each for key, each in sorted(self.operations.items()) if each.accepted}
        carriers = sorted({carrier for each in accepted.values() for some in each.credentials for carrier in some})
        names = _scheme_names(carriers)
        ids = _operation_ids(accepted)
        paths: dict[str, Any] = {}
        for (template, method), operation in accepted.items():
            described = operation.description("3.1", [(where, name) for where, name, _ in carriers])
            if any(operation.credentials):
                listed = sorted(sorted(names[carrier] for carrier in some) for some in operation.credentials)
                described["security"] = [{name: [] for name in some} for some in listed]
            paths.setdefault(template, {})[method] = {"operationId": ids[template, method], **described}
        found: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {
                "title": title,
                "version": "0",
                "description": f"Inferred from {self.exchanges} recorded exchanges.",
            },
            "servers": [{"url": origin} for origin in self.origins] or [{"url": "/"}],
            "paths": paths,
        }
        if names:
            found["components"] = {"securitySchemes": {names[carrier]: _scheme(carrier) for carrier in carriers}}
        return found


def _operation_ids(operations: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return a name for each operation, given as template and method, by which a program can call it; no two are the same.

    >>> _operation_ids([("/users/{userId}/orders", "get"), ("/", "post")])
    {('/users/{userId}/orders', 'get'): 'getUsersByUserIdOrders', ('/', 'post'): 'postRoot'}
    """
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for template, method in operations:
        steps = [f"by {step}" if "{" in step else step for step in template.split("/") if step]
        words = [word for step in steps or ["root"] for word in _WORDS.findall(step)]
        name = method + "".join(word[0].upper() + word[1:] for word in words)
        numbered = (f"{name}{number}" for number in count(2))
        unique = next(each for each in chain([name], numbered) if each.lower() not in taken)
        taken.add(unique.lower())
        found[template, method] = unique
    return found


class TrafficOutline:
    """What was seen of the APIs in some traffic.

    Args:
        hosts: What was seen of each host.
        broken: The number of files and entries that could not be read.
    """

    def __init__(self, hosts: Mapping[str, HostOutline] | None = None, broken: int = 0) -> None:
        self.hosts: dict[str, HostOutline] = dict(hosts or {})
        self.broken = broken

    def __add__(self, other: TrafficOutline) -> TrafficOutline:
        return TrafficOutline(_merged(self.hosts, other.hosts), self.broken + other.broken)

    def api(self, servers: Collection[str] = ()) -> tuple[str, HostOutline]:
        """Return the host with most of the exchanges, and what was seen there.

        Args:
            servers: The URLs of the servers to choose from; all of them when there are none.

        Raises:
            KeyError: There are no exchanges with these servers.
        """
        wanted = {host_of(url) for url in servers}
        named = [host for host in self.hosts if host in wanted or not servers]
        if not named:
            raise KeyError(*servers)
        host = max(named, key=lambda each: self.hosts[each].exchanges)
        return host, self.hosts[host]

    def add(self, recorded: Recorded) -> None:
        """Take in what a reader gave."""
        self.broken += isinstance(recorded, BrokenRecording)
        if not isinstance(recorded, Recording) or recorded.exchange.response is None:
            return
        request = recorded.exchange.request
        template, method = template_of(path_of(request.url) or "/"), request.method.lower()
        host = host_of(request.url)
        origin = _origin(request.url)
        operations = {(template, method): operation_outline(recorded, template)} if method in FIELDS else {}
        found = HostOutline(1, {origin: None} if origin else {}, operations)
        self.hosts[host] = self.hosts[host] + found if host in self.hosts else found


def operation_outline(recording: Recording, template: str) -> OperationOutline:
    """Return what one exchange shows of its operation.

    Args:
        recording: The exchange.
        template: The path template of the operation.
    """
    request, response = recording.exchange.request, recording.exchange.response
    replies = {str(response.status): reply_outline(recording, response)} if response is not None else {}
    if response is None or response.status >= 400 or recording.intended:
        return OperationOutline(template, replies=replies)
    parameters = dict(_path_parameters(request, template))
    credentials: set[Carrier] = set()
    for where, name, texts in _fields(request):
        carrier = _carrier(where, name, texts)
        if carrier is not None:
            credentials.add(carrier)
        elif not (where == "header" and is_usual(name.lower(), sent=True)) and HIDDEN not in masked(name):
            parameters[where, name] = text_profile(texts)
    is_known = recording.request_body != "unknown"
    bodies = bodies_of(request.headers.get("Content-Type", ""), request.content) if is_known else {}
    return OperationOutline(template, 1, parameters, bodies, replies, frozenset({frozenset(credentials)}))


def reply_outline(recording: Recording, response: Response) -> ReplyOutline:
    """Return what one exchange shows of its reply."""
    headers = {
        name: text_profile([value])
        for name, value in response.headers.fields
        if not is_usual(name.lower(), sent=False) and HIDDEN not in masked(name)
    }
    bodiless = recording.exchange.request.method == "HEAD" or response.status in _BODILESS
    if recording.response_body == "unknown" or bodiless:
        return ReplyOutline(headers)
    return ReplyOutline(headers, bodies_of(response.headers.get("Content-Type", ""), response.content))


def bodies_of(content_type: str, body: bytes) -> dict[str, Profile | None]:
    """Return the profile of a body by its media type; nothing where there is no body, or nobody says what it is."""
    kind = content_type.partition(";")[0].strip().lower()
    return {kind: _body_profile(kind, body)} if body and "/" in kind and HIDDEN not in masked(kind) else {}


def _body_profile(kind: str, body: bytes) -> Profile | None:
    """Return the profile of a body; None for what is no JSON and no form."""
    try:
        if parse(kind).is_json:
            return profile_of(json.loads(body))
        if kind == "application/x-www-form-urlencoded":
            texts: dict[str, list[str]] = {}
            for name, text in parse_qsl(body.decode(), keep_blank_values=True):
                texts.setdefault(name, []).append(text)
            members = {name: (1, text_profile(each)) for name, each in texts.items() if HIDDEN not in masked(name)}
            return Profile(frozenset({"object"}), objects=1, members=members)
    except (ValueError, RecursionError):  # not what it says: then nothing is known of it
        return Profile(unknown=True)
    return None


def content(bodies: Mapping[str, Profile | None], version: Version, *, complete: bool) -> dict[str, Any]:
    """Return the `content` of bodies.

    Args:
        bodies: The profiles by media type.
        version: The version of OpenAPI.
        complete: Whether what all bodies have is required.
    """
    return {
        kind: {"schema": profile.schema(version, complete=complete) if profile is not None else _opaque(kind, version)}
        for kind, profile in bodies.items()
    }


def _opaque(kind: str, version: Version) -> dict[str, Any]:
    if kind.startswith("text/"):
        return {"type": "string"}
    return {} if version == "3.1" or kind.startswith("multipart/") else {"type": "string", "format": "binary"}


def parameter(where: str, name: str, profile: Profile, version: Version) -> dict[str, Any]:
    """Return a Parameter Object; nothing but the path tells what is required."""
    schema = profile.text_schema(version)
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, **required, **(schema if version == "2.0" else {"schema": schema})}


def header(profile: Profile, version: Version) -> dict[str, Any]:
    """Return a Header Object."""
    schema = profile.text_schema(version)
    return schema if version == "2.0" else {"schema": schema}


def _path_parameters(request: Request, template: str) -> Iterator[tuple[tuple[str, str], Profile]]:
    segments = template.split("/")
    for segment, text in zip(segments, (path_of(request.url) or "/").split("/")[-len(segments) :], strict=False):
        for name in _EXPRESSION.findall(segment):
            whole = segment == f"{{{name}}}"
            yield ("path", name), text_profile([unquote(text)]) if whole else Profile(_TEXT)


def _fields(request: Request) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the query parameters, header fields and cookies of a request: where they are, their names and texts."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, text in parse_qsl(request.url.partition("#")[0].partition("?")[2], keep_blank_values=True):
        found.setdefault(("query", name), []).append(text)
    for name, text in request.headers.fields:
        if name.lower() != "cookie":
            found.setdefault(("header", name), []).append(text)
    for pair in request.headers.get("Cookie", "").split(";"):
        name, equals, text = pair.strip().partition("=")
        if equals:
            found.setdefault(("cookie", name), []).append(text)
    for (where, name), texts in found.items():
        yield where, name, texts


def _carrier(where: str, name: str, texts: Iterable[str]) -> Carrier | None:
    """Return where a credential is, if a field is one; its value is not looked at, but for the scheme in front of it."""
    if where == "header" and name.lower() == "authorization":
        found = _SCHEME.match(next(iter(texts), ""))
        return where, "Authorization", found[1].lower() if found is not None else ""
    if where == "header" and is_usual(name.lower(), sent=True):
        return None
    if not is_hidden(name, sent=where != "query") or HIDDEN in masked(name):
        return None
    return where, name.lower() if where == "header" else name, ""


def _scheme_names(carriers: Iterable[Carrier]) -> dict[Carrier, str]:
    found: dict[Carrier, str] = {}
    for where, name, scheme in carriers:
        text = scheme or "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name)
        found[where, name, scheme] = text if text not in found.values() else f"{where}_{text}"
    return found


def _scheme(carrier: Carrier) -> dict[str, Any]:
    where, name, scheme = carrier
    return {"type": "http", "scheme": scheme} if scheme else {"type": "apiKey", "in": where, "name": name}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(f':{DEFAULT_PORTS.get(parts.scheme)}')}" if host else ""


def _phrase(status: str) -> str:
    found = reason_phrase(int(status)) if status.isdigit() else ""
    return found or f"status {status}"


def _merged(first: Mapping[Any, Any], second: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return both mappings as one; what is in both is added."""
    found = dict(first)
    for key, each in second.items():
        before = found.get(key)
        found[key] = each if before is None else before if each is None else before + each
    return found
