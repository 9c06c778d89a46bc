"""Inference: the OpenAPI Overlay that makes a document say what was seen in recorded traffic.

Each finding for which the server vouches gives the actions that mend the place it is about. They are tried on the data as they are made, so
that two findings about one place do not undo each other. What no action covers is returned with the reason, and so is whatever weakens security: that
is for people to decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dynclient.spec.document import Document
from dynclient.traffic.amendment import Amendment, NotMended, PlacePath, pointer_tokens
from dynclient.traffic.masks import HIDDEN
from dynclient.traffic.outline import FIELDS, OperationOutline, content, header, parameter
from dynclient.traffic.profile import Profile
from dynclient.traffic.report import SEEN, Report, TrafficFinding
from dynclient.traffic.reports.phrases import times_of
from dynclient.traffic.subjects import OTHER_SUBJECTS
from dynclient.traffic.swaggerbodies import add_swagger_body
from dynclient.traffic.tags import add_tag, tag_holders

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


def overlay_of(report: Report, document: Document, *, pardons: bool = False) -> Inferred:
    """Return the overlay that makes a document say what was seen.

    Args:
        report: What was found in the traffic, by an Inspector that infers.
        document: The document that it was judged by.
        pardons: Whether the document is also to allow what only few of many replies show, which is the server's fault otherwise.
    """
    mending = _Mending(document, pardons=pardons)
    covered: list[TrafficFinding] = []
    left: list[tuple[TrafficFinding, str]] = []
    for finding in report.findings:
        why = mending.mend(finding)
        if why:
            left.append((finding, why))
        else:
            covered.append(finding)
    info = {"title": f"{document.title}, as seen in recorded traffic", "version": "1"}
    amendment = mending.amendment
    overlay = {"overlay": amendment.overlay_version, "info": info, "actions": amendment.actions}
    return Inferred(overlay, covered, left)


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


class _Mending:
    """Mends a document by one finding after another."""

    def __init__(self, document: Document, *, pardons: bool) -> None:
        self.amendment = Amendment(document)
        self._pardons = pardons
        self.version = self.amendment.version

    def mend(self, finding: TrafficFinding) -> str:
        """Add the actions for a finding that earlier ones leave; return why it cannot be mended, or ""."""
        if why := _not_the_document(finding, pardons=self._pardons):
            return why
        amendment = self.amendment
        if finding.document is not None and finding.document.file != amendment.file:
            return f"it is about {finding.document.file}: an overlay changes one file only, so mend that one by hand"
        before, number = amendment.data, len(amendment.actions)
        amendment.why = _described(finding)
        why = ""
        try:
            self._mend(finding)
        except NotMended as reason:
            why = str(reason)
        except (KeyError, IndexError, TypeError, ValueError):  # the document is not as it should be there
            why = "the place in the document is not as expected"
        if why:
            amendment.data = before
            del amendment.actions[number:]
        return why

    def _mend(self, finding: TrafficFinding) -> None:
        side, part, keyword = (*finding.rule.split("/"), "", "")[:3]
        at = self.amendment.path_of(finding.document.pointer) if finding.document is not None else ()
        evidence = finding.evidence
        if part in ("path", "method") and keyword == "unknown":
            self._add_operation(finding, at, _operation(evidence))
        elif part == "status":
            reply = _operation(evidence).replies[finding.subject]
            self.amendment.update(at, {finding.subject: reply.description(finding.subject, self.version)})
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
            raise NotMended(_ADVICE)

    # operations, replies, bodies and fields

    def _add_operation(self, finding: TrafficFinding, at: PlacePath, seen: OperationOutline) -> None:
        method = finding.subject.partition(" ")[0].lower()
        if method not in FIELDS or (self.version == "2.0" and method == "trace"):
            raise NotMended(f"no Path Item Object has a field for {method.upper()}")
        if finding.rule != "request/method/unknown":
            at = ("paths", seen.template)
        item = self.amendment.get(at) if self.amendment.has(at) else {}
        own = [
            self.amendment.get(self.amendment.followed((*at, "parameters", index)))
            for index in range(len(item.get("parameters", ())))
        ]
        known = [(each["in"], each["name"]) for each in own]
        described = {method: seen.description(self.version, [*known, *self._carriers()])}
        if self.amendment.has(at):
            self.amendment.update(at, described)
        else:
            self.amendment.update(("paths",), {seen.template: described})

    def _carriers(self) -> Iterator[tuple[str, str]]:
        """Yield where the document's security schemes put credentials."""
        where = ("securityDefinitions",) if self.version == "2.0" else ("components", "securitySchemes")
        for name in self.amendment.get(where) if self.amendment.has(where) else ():
            scheme = self.amendment.get(self.amendment.followed((*where, name)))
            if scheme.get("in"):
                yield scheme["in"], scheme["name"]

    def _add_body(self, side: str, at: PlacePath, subject: str, seen: OperationOutline) -> None:
        bodies = seen.bodies if side == "request" else next(iter(seen.replies.values())).contents
        here = self.amendment.get(at)
        holds = (
            "responses" in here
            if side == "request" and not subject
            else "$ref" in here or "description" in here or "content" in here
        )
        if not bodies or (subject and subject not in bodies):
            raise NotMended("the body has no Content-Type, or nothing is known of it")
        if self.version == "2.0":
            wanted = {kind: bodies[kind] for kind in ([subject] if subject else bodies)}
            add_swagger_body(self.amendment, side, at, wanted)
            return
        if not holds or "type" in here or "properties" in here:
            raise NotMended("the body is not what its media type says")
        found = content(
            {kind: bodies[kind] for kind in ([subject] if subject else bodies)},
            self.version,
            complete=side == "response",
        )
        if "responses" in here:
            self.amendment.update(at, {"requestBody": {"content": found}})
        else:
            self.amendment.update(self.amendment.followed(at), {"content": found})

    def _add_field(self, side: str, where: str, at: PlacePath, name: str, profile: Profile) -> None:
        if side == "request":
            self.amendment.update(at, {"parameters": [parameter(where, name, profile, self.version)]})
        else:
            self.amendment.update(self.amendment.followed(at), {"headers": {name: header(profile, self.version)}})

    # what is required

    def _without_required(self, at: PlacePath) -> None:
        if self.amendment.get(at).get("in") == "path":
            raise NotMended("a path parameter cannot be left out")
        self.amendment.update(at, {"required": False})

    def _allow_missing(self, finding: TrafficFinding, at: PlacePath) -> None:
        here = self.amendment.get(at)
        if not finding.examples[0].pointer.removeprefix("body"):
            if finding.side == "response" or "content" not in here:
                raise NotMended("no document can say that a body may be missing")
            self.amendment.update(at, {"required": False})
            return
        name = pointer_tokens(finding.examples[0].pointer)[-1]
        if HIDDEN in name:
            raise NotMended("the name of the property is hidden")
        if tag_holders(self.amendment, at):
            raise NotMended("a discriminator tells by it which schema is meant")
        owner = at[:-2] if at[-2:] == ("properties", name) else at
        owners = [
            each for each in self.amendment.parts(owner) if name in (self.amendment.get(each).get("required") or ())
        ]
        if not owners:
            raise NotMended("the schema that requires it is not found")
        for each in owners:
            if len(self.amendment.get(each)["required"]) == 1:
                self.amendment.remove((*each, "required"))
            else:
                self.amendment.remove_item((*each, "required"), name)

    # schemas

    def _loosen(self, finding: TrafficFinding, keyword: str, at: PlacePath, profile: Profile, *, text: bool) -> None:
        if keyword in ("null", "type"):
            self._allow_types(at, profile, text=text)
        elif keyword in ("enum", "const"):
            holders = tag_holders(self.amendment, at)
            if holders:
                add_tag(self.amendment, holders, str(at[-1]), finding.seen, profile)
            else:
                self._allow_values(at, finding)
        elif keyword in _NAMES:
            self._add_property(keyword, at, _subject(finding), profile, complete=finding.side == "response")
        elif keyword in _REMOVED:
            for part in self._with(at, keyword):
                self.amendment.remove((*part, keyword))
        elif keyword in _LOWER | _UPPER | _EXCLUSIVE.keys():
            self._allow_size(at, keyword, profile)
        elif keyword in ("anyOf", "oneOf"):
            self._add_branch(at, profile, keyword)
        elif keyword == "dependentRequired":
            self._drop_dependency(at, profile)
        elif keyword == "discriminator":
            raise NotMended("nobody can see which schema a new value of the tag stands for")
        else:
            raise NotMended(f"`{keyword}` is not inferred")

    def _allow_types(self, at: PlacePath, profile: Profile, *, text: bool) -> None:
        if profile.unknown or not profile.types:
            raise NotMended("nothing is known of the value")
        wanted = profile.types - {"integer"} if "number" in profile.types else profile.types
        found = False
        parts = self.amendment.parts(at)
        for part in parts:
            found = self._allow_types_here(part, sorted(wanted), text=text) or found
        if not found:
            choice = next((part for part in parts if not {"anyOf", "oneOf"}.isdisjoint(self.amendment.get(part))), at)
            self._add_branch(choice, profile, "anyOf" if "anyOf" in self.amendment.get(choice) else "oneOf")

    def _allow_types_here(self, at: PlacePath, wanted: list[str], *, text: bool) -> bool:
        here = self.amendment.get(at)
        changed = False
        if "null" in wanted and None not in here.get("enum", (None,)):
            self.amendment.append((*at, "enum"), [None])
            changed = True
        if "type" not in here:
            return changed
        listed = here["type"] if isinstance(here["type"], list) else [here["type"]]
        more = [name for name in wanted if name not in listed and not (name == "integer" and "number" in listed)]
        nullable = "nullable" if self.version == "3.0" else "x-nullable"
        if self.version != "3.1" and "null" in more:
            more.remove("null")
            if here.get(nullable) is not True:
                self.amendment.update(at, {nullable: True})
                changed = True
        if not more:
            return changed
        if isinstance(here["type"], list):
            self.amendment.append((*at, "type"), more)
        elif text and self.version != "3.1":
            self.amendment.update(at, {"type": "string"})
        else:
            self.amendment.remove((*at, "type"))
            if self.version == "3.1":
                self.amendment.update(at, {"type": [*listed, *more]})
            elif self.version == "3.0" and "anyOf" not in here:
                null = {nullable: True} if here.get(nullable) is True else {}
                kept = {"items": here["items"]} if "items" in here else {"items": {}}
                types = [{"type": each, **(kept if each == "array" else {}), **null} for each in (*listed, *more)]
                # beside a discriminator, anyOf would be what it chooses from
                self.amendment.update(
                    at, {"allOf": [{"anyOf": types}]} if "discriminator" in here else {"anyOf": types}
                )
        return True

    def _add_branch(self, at: PlacePath, profile: Profile, keyword: str) -> None:
        """Let a schema with branches have one more, for the values that fit none of them."""
        if keyword not in self.amendment.get(at):
            raise NotMended("the keyword that objects is not found")
        schema = profile.schema(self.version, complete=False)
        if profile.types == {"null"}:
            schema = {"type": "null"} if self.version == "3.1" else {"nullable": True, "enum": [None]}
        if not schema:
            raise NotMended("nothing is known of the value")
        self.amendment.append((*at, keyword), [schema])

    def _allow_values(self, at: PlacePath, finding: TrafficFinding) -> None:
        told = [text for text in finding.seen if HIDDEN not in text and not text.endswith("…") and text != "the value"]
        values = [json.loads(text) for text in told]
        is_open = len(told) < len(finding.seen) or len(told) >= SEEN or not told
        parts = [part for part in self.amendment.parts(at) if {"enum", "const"} & self.amendment.get(part).keys()]
        if not parts:
            raise NotMended("the keyword that objects is not found")
        for part in parts:
            here = self.amendment.get(part)
            if is_open:  # so many values are no list, or they are secret
                for keyword in {"enum", "const"} & here.keys():
                    self.amendment.remove((*part, keyword))
            elif "enum" in here:
                self.amendment.append((*part, "enum"), [value for value in values if value not in here["enum"]])
            else:
                self.amendment.remove((*part, "const"))
                self.amendment.update(
                    part, {"enum": [here["const"], *(value for value in values if value != here["const"])]}
                )

    def _add_property(self, keyword: str, at: PlacePath, name: str, profile: Profile, *, complete: bool) -> None:
        schema = profile.schema(self.version, complete=complete)
        owners = [part for part in self.amendment.parts(at) if self.amendment.get(part).get(keyword) is False] or [at]
        for owner in owners:
            if name != "{id}":
                self.amendment.update(owner, {"properties": {name: schema}})
                continue
            here = self.amendment.get(owner)
            if isinstance(here.get("additionalProperties"), bool):
                self.amendment.remove((*owner, "additionalProperties"))
            self.amendment.update(owner, {"additionalProperties": schema})

    def _allow_size(self, at: PlacePath, keyword: str, profile: Profile) -> None:
        for part in self._with(at, keyword):
            if profile.sizes is None or keyword in _EXCLUSIVE:
                self.amendment.remove((*part, keyword))
            if profile.sizes is not None:
                bound = _EXCLUSIVE.get(keyword, keyword)
                self.amendment.update(part, {bound: profile.sizes[0] if bound in _LOWER else profile.sizes[1]})

    def _drop_dependency(self, at: PlacePath, profile: Profile) -> None:
        """Let members be missing beside another, where an object was seen in which they are."""
        names = {name for name, (number, _) in profile.members.items() if number == profile.objects}
        for part in self._with(at, "dependentRequired"):
            for name, needed in self.amendment.get(part)["dependentRequired"].items():
                lacking = [each for each in needed if each not in names]
                if name not in profile.members or not lacking:
                    continue
                if len(lacking) == len(needed):
                    self.amendment.remove((*part, "dependentRequired", name))
                else:
                    for each in lacking:
                        self.amendment.remove_item((*part, "dependentRequired", name), each)

    def _with(self, at: PlacePath, keyword: str) -> list[PlacePath]:
        found = [part for part in self.amendment.parts(at) if keyword in self.amendment.get(part)]
        if not found:
            raise NotMended("the keyword that objects is not found")
        return found

    def _schema_of(self, at: PlacePath) -> PlacePath:
        """Return the schema of a parameter or header field; the place itself if it is one."""
        return self.amendment.followed((*at, "schema")) if "schema" in self.amendment.get(at) else at


#: The rules that say nothing of what a message may be.
_ADVISING = frozenset({"deprecated", "security", "credential", "readOnly", "writeOnly"})


def _not_the_document(finding: TrafficFinding, *, pardons: bool) -> str:
    """Return why a finding says nothing of the document; "" if it does."""
    if finding.rule.rpartition("/")[2] in _ADVISING:
        return _ADVICE
    if finding.subject == OTHER_SUBJECTS:
        return "so many names are values, which no document lists"
    if finding.rule == "request/method/unknown" and finding.severity == "hint":
        return "HTTP has HEAD for whatever has GET"
    if finding.fault == "client":
        return "the server refused the request"
    if finding.fault == "server" and finding.rule == "response/status":
        return "the server failed"
    if finding.fault == "server" and not pardons:
        return "the server is at fault: its other replies are as documented"
    if finding.fault == "recording" or finding.side == "exchange":
        return "it is about the recording"
    return ""


def _described(finding: TrafficFinding) -> str:
    """Return the evidence for an action, in words."""
    places = ", ".join(map(str, finding.examples))
    return f"{finding.rule}: seen {times_of(finding)}, first in {places}"


def _operation(evidence: Any) -> OperationOutline:
    if not isinstance(evidence, OperationOutline):
        raise NotMended("the traffic does not tell what the document should say")
    return evidence


def _profile(evidence: Any) -> Profile:
    return evidence if isinstance(evidence, Profile) else Profile(unknown=True)


def _subject(finding: TrafficFinding) -> str:
    if HIDDEN in finding.subject:
        raise NotMended("its name is hidden")
    return finding.subject
