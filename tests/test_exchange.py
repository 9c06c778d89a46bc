"""Values of the wire: headers without case, and credentials that never show."""

import pytest

from dynclient import ApiError, Request, Response
from dynclient.exchange import Headers
from dynclient.redaction import SECRET_NAMES

KEY = "fake-secret-value"


def test_header_names_have_no_case() -> None:
    """RFC 9110, section 5.1."""
    headers = Headers({"Content-Type": "text/plain"})
    assert headers["CONTENT-type"] == "text/plain"
    assert "content-TYPE" in headers
    assert headers == Headers([("content-type", "text/plain")])


def test_a_header_that_stands_twice_is_joined_and_kept_apart() -> None:
    """RFC 9110, section 5.3, and Set-Cookie needs them apart."""
    headers = Headers([("Via", "a"), ("via", "b")])
    assert headers["via"] == "a, b"
    assert headers.fields == (("Via", "a"), ("via", "b"))
    assert len(headers) == 1


def test_headers_can_be_left_out() -> None:
    """The headers themselves stay as they are."""
    headers = Headers({"A": "1", "B": "2"})
    assert dict(headers.without(["b"])) == {"A": "1"}
    assert dict(headers) == {"A": "1", "B": "2"}


def test_no_repr_shows_a_credential() -> None:
    """Neither the request's, nor its headers', nor the reply's."""
    request = Request(
        "GET", f"http://h/?k={KEY}", Headers({"X-Key": KEY}), secrets=SECRET_NAMES | {"k", "x-key"}
    )  # fmt: skip
    shown = repr([request, request.headers, request.safe_headers, Response(200, Headers({"Set-Cookie": KEY}))])
    assert KEY not in shown


def test_a_reply_shows_what_came() -> None:
    """Status, type and size, and text even where bytes are broken."""
    reply = Response(200, Headers({"Content-Type": "text/plain"}), b"a\xff")
    assert repr(reply) == "<Response 200 text/plain, 2 bytes>"
    assert reply.text == "a\ufffd"


def test_a_field_that_is_not_there_is_the_default() -> None:
    """Without regard to case, as for those that are."""
    headers = Headers({"A": "1"})
    assert (headers.get("a"), headers.get("b"), headers.get("b", "2")) == ("1", None, "2")


def test_a_field_or_parameter_with_the_name_of_a_secret_is_redacted() -> None:
    """Although no scheme of the document declares it."""
    request = Request(
        "GET",
        "http://h/?clientSecret=a&client%5Fsecret=b&tokenCount=3",
        Headers({"X-Session-Token": "c", "X-Page": "1"}),
    )
    assert request.safe_url == "http://h/?clientSecret=REDACTED&client%5Fsecret=REDACTED&tokenCount=3"
    assert request.safe_headers == (("X-Session-Token", "REDACTED"), ("X-Page", "1"))


@pytest.mark.parametrize(
    ("field", "value", "quoted"),
    [
        ("X-Token", "fake-one", "fake-one"),
        ("Ocp-Apim-Subscription-Key", "fake-two", "fake-two"),
        ("Authorization", "Basic dXNlcjpmYWtlLXBhc3M=", "fake-pass"),
        ("Cookie", "sid=fake%2Dsid; a=b", "fake-sid"),
    ],
)
def test_a_server_that_quotes_a_credential_does_not_show_it(field: str, value: str, quoted: str) -> None:
    """However it was sent, and whoever named the field."""
    request = Request("GET", "http://h/", Headers({field: value}))
    assert request.redacted(f"no {quoted} and no {value}") == "no REDACTED and no REDACTED"
    assert dict(request.safe_headers)[field] == "REDACTED"


def test_a_reply_has_the_names_of_other_libraries() -> None:
    """`ok`, `status_code` and `json()`."""
    reply = Response(404, Headers({"Content-Type": "text/plain"}), b'{"a": 1}')
    assert (reply.ok, reply.status_code, reply.json()) == (False, 404, {"a": 1})
    assert Response(204).ok
    with pytest.raises(ValueError, match="Expecting value"):
        Response(200, content=b"x").json()


def test_a_reply_raises_for_its_status() -> None:
    """As those of `requests` and `httpx` do; one that is not an error is returned."""
    reply = Response(204)
    assert reply.raise_for_status() is reply
    with pytest.raises(ApiError, match=r"^404 Not Found$") as caught:
        Response(404, data={"a": 1}).raise_for_status()
    assert (caught.value.status, caught.value.data) == (404, {"a": 1})
    with pytest.raises(ApiError, match=r"^599$"):
        Response(599).raise_for_status()


def test_a_reply_as_plain_data_has_no_secret() -> None:
    """Nor has its request."""
    request = Request("GET", f"http://h/?api_key={KEY}", Headers({"Authorization": KEY}))
    reply = Response(200, Headers([("Set-Cookie", KEY), ("Via", "a"), ("Via", "b")]), b"", 0.5, request, data=[1])
    shown = reply.to_dict()
    assert KEY not in str(shown)
    assert (shown["status"], shown["data"], shown["headers"], shown["elapsed"]) == (200, [1], {"Via": "a, b"}, 0.5)


def test_a_notebook_shows_a_reply() -> None:
    """What the server sent is only text."""
    shown = Response(200, request=Request("GET", "http://h/"), data={"a": "<b>"})._repr_html_()
    assert "200 GET http://h/" in shown
    assert "&lt;b&gt;" in shown
    assert "<b>&" not in shown
    assert len(Response(200, data="x" * 99_999)._repr_html_()) < 20_000
