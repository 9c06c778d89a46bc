"""Replies: the value that one carries, and what the document objects to."""

from typing import Any

import pytest
from servers import operation

from dynclient import Request, Response
from dynclient.api.read import error_headline, read
from dynclient.exchange import Headers
from dynclient.referee import Referee

SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
REPLIES = {
    "200": {"description": "OK", "content": {"application/json": {"schema": SCHEMA}}},
    "201": {"description": "Text", "content": {"text/plain": {"schema": {"type": "string", "maxLength": 3}}}},
    "202": {"description": "Any", "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
    "204": {"description": "Nothing"},
    "4XX": {"description": "Wrong", "content": {"application/problem+json": {"schema": SCHEMA}}},
}


def reading(status: int, content: bytes = b"", kind: str | None = "application/json", method: str = "get") -> Response:
    """What is read from a reply."""
    headers = Headers({} if kind is None else {"content-type": kind})
    return read(operation(responses=REPLIES, method=method), Response(status, headers, content))


@pytest.mark.parametrize(
    ("status", "content", "kind", "data"),
    [
        (200, b'{"a": 1}', "application/json; charset=utf-8", {"a": 1}),
        (200, b'\xef\xbb\xbf{"a": 1}', "Application/JSON", {"a": 1}),
        (201, b"ok", "text/plain", "ok"),
        (201, b"", "text/plain", None),
        (202, b"\x89PNG", "image/png", b"\x89PNG"),
        (204, b"", None, None),
        (404, b'{"a": 1}', "application/problem+json", {"a": 1}),
    ],
)
def test_a_documented_reply_is_decoded(status: int, content: bytes, kind: str | None, data: Any) -> None:
    """And nothing is objected to."""
    found = reading(status, content, kind)
    assert (found.data, found.problems) == (data, ())


@pytest.mark.parametrize(
    ("status", "content", "kind", "data", "said"),
    [
        (200, b"", "application/json", None, "body: is empty (documented: application/json)"),
        (200, b"<html>", "application/json", "<html>", "body: is not JSON: a value is missing at line 1, column 1"),
        (200, b'{"a": 1', "application/json", '{"a": 1', "body: is not JSON"),
        (200, b"\xff", "application/json", "\ufffd", "body: is not JSON"),
        (200, b"1" * 5000, "application/json", "1" * 5000, "body: is not JSON"),
        (200, b'{"a": "x"}', "application/json", {"a": "x"}, 'body /a: "x" is not of type integer'),
        (200, b"{}", "application/json", {}, "body /a: is required"),
        (200, b"<html>", "text/html", "<html>", "body: has the Content-Type 'text/html', which is not documented"),
        (200, b'{"a": 1}', None, b'{"a": 1}', "body: has no Content-Type (documented: application/json)"),
        (201, b"long", "text/plain", "long", 'body: "long" is longer than'),
        (299, b"x", "text/plain", "x", "status: 299 is not documented (documented: 200, 201, 202, 204, 4XX)"),
        (500, b'{"a": 1}', "application/json", {"a": 1}, "status: 500 is not documented"),
        (404, b"gone", "text/plain", "gone", "body: has the Content-Type 'text/plain'"),
    ],
)
def test_an_undocumented_reply_is_kept_and_objected_to(
    status: int, content: bytes, kind: str | None, data: Any, said: str
) -> None:
    """Nothing that came is lost."""
    found = reading(status, content, kind)
    assert found.data == data
    assert [str(problem)[: len(said)] for problem in found.problems] == [said]
    assert (found.status, found.content) == (status, content)


def test_a_body_where_none_is_documented_is_decoded_and_let_through() -> None:
    """The document says nothing of it."""
    found = reading(204, b'{"x": 1}')
    assert (found.data, found.problems) == ({"x": 1}, ())


def test_a_head_has_no_body() -> None:
    """Whatever a GET would have."""
    assert reading(200, method="head").problems == ()


def test_validation_can_be_left_out() -> None:
    """The value is decoded all the same."""
    headers = Headers({"Content-Type": "application/json"})
    found = read(operation(responses=REPLIES), Response(299, headers, b"{}"), validate=False)
    assert (found.data, found.problems) == ({}, ())


@pytest.mark.parametrize(
    ("kind", "data", "problems"),
    [
        ("application/octet-stream", None, 0), ("text/csv", None, 0), ("application/jsonl", [], 0),
        ("application/json-seq", [], 0), ("text/event-stream", [], 0), ("application/x-www-form-urlencoded", None, 0),
        ("application/xml", None, 1), ("application/json", None, 1), ("multipart/mixed", None, 1),
    ],
)  # fmt: skip
def test_a_body_may_be_empty_where_nothing_is_one(kind: str, data: Any, problems: int) -> None:
    """An empty file is a file; empty JSON is none."""
    found = operation(responses={"200": {"description": "", "content": {kind: {}}}})
    got = read(found, Response(200, Headers({"Content-Type": kind})))
    assert (got.data, len(got.problems)) == (data, problems)


def cookies(**header: Any) -> Any:
    """What two Set-Cookie fields are by a Header Object."""
    found = operation(responses={"200": {"description": "", "headers": {"Set-Cookie": header}}})
    came = Headers([("Set-Cookie", "a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT"), ("set-cookie", "b=2")])
    return read(found, Response(200, came)).fields["Set-Cookie"]


def test_cookies_are_told_apart_by_their_lines() -> None:
    """They hold commas, which are no delimiter there (OpenAPI 3.2, Representing the Set-Cookie Header)."""
    both = ["a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT", "b=2"]
    assert cookies(schema={"type": "array", "items": {"type": "string"}}) == both
    assert cookies(schema={"type": "string"}) == "\n".join(both)
    assert cookies(content={"text/plain": {"schema": {"type": "string"}}}) == "\n".join(both)


def test_a_reply_is_not_changed() -> None:
    """A new one comes back."""
    given = Response(200, Headers({"Content-Type": "application/json"}), b"{}")
    assert read(operation(responses=REPLIES), given) is not given
    assert (given.data, given.problems) == (None, ())


def test_a_status_may_be_a_number() -> None:
    """As other readers of YAML have it."""
    answers: Any = {200: {"description": "", "content": {"application/json": {"schema": SCHEMA}}}}
    found = read(operation(responses=answers), Response(200, Headers({"Content-Type": "application/json"}), b"{}"))
    assert [str(problem) for problem in found.problems] == ["body /a: is required"]


@pytest.mark.parametrize(
    ("status", "field", "objected"),
    [
        (304, "if-none-match", False),
        (304, "If-Modified-Since", False),
        (304, "If-Match", True),
        (304, "", True),
        (412, "If-Match", False),
        (412, "If-Unmodified-Since", False),
        (206, "Range", False),
        (416, "Range", False),
        (416, "", True),
        (417, "Expect", False),
        (406, "Accept", True),
        (415, "Content-Type", True),
    ],
)
@pytest.mark.parametrize("is_referee", [False, True], ids=["ours", "openapi-core"])
def test_what_http_itself_answers_need_not_be_documented(
    status: int,
    field: str,
    objected: bool,  # noqa: FBT001  a column of the table
    is_referee: bool,  # noqa: FBT001  the other one
) -> None:
    """A condition, a range or an expectation; not what the API does not take."""
    replies = {name: reply for name, reply in REPLIES.items() if name != "4XX"}
    called = operation(responses=replies)
    request = Request("GET", "http://h" + called.path, Headers({field: '"1"'} if field else {}))
    response = Response(status, request=request)
    if is_referee:
        problems = Referee(called.document).response_problems(request, response)
    else:
        problems = list(read(called, response).problems)
    assert [problem.where for problem in problems] == ["status"] * objected


def test_what_the_schema_of_an_item_marks_as_secret_is_not_quoted() -> None:
    """A sequence of problems is described by the schema of one."""
    secret = {"type": "object", "properties": {"x": {"type": "string", "format": "password"}}}
    found = operation(responses={"400": {"description": "No", "content": {"application/jsonl": {"schema": secret}}}})
    headers = Headers({"Content-Type": "application/jsonl"})
    reply = read(found, Response(400, headers, b'{"message": "hunter22 is wrong", "x": "hunter22"}\n'))
    assert error_headline(found, reply).endswith("REDACTED is wrong")
