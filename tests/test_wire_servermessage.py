"""wire/servermessage.py: the words of an error reply."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from dynclient import ApiError, Client, Request, Response
from dynclient.exchange import Headers
from dynclient.wire import servermessage
from dynclient.wire.servermessage import server_message

JSON, XML, HTML, TEXT = "application/json", "application/xml", "text/html", "text/plain"
LOCATED = [{"loc": ["body", "name"], "msg": "field required", "type": "missing"}]


def said(content: Any, kind: str = JSON, status: int = 400, request: Request | None = None) -> str:
    """What a reply says that nobody has decoded."""
    content = (
        content if isinstance(content, bytes) else content.encode() if kind != JSON else json.dumps(content).encode()
    )
    return server_message(Response(status, Headers({"Content-Type": kind}), content, request=request))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": 7, "message": "no pet"}}, "no pet"),
        ({"error": {"message": "no", "details": [{"message": "a"}, {"details": [{"message": "b"}]}]}}, "no; a; b"),
        ({"message": "no pet"}, "no pet"),
        ({"error": "no pet"}, "no pet"),
        ({"detail": "no pet"}, "no pet"),
        ({"errors": [{"message": "a"}, {"message": "b"}]}, "a; b"),
        ({"errorDescription": "no pet", "errorCode": 7}, "no pet"),
        ({"title": "Wrong", "detail": "no pet", "type": "about:blank", "status": 400}, "Wrong: no pet"),
        ({"title": "Wrong", "errors": [{"detail": "must be positive", "pointer": "#/age"}]}, "Wrong; #/age: must be positive"),
        ({"title": "Wrong", "errors": {"Name": ["is required", "is short"], "Age": ["is low"]}},
         "Wrong; Name: is required; Name: is short; Age: is low"),
        ({"errors": [{"title": "Wrong", "detail": "is long", "source": {"pointer": "/data/name"}}]}, "/data/name: Wrong: is long"),
        ({"messages": [{"description": "no pet"}]}, "no pet"),
        ({"developerMessage": "no row", "userMessage": "no pet"}, "no pet; no row"),
        ({"Message": "no pet"}, "no pet"),
        ({"details": [{"message": "no pet", "target": "id"}]}, "id: no pet"),
        ({"errors": ["a", "b"]}, "a; b"),
        ({"Error": [{"error_description": "no pet"}]}, "no pet"),
        ({"meta": {"title": "Wrong", "message": "no pet", "description": "really"}}, "Wrong: no pet; really"),
        ({"detail": LOCATED}, "body.name: field required"),
        ({"errors": [{"reason": "no pet"}]}, "no pet"),
        ({"errorMsg": "no pet"}, "no pet"),
        ({"errorMessages": ["no pet"], "errors": {"pet": "is gone"}}, "pet: is gone; no pet"),
        ({"data": {"message": "no pet"}}, "no pet"),
        ({"fault": {"errors": [{"description": "no pet"}]}}, "no pet"),
        ([{"message": "a"}, {"message": "b"}], "a; b"),
        ({"error": "invalid_grant", "error_description": "it is old"}, "invalid_grant: it is old"),
        ({"name": ["This field is required."], "age": ["Too low."]}, "name: This field is required.; age: Too low."),
        ({"password": ["is too common"]}, "password: is too common"),
        ({"timestamp": 7, "status": 400, "error": "Bad Request", "message": "no pet", "path": "/pets/7"}, "no pet"),
        ({"message": "no pet", "errors": [{"code": "E", "message": "no pet"}]}, "no pet"),
        ({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no pet", "expression": ["Pet.id"]}]}, "no pet"),
        ({"code": "NO_PET", "id": "x-1"}, "NO_PET"),
        ({"errMsg": "no pet", "status_reason": "gone"}, "no pet; gone"),
        ("no pet", "no pet"),
        ({"message": "Bad Request"}, ""),
        ({"message": ["a", "b"]}, "a; b"),
        ({"pet": 7}, ""),
        ([], ""),
        (None, ""),
    ],
)  # fmt: skip
def test_the_words_of_a_json_body_are_found(body: Any, words: str) -> None:
    """Wherever servers put them."""
    assert said(body) == words


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("<Error><Code>NoPet</Code><Message>no pet</Message></Error>", XML, "no pet"),
        ("<?xml version='1.0'?><e:ErrorResponse xmlns:e='u'><e:Error><e:Message>no</e:Message></e:Error></e:ErrorResponse>", XML, "no"),
        ("<s:Envelope xmlns:s='u'><s:Body><s:Fault><faultstring>no pet</faultstring></s:Fault></s:Body></s:Envelope>", XML, "no pet"),
        ("<string xmlns='u'>no pet</string>", XML, "no pet"),
        ("<a><message>no <b>pet</b></message></a>", XML, "no pet"),
        ("<e><Errors><Error><Message>a</Message></Error><Error><Message>b</Message></Error></Errors></e>", XML, "a; b"),
        ("<html><head><title>No\n pet</title></head><body>more</body></html>", HTML, "No pet"),
        ("<!DOCTYPE html><html><body><h1>No pet</h1><p>more</p></body></html>", HTML, "No pet"),
        ("<p>no <b>pet</b></p>", HTML, "no pet"),
        ("<html><script>code</script><p>no pet</p></html>", HTML, "no pet"),
        ("<html><title>400 Bad Request</title></html>", HTML, ""),
        ("no pet\n", TEXT, "no pet"),
        ('{"message": "no pet"}', TEXT, "no pet"),
        ("{no pet", TEXT, "{no pet"),
        ("no\x1b[2J pet\u202e", TEXT, "no\\x1b[2J pet\\u202e"),
        (b"\x00\xff\x00", "image/png", ""),
        (b"no pet", "", "no pet"),
    ],
)  # fmt: skip
def test_the_words_of_other_bodies_are_found(body: Any, kind: str, words: str) -> None:
    """XML, pages, text, and JSON that calls itself something else."""
    assert said(body, kind) == words


def test_long_words_are_shortened() -> None:
    """To one line of a few hundred characters, however many there are."""
    assert said({"message": "no pet " * 99}).endswith("…")
    assert (
        len(said({"message": "no pet " * 99})) == len(said({"errors": ["x" * 90 + str(at) for at in range(9)]})) == 300
    )


def test_a_large_body_is_read_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many values it has, and however they are nested."""
    read: list[Any] = []
    found = servermessage._Words._named
    monkeypatch.setattr(servermessage._Words, "_named", lambda *args: (read.append(1), found(*args))[1])
    data: Any = {"a": 1}
    for _ in range(3):
        data = {name: [data] * 8 for name in ("error", "errors", "detail", "other")}
    assert said(data) == ""
    assert len(read) <= 1000


def test_a_body_without_end_is_read_to_a_limit() -> None:
    """A body may be nested as deeply as JSON allows, and its words are found near its top."""
    deep: Any = {"message": "deep"}
    for _ in range(300):
        deep = {"error": [deep]}
    assert said({"message": "top", "error": deep}) == "top"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (json.dumps({"user": "me", "password": "fake one"}).encode(), JSON),
        (urlencode({"user": "me", "password": "fake one"}).encode(), "application/x-www-form-urlencoded"),
        (b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nfake one\r\n--b--\r\n', "multipart/form-data; boundary=b"),
    ],
)  # fmt: skip
def test_a_password_that_was_sent_and_is_repeated_is_hidden(sent: bytes, kind: str) -> None:
    """In a body as in a header."""
    request = Request("POST", "http://h/", Headers({"Content-Type": kind, "Authorization": "Bearer fake-two"}), sent)
    assert said({"message": "me, fake one, fake-two"}, request=request) == "me, REDACTED, REDACTED"


def test_a_secret_of_the_reply_is_hidden() -> None:
    """By its name, wherever its text stands."""
    assert said({"message": "fake-one is old", "token": "fake-one"}) == "REDACTED is old"
    assert said({"password": ["fake-one"]}) == "password: REDACTED"


def document(secret: dict[str, Any], **responses: Any) -> dict[str, Any]:
    """A document whose schema marks a member as secret, in the body and in the reply."""
    schema = {"type": "object", "properties": {"message": {"type": "string"}, "mark": secret}}
    content = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "get",
        "requestBody": {"content": content},
        "responses": responses or {"default": {"description": "error", "content": content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "http://h"}],
        "paths": {"/": {"post": operation}},
    }


def raised(spec: dict[str, Any], body: Any, status: int = 400, argument: Any = None) -> str:
    """The text of the ApiError for a reply."""

    def transport(request: Request, _: float) -> Response:
        return Response(
            status, Headers({"Content-Type": JSON}), json.dumps(body).encode() if body else b"", request=request
        )

    with pytest.raises(ApiError) as caught:
        Client(spec, transport=transport).get(argument or {})
    return str(caught.value).partition("\n")[0]


def test_what_a_schema_marks_as_secret_is_hidden() -> None:
    """In the reply, and in the body that was sent."""
    marked = document({"type": "string", "format": "password"})
    assert raised(marked, {"message": "see fake one", "mark": "fake one"}) == "get: 400 Bad Request: see REDACTED"
    assert (
        raised(marked, {"message": "not fake two"}, argument={"mark": "fake two"})
        == "get: 400 Bad Request: not REDACTED"
    )


def test_an_error_says_status_reason_operation_and_words() -> None:
    """And what the document says of this very status, if it says more than the reason phrase."""
    described = {
        "404": {"description": "404 Not found"},
        "409": {"description": "the pet is ill"},
        "4XX": {"description": "wrong"},
    }
    spec = document({}, **described)
    assert raised(spec, {"message": "no pet"}, 404) == "get: 404 Not found: no pet"
    assert raised(spec, None, 409) == "get: 409 Conflict (the pet is ill)"
    assert raised(spec, None, 410) == "get: 410 Gone"
    assert raised(document({}), None, 404) == "get: 404 Not Found"
    assert raised(document({}), None, 599) == "get: 599"
