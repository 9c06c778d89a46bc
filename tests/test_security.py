"""Security: which credentials are chosen, and what they become on the wire."""

import base64
import traceback
from typing import Any

import pytest
from servers import document

from dynclient import Client, InvalidRequest
from dynclient.exchange import Request
from dynclient.security import Credentials

SCHEMES: dict[str, Any] = {
    "Key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "QueryKey": {"type": "apiKey", "in": "query", "name": "api key"},
    "CookieKey": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "Basic": {"type": "http", "scheme": "Basic"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Other": {"type": "http", "scheme": "Digest"},
    "OAuth": {"type": "oauth2", "flows": {}},
    "OpenId": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
}


def secured(requirement: Any, *, root: Any = None, **auth: Any) -> Client:
    """A client of one operation with this requirement."""
    operation: dict[str, Any] = {"operationId": "use", "responses": {}}
    if requirement is not None:
        operation["security"] = requirement
    parts = {"security": root} if root is not None else {}
    found = document({"/a": {"get": operation}}, components={"securitySchemes": SCHEMES}, **parts)
    return Client(found, server="http://127.0.0.1", auth=auth)


def request_of(requirement: Any, **auth: Any) -> Request:
    """The request that the operation becomes."""
    return secured(requirement, **auth).use.prepare()


@pytest.mark.parametrize(
    ("scheme", "credential", "header", "value"),
    [
        ("Key", "abc", "X-Key", "abc"),
        ("Basic", ("user", "pass:word"), "Authorization", "Basic dXNlcjpwYXNzOndvcmQ="),
        ("Basic", "dXNlcg==", "Authorization", "Basic dXNlcg=="),
        ("Basic", ("ü", "€"), "Authorization", "Basic " + base64.b64encode("ü:€".encode()).decode()),
        ("Bearer", "abc", "Authorization", "Bearer abc"),
        ("Bearer", lambda: "made", "Authorization", "Bearer made"),
        ("OAuth", "abc", "Authorization", "Bearer abc"),
        ("OpenId", "abc", "Authorization", "Bearer abc"),
        ("CookieKey", "a b", "Cookie", "sid=a%20b"),
    ],
)
def test_a_credential_becomes_a_header(scheme: str, credential: Any, header: str, value: str) -> None:
    """As its kind of scheme says (OpenAPI, Security Scheme Object; RFC 7617; RFC 6750)."""
    assert request_of([{scheme: []}], **{scheme: credential}).headers[header] == value


def test_a_credential_becomes_a_query_parameter() -> None:
    """Percent-encoded, and shown nowhere."""
    request = request_of([{"QueryKey": []}], QueryKey="fake&secret")
    assert request.url == "http://127.0.0.1/a?api%20key=fake%26secret"
    assert "fake" not in repr(request) + request.safe_url


def test_all_schemes_of_a_requirement_are_sent() -> None:
    """And none besides."""
    headers = request_of([{"Key": [], "Bearer": []}], Key="a", Bearer="b", CookieKey="c").headers
    assert (headers["X-Key"], headers["Authorization"], "Cookie" in headers) == ("a", "Bearer b", False)


def test_the_first_requirement_that_can_be_met_is_used() -> None:
    """In the document's order."""
    headers = request_of([{"Key": [], "Bearer": []}, {"Bearer": []}, {"CookieKey": []}], Bearer="b", CookieKey="c").headers  # fmt: skip
    assert headers["Authorization"] == "Bearer b"
    assert "Cookie" not in headers


@pytest.mark.parametrize("requirement", [[{}, {"Key": []}], [{"Key": []}, {}]])
def test_optional_security_is_used_when_there_are_credentials(requirement: Any) -> None:
    """And left out when there are none."""
    assert request_of(requirement, Key="a").headers["X-Key"] == "a"
    assert "X-Key" not in request_of(requirement).headers


def test_an_operation_may_switch_security_off() -> None:
    """By an empty list of its own."""
    assert "X-Key" not in secured([], root=[{"Key": []}], Key="a").use.prepare().headers


def test_security_of_the_document_holds_for_its_operations() -> None:
    """Unless they have their own."""
    assert secured(None, root=[{"Key": []}], Key="a").use.prepare().headers["X-Key"] == "a"


def test_missing_credentials_are_named() -> None:
    """Every way to meet the requirement."""
    with pytest.raises(InvalidRequest) as caught:
        request_of([{"Key": [], "Bearer": []}, {"QueryKey": []}], Key="fake-secret")
    assert "Bearer (bearer credentials); or QueryKey (the key for the query api key)" in str(caught.value)
    assert "fake-secret" not in str(caught.value)


def test_a_scheme_that_the_document_lacks_is_refused_with_the_nearest() -> None:
    """When the client is made."""
    with pytest.raises(InvalidRequest, match=r"auth /Beerer: is no security scheme .*did you mean Bearer"):
        secured([], Beerer="x")


@pytest.mark.parametrize("credential", ["", "fake\nsecret", "fake-secret\r\n", 7, None, b"fake-secret", ("fake", 7), lambda: 7])  # fmt: skip
def test_a_credential_that_cannot_be_sent_is_refused_and_not_shown(credential: Any) -> None:
    """Neither in the message nor in the traceback."""
    with pytest.raises(InvalidRequest, match="auth /Key: ") as caught:
        request_of([{"Key": []}], Key=credential)
    text = "".join(traceback.format_exception(caught.value))
    assert "fake" not in text.replace("request_of([", "")


def test_credentials_do_not_show() -> None:
    """Whoever holds them."""
    client = secured([], Key="fake-secret")
    assert "fake-secret" not in repr([client, Credentials({"Key": "fake-secret"}), client.use])
