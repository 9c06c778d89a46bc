"""Inference: the OpenAPI Overlay that makes a document say what was seen in recorded traffic.

Each finding for which the server vouches gives the actions that mend the place it is about. They are tried on the data as they are made, so
that two findings about one place do not undo each other. What no action covers is returned with the reason, and so is whatever weakens security: that
is for people to decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.schema.bundle import ASSERTED, inside
from dynclient.spec.document import Document
from dynclient.spec.slices import plain_data
from dynclient.traffic.masks import HIDDEN
from dynclient.traffic.outline import FIELDS, OperationOutline, content, header, parameter
from dynclient.traffic.profile import Profile, Version
from dynclient.traffic.report import SEEN, Report, TrafficFinding
from dynclient.traffic.reports.phrases import times_of

Path_ = tuple[Any, ...]

_NAME = lazy.pattern(r"[A-Za-z_]\w*")
_LOWER = {"minimum", "minLength", "minItems", "minProperties"}
_UPPER = {"maximum", "maxLength", "maxItems", "maxProperties"}
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_REMOVED = {"format", "pattern", "multipleOf", "uniqueItems", "not", "contains", "minContains", "maxContains"}
_NAMES = {"unknown", "additionalProperties", "unevaluatedProperties"}
_ADVICE = "it is advice, or concerns security"


class Inferred(NamedTuple):
    """An overlay, and what it covers.

    Attributes:
        overlay: The Overlay Object; without actions when nothing could be inferred.
        covered: The findings that are gone when it is applied.
        left: The other findings, with the reason why the overlay leaves them.
    """

    overlay: dict[str, Any]
    covered: list[TrafficFinding]
    left: list[tuple[TrafficFinding, str]]


def overlay_of(report: Report, document: Document) -> Inferred:
    """Return the overlay that makes a document say what was seen.

    Args:
        report: What was found in the traffic, by an Inspector that infers.
        document: The document that it was judged by.
    """
    mending = _Mending(document)
    covered: list[TrafficFinding] = []
    left: list[tuple[TrafficFinding, str]] = []
    for finding in report.findings:
        why = mending.mend(finding)
        if why:
            left.append((finding, why))
        else:
            covered.append(finding)
    info = {"title": f"{document.title}, as seen in recorded traffic", "version": "1"}
    return Inferred({"overlay": "1.0.0", "info": info, "actions": mending.actions}, covered, left)


def write_description(path: Path, data: Mapping[str, Any]) -> None:
    """Write an overlay or a document to a file: YAML if its name says so, else JSON.

    Raises:
        OSError: The file cannot be written.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        import yaml  # only here is YAML written

        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120), "utf-8", newline="\n")
    else:
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8", newline="\n")


class _Left(Exception):
    """Why no action covers a finding."""


class _Mending:
    """The data of a document while it is mended, and the actions that do so."""

    def __init__(self, document: Document) -> None:
        written = document.written
        self.data: Any = plain_data(written.value)
        self.actions: list[dict[str, Any]] = []
        self._file = document.files[written.file].name
        number = str(self.data.get("swagger") or self.data.get("openapi"))[:3]
        self.version: Version = "2.0" if number == "2.0" else "3.0" if number == "3.0" else "3.1"
        self._why = ""

    def mend(self, finding: TrafficFinding) -> str:
        """Add the actions for a finding; return why there are none, or ""."""
        if why := _not_the_document(finding):
            return why
        if finding.document is not None and finding.document.file != self._file:
            return f"it is about {finding.document.file}: an overlay changes one file only, so mend that one by hand"
        before, number = self.data, len(self.actions)
        self._why = _described(finding)
        try:
            self._mend(finding)
        except _Left as reason:
            self.data = before
            del self.actions[number:]
            return str(reason)
        except (KeyError, IndexError, TypeError, ValueError):  # the document is not as it should be there
            self.data = before
            del self.actions[number:]
            return "the place in the document is not as expected"
        return "" if len(self.actions) > number else "the document says so already"

    def _mend(self, finding: TrafficFinding) -> None:
        side, part, keyword = (*finding.rule.split("/"), "", "")[:3]
        at = self._path(finding.document.pointer) if finding.document is not None else ()
        evidence = finding.evidence
        if part in ("path", "method") and keyword == "unknown":
            self._add_operation(finding, at, _operation(evidence))
        elif part == "status":
            reply = _operation(evidence).replies[finding.subject]
            self.update(at, {finding.subject: reply.description(finding.subject, self.version)})
        elif keyword in ("undocumented", "media-type"):
            self._add_body(side, at, finding.subject, _operation(evidence))
        elif part == "body" and keyword == "required":
            self._allow_missing(finding, at)
        elif keyword == "required":
            self._without_required(at)
        elif keyword == "unknown" and part != "body":
            self._add_field(side, part, at, _subject(finding), _profile(evidence))
        elif part in ("path", "query", "header", "cookie", "body"):
            owner = self._schema_of(at) if part != "body" else at
            self._loosen(finding, keyword, owner, _profile(evidence), text=part != "body")
        else:
            raise _Left(_ADVICE)

    # operations, replies, bodies and fields

    def _add_operation(self, finding: TrafficFinding, at: Path_, seen: OperationOutline) -> None:
        method = finding.subject.partition(" ")[0].lower()
        if method not in FIELDS or (self.version == "2.0" and method == "trace"):
            raise _Left(f"no Path Item Object has a field for {method.upper()}")
        if finding.rule != "request/method/unknown":
            at = ("paths", seen.template)
        item = self.get(at) if self.has(at) else {}
        own = [self.get(self._followed((*at, "parameters", index))) for index in range(len(item.get("parameters", ())))]
        known = [(each["in"], each["name"]) for each in own]
        described = {method: seen.description(self.version, [*known, *self._carriers()])}
        if self.has(at):
            self.update(at, described)
        else:
            self.update(("paths",), {seen.template: described})

    def _carriers(self) -> Iterator[tuple[str, str]]:
        """Yield where the document's security schemes put credentials."""
        where = ("securityDefinitions",) if self.version == "2.0" else ("components", "securitySchemes")
        for name in self.get(where) if self.has(where) else ():
            scheme = self.get(self._followed((*where, name)))
            if scheme.get("in"):
                yield scheme["in"], scheme["name"]

    def _add_body(self, side: str, at: Path_, subject: str, seen: OperationOutline) -> None:
        bodies = seen.bodies if side == "request" else next(iter(seen.replies.values())).contents
        here = self.get(at)
        holds = (
            "responses" in here
            if side == "request" and not subject
            else "$ref" in here or "description" in here or "content" in here
        )
        if not bodies or (subject and subject not in bodies):
            raise _Left("the body has no Content-Type, or nothing is known of it")
        if not holds or "type" in here or "properties" in here:
            raise _Left("the body is not what its media type says")
        if self.version == "2.0":
            raise _Left("Swagger 2.0 has one list of media types for all bodies of an operation")
        found = content(
            {kind: bodies[kind] for kind in ([subject] if subject else bodies)},
            self.version,
            complete=side == "response",
        )
        if "responses" in here:
            self.update(at, {"requestBody": {"content": found}})
        else:
            self.update(self._followed(at), {"content": found})

    def _add_field(self, side: str, where: str, at: Path_, name: str, profile: Profile) -> None:
        if side == "request":
            self.update(at, {"parameters": [parameter(where, name, profile, self.version)]})
        else:
            self.update(self._followed(at), {"headers": {name: header(profile, self.version)}})

    # what is required

    def _without_required(self, at: Path_) -> None:
        if self.get(at).get("in") == "path":
            raise _Left("a path parameter cannot be left out")
        self.update(at, {"required": False})

    def _allow_missing(self, finding: TrafficFinding, at: Path_) -> None:
        here = self.get(at)
        if not finding.examples[0].pointer.removeprefix("body"):
            if finding.side == "response" or "content" not in here:
                raise _Left("no document can say that a body may be missing")
            self.update(at, {"required": False})
            return
        name = _tokens(finding.examples[0].pointer)[-1]
        if HIDDEN in name:
            raise _Left("the name of the property is hidden")
        owner = at[:-2] if at[-2:] == ("properties", name) else at
        owners = [each for each in self._parts(owner) if name in (self.get(each).get("required") or ())]
        if not owners:
            raise _Left("the schema that requires it is not found")
        for each in owners:
            if len(self.get(each)["required"]) == 1:
                self.remove((*each, "required"))
            else:
                self.remove_item((*each, "required"), name)

    # schemas

    def _loosen(self, finding: TrafficFinding, keyword: str, at: Path_, profile: Profile, *, text: bool) -> None:
        if keyword in ("null", "type"):
            self._allow_types(at, profile, text=text)
        elif keyword in ("enum", "const"):
            self._allow_values(at, finding)
        elif keyword in _NAMES:
            self._add_property(keyword, at, _subject(finding), profile, complete=finding.side == "response")
        elif keyword in _REMOVED:
            for part in self._with(at, keyword):
                self.remove((*part, keyword))
        elif keyword in _LOWER | _UPPER | _EXCLUSIVE.keys():
            self._allow_size(at, keyword, profile)
        elif keyword in ("anyOf", "oneOf"):
            self._add_branch(at, profile, keyword)
        elif keyword == "dependentRequired":
            self._drop_dependency(at, profile)
        elif keyword == "discriminator":
            raise _Left("nobody can see which schema a new value of the tag stands for")
        else:
            raise _Left(f"`{keyword}` is not inferred")

    def _allow_types(self, at: Path_, profile: Profile, *, text: bool) -> None:
        if profile.unknown or not profile.types:
            raise _Left("nothing is known of the value")
        wanted = profile.types - {"integer"} if "number" in profile.types else profile.types
        found = False
        for part in list(self._parts(at)):
            found = self._allow_types_here(part, sorted(wanted), text=text) or found
        if not found:
            self._add_branch(at, profile, "anyOf" if "anyOf" in self.get(at) else "oneOf")

    def _allow_types_here(self, at: Path_, wanted: list[str], *, text: bool) -> bool:
        here = self.get(at)
        changed = False
        if "null" in wanted and None not in here.get("enum", (None,)):
            self.update((*at, "enum"), [None])
            changed = True
        if "type" not in here:
            return changed
        listed = here["type"] if isinstance(here["type"], list) else [here["type"]]
        more = [name for name in wanted if name not in listed and not (name == "integer" and "number" in listed)]
        nullable = "nullable" if self.version == "3.0" else "x-nullable"
        if self.version != "3.1" and "null" in more:
            more.remove("null")
            if here.get(nullable) is not True:
                self.update(at, {nullable: True})
                changed = True
        if not more:
            return changed
        if isinstance(here["type"], list):
            self.update((*at, "type"), more)
        elif text and self.version != "3.1":
            self.update(at, {"type": "string"})
        else:
            self.remove((*at, "type"))
            if self.version == "3.1":
                self.update(at, {"type": [*listed, *more]})
            elif self.version == "3.0" and "anyOf" not in here:
                null = {nullable: True} if here.get(nullable) is True else {}
                kept = {"items": here["items"]} if "items" in here else {"items": {}}
                self.update(
                    at,
                    {
                        "anyOf": [
                            {"type": each, **(kept if each == "array" else {}), **null} for each in (*listed, *more)
                        ]
                    },
                )
        return True

    def _add_branch(self, at: Path_, profile: Profile, keyword: str) -> None:
        """Let a schema with branches have one more, for the values that fit none of them."""
        if keyword not in self.get(at):
            raise _Left("the keyword that objects is not found")
        schema = profile.schema(self.version, complete=False)
        if profile.types == {"null"}:
            schema = {"type": "null"} if self.version == "3.1" else {"nullable": True, "enum": [None]}
        if not schema:
            raise _Left("nothing is known of the value")
        self.update((*at, keyword), [schema])

    def _allow_values(self, at: Path_, finding: TrafficFinding) -> None:
        told = [text for text in finding.seen if HIDDEN not in text and not text.endswith("…") and text != "the value"]
        values = [json.loads(text) for text in told]
        is_open = len(told) < len(finding.seen) or len(told) >= SEEN or not told
        for part in list(self._parts(at)):
            here = self.get(part)
            if is_open and ("enum" in here or "const" in here):  # so many values are no list, or they are secret
                for keyword in {"enum", "const"} & here.keys():
                    self.remove((*part, keyword))
            elif "enum" in here:
                self.update((*part, "enum"), [value for value in values if value not in here["enum"]])
            elif "const" in here:
                self.remove((*part, "const"))
                self.update(part, {"enum": [here["const"], *(value for value in values if value != here["const"])]})

    def _add_property(self, keyword: str, at: Path_, name: str, profile: Profile, *, complete: bool) -> None:
        schema = profile.schema(self.version, complete=complete)
        owners = [part for part in self._parts(at) if self.get(part).get(keyword) is False] or [at]
        for owner in owners:
            if name != "{id}":
                self.update(owner, {"properties": {name: schema}})
                continue
            here = self.get(owner)
            if isinstance(here.get("additionalProperties"), bool):
                self.remove((*owner, "additionalProperties"))
            self.update(owner, {"additionalProperties": schema})

    def _allow_size(self, at: Path_, keyword: str, profile: Profile) -> None:
        for part in self._with(at, keyword):
            if profile.sizes is None or keyword in _EXCLUSIVE:
                self.remove((*part, keyword))
            if profile.sizes is not None:
                bound = _EXCLUSIVE.get(keyword, keyword)
                self.update(part, {bound: profile.sizes[0] if bound in _LOWER else profile.sizes[1]})

    def _drop_dependency(self, at: Path_, profile: Profile) -> None:
        """Let members be missing beside another, where an object was seen in which they are."""
        names = {name for name, (number, _) in profile.members.items() if number == profile.objects}
        for part in self._with(at, "dependentRequired"):
            for name, needed in self.get(part)["dependentRequired"].items():
                lacking = [each for each in needed if each not in names]
                if name not in profile.members or not lacking:
                    continue
                if len(lacking) == len(needed):
                    self.remove((*part, "dependentRequired", name))
                else:
                    for each in lacking:
                        self.remove_item((*part, "dependentRequired", name), each)

    def _with(self, at: Path_, keyword: str) -> list[Path_]:
        found = [part for part in self._parts(at) if keyword in self.get(part)]
        if not found:
            raise _Left("the keyword that objects is not found")
        return found

    # places

    def _parts(self, at: Path_) -> list[Path_]:
        """Return a schema and all that must hold with it: what it refers to, and what it combines."""
        found: dict[Path_, None] = {}
        pending = [at]
        while pending:
            part = pending.pop()
            if part in found or not isinstance(self.get(part), Mapping):
                continue
            found[part] = None
            here = self.get(part)
            pending += [(*part, *way) for way, _ in inside(here) if way[0] in ASSERTED]
            if "$ref" in here:
                pending.append(self._followed(part))
        return list(found)

    def _schema_of(self, at: Path_) -> Path_:
        """Return the schema of a parameter or header field; the place itself if it is one."""
        return self._followed((*at, "schema")) if "schema" in self.get(at) else at

    def _followed(self, at: Path_) -> Path_:
        for _ in range(20):
            reference = self.get(at).get("$ref") if isinstance(self.get(at), Mapping) else None
            if not isinstance(reference, str):
                return at
            if not reference.startswith("#/"):
                raise _Left(f"it is about {reference}: an overlay changes one file only, so mend that one by hand")
            at = self._path(reference[1:])
        raise _Left("the references do not end")

    def _path(self, pointer: str) -> Path_:
        here, found = self.data, []
        for token in _tokens(pointer):
            key: Any = int(token) if isinstance(here, list) else token
            here = here[key]
            found.append(key)
        return tuple(found)

    def get(self, path: Path_) -> Any:
        """Return what is at a place."""
        here = self.data
        for token in path:
            here = here[token]
        return here

    def has(self, path: Path_) -> bool:
        """Whether there is something at a place."""
        try:
            self.get(path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    # actions

    def update(self, path: Path_, value: Any) -> None:
        """Merge a value into an object, or append it to a list."""
        self._act(path, {"update": value}, lambda here: _merge(here, value))

    def remove(self, path: Path_) -> None:
        """Remove a member."""
        self._act(path, {"remove": True}, None)

    def remove_item(self, path: Path_, item: str) -> None:
        """Remove a text from a list."""
        self.data = _changed(self.data, path, lambda here: [each for each in here if each != item])
        self.actions.append(
            {"target": f"{_query(path)}[?@ == {_quoted(item)}]", "description": self._why, "remove": True}
        )

    def _act(self, path: Path_, action: dict[str, Any], change: Callable[[Any], Any] | None) -> None:
        self.data = _changed(self.data, path, change)
        self.actions.append({"target": _query(path), "description": self._why, **action})


#: The rules that say nothing of what a message may be.
_ADVISING = frozenset({"deprecated", "security", "credential", "readOnly", "writeOnly"})


def _not_the_document(finding: TrafficFinding) -> str:
    """Return why a finding says nothing of the document; "" if it does."""
    if finding.rule.rpartition("/")[2] in _ADVISING:
        return _ADVICE
    if finding.fault == "client":
        return "the server refused the request"
    if finding.fault == "server" and finding.rule == "response/status":
        return "the server failed"  # any other fault of the server is what was seen: people decide whether to keep its actions
    if finding.fault == "recording" or finding.side == "exchange":
        return "it is about the recording"
    return ""


def _described(finding: TrafficFinding) -> str:
    """Return the evidence for an action, in words."""
    places = ", ".join(map(str, finding.examples))
    return f"{finding.rule}: seen {times_of(finding)}, first in {places}"


def _operation(evidence: Any) -> OperationOutline:
    if not isinstance(evidence, OperationOutline):
        raise _Left("nothing is known of the exchange")
    return evidence


def _profile(evidence: Any) -> Profile:
    return evidence if isinstance(evidence, Profile) else Profile(unknown=True)


def _subject(finding: TrafficFinding) -> str:
    if HIDDEN in finding.subject:
        raise _Left("its name is hidden")
    return finding.subject


def _tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _merge(here: Any, value: Any) -> Any:
    if isinstance(here, Mapping) and isinstance(value, Mapping):
        return {**here, **{name: _merge(here[name], each) if name in here else each for name, each in value.items()}}
    if isinstance(here, list):
        return [*here, *(value if isinstance(value, list) else [value])]
    if isinstance(here, Mapping) or isinstance(value, Mapping | list):
        raise _Left("the document has something else in that place")
    return value


def _changed(here: Any, path: Path_, change: Callable[[Any], Any] | None) -> Any:
    """Return data with a change at one place; the part is removed when there is no change. The given data stays as it is."""
    if not path:
        return change(here) if change is not None else None
    copy = dict(here) if isinstance(here, Mapping) else list(here)
    if len(path) == 1 and change is None:
        del copy[path[0]]
    else:
        copy[path[0]] = _changed(here[path[0]], path[1:], change)
    return copy


def _query(path: Path_) -> str:
    """Return the JSONPath query of one place (RFC 9535)."""
    return "$" + "".join(_segment(token) for token in path)


def _segment(token: Any) -> str:
    if isinstance(token, int):
        return f"[{token}]"
    return f".{token}" if _NAME.fullmatch(token) and token.isascii() else f"[{_quoted(token)}]"


def _quoted(text: str) -> str:
    inner = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"
