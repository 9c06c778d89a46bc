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
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.ratings import Rated, Ratings
from dynclient.traffic.report import Report, TrafficFinding

SHOP = Path(__file__).parent / "data" / "petshop.yaml"
URL = "https://api.example.com/v1"
PET = {
    "id": 1, "name": "Rex", "kind": "dog", "birthday": "2020-01-02", "weight": 4.5, "tags": ["a", "b"], "owner": {"email": "a@example.com"},
    "shape": {"form": "circle", "radius": 2}, "labels": {"any": "text"}, "note": None,
}  # fmt: skip
NEW = {"name": "Rex", "kind": "dog"}
ERROR = {"code": 7, "reason": "wrong"}

#: A date of HTTP on a day of March.
DATE = "Fri, 0{} Mar 2021 10:00:00 GMT"

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
    return check_recordings([path], shop(), **options)


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
    ("list", url("limit=5", "limit=5&old=1"), "request/query/deprecated", "info", "client", f"{LIST_AT}/parameters/2/schema"),
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
    ("ping", url("/ping", "/legacy"), "request/operation/deprecated", "info", "client", "/paths/~1legacy/post"),
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
    ("add", sent_body(put(nick="x")), "request/body/deprecated", "info", "client", f"{NEW_AT}/properties/nick"),
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
    ("list", reply_field("X-Old", "1"), "response/header/deprecated", "info", "server", f"{LIST_AT}/responses/200/headers/X-Old"),
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
    ("get", reply_body(put(nick="x")), "response/body/deprecated", "info", "server", f"{PET_AT}/properties/nick"),
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
    found = [
        (each.rule, each.severity, each.fault, each.document and each.document.pointer) for each in report.findings
    ]
    assert found == [(rule, severity, fault, place)]
    (finding,) = report.findings
    assert finding.count == 1
    assert finding.document is not None
    assert finding.document.line is not None
    assert SHOP.read_text().splitlines()[finding.document.line - 1].strip()
    assert [example.entry for example in finding.examples] == [len(GOOD) + 1]


def one(report: Report) -> TrafficFinding:
    """Return the only finding of a report."""
    (finding,) = report.findings
    return finding


def broken(name: str, *changes: Change) -> dict[str, Any]:
    """Return a good exchange with changes."""
    found = copy.deepcopy(GOOD[name])
    for change in changes:
        change(found)
    return found


def test_equal_problems_are_one_finding_with_a_count(tmp_path: Path) -> None:
    """Array indices and ids apart; the first examples are kept."""
    pets = [{**PET, "name": number} for number in range(5)]
    report = checked(
        tmp_path,
        broken("list", reply_body(lambda _: pets)),
        *(broken("get", url("/1", f"/{number}"), reply_body(put(name=number))) for number in range(2, 7)),
    )
    finding = one(report)
    assert (finding.count, finding.operations) == (10, ("getPet", "listPets"))
    assert [(example.entry, example.pointer) for example in finding.examples] == [
        (1, "body/0/name"),
        (2, "body/name"),
        (3, "body/name"),
    ]
    assert finding.message == "body /*/name: 0 is not of type string (in 6 of 6 replies)"
    assert finding.expected == 'type: "string"'
    assert [example.value for example in finding.examples] == ["0", "2", "3"]


def test_a_schema_that_40_operations_share_gives_one_finding_with_40_operations(tmp_path: Path) -> None:
    """The place in the document tells that it is the same."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    paths = {
        f"/a{number}": {
            "get": {"operationId": f"a{number}", "responses": {"200": {"description": "", "content": content}}}
        }
        for number in range(40)
    }
    data = {
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": URL}], "paths": paths,
        "components": {"schemas": {"A": {"type": "object", "properties": {"b": {"type": "string"}}}}},
    }  # fmt: skip
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(data))
    path = tmp_path / "recorded.json"
    recorded = [exchange("GET", f"/a{number}", 200, {"b": 5}) for number in range(40)]
    for each in recorded:
        del each["request"]["headers"]["X-Key"]
    path.write_text(json.dumps({"interactions": recorded}))
    finding = one(check_recordings([path], load(spec)))
    assert (len(finding.operations), finding.count) == (40, 40)


def test_exact_repeats_are_judged_once_and_counted(tmp_path: Path) -> None:
    """Whatever their dates and request ids; a finding counts each of them."""
    wrong = [broken("get", reply_body(put(name=5)), reply_field("X-Request-Id", str(number))) for number in range(4)]
    report = checked(tmp_path, *wrong)
    assert (report.exchanges["total"], report.exchanges["judged"], report.exchanges["repeats"]) == (4, 1, 3)
    assert one(report).count == 4


@pytest.mark.parametrize(
    ("code", "severity", "fault"),
    [(201, "error", "document"), (400, "info", "client"), (500, "warning", "client")],
)
def test_who_is_at_fault_for_a_request_depends_on_the_answer(
    tmp_path: Path, code: int, severity: str, fault: str
) -> None:
    """Accepted: the document is stricter than the server. Refused: the client's mistake, which the server caught."""
    name = "add" if code == 201 else "refused"
    report = checked(tmp_path, broken(name, sent_body(put(name=5)), status(code)))
    finding = next(each for each in report.findings if each.side == "request")
    assert (finding.severity, finding.fault) == (severity, fault)


def test_a_body_is_not_judged_where_there_is_none(tmp_path: Path) -> None:
    """HEAD, 204 and 304 have no body, whatever a recorder wrote (RFC 9110, section 6.4.1)."""
    cached = broken("get", status(304), reply_body(put(name=5)), reply_field("X-Total", None))
    deleted = broken("delete", lambda each: each["response"]["body"].update(string="x"))
    assert checked(tmp_path, cached, deleted).findings == []


def test_placeholders_are_counted_and_never_judged(tmp_path: Path) -> None:
    """In the path, the query, header fields and bodies; `placeholders` adds some."""
    hidden = [
        broken("get", url("/pets/1", "/pets/%3CPET_ID%3E")),
        broken("list", url("limit=5", "limit=REDACTED")),
        broken("list", sent_field("X-Trace", "<TRACE>")),
        broken("get", reply_body(put(birthday="[REDACTED]"))),
        broken("add", sent_body(put(kind="***"))),
    ]
    report = checked(tmp_path, *hidden)
    assert report.findings == []
    assert report.not_judged["placeholders"] == 5
    own = broken("get", reply_body(put(birthday="scrubbed-1")))
    assert checked(tmp_path, own).findings != []
    assert checked(tmp_path, own, placeholders=["scrubbed-*"]).findings == []


def test_a_placeholder_of_the_user_stands_for_credentials_too(tmp_path: Path) -> None:
    """An exchange whose credentials were replaced lacks none."""
    scrubbed = [GOOD["me"], broken("me", sent_field("Authorization", None), sent_field("X-Api-Key", "fake-1"))]
    lacking = [
        {each.rule for each in checked(tmp_path, *scrubbed, placeholders=patterns).findings}
        for patterns in ([], ["fake-*"])
    ]
    assert lacking[0] - lacking[1] == {"request/security/security"}


def test_credentials_that_are_missing_everywhere_are_one_note(tmp_path: Path) -> None:
    """Recorders leave them out; where some exchange has them, each operation without them is a finding."""
    bare = [broken(name, sent_field("X-Key", None)) for name in ("list", "get", "delete")]
    finding = one(checked(tmp_path, *bare))
    assert (finding.rule, finding.severity, finding.fault) == ("request/security/security", "info", "recording")
    assert finding.count == 3
    report = checked(tmp_path, *bare, GOOD["missing"])
    assert [(each.severity, each.count) for each in report.findings] == [("error", 3)]


@pytest.mark.parametrize(
    ("base", "options", "counted"),
    [
        ("http://api.example.com:80/v1", {}, {"judged": 1}),
        ("https://us.example.org/v1", {}, {"judged": 1}),
        ("https://user:pw@api.example.com/v1", {}, {"judged": 1}),
        ("https://tests.local/base", {"servers": ["https://tests.local/base"]}, {"judged": 1}),
        ("https://other.example.com/else", {}, {"other_hosts": 1}),
    ],
)
def test_exchanges_with_the_servers_of_the_document_are_judged(
    tmp_path: Path, base: str, options: dict[str, Any], counted: dict[str, int]
) -> None:
    """Scheme and default port aside, with variables, and where the user says; other hosts are left alone and listed."""
    report = checked(tmp_path, GOOD["list"], broken("get", url(URL, base)), **options)
    expected = {"judged": 1, "other_hosts": 0, "unmatched": 0}
    expected["judged"] += counted.get("judged", 0)
    expected["other_hosts"] += counted.get("other_hosts", 0)
    assert {name: report.exchanges[name] for name in expected} == expected
    assert sum(report.hosts.values()) == expected["other_hosts"]
    assert report.findings == []


def test_traffic_of_no_known_server_is_judged_by_its_paths_and_says_so(tmp_path: Path) -> None:
    """If no exchange is with a server of the document: with the hosts that were seen."""
    report = checked(
        tmp_path,
        broken("get", url(URL, "http://localhost:8080/v1")),
        broken("me", url(URL + "/me", "http://elsewhere.test/x")),
    )
    finding = one(report)
    assert (finding.rule, finding.severity) == ("exchange/server/unknown", "info")
    assert "localhost:8080 (1)" in finding.message
    assert "--server http://localhost:8080 confirms it" in finding.message
    assert (report.exchanges["judged"], report.hosts) == (1, {"elsewhere.test": 1})


def test_traffic_of_another_api_is_an_error(tmp_path: Path) -> None:
    """A run that judged nothing must not look like a success."""
    finding = one(checked(tmp_path, broken("get", url(URL + "/pets", "https://other.test/cats"))))
    assert finding.severity == "error"
    assert "did you mean --server https://other.test?" in finding.message


def test_the_hosts_with_the_most_exchanges_are_named_first(tmp_path: Path) -> None:
    """And last those that are too many to be told apart."""
    ones = [broken("get", url("https://api.example.com", f"https://h{number % 510}.test")) for number in range(521)]
    for number, each in enumerate(ones):
        each["request"]["uri"] += f"?limit={number}"
    report = checked(tmp_path, GOOD["get"], *ones)
    assert list(report.hosts)[:3] == ["h0.test", "h1.test", "h10.test"]
    assert list(report.hosts)[-1] == "(more hosts)"
    alone = checked(tmp_path, *ones)
    assert "seen: h0.test (2), h1.test (2)" in alone.findings[-1].message


def test_the_path_of_a_server_that_no_document_names_is_proposed(tmp_path: Path) -> None:
    """By what stands in front of documented paths; and with the server but not its path, each path says so."""
    ones = [broken(name, url(URL, "http://localhost:8080/api/v9")) for name in ("get", "list", "me")]
    finding = one(checked(tmp_path, *ones))
    assert "did you mean --server http://localhost:8080/api/v9?" in finding.message
    assert checked(tmp_path, *ones, servers=["http://localhost:8080/api/v9"]).findings == []
    found = checked(tmp_path, *ones, servers=["http://localhost:8080"]).findings
    assert {"/api/v9 is in front of the path" in each.message for each in found} == {True}


def test_the_note_on_servers_can_be_silenced_but_not_that_nothing_was_judged(tmp_path: Path) -> None:
    """As any rule."""
    ratings = Ratings([Rated("exchange/server/unknown", "off")])
    assert checked(tmp_path, broken("get", url(URL, "http://localhost:8080/v1")), ratings=ratings).findings == []
    finding = one(checked(tmp_path, broken("get", url(URL, "https://other.test/a/b/c")), ratings=ratings))
    assert finding.severity == "error"


def test_each_exchange_goes_to_the_document_that_it_fits(tmp_path: Path) -> None:
    """Of several; the coverage tells them apart."""
    other = {
        "openapi": "3.1.0", "info": {"title": "Other", "version": "1"}, "servers": [{"url": "https://other.test"}],
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": ""}}}}},
    }  # fmt: skip
    spec = tmp_path / "other.yaml"
    spec.write_text(json.dumps(other))
    path = tmp_path / "recorded.json"
    ours = exchange("GET", "/a", 200, X="1")
    ours["request"]["uri"] = "https://other.test/a"
    path.write_text(json.dumps({"interactions": [GOOD["get"], ours]}))
    report = check_recordings([path], [shop(), load(spec)])
    assert report.exchanges["judged"] == 2
    assert {name.partition(" ")[2] for name in report.coverage.seen["operations"]} == {"a", "getPet"}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("list", url("/pets?", "/pets/?"), "trailing slash too many"),
        ("list", url("/pets?", "/Pets?"), "upper and lower case differ"),
        ("file", url("/a.txt", "/a/b.txt"), "a value has a slash in it"),
        ("get", url("/pets/1", "/pest/1"), "the nearest is GET /pets/{petId}: the path is spelled differently"),
        ("delete", method("PATCH"), "documented: GET, DELETE"),
    ],
)
def test_an_unmatched_request_is_told_its_nearest_operation_and_why_it_does_not_fit(
    tmp_path: Path, name: str, change: Change, words: str
) -> None:
    """Of a path or a method that the document does not have."""
    assert words in one(checked(tmp_path, GOOD["ping"], broken(name, change))).message


def test_unmatched_paths_are_grouped_by_an_inferred_template(tmp_path: Path) -> None:
    """Numbers and ids are one variable."""
    ids = ["1", "22", "9f1c2d3e-0000-4000-8000-000000000000", "5f2b8a9c1d"]
    report = checked(tmp_path, *(broken("get", url("/pets/1", f"/owners/{each}/cars")) for each in ids))
    finding = one(report)
    assert (finding.subject, finding.count) == ("GET /v1/owners/{id}/cars", 4)
    assert report.exchanges["unmatched"] == 4


def test_coverage_tells_what_traffic_exercised_and_what_it_never_did(tmp_path: Path) -> None:
    """Operations, parameters, statuses, media types, properties, enum values and branches."""
    coverage = checked(tmp_path, GOOD["list"], GOOD["get"]).to_dict()["coverage"]
    assert coverage["operations"]["seen"] == 2
    assert "addPet" in coverage["operations"]["unseen"]
    assert "listPets query sort" in coverage["parameters"]["unseen"]
    assert "getPet 404" in coverage["statuses"]["unseen"]
    assert "getPet 404 application/json" in coverage["media_types"]["unseen"]
    assert "/components/schemas/Pet/properties/code" in coverage["properties"]["unseen"]
    assert coverage["enum_values"] == {"seen": 1, "total": 2, "unseen": ["/components/schemas/Kind/enum cat"]}
    branches = coverage["branches"]
    assert (branches["seen"], branches["unseen"]) == (1, ["/components/schemas/Pet/properties/shape/oneOf/1"])


@pytest.mark.parametrize("first", ["far", True])
def test_a_branch_is_covered_whatever_invalid_value_came_before(tmp_path: Path, first: Any) -> None:
    """Although values with the same names are asked about once."""
    shapes = [{"form": "circle", "radius": first}, {"form": "circle", "radius": -1}, {"form": "circle", "radius": 2}]
    report = checked(tmp_path, *(broken("get", reply_body(put(shape=shape))) for shape in shapes))
    assert "/components/schemas/Pet/properties/shape/oneOf/0" in report.coverage.seen["branches"]


def test_what_calls_no_operation_is_found_in_exchanges_with_a_time(tmp_path: Path) -> None:
    """As every other finding."""
    dated = [broken("get", url("/pets/1", f"/owners/{day}"), reply_field("Date", DATE.format(day))) for day in (5, 7)]
    finding = one(checked(tmp_path, *dated))
    assert (finding.exchanges, finding.to_dict()["recorded"]) == (2, {"first": "2021-03-05", "last": "2021-03-07"})


SECRET = "hunter2-fake-secret"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"
LONG = "c2VjcmV0" * 6 + "1"


def hiding_places() -> list[dict[str, Any]]:
    """Return exchanges with a secret in every place where a credential or a password can be, each of them broken there."""
    places: list[dict[str, Any]] = []
    for text in (TOKEN, LONG):
        places += [
            broken("get", url("/pets/1", f"/pets/{text}")),
            broken("get", url("/pets/1", f"/nowhere/{text}")),
            broken("list", url("limit=5", f"limit={text}")),
            broken("list", url("limit=5", f"limit=5&{text}=1")),
            broken("list", sent_field("X-Trace", text)),
            broken("list", sent_field("Cookie", f"session={text}")),
            broken("list", reply_field("X-Total", text)),
            broken("get", reply_body(put(kind=text))),
            broken("get", reply_body(put(**{text: 5}))),
            broken("get", reply_body(put(owner={text: 5}))),
            broken("get", reply_body(put(owner={"email": {"x": text}}))),
            broken("get", reply_body(put(shape={"form": text}))),
            broken("add", sent_body(put(kind=text))),
            broken("add", sent_field("Content-Type", f"text/{text}")),
            broken("get", reply_field("Content-Type", f"text/{text}")),
        ]
    places += [
        broken("get", url("https://", f"https://me:{SECRET}@"), url("/pets/1", "/nowhere")),
        broken("get", url("https://api.example.com", f"https://me:{SECRET}@else.test")),
        broken("list", url("limit=5", f"limit=x&password={SECRET}&sig={SECRET}&X-Amz-Signature={SECRET}")),
        broken("list", sent_field("X-Trace", f"password={SECRET}")),
        broken("me", sent_field("Authorization", f"Basic {SECRET}")),
        broken("me", sent_field("Authorization", SECRET)),
        broken("me", sent_field("Authorization", f"Bearer {SECRET}"), reply_body(put(name={"you": SECRET}))),
        broken("list", sent_field("X-Key", SECRET), reply_field("X-Total", SECRET)),
        broken("list", sent_field("Cookie", f"session={SECRET}")),
        broken("add", sent_body(put(password=SECRET))),
        broken("add", sent_body(put(name={"password": SECRET}))),
        broken("add", sent_body(put(name={"cardNumber": SECRET}, kind=SECRET, password=SECRET))),
        broken("add", sent_body(lambda _: {"name": "x", "password": SECRET}), reply_body(put(name={"echo": SECRET}))),
        broken("get", reply_body(put(access_token=SECRET, name=[{"token": SECRET}]))),
        broken("get", reply_body(put(pinned=[SECRET]))),
        broken("get", reply_body(put(kind=f"https://h/a?sig={SECRET}"))),
        broken("get", reply_body(put(kind=f"Bearer {SECRET}"))),
        broken("get", reply_field("Set-Cookie", f"sid={SECRET}"), status(203)),
    ]  # fmt: skip
    return places


def test_a_secret_appears_nowhere(tmp_path: Path) -> None:
    """What the document marks, what sounds like a secret, and what looks like one."""
    for each in hiding_places():
        report = checked(tmp_path, each, GOOD["ping"])
        text = json.dumps(report.to_dict()) + repr(report)
        assert report.findings or report.hosts
        for secret in (SECRET, TOKEN, LONG):
            assert secret not in text, each


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_report_does_not_depend_on_the_number_of_processes(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte; small chunks, so that there are many."""
    monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 20_000)
    folder = tmp_path / "recorded"
    folder.mkdir()
    for number in range(12):
        wrong = [broken("get", url("/1", f"/{number + 1}"), reply_body(put(name=number))), *GOOD.values()]
        (folder / f"{number:02}.json").write_text(json.dumps({"version": 1, "interactions": wrong}))
    report = check_recordings([folder], shop(), jobs=jobs)
    assert report.exchanges["judged"] + report.exchanges["repeats"] == 12 * 11
    assert one(report).count == 12
    alone = check_recordings([folder], shop())
    assert json.dumps(report.to_dict()) == json.dumps(alone.to_dict())


def test_a_message_about_a_secret_is_a_whole_sentence(tmp_path: Path) -> None:
    """Its value is hidden, and no other word of the message."""
    document = copy.deepcopy(dict(shop().data))
    schema = {"type": "object", "properties": {"password": {"type": "string", "minLength": 9}}}
    document["components"]["schemas"]["Pet"] = schema
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(document))
    checked(tmp_path, broken("get", reply_body(lambda _: {"password": "short"})))
    finding = one(check_recordings([tmp_path / "recorded.json"], load(path)))
    assert finding.message == "body /password: the value is shorter than the minimum length of 9"
    assert str(finding.examples[0].value) == "(hidden)"


@pytest.mark.parametrize(
    ("path", "content", "rules"),
    [
        ("/v1/pets/1", {"id": 1, "name": 5}, {"response/body/type", "response/header/type"}),
        ("/v1/pets/1", PET, {"response/header/type"}),
    ],
)
def test_the_header_fields_of_a_reply_are_judged_where_those_of_the_request_were_not_kept(
    tmp_path: Path, path: str, content: Any, rules: set[str]
) -> None:
    """Recordings of nock, mappings of WireMock, and lines of JSON; nothing is said of the request's."""
    full = {**PET, **content}
    fields = {"Content-Type": "application/json", "X-Total": "many"}
    nock = [
        {
            "scope": "https://api.example.com:443",
            "method": "GET",
            "path": path,
            "body": "",
            "status": 200,
            "response": full,
        }
    ]
    wiremock = {
        "request": {"method": "GET", "url": path},
        "response": {"status": 200, "jsonBody": full, "headers": fields},
    }
    line = {"request": {"method": "GET", "url": f"https://api.example.com{path}"}, "response": {"status": 200, "body": full, "headers": fields}}  # fmt: skip
    raw = [text for pair in fields.items() for text in pair]
    for recorded in ([{**nock[0], "rawHeaders": raw}], wiremock, line):
        (tmp_path / "a.json").write_text(json.dumps(recorded))
        found = check_recordings([tmp_path / "a.json"], shop(), servers=["https://api.example.com/v1"]).findings
        assert {each.rule for each in found if each.rule != "exchange/server/unknown"} == rules


def test_a_known_body_is_judged_where_header_fields_were_not_kept(tmp_path: Path) -> None:
    """What nock parsed was JSON."""
    recorded = {
        "scope": "https://api.example.com:443",
        "method": "POST",
        "path": "/v1/pets",
        "body": {"name": 5},
        "status": 400,
    }
    fields = ["Content-Type", "application/json"]
    (tmp_path / "a.json").write_text(json.dumps([{**recorded, "response": ERROR, "rawHeaders": fields}]))
    rules = [each.rule for each in check_recordings([tmp_path / "a.json"], shop()).findings]
    assert "request/body/type" in rules
    assert not [rule for rule in rules if rule.startswith("request/security")]


def test_openapi_core_is_not_asked_about_what_was_not_kept(tmp_path: Path) -> None:
    """Bodies, header fields and credentials."""
    line = {"request_method": "GET", "request_uri": "/v1/pets/1", "host": "api.example.com", "status": 200}
    (tmp_path / "access.log").write_text(json.dumps(line))
    report = check_recordings([tmp_path / "access.log"], shop(), engine="openapi-core")
    assert (report.exchanges["judged"], report.findings) == (1, [])
    bodiless = broken("get", status(304), reply_body(put(name=5)), reply_field("X-Total", None))
    assert checked(tmp_path, bodiless, engine="openapi-core").findings == []


@pytest.mark.parametrize(
    ("body", "rules"), [(json.dumps({**PET, "name": 5}), ["response/body/type"]), ("<pet/>", []), ("", [])]
)
def test_a_body_whose_media_type_was_not_kept_is_judged_where_it_is_json(
    tmp_path: Path, body: str, rules: list[str]
) -> None:
    """Nothing is said of any other."""
    line = {"request": {"method": "GET", "url": f"{URL}/pets/1"}, "response": {"status": 200}}
    line["response"]["body"] = body or None
    (tmp_path / "a.ndjson").write_text(json.dumps(line))
    found = check_recordings([tmp_path / "a.ndjson"], shop()).findings
    assert [each.rule for each in found if each.rule != "response/body/required"] == rules


@pytest.mark.parametrize(
    ("fields", "rules"),
    [({"If-None-Match": '"1"'}, []), ({"Accept": "*/*"}, ["response/status"]), (None, [])],
    ids=["asked for", "not asked for", "not recorded"],
)
def test_a_304_is_what_a_condition_asks_for(tmp_path: Path, fields: dict[str, str] | None, rules: list[str]) -> None:
    """Documents leave it out, as HTTP defines it; where header fields were not recorded, a condition may have been there."""
    request = {"method": "GET", "url": "https://api.example.com/a"} | ({"headers": fields} if fields else {})
    path = tmp_path / "recorded.ndjson"
    path.write_text(json.dumps({"request": request, "response": {"status": 304}}) + "\n")
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": "https://api.example.com"}]}
    report = check_recordings(
        [path], load(spec | {"paths": {"/a": {"get": {"responses": {"200": {"description": ""}}}}}})
    )
    assert [finding.rule for finding in report.findings] == rules


def seen(folder: Path, *pairs: tuple[str, str, int]) -> Report:
    """Judge exchanges of a method, a URL and a status by a document with one operation, GET /pets."""
    path = folder / "recorded.ndjson"
    lines = [
        {"request": {"method": method, "url": url}, "response": {"status": status}} for method, url, status in pairs
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    operation = {"get": {"responses": {"200": {"description": ""}}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
    }
    return check_recordings([path], load(spec | {"paths": {"/pets": operation}}))


def test_whoever_serves_get_serves_head(tmp_path: Path) -> None:
    """RFC 9110, section 9.1: a hint, where another method is an error."""
    url = "https://api.example.com/v1/pets"
    found = seen(tmp_path, ("HEAD", url, 200), ("POST", url, 200)).findings
    assert [(each.rule, each.severity) for each in found] == [
        ("request/method/unknown", "error"),
        ("request/method/unknown", "hint"),
    ]


def test_an_interim_reply_is_no_exchange(tmp_path: Path) -> None:
    """The final one follows; the summary says what was left out."""
    url = "https://api.example.com/v1/pets"
    report = seen(
        tmp_path, ("GET", url, 100), ("GET", url, 103), ("GET", url, 200), ("GET", "ws://api.example.com/v1/pets", 101)
    )
    assert report.findings == []
    assert report.not_exchanges == {"interim reply": 2, "websocket": 1}
    assert "1 judged (3 of no API)" in str(report)
    assert "Not judged: interim reply 2, websocket 1." in str(report)


def test_an_address_of_ipv6_is_no_placeholder(tmp_path: Path) -> None:
    """Though it has brackets, as a host that a recorder wrote over."""
    pairs = [
        ("GET", f"https://{host}/v1/pets", 200) for host in ("api.example.com", "[::1]:8080", "[fe80::1]", "<host>")
    ]
    report = seen(tmp_path, *pairs)
    assert report.hosts == {"[::1]:8080": 1, "[fe80::1]": 1}
    assert report.exchanges["judged"] == 2


@pytest.mark.parametrize("path", ["/v1//pets", "//v1/pets", "//v1///pets"])
def test_empty_segments_are_why_a_path_is_unknown(tmp_path: Path, path: str) -> None:
    """Joining a base URL with a slash at its end is a common mistake."""
    finding = one(seen(tmp_path, ("GET", f"https://api.example.com{path}", 404)))
    assert "(the nearest is GET /pets: the path has // in it)" in finding.message


def test_a_variable_port_may_be_the_default_one(tmp_path: Path) -> None:
    """Which recordings leave out."""
    variables = {"port": {"default": "443"}, "tenant": {"default": "demo"}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": ""}}}}},
    }
    spec["servers"] = [{"url": "https://{tenant}.example.net:{port}", "variables": variables}]
    path = tmp_path / "recorded.ndjson"
    hosts = ("us.example.net", "us.example.net:8443", "us.example.nets", "example.org")
    lines = [{"request": {"method": "GET", "url": f"https://{host}/a"}, "response": {"status": 200}} for host in hosts]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = check_recordings([path], load(spec))
    assert (report.exchanges["judged"], list(report.hosts)) == (2, ["example.org", "us.example.nets"])
