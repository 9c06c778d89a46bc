"""Values of the wire: headers without case, and credentials that never show."""

import pytest

from dynclient import ApiError, Request, Response
from dynclient.exchange import (
    SECRET_NAMES,
    Headers,
    is_secret_name,
    origin,
    redact_fields,
    redact_path,
    redact_url,
    without_user,
)

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


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (f"http://h/p?q=1&api_key={KEY}", "http://h/p?q=1&api_key=REDACTED"),
        (f"http://h/p?API_KEY={KEY}&q", "http://h/p?API_KEY=REDACTED&q"),
        (f"http://h/p?api%5Fkey={KEY}", "http://h/p?api%5Fkey=REDACTED"),
        (f"http://h/p?key={KEY}", "http://h/p?key=REDACTED"),
        (f"http://user:{KEY}@h:8080/p", "http://h:8080/p"),
        ("http://h/p", "http://h/p"),
    ],
)
def test_a_url_is_shown_without_credentials(url: str, safe: str) -> None:
    """Whatever the spelling of the parameter, and also those before the host."""
    assert redact_url(url, frozenset({"api_key"})) == safe


@pytest.mark.parametrize("name", ["Authorization", "proxy-authorization", "COOKIE", "Set-Cookie"])
def test_a_header_that_is_secret_everywhere_is_redacted(name: str) -> None:
    """Without any document."""
    assert redact_fields([(name, KEY)]) == ((name, "REDACTED"),)


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


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "passwd",
        "secret",
        "token",
        "apiKey",
        "api_key",
        "X-API-Key",
        "access_token",
        "cardNumber",
        "card_number",
        "clientSecret",
        "clientsecret",
        "CVV",
        "cvc",
        "pin",
        "Authorization",
        "refreshToken",
        "idToken",
        "newPassword",
        "password2",
        "passwordConfirmation",
        "privateKey",
        "PASSWORD",
        "user.password",
        "tokens",
        "card",
        "creditCard",
        "securityCode",
        "Set-Cookie",
        "passwordHash",
        "APIToken",
        "secretAccessKey",
        "db_pwd",
        "accesstoken",
        "x-auth-token",
        "APIKEY",
        "otp",
        "sessionId",
    ],
)
def test_a_name_tells_that_its_value_is_a_secret(name: str) -> None:
    """However its words are joined."""
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "tokenCount",
        "cardinality",
        "author",
        "authorId",
        "maxTokens",
        "prompt_tokens",
        "tokenType",
        "key",
        "keyName",
        "pinned",
        "pins",
        "spinner",
        "discardNumber",
        "number",
        "nextPageToken",
        "page_token",
        "isSecret",
        "hasPassword",
        "secretName",
        "passwordPolicy",
        "authorizationUrl",
        "postcard",
        "description",
        "code",
        "name",
        "id",
        "opinion",
        "passenger",
        "tokenUrl",
        "shipping",
        "mapping",
        "42",
        "",
    ],
)
def test_a_name_that_only_looks_like_that_of_a_secret_stays_visible(name: str) -> None:
    """Its words are compared, not its letters."""
    assert not is_secret_name(name)


def test_every_name_of_a_credential_is_that_of_a_secret() -> None:
    """Those that a request keeps out of messages."""
    assert [name for name in SECRET_NAMES if not is_secret_name(name)] == []


def test_a_reply_shows_its_fields_about_access() -> None:
    """They are no credentials, although their names sound like some."""
    fields = (("WWW-Authenticate", "Basic"), ("Surrogate-Key", "a"))
    assert redact_fields(fields) == fields


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
    ("url", "server"),
    [
        ("http://h", ("http", "h", 80)),
        ("HTTPS://H.example:444/a?b#c", ("https", "h.example", 444)),
        ("http://user:pass@h/@x", ("http", "h", 80)),
        ("http://[::1]:8080/", ("http", "[::1]", 8080)),
        ("http://h:/", ("http", "h", 80)),
        ("http://[0:0::1]/", ("http", "[::1]", 80)),
        ("http://B\u00dccher.example/", ("http", "xn--bcher-kva.example", 80)),
        ("http://\u212a.example/", ("http", "k.example", 80)),
        ("http://\uff11\uff12\uff17.0.0.1/", ("http", "127.0.0.1", 80)),
        ("http://0x.example/", ("http", "0x.example", 80)),
    ],
)
def test_the_server_of_a_url(url: str, server: tuple[str, str, int]) -> None:
    """Scheme, host and port (RFC 6454, section 4)."""
    assert origin(url) == server


@pytest.mark.parametrize(
    "url",
    ["http://other:1\\@h/", "http://other\t@h/", "http://h\n.other/", " http://h/", "http:/h/", "http://ot%68er/", "http://a b/",
     "http://h\x00.other/", "http://h:0/", "http://h:65536/", "http://h:99999999/", "http://h..x/", "http://a@b@h/", "//h/", "ftp://h/",
     "http://[::1/", "http://h\u2100.x/", "http://[", "http://[:::1]/", "http://127.1/",
     "http://0x7f.0.0.1/", "http://010.0.0.1/", "http://2130706433/", "http://127.0.0.1./", "http://1.2.3.4.5/", "http://x.0x7f/",
     "http://a\u200db.x/", "http://h:\u0661/"],
)  # fmt: skip
def test_a_url_that_parsers_read_differently_has_no_server(url: str) -> None:
    """Two that disagree on it would compare one host and connect to another."""
    assert origin(url) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/reset/abc", "http://h/reset/REDACTED"),
        ("http://abc/abc?abc#abc", "http://abc/REDACTED?abc#abc"),
        ("/abc/x", "/REDACTED/x"),
        ("http://abc", "http://abc"),
        ("/abc?u=http://h/abc", "/REDACTED?u=http://h/abc"),
    ],
)
def test_a_part_of_a_path_is_hidden(url: str, shown: str) -> None:
    """There, and nowhere else."""
    assert redact_path(url, ("abc", "")) == shown


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


@pytest.mark.parametrize(
    ("url", "bare", "field"),
    [
        ("http://u:p@h:1/a@b?c@d", "http://h:1/a@b?c@d", "Basic dTpw"),
        ("http://u%3a:%40@h", "http://h", "Basic dTo6QA=="),
        ("http://u@h", "http://h", "Basic dTo="),
        ("http://h/a@b", "http://h/a@b", ""),
    ],
)
def test_user_information_is_an_authorization(url: str, bare: str, field: str) -> None:
    """RFC 7617; and no part of the URL any more."""
    assert without_user(url) == (bare, field)


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
    """Neither its request's."""
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
