"""What a document says of recorded traffic: planted defects are found, at their place, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynclient.opening import load
from dynclient.spec.document import Document
from dynclient.traffic.checking import check
from dynclient.traffic.report import Report, TrafficFinding

SHOP = Path(__file__).parent / "data" / "petshop.yaml"
URL = "https://api.example.com/v1"
PET = {
    "id": 1, "name": "Rex", "kind": "dog", "birthday": "2020-01-02", "weight": 4.5, "tags": ["a", "b"], "owner": {"email": "a@example.com"},
    "shape": {"form": "circle", "radius": 2}, "labels": {"any": "text"}, "note": None,
}  # fmt: skip
NEW = {"name": "Rex", "kind": "dog"}
ERROR = {"code": 7, "reason": "wrong"}

Change = Callable[[dict[str, Any]], None]


def exchange(
    method: str, path: str, status: int, reply: Any = None, body: Any = None, **headers: str
) -> dict[str, Any]:
    """Return an interaction of a cassette that is as documented."""
    fields = {"Accept": ["*/*"], "X-Key": ["k"], **{name.replace("_", "-"): [text] for name, text in headers.items()}}
    if body is not None:
        fields["Content-Type"] = ["application/json"]
    received = {"Content-Type": ["application/json"]} if reply is not None else {}
    received |= {"X-Total": ["1"]} if path.startswith("/pets") and method == "GET" and status == 200 else {}
    return {
        "request": {
            "method": method,
            "uri": URL + path,
            "body": None if body is None else json.dumps(body),
            "headers": fields,
        },
        "response": {
            "status": {"code": status, "message": ""},
            "headers": received,
            "body": {"string": "" if reply is None else json.dumps(reply)},
        },
    }


GOOD = {
    "list": exchange("GET", "/pets?limit=5&filter%5Bage%5D=3", 200, [PET], X_Trace="5", Cookie="session=7"),
    "add": exchange("POST", "/pets", 201, PET, NEW),
    "refused": exchange("POST", "/pets", 400, ERROR, NEW),
    "get": exchange("GET", "/pets/1", 200, PET),
    "missing": exchange("GET", "/pets/9", 404, ERROR),
    "delete": exchange("DELETE", "/pets/1", 204),
    "ping": exchange("POST", "/ping", 204),
    "me": exchange("GET", "/me", 200, {"name": "Ann"}, Authorization="Bearer abc"),
    "basic": exchange("GET", "/basic", 200, {"name": "Ann"}, Authorization="Basic dXNlcjpwdw=="),
    "file": exchange("GET", "/files/a.txt", 200, "text"),
}


def shop() -> Document:
    """Return the document of the shop."""
    return load(SHOP)


def checked(folder: Path, *interactions: dict[str, Any], **options: Any) -> Report:
    """Judge interactions, written as a cassette."""
    path = folder / "recorded.json"
    path.write_text(json.dumps({"version": 1, "interactions": list(interactions)}))
    return check([path], shop(), **options)


def reply_body(change: Callable[[Any], Any]) -> Change:
    """Return a change of the value in the reply's body."""

    def changed(one: dict[str, Any]) -> None:
        value = json.loads(one["response"]["body"]["string"])
        result = change(value)
        one["response"]["body"]["string"] = json.dumps(value if result is None else result)

    return changed


def sent_body(change: Callable[[Any], Any]) -> Change:
    """Return a change of the value in the request's body."""

    def changed(one: dict[str, Any]) -> None:
        value = json.loads(one["request"]["body"])
        result = change(value)
        one["request"]["body"] = json.dumps(value if result is None else result)

    return changed


def put(**members: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets members."""
    return lambda value: value.update(members)


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that removes a member."""
    return lambda value: value.pop(name) and None


def sent_field(name: str, text: str | None) -> Change:
    """Return a change of a header field of the request; None removes it."""
    return lambda one: one["request"]["headers"].update({name: [] if text is None else [text]})


def reply_field(name: str, text: str | None) -> Change:
    """Return a change of a header field of the reply; None removes it."""
    return lambda one: one["response"]["headers"].update({name: [] if text is None else [text]})


def url(old: str, new: str) -> Change:
    """Return a change of the URL."""

    def changed(one: dict[str, Any]) -> None:
        assert old in one["request"]["uri"]
        one["request"]["uri"] = one["request"]["uri"].replace(old, new)

    return changed


def status(code: int) -> Change:
    """Return a change of the status."""
    return lambda one: one["response"]["status"].update(code=code)


def method(name: str) -> Change:
    """Return a change of the method."""
    return lambda one: one["request"].update(method=name)


PET_AT = "/components/schemas/Pet"
NEW_AT = "/components/schemas/NewPet"
LIST_AT = "/paths/~1pets/get"

#: Each defect: the good exchange, what is changed, and the rule, the severity, who is at fault, and the pointer into the document.
DEFECTS: list[tuple[str, Change, str, str, str, str]] = [
    # the path and the method
    ("get", url("/pets/1", "/dogs/1"), "request/path/unknown", "error", "document", "/paths/~1pets~1{petId}"),
    ("list", url("/pets?", "/pets/?"), "request/path/unknown", "error", "document", "/paths/~1pets"),
    ("list", url("/pets?", "/Pets?"), "request/path/unknown", "error", "document", "/paths/~1pets"),
    ("file", url("/a.txt", "/a/b.txt"), "request/path/unknown", "error", "document", "/paths/~1files~1{name}"),
    ("delete", method("PATCH"), "request/method/unknown", "error", "document", "/paths/~1pets~1{petId}"),
    ("get", url("/pets/1", "/pets/x"), "request/path/type", "error", "document", "/paths/~1pets~1{petId}/parameters/0/schema"),
    ("get", url("/pets/1", "/pets/0"), "request/path/minimum", "error", "document", "/paths/~1pets~1{petId}/parameters/0/schema"),
    # the query
    ("list", url("limit=5&", ""), "request/query/required", "error", "document", f"{LIST_AT}/parameters/0"),
    ("list", url("limit=5", "limit=x"), "request/query/type", "error", "document", f"{LIST_AT}/parameters/0/schema"),
    ("list", url("limit=5", "limit=101"), "request/query/maximum", "error", "document", f"{LIST_AT}/parameters/0/schema"),
    ("list", url("limit=5", "limit=5&page=2"), "request/query/unknown", "warning", "document", LIST_AT),
    ("list", url("limit=5", "limit=5&sort=up"), "request/query/enum", "error", "document", f"{LIST_AT}/parameters/1/schema"),
    ("list", url("limit=5", "limit=5&old=1"), "request/query/deprecated", "info", "document", f"{LIST_AT}/parameters/2/schema"),
    ("list", url("age%5D=3", "age%5D=x"), "request/query/type", "error", "document", f"{LIST_AT}/parameters/3/schema/properties/age"),
    ("list", url("limit=5", "limit=5&since=yesterday"), "request/query/format", "warning", "document", f"{LIST_AT}/parameters/6/schema"),
    # header fields and cookies of the request
    ("list", sent_field("X-Trace", "x"), "request/header/type", "error", "document", f"{LIST_AT}/parameters/4/schema"),
    ("list", sent_field("X-Trace", None), "request/header/required", "error", "document", f"{LIST_AT}/parameters/4"),
    ("list", sent_field("X-Strange", "x"), "request/header/unknown", "hint", "document", LIST_AT),
    ("list", sent_field("Cookie", "session=x"), "request/cookie/type", "error", "document", f"{LIST_AT}/parameters/5/schema"),
    ("list", sent_field("Cookie", "session=7; other=1"), "request/cookie/unknown", "hint", "document", LIST_AT),
    # credentials
    ("me", sent_field("Authorization", None), "request/security/security", "error", "document", "/paths/~1me/get/security"),
    ("me", sent_field("Authorization", "Basic abc"), "request/header/credential", "warning", "document", "/paths/~1me/get"),
    ("basic", sent_field("Authorization", "Basic nocolon"), "request/header/credential", "warning", "document", "/paths/~1basic/get"),
    # the operation
    ("ping", url("/ping", "/legacy"), "request/operation/deprecated", "info", "document", "/paths/~1legacy/post"),
    # the body of the request
    ("add", lambda one: one["request"].update(body=None), "request/body/required", "error", "document", "/components/requestBodies/New"),
    ("add", sent_field("Content-Type", "text/csv"), "request/body/media-type", "error", "document", "/components/requestBodies/New"),
    ("add", lambda one: one["request"].update(body="{"), "request/body/media-type", "error", "document", NEW_AT),
    ("add", sent_body(drop("name")), "request/body/required", "error", "document", f"{NEW_AT}/properties/name"),
    ("add", sent_body(put(name=5)), "request/body/type", "error", "document", f"{NEW_AT}/properties/name"),
    ("add", sent_body(put(name=None)), "request/body/null", "error", "document", f"{NEW_AT}/properties/name"),
    ("add", sent_body(put(kind="cow")), "request/body/enum", "error", "document", "/components/schemas/Kind"),
    ("add", sent_body(put(id=3)), "request/body/readOnly", "warning", "document", f"{NEW_AT}/properties/id"),
    ("add", sent_body(put(extra=3)), "request/body/additionalProperties", "error", "document", NEW_AT),
    ("add", sent_body(lambda _: [1]), "request/body/type", "error", "document", NEW_AT),
    ("add", sent_body(put(nick="x")), "request/body/deprecated", "info", "document", f"{NEW_AT}/properties/nick"),
    ("ping", lambda one: one["request"].update(body="{}"), "request/body/undocumented", "warning", "document", "/paths/~1ping/post"),
    ("refused", sent_body(put(name=5)), "request/body/type", "info", "client", f"{NEW_AT}/properties/name"),
    ("missing", url("/pets/9", "/pets/x"), "request/path/type", "info", "client", "/paths/~1pets~1{petId}/parameters/0/schema"),
    # the reply's status and header fields
    ("get", status(203), "response/status", "warning", "document", "/paths/~1pets~1{petId}/get/responses"),
    ("missing", status(409), "response/status", "error", "unknown", "/paths/~1pets~1{petId}/get/responses"),
    ("missing", status(500), "response/status", "warning", "server", "/paths/~1pets~1{petId}/get/responses"),
    ("list", reply_field("X-Total", None), "response/header/required", "error", "unknown", f"{LIST_AT}/responses/200/headers/X-Total"),
    ("list", reply_field("X-Total", "x"), "response/header/type", "error", "unknown", f"{LIST_AT}/responses/200/headers/X-Total"),
    ("list", reply_field("X-Strange", "x"), "response/header/unknown", "hint", "document", f"{LIST_AT}/responses/200"),
    ("list", reply_field("X-Old", "1"), "response/header/deprecated", "info", "unknown", f"{LIST_AT}/responses/200/headers/X-Old"),
    # the body of the reply
    ("get", lambda one: one["response"]["body"].update(string=""), "response/body/required", "error", "unknown", "/paths/~1pets~1{petId}/get/responses/200/content/application~1json"),
    ("get", reply_field("Content-Type", "text/html"), "response/body/media-type", "error", "unknown", "/paths/~1pets~1{petId}/get/responses/200"),
    ("get", lambda one: one["response"]["body"].update(string="<html>"), "response/body/media-type", "error", "unknown", PET_AT),
    ("get", reply_body(drop("id")), "response/body/required", "error", "unknown", f"{PET_AT}/properties/id"),
    ("get", reply_body(put(name=5)), "response/body/type", "error", "unknown", f"{PET_AT}/properties/name"),
    ("get", reply_body(put(name=None)), "response/body/null", "error", "unknown", f"{PET_AT}/properties/name"),
    ("get", reply_body(put(name="")), "response/body/minLength", "error", "unknown", f"{PET_AT}/properties/name"),
    ("get", reply_body(put(name="y" * 21)), "response/body/maxLength", "error", "unknown", f"{PET_AT}/properties/name"),
    ("get", reply_body(put(kind="cow")), "response/body/enum", "error", "unknown", "/components/schemas/Kind"),
    ("get", reply_body(put(birthday="soon")), "response/body/format", "warning", "unknown", f"{PET_AT}/properties/birthday"),
    ("get", reply_body(put(code="a b")), "response/body/pattern", "error", "unknown", f"{PET_AT}/properties/code"),
    ("get", reply_body(put(weight=-1)), "response/body/minimum", "error", "unknown", f"{PET_AT}/properties/weight"),
    ("get", reply_body(put(weight=4.3)), "response/body/multipleOf", "error", "unknown", f"{PET_AT}/properties/weight"),
    ("get", reply_body(put(tags=["a", "a"])), "response/body/uniqueItems", "error", "unknown", f"{PET_AT}/properties/tags"),
    ("get", reply_body(put(tags=list("abcd"))), "response/body/maxItems", "error", "unknown", f"{PET_AT}/properties/tags"),
    ("get", reply_body(put(tags=["a", 5])), "response/body/type", "error", "unknown", f"{PET_AT}/properties/tags/items"),
    ("get", reply_body(put(owner={"email": "x", "age": 5})), "response/body/additionalProperties", "error", "unknown", "/components/schemas/Owner"),
    ("get", reply_body(put(shape={"form": "star"})), "response/body/discriminator", "error", "unknown", "/components/schemas/Circle/properties/form"),
    ("get", reply_body(put(shape={"form": "square", "side": "x"})), "response/body/type", "error", "unknown", "/components/schemas/Square/properties/side"),
    ("get", reply_body(put(labels={"any": 5})), "response/body/type", "error", "unknown", f"{PET_AT}/properties/labels/additionalProperties"),
    ("get", reply_body(put(colour="red")), "response/body/unknown", "hint", "document", PET_AT),
    ("get", reply_body(put(pinned="x")), "response/body/writeOnly", "warning", "unknown", f"{PET_AT}/properties/pinned"),
    ("get", reply_body(put(nick="x")), "response/body/deprecated", "info", "unknown", f"{PET_AT}/properties/nick"),
    ("list", reply_body(lambda pets: pets[0].update(name=5)), "response/body/type", "error", "unknown", f"{PET_AT}/properties/name"),
    ("missing", reply_body(put(code="x")), "response/body/type", "error", "unknown", "/components/schemas/Error/properties/code"),
    ("me", lambda one: (url("/me", "/nothing")(one), one["response"]["headers"].update({"Content-Type": ["text/plain"]})), "response/body/undocumented", "warning", "document", "/paths/~1nothing/get/responses/200"),
]  # fmt: skip


def test_good_recordings_have_no_findings(tmp_path: Path) -> None:
    """Everything that is documented, in each part of a message."""
    report = checked(tmp_path, *GOOD.values())
    assert report.findings == []
    assert report.exchanges["judged"] == len(GOOD)


def test_there_are_sixty_defects() -> None:
    """One for each rule and place."""
    assert len(DEFECTS) >= 60


@pytest.mark.parametrize(
    ("name", "change", "rule", "severity", "fault", "place"), DEFECTS, ids=[f"{index}-{each[2]}" for index, each in enumerate(DEFECTS)]
)  # fmt: skip
def test_a_planted_defect_is_found_and_nothing_else(
    tmp_path: Path, name: str, change: Change, rule: str, severity: str, fault: str, place: str
) -> None:
    """With its rule, severity, fault and place in the document, and the line of it."""
    broken = copy.deepcopy(GOOD[name])
    change(broken)
    report = checked(tmp_path, *GOOD.values(), broken)
    found = [(each.rule, each.severity, each.fault, each.document and each.document.pointer) for each in report.findings]
    assert found == [(rule, severity, fault, place)]
    (finding,) = report.findings
    assert finding.count == 1
    assert finding.document is not None
    assert finding.document.line is not None
    assert SHOP.read_text().splitlines()[finding.document.line - 1].strip()
    assert [example.entry for example in finding.examples] == [len(GOOD) + 1]
