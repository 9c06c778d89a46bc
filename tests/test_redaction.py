"""What carries a secret by its name, and URLs and fields without their secrets."""

import pytest

from dynclient.redaction import SECRET_NAMES, is_secret_name, redact_fields, redact_path, redact_url

KEY = "fake-secret-value"


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
    """No document needs to say that it is."""
    assert redact_fields([(name, KEY)]) == ((name, "REDACTED"),)


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
