"""OAuth 2.0: every flow against an authorization server of another library, tokens that expire, and secrets that never show."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import logging
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import urlopen

import pytest
import requests
import trustme
from auth_server import DEVICE, AuthServer
from conftest import Serve
from servers import Loopback, Received, document, reply
from werkzeug.wrappers import Response

from dynclient import ApiError, AuthError, Client, InvalidRequest, OAuth2, RequestsTransport
from dynclient.exchange import Headers
from dynclient.exchange import Response as Answered
from dynclient.extras import MissingExtra
from dynclient.security.oauth import grants, tokens
from dynclient.security.oauth.settings import DeviceCode, OAuthFlow, candidates, choose_flow

SECRET = "fake-client-secret"
PASSWORD = "fake-pässword"


@pytest.fixture
def server() -> Iterator[AuthServer]:
    """An authorization server."""
    with AuthServer() as running:
        yield running


@pytest.fixture
def api(server: AuthServer) -> Iterator[Loopback]:
    """A resource server that accepts the tokens of the authorization server."""

    def answer(request: Received) -> bytes:
        known = server.accepts(request.headers.get("authorization", ""))
        return reply(200, {"ok": True}) if known else reply(401, {"message": "who?"})

    with Loopback(answer) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test opens a real one."""
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)


def client_of(scheme: Any, auth: Any, url: str = "http://127.0.0.1:9", *, transport: Any = None, **rest: Any) -> Client:
    """A client of operations that need the scopes `read` (read), `write` (write) and none (any)."""
    ok = {"200": {"description": "OK", "content": {"application/json": {}}}}
    number = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    paths = {
        f"/{name}": {
            "get": {"operationId": name, "parameters": [number], "security": [{"Login": scopes}], "responses": ok}
        }
        for name, scopes in {"read": ["read"], "write": ["write"], "any": []}.items()
    }
    found = document(paths, version=rest.pop("version", "3.2.0"), components={"securitySchemes": {"Login": scheme}})
    return Client(found, server=url, auth={"Login": auth}, transport=transport, **rest)


def by_flows(server: AuthServer, auth: Any, url: str = "http://127.0.0.1:9", *kinds: str, **rest: Any) -> Client:
    """A client whose document has these flows of the server, or all of them."""
    flows = {kind: flow for kind, flow in server.flows.items() if not kinds or kind in kinds}
    return client_of({"type": "oauth2", "flows": flows}, auth, url, **rest)


def fetched(client: Client) -> str:
    """The Authorization of a prepared request."""
    return client.read.prepare().headers["Authorization"]


def approving(server: AuthServer, *, yes: bool = True) -> Callable[[DeviceCode], None]:
    """A person who enters every code that is shown."""
    return lambda code: server.granted.update({code.user_code: yes})


def shown(error: BaseException) -> str:
    """Everything of an error that is printed."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


# --- every flow


@pytest.mark.parametrize("kind", ["clientCredentials", "password", "authorizationCode", "deviceAuthorization"])
def test_every_flow_gives_a_token_that_the_api_takes(kind: str, server: AuthServer, api: Loopback) -> None:
    """The flow comes from the document."""
    auth = {
        "clientCredentials": OAuth2("app", SECRET),
        "password": OAuth2("app", SECRET, username="alice", password=PASSWORD),
        "authorizationCode": OAuth2("public", open_browser=server.browse),
        "deviceAuthorization": OAuth2("public", on_device_code=approving(server)),
    }[kind]
    with by_flows(server, auth, api.url) as client:
        assert client.read() == {"ok": True}
    assert api.last.headers["authorization"].startswith("Bearer fake-access-")


@pytest.mark.parametrize(
    ("auth", "authorization", "in_form"),
    [
        (OAuth2("app", SECRET), "Basic " + base64.b64encode(b"app:fake-client-secret").decode(), set()),
        (OAuth2("odd:app/ü", "fake:client%secret+ü"), "Basic " + base64.b64encode(b"odd%3Aapp%2F%C3%BC:fake%3Aclient%25secret%2B%C3%BC").decode(), set()),
        (OAuth2("poster", SECRET, client_auth="post"), None, {"client_id", "client_secret"}),
        (OAuth2("app", lambda: SECRET), "Basic " + base64.b64encode(b"app:fake-client-secret").decode(), set()),
        (OAuth2("public", username="alice", password=lambda: PASSWORD), None, {"client_id", "username", "password"}),
    ],
)  # fmt: skip
def test_a_client_shows_its_secret_in_one_way(
    auth: OAuth2, authorization: str | None, in_form: set[str], server: AuthServer
) -> None:
    """Form-encoded in http basic, or in the form, never both (RFC 6749, section 2.3.1)."""
    assert fetched(by_flows(server, auth)).startswith("Bearer ")
    assert server.asked[-1].headers.get("Authorization") == authorization
    assert server.asked[-1].form.keys() - {"grant_type", "scope"} == in_form


def test_a_sign_in_is_protected_by_challenge_and_state(server: AuthServer) -> None:
    """PKCE with S256, computed independently (RFC 7636, section 4.2; RFC 8252, section 7.3)."""
    fetched(by_flows(server, OAuth2("public", open_browser=server.browse), "http://127.0.0.1:9", "authorizationCode"))
    asked, token = server.seen[0].form, server.asked[0].form
    digest = hashlib.sha256(token["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == ("S256", "code", "read")
    assert asked["redirect_uri"] == token["redirect_uri"]
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert len(asked["state"]) >= 30
    assert len(token["code_verifier"]) >= 43


@pytest.mark.parametrize("redirect_uri", ["http://localhost:0/back", "http://[::1]:0/", "http://127.0.0.1:0"])
def test_a_sign_in_returns_to_the_registered_url(redirect_uri: str, server: AuthServer) -> None:
    """On the free port."""
    auth = OAuth2("public", open_browser=server.browse, redirect_uri=redirect_uri)
    assert fetched(by_flows(server, auth, "http://127.0.0.1:9", "authorizationCode"))
    assert server.asked[0].form["redirect_uri"].startswith(redirect_uri.partition(":0")[0] + ":")


def test_only_the_answer_ends_a_sign_in(server: AuthServer) -> None:
    """Other requests of a browser and silent connections do not."""
    silent: list[socket.socket] = []

    def browse(url: str) -> None:
        back = urlsplit(parse_qs(urlsplit(url).query)["redirect_uri"][0])
        silent.append(socket.create_connection((str(back.hostname), int(back.port or 0))))
        for target in ("favicon.ico", "", "?other=1"):
            with pytest.raises(HTTPError, match="404") as refused:
                urlopen(f"http://{back.netloc}/{target}", timeout=5)
            refused.value.close()
        server.browse(url)

    assert fetched(by_flows(server, OAuth2("public", open_browser=browse)))
    silent[0].close()


def answering(**fields: str) -> Callable[[str], None]:
    """A browser that returns with these fields and the right `state`, without asking the authorization server."""

    def browse(url: str) -> None:
        assert url.startswith("http://127.0.0.1:")
        asked = dict(parse_qsl(urlsplit(url).query))
        answer = {"state": asked["state"], **fields}
        target = f"{asked['redirect_uri']}?{urlencode(answer)}"
        urlopen(target, timeout=5).close()  # noqa: S310  the loopback

    return browse


def astray(*queries: str) -> Callable[[str], None]:
    """A browser that is sent to the loopback by another page, and refused there."""

    def browse(url: str) -> None:
        back = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
        for query in queries:
            with pytest.raises(HTTPError, match="400") as refused:
                urlopen(f"{back}?{query}", timeout=5)  # noqa: S310  the loopback
            refused.value.close()

    return browse


def test_an_answer_with_another_state_does_not_end_the_sign_in(server: AuthServer) -> None:
    """Any web page can send one; the right one that follows signs in."""

    def browse(url: str) -> None:
        astray("code=evil&state=x", "code=evil&state=", "error=access_denied", "code=evil&state=x&state=y")(url)
        server.browse(url)

    assert fetched(by_flows(server, OAuth2("public", open_browser=browse)))


def test_a_request_that_is_none_does_not_end_the_sign_in(server: AuthServer, capfd: pytest.CaptureFixture[str]) -> None:
    """It is answered or dropped, and nothing is printed: it may contain the code."""

    def browse(url: str) -> None:
        back = urlsplit(dict(parse_qsl(urlsplit(url).query))["redirect_uri"])
        with socket.create_connection((str(back.hostname), int(back.port or 0))) as sent:
            sent.sendall(b"GET http://[/?code=fake-code HTTP/1.0\r\n\r\n")
            assert b" 400 " in sent.recv(100)
        server.browse(url)

    assert fetched(by_flows(server, OAuth2("public", open_browser=browse)))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("lifetime", [0, -5, 0.5, "0"])
def test_a_token_that_expires_at_once_serves_one_call(lifetime: Any, server: AuthServer, api: Loopback) -> None:
    """The next call asks for another one (RFC 6749, section 5.1)."""
    server.answers["/token"] = lambda _: Response(
        json.dumps({"access_token": "fake-token", "token_type": "Bearer", "expires_in": lifetime})
    )
    client = by_flows(server, OAuth2("app", SECRET), api.url, "clientCredentials")
    now = time.time()
    for passed in range(3):
        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("dynclient.security.oauth.tokens.time.time", lambda passed=passed: now + passed)
            client.any.prepare()
    assert len(server.asked) == 3


def test_the_password_flow_needs_no_client_id(server: AuthServer) -> None:
    """A public client may have none (RFC 6749, section 4.3), and nothing is sent for it."""
    server.answers["/token"] = lambda _: Response('{"access_token": "fake-token", "token_type": "Bearer"}')
    client = by_flows(server, OAuth2(username="alice", password=PASSWORD), "http://127.0.0.1:9", "password")
    assert fetched(client) == "Bearer fake-token"
    assert server.asked[0].form == {
        "grant_type": "password",
        "username": "alice",
        "password": PASSWORD,
        "scope": "read",
    }
    assert "Authorization" not in server.asked[0].headers


def test_no_other_flow_does_without_a_client_id(server: AuthServer) -> None:
    """The message names what is missing."""
    with pytest.raises(ValueError, match="client_id must not be empty: only the password flow and refresh tokens"):
        OAuth2("", SECRET)
    client = by_flows(server, OAuth2(username="alice", password=PASSWORD), "http://127.0.0.1:9", "authorizationCode")
    with pytest.raises(AuthError, match="the authorizationCode flow needs client_id"):
        client.read.prepare()


def test_a_device_code_shows_no_control_characters(
    server: AuthServer, api: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a server sends cannot command the terminal, or write lines of its own."""
    code = {
        "device_code": "d",
        "user_code": "U\x1b[2J\n$ evil",
        "verification_uri": "http://v\x1b]0;x\x07",
        "expires_in": 0,
    }
    server.answers["/device_code"] = lambda _: Response(json.dumps(code))
    client = by_flows(server, OAuth2("public", flow="deviceAuthorization"), api.url)
    with pytest.raises(AuthError, match="nobody signed in"):
        client.read.prepare()
    assert capsys.readouterr().err == ("To sign in, open http://v\\x1b]0;x\\x07 and enter the code U\\x1b[2J $ evil\n")


@pytest.mark.parametrize(
    "url", ["http://[", "http://[::1/t", "http://127.0.0.2:1\\@localhost/t", "http://u@localhost/t", "http://h:99999/"]
)
def test_a_token_url_that_parsers_read_differently_is_refused(url: str, server: AuthServer) -> None:
    """No secret goes there, wherever the URL comes from."""
    flows = {"clientCredentials": {"tokenUrl": url, "scopes": {}}}
    with pytest.raises(AuthError, match="Login: "):
        client_of({"type": "oauth2", "flows": flows}, OAuth2("app", SECRET)).read.prepare()
    server.metadata["token_endpoint"] = url
    found = {"type": "openIdConnect", "openIdConnectUrl": server.url}
    with pytest.raises(AuthError, match="Login: "):
        client_of(found, OAuth2("app", SECRET)).read.prepare()
    with Loopback(reply(307, Location=url)) as other, pytest.raises(AuthError, match="is redirected"):
        by_flows(server, OAuth2("app", SECRET, token_url=f"{other.url}/t")).read.prepare()
    assert server.asked == []


@pytest.mark.parametrize(
    ("browse", "message"),
    [
        (astray("&code=fake-code&state=other"), "nobody signed in within 0.05 s; answers with another state: 1"),
        (answering(error="access_denied", error_description="not today"), "refused: access_denied: not today"),
        (answering(code="fake-code"), "invalid_grant"),
        (lambda _: None, "nobody signed in within 0.05 s"),
        (None, "no browser can be opened"),
    ],
)
def test_a_sign_in_that_fails_says_why(browse: Any, message: str, server: AuthServer) -> None:
    """The message shows no code."""
    auth = OAuth2("public", open_browser=browse, sign_in_timeout=5 if "nobody" not in message else 0.05)
    with pytest.raises(AuthError, match=message) as caught:
        fetched(by_flows(server, auth, "http://127.0.0.1:9", "authorizationCode"))
    assert "fake-code" not in shown(caught.value)


def test_a_port_that_is_taken_is_named(server: AuthServer, api: Loopback) -> None:
    """As the user wrote it."""
    auth = OAuth2("public", open_browser=server.browse, redirect_uri=f"http://127.0.0.1:{api.port}/")
    with pytest.raises(AuthError, match=f"cannot listen at http://127.0.0.1:{api.port}/: Address already in use"):
        fetched(by_flows(server, auth, "http://127.0.0.1:9", "authorizationCode"))


def test_the_usual_browser_is_opened(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `open_browser` is given."""
    monkeypatch.setattr("webbrowser.open", lambda url: server.browse(url) or True)
    assert fetched(by_flows(server, OAuth2("public"), "http://127.0.0.1:9", "authorizationCode"))


def test_a_device_code_is_shown_on_standard_error(server: AuthServer, capsys: pytest.CaptureFixture[str]) -> None:
    """And no token is requested after it expires."""
    server.answers["/device_code"] = lambda _: Response(
        json.dumps({"device_code": "fake-device", "user_code": "AB-CD", "verification_uri": "https://x.test", "expires_in": 0})
    )  # fmt: skip
    with pytest.raises(AuthError, match="nobody signed in within 0 s") as caught:
        fetched(by_flows(server, OAuth2("public"), "http://127.0.0.1:9", "deviceAuthorization"))
    assert capsys.readouterr().err == "To sign in, open https://x.test and enter the code AB-CD\n"
    assert "fake-device" not in shown(caught.value)


def test_a_device_waits_as_long_as_the_server_says(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer after each slow_down (RFC 8628, section 3.5)."""
    pauses: list[float] = []
    codes: list[DeviceCode] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            approving(server)(codes[0])

    monkeypatch.setattr(grants, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    server.slow_downs = [False, True]
    assert fetched(by_flows(server, OAuth2("public", on_device_code=codes.append)))
    assert pauses == [0, 5, 5, 5]
    assert codes[0].verification_uri_complete.endswith(codes[0].user_code)
    assert {seen.grant for seen in server.asked} == {DEVICE}


def test_a_device_asks_less_often_if_nobody_answers(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on when the server is back."""
    pauses: list[float] = []
    monkeypatch.setattr(grants, "time", SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
    url, calls = f"{server.url}/token", []

    def broken(request: Any, timeout: float) -> Any:
        calls.append(request)
        lost = request.url == url and len(calls) < 4
        return RequestsTransport(session)(request if not lost else copy_to(request, "http://127.0.0.1:9/"), timeout)

    with requests.Session() as session:
        assert fetched(by_flows(server, OAuth2("public", on_device_code=approving(server)), transport=broken))
    assert pauses == [0, 1, 2]


def copy_to(request: Any, url: str) -> Any:
    """The same request to another place."""
    return type(request)(request.method, url, request.headers, request.body, request.operation)


def test_a_device_endpoint_without_a_code_is_an_error(server: AuthServer) -> None:
    """The server is at fault."""
    server.answers["/device_code"] = lambda _: Response('{"device_code": "fake-device"}')
    with pytest.raises(AuthError, match="the device authorization endpoint sent no code"):
        fetched(by_flows(server, OAuth2("public", on_device_code=approving(server))))


def test_a_device_that_is_refused_says_so(server: AuthServer) -> None:
    """With the server's error code."""
    auth = OAuth2("public", on_device_code=approving(server, yes=False))
    with pytest.raises(AuthError, match="access_denied") as caught:
        fetched(by_flows(server, auth))
    assert caught.value.error == "access_denied"


# --- which flow


TOKEN = "https://auth.test/token"
DOCUMENTED = (
    OAuthFlow("implicit", authorization_url="https://auth.test/authorize"),
    OAuthFlow("authorizationCode", TOKEN, "https://auth.test/authorize"),
    OAuthFlow("clientCredentials", TOKEN),
    OAuthFlow("password", TOKEN),
)
ask = print


@pytest.mark.parametrize(
    ("auth", "kind"),
    [
        (OAuth2("a"), "authorizationCode"),
        (OAuth2("a", "s"), "clientCredentials"),
        (OAuth2("a", "s", open_browser=ask), "authorizationCode"),
        (OAuth2("a", "s", username="u", password="p"), "password"),
        (OAuth2("a", username="u", password="p"), "password"),
        (OAuth2("a", "s", flow="authorizationCode"), "authorizationCode"),
        (OAuth2("a", "s", refresh_token="r"), "refreshToken"),
        (OAuth2("a", refresh_token="r", open_browser=ask), "authorizationCode"),
        (OAuth2("a", "s", refresh_token="r", open_browser=ask, flow="refreshToken"), "refreshToken"),
        (OAuth2("a", "s", device_authorization_url="https://auth.test/device"), "clientCredentials"),
        (OAuth2("a", device_authorization_url="https://auth.test/device", on_device_code=ask), "deviceAuthorization"),
        (OAuth2("a", flow="deviceAuthorization", device_authorization_url="https://auth.test/device"), "deviceAuthorization"),
    ],
)  # fmt: skip
def test_the_first_flow_that_the_settings_allow_is_used(auth: OAuth2, kind: str) -> None:
    """Nobody must sign in if a secret is enough, unless a way to ask is set."""
    flow = choose_flow(auth, candidates(auth, DOCUMENTED))
    assert isinstance(flow, OAuthFlow)
    assert (flow.kind, flow.token_url) == (kind, TOKEN)


@pytest.mark.parametrize(
    ("auth", "documented", "why"),
    [
        (OAuth2("a", flow="clientCredentials"), DOCUMENTED, "the clientCredentials flow needs client_secret"),
        (OAuth2("a"), DOCUMENTED[2:], "clientCredentials flow needs client_secret; the password flow needs username and password"),
        (OAuth2("a", flow="deviceAuthorization"), DOCUMENTED, "does not have the deviceAuthorization flow; it has implicit, authorizationCode"),
        (OAuth2("a"), DOCUMENTED[:1], "the implicit flow is not supported; pass a token as text instead"),
        (OAuth2("a", "s"), (), "the document has no flows; pass token_url to OAuth2"),
        (OAuth2("a", refresh_token="r"), (), "there is no token URL"),
        (OAuth2("a", flow="refreshToken"), DOCUMENTED, "the refreshToken flow needs refresh_token"),
    ],
)  # fmt: skip
def test_what_a_flow_lacks_is_named(auth: OAuth2, documented: tuple[OAuthFlow, ...], why: str) -> None:
    """For each flow of the document."""
    reason = choose_flow(auth, candidates(auth, documented))
    assert isinstance(reason, str)
    assert why in reason


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": ""},
        {"client_id": "a", "flow": "client_credentials"},
        {"client_id": "a", "client_auth": "jwt"},
        {"client_id": "a", "redirect_uri": "https://example.com/back"},
        {"client_id": "a", "redirect_uri": "http://example.com/back"},
        {"client_id": "a", "redirect_uri": "http://127.0.0.1:0\\@example.com/back"},
        {"client_id": "a", "redirect_uri": "http://127.0.0.1:99999/"},
    ],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    """They are refused when they are made, before any call."""
    with pytest.raises(ValueError, match="must"):
        OAuth2(**fields)


def test_the_users_urls_come_before_the_documents(server: AuthServer) -> None:
    """And are enough for a bearer scheme, which has no URLs."""
    wrong = {"clientCredentials": {"tokenUrl": "https://nowhere.test/token", "scopes": {}}}
    auth = OAuth2("app", SECRET, token_url=f"{server.url}/token", scopes="read", parameters={"audience": "x"})
    for scheme in ({"type": "oauth2", "flows": wrong}, {"type": "http", "scheme": "bearer"}):
        assert fetched(client_of(scheme, auth)).startswith("Bearer fake-access-")
    assert server.asked[-1].form == {"grant_type": "client_credentials", "scope": "read", "audience": "x"}


def test_a_relative_token_url_is_relative_to_the_server(serve: Any) -> None:
    """By RFC 3986 (OpenAPI 3.1, Relative References in API URLs)."""
    place = serve(lambda _: reply(200, {"access_token": "fake-token", "token_type": "bearer"}))
    scheme = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "../oauth/token", "scopes": {}}}}
    assert fetched(client_of(scheme, OAuth2("app", SECRET), f"{place.url}/v1/api/", version="3.1.0"))
    assert place.last.target == "/v1/oauth/token"


# --- tokens that end


def at(monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    """Go to a later time."""
    monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: time.time() + later))


@pytest.mark.parametrize(("lifetime", "kept", "renewed"), [(3600, 3560, 3575), (20, 17, 18.5)])
def test_a_token_is_renewed_before_it_expires(
    lifetime: int, kept: float, renewed: float, server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not long before."""
    server.lifetime = lifetime
    client = by_flows(server, OAuth2("app", SECRET))
    first = fetched(client)
    at(monkeypatch, kept)
    assert fetched(client) == first
    at(monkeypatch, renewed)
    assert fetched(client) != first
    assert len(server.asked) == 2


def test_a_refresh_token_is_used_and_replaced(
    server: AuthServer, api: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is used once if the server sends another (RFC 6749, section 6)."""
    client = by_flows(server, OAuth2("public", username="alice", password=PASSWORD), api.url)
    for hour in range(3):
        at(monkeypatch, hour * 3600)
        assert client.read() == {"ok": True}
    assert [seen.grant for seen in server.asked] == ["password", "refresh_token", "refresh_token"]
    assert server.asked[1].form["refresh_token"] != server.asked[2].form["refresh_token"]
    client.close()


def test_a_refresh_token_may_have_its_own_url(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the document says (OpenAPI, OAuth Flow Object)."""
    flow = {**server.flows["password"], "refreshUrl": f"{server.url}/renewal"}
    server.answers["/renewal"] = lambda _: Response('{"access_token": "fake-renewed", "token_type": "BEARER"}')
    auth = OAuth2("public", username="alice", password=PASSWORD)
    client = client_of({"type": "oauth2", "flows": {"password": flow}}, auth)
    fetched(client)
    at(monkeypatch, 3600)
    assert fetched(client) == "Bearer fake-renewed"


def test_a_token_is_used_until_it_expires_if_the_server_is_away(
    server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short outage of the authorization server stops no call."""
    with requests.Session() as session:

        def away(request: Any, timeout: float) -> Any:
            lost = bool(server.asked)
            return RequestsTransport(session)(request if not lost else copy_to(request, "http://127.0.0.1:9/"), timeout)

        client = by_flows(server, OAuth2("app", SECRET), transport=away)
        server.answers["/token"] = lambda _: Response('{"access_token": "fake-token", "expires_in": 100}')
        assert fetched(client) == "Bearer fake-token"
        at(monkeypatch, 95)
        assert fetched(client) == "Bearer fake-token"
        at(monkeypatch, 101)
        with pytest.raises(AuthError, match="no connection"):
            fetched(client)


def test_an_expired_refresh_token_restarts_the_flow(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """If that needs no person."""
    client = by_flows(server, OAuth2("public", username="alice", password=PASSWORD))
    fetched(client)
    server.spent.update(str(token.fields["refresh_token"]) for token in server.tokens.values())
    at(monkeypatch, 3600)
    fetched(client)
    assert [seen.grant for seen in server.asked] == ["password", "refresh_token", "password"]


def test_the_users_refresh_token_is_enough(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is refused, nobody is asked to sign in."""
    first = by_flows(server, OAuth2("public", username="alice", password=PASSWORD))
    fetched(first)
    token = next(iter(server.tokens.values())).fields["refresh_token"]
    client = by_flows(server, OAuth2("public", refresh_token=lambda: token))
    assert fetched(client)
    assert client.write.prepare().headers["Authorization"] == fetched(client)
    assert server.asked[-1].form.keys() == {"grant_type", "refresh_token", "client_id"}
    server.spent.update(str(token.fields["refresh_token"]) for token in server.tokens.values())
    at(monkeypatch, 3600)
    with pytest.raises(AuthError, match="invalid_grant"):
        fetched(client)


def test_a_token_that_is_refused_is_renewed_once(server: AuthServer, api: Loopback) -> None:
    """And the call is repeated."""
    with by_flows(server, OAuth2("app", SECRET), api.url) as client:
        client.read()
        server.revoke_all()
        assert client.read() == {"ok": True}
        assert (len(api.received), len(server.asked)) == (3, 2)


def test_a_server_that_refuses_every_token_is_asked_twice(server: AuthServer, serve: Any) -> None:
    """Then the caller gets its answer."""
    place = serve(reply(401, {"message": "who?"}))
    with by_flows(server, OAuth2("app", SECRET), place.url) as client, pytest.raises(ApiError, match="who"):
        client.read()
    assert (len(place.received), len(server.asked)) == (2, 2)
    assert place.received[0].headers["authorization"] != place.received[1].headers["authorization"]


def test_nobody_is_asked_to_sign_in_again_during_a_call(server: AuthServer, serve: Any) -> None:
    """After a 401; the next call may ask."""
    place = serve(reply(401, {"message": "who?"}))
    server.answers["/token"] = lambda _: Response('{"access_token": "fake-token", "token_type": "Bearer"}')
    auth = OAuth2("public", open_browser=server.browse)
    with by_flows(server, auth, place.url, "authorizationCode") as client:
        for calls in (1, 2):
            assert client.read.send().status == 401
            assert (len(place.received), len(server.asked)) == (calls, calls)


def test_a_401_of_another_server_renews_nothing(server: AuthServer, serve: Any) -> None:
    """It never saw the token."""
    other = serve(reply(401, {}))
    place = serve(reply(302, None, None, Location=f"{other.url}/elsewhere"))
    with by_flows(server, OAuth2("app", SECRET), place.url) as client:
        assert client.read.send().status == 401
    assert (len(server.asked), "authorization" in other.last.headers) == (1, False)


def together(count: int, call: Callable[[], Any]) -> list[Any]:
    """Return the result of each of these threads, which start at once."""
    barrier, found = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            found.append(call())
        except Exception as error:  # noqa: BLE001  it is what is looked at
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_twenty_threads_ask_for_one_token(server: AuthServer, api: Loopback) -> None:
    """At first, and after a 401."""
    with by_flows(server, OAuth2("app", SECRET), api.url) as client:
        assert together(20, client.read) == [{"ok": True}] * 20
        assert len(server.asked) == 1
        server.revoke_all()
        assert together(20, client.read) == [{"ok": True}] * 20
        assert len(server.asked) == 2


def test_twenty_threads_share_a_failure(server: AuthServer) -> None:
    """A wrong password is tried once."""
    released = threading.Event()

    def answer(_: Any) -> Response:
        released.wait(5)
        return Response('{"error": "invalid_client"}', 401)

    server.answers["/token"] = answer
    client = by_flows(server, OAuth2("app", SECRET))
    threading.Timer(0.2, released.set).start()
    found = together(20, client.read.prepare)
    assert {type(error) for error in found} == {AuthError}
    assert len(server.asked) == 1


def test_a_failure_is_shared_only_between_requests_for_the_same_scopes(server: AuthServer) -> None:
    """A refused scope does not fail a request for another."""
    began, released = threading.Event(), threading.Event()

    def answer(request: Any) -> Response:
        if "write" not in request.form.get("scope", ""):
            return Response('{"access_token": "fake-token"}')
        began.set()
        released.wait(5)
        return Response('{"error": "invalid_scope"}', 400)

    server.answers["/token"] = answer
    client = by_flows(server, OAuth2("app", SECRET))
    found: list[Any] = []
    refused = threading.Thread(target=lambda: found.append(together(1, client.write.prepare)))
    refused.start()
    began.wait(5)
    threading.Timer(0.2, released.set).start()
    assert fetched(client) == "Bearer fake-token"
    refused.join()
    assert type(found[0][0]) is AuthError


def test_an_interrupted_thread_leaves_no_one_waiting(server: AuthServer) -> None:
    """The next thread sends a request of its own."""
    source = tokens.TokenSource("Login", OAuth2("app", SECRET), (OAuthFlow("clientCredentials", f"{server.url}/token"),), "", lambda *_: sys.exit(1))  # fmt: skip
    for _ in range(2):
        with pytest.raises(SystemExit):
            source.token([], 1)


# --- scopes


def test_the_scopes_are_those_that_the_operation_needs(server: AuthServer) -> None:
    """And those of earlier calls; a token that has them is reused."""
    client = by_flows(server, OAuth2("app", SECRET))
    client.any.prepare()
    first = fetched(client)
    client.write.prepare()
    assert [seen.form.get("scope") for seen in server.asked] == [None, "read", "read write"]
    assert first != fetched(client)
    assert len(server.asked) == 3


def test_the_users_scopes_are_requested_unchanged(server: AuthServer) -> None:
    """For every operation that they cover; for others, the missing scope is named."""
    client = by_flows(server, OAuth2("app", SECRET, scopes=["read", "admin"]))
    client.any.prepare()
    with pytest.raises(InvalidRequest, match=r"missing: Login \(an oauth2 token with the scopes write\)"):
        client.write.prepare()
    assert [seen.form["scope"] for seen in server.asked] == ["admin read"]


def test_a_scope_that_the_server_does_not_have_is_its_error(server: AuthServer) -> None:
    """In its words."""
    with pytest.raises(
        AuthError, match=r"refuses a token \(400\): invalid_scope: The requested scope is invalid"
    ) as caught:
        by_flows(server, OAuth2("app", SECRET, scopes=["read", "nonsense"])).read.prepare()
    assert (caught.value.scheme, caught.value.error, caught.value.status) == ("Login", "invalid_scope", 400)


# --- discovery


def openid(server: AuthServer, auth: OAuth2, path: str = "", **rest: Any) -> Client:
    """A client of a document with an openIdConnect scheme."""
    return client_of({"type": "openIdConnect", "openIdConnectUrl": f"{server.url}{path}"}, auth, **rest)


@pytest.mark.parametrize("path", ["", "/", "/.well-known/openid-configuration"])
def test_openid_connect_is_discovered(path: str, server: AuthServer) -> None:
    """Once, at the URL or at the well-known place below it."""
    client = openid(server, OAuth2("app", SECRET), path)
    assert fetched(client)
    client.write.prepare()
    assert [seen.path for seen in server.seen] == ["/.well-known/openid-configuration", "/token", "/token"]


def test_the_metadata_decide(server: AuthServer) -> None:
    """The flow, and how the secret is sent."""
    server.metadata = {
        "grant_types_supported": ["password", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
    assert fetched(openid(server, OAuth2("poster", SECRET)))
    assert "client_secret" in server.asked[0].form
    with pytest.raises(AuthError, match="clientCredentials flow needs client_secret; the password flow needs username"):
        fetched(openid(server, OAuth2("public")))


def test_oauth2_may_be_discovered_too(server: AuthServer) -> None:
    """OpenAPI 3.2; RFC 8414."""
    scheme = {"type": "oauth2", "oauth2MetadataUrl": f"{server.url}/.well-known/openid-configuration"}
    assert fetched(client_of(scheme, OAuth2("app", SECRET)))


@pytest.mark.parametrize(("issuer", "found"), [("", True), ("/tenant", True), ("https://evil.example", False)])
def test_oauth2_metadata_may_be_anywhere_on_the_server(issuer: str, found: bool, server: AuthServer) -> None:  # noqa: FBT001  a table's column
    """OpenAPI 3.2, Security Scheme Object, oauth2MetadataUrl: the URL need not be well-known."""
    metadata = {"issuer": urljoin(server.url, issuer).rstrip("/"), "token_endpoint": f"{server.url}/token"}
    server.answers["/meta"] = lambda _: Response(json.dumps(metadata))
    client = client_of({"type": "oauth2", "oauth2MetadataUrl": f"{server.url}/meta"}, OAuth2("app", SECRET))
    if found:
        assert fetched(client).startswith("Bearer fake-access-")
    else:
        with pytest.raises(AuthError, match=r"to another issuer: https://evil\.example; pass token_url to OAuth2"):
            fetched(client)


def test_the_users_urls_need_no_discovery(server: AuthServer) -> None:
    """No metadata are requested."""
    assert fetched(openid(server, OAuth2("app", SECRET, token_url=f"{server.url}/token"), "/nowhere"))
    assert [seen.path for seen in server.seen] == ["/token"]


def test_a_sign_in_must_be_answered_by_the_issuer(server: AuthServer) -> None:
    """The answer names it (RFC 9207, section 2.4)."""
    auth = OAuth2("public", open_browser=server.browse)
    assert fetched(openid(server, auth))
    server.answering_issuer = "https://other.test"
    with pytest.raises(AuthError, match="belongs to another issuer"):
        fetched(openid(server, auth))
    with pytest.raises(AuthError, match="belongs to another issuer"):
        fetched(openid(server, OAuth2("public", open_browser=answering(code="fake-code"))))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda: Response('{"issuer": "https://evil.test"}'), "belongs to another issuer: https://evil.test"),
        (lambda: Response("<html>", content_type="text/html"), "unexpected answer: 200 text/html"),
        (lambda: Response("{}", 404), "unexpected answer: 404"),
        (lambda: Response(status=302, headers={"Location": "https://evil.test/x"}), "redirected to evil.test:443; it was not sent there"),
    ],
)  # fmt: skip
def test_a_discovery_that_fails_says_why(answer: Any, message: str, server: AuthServer) -> None:
    """And nothing is sent to the servers that it names."""
    server.answers["/.well-known/openid-configuration"] = lambda _: answer()
    with pytest.raises(AuthError, match=message):
        fetched(openid(server, OAuth2("app", SECRET)))


# --- what goes wrong, and what never shows


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response('{"error": "invalid_client", "error_description": "no such client"}', 401), r"refuses a token \(401\): invalid_client: no such client"),
        (Response("<h1>oops</h1>", 502, content_type="text/html"), "unexpected answer: 502 text/html"),
        (Response('{"detail": "Incorrect username or password"}', 400), r"400 .*: Incorrect username or password$"),
        (Response("<h1>oops</h1>", 200, content_type="text/html"), "unexpected answer: 200 text/html"),
        (Response("[]", 200), "unexpected answer: 200"),
        (Response("{}", 200), "sent no token"),
        (Response('{"access_token": ""}', 200), "sent no token"),
        (Response('{"access_token": 7}', 200), "sent no token"),
        (Response('{"access_token": "fake-token", "token_type": "mac"}', 200), "is not a bearer token"),
        (Response('{"error": ["fake-client-secret", "app"], "error_description": {"a": "fake-client-secret"}}', 400), "REDACTED"),
        (Response('{"error": "x", "error_description": "fake-client-secret? \\n\\u001b[31m"}', 400), r"x: REDACTED\? \\x1b\[31m"),
        (Response(json.dumps({"error": "x", "error_description": "y" * 5000}), 400), "x: y{500}$"),
    ],
)  # fmt: skip
def test_an_error_of_the_token_endpoint_is_shown_without_secrets(
    answer: Response, message: str, server: AuthServer
) -> None:
    """Whatever the endpoint quotes."""
    server.answers["/token"] = lambda _: answer
    with pytest.raises(AuthError, match=message) as caught:
        fetched(by_flows(server, OAuth2("app", SECRET)))
    assert "fake-" not in shown(caught.value)
    assert str(caught.value).startswith("Login: ")


@pytest.mark.parametrize(
    "more",
    [
        *(
            '"expires_in": "3600.5"',
            '"expires_in": ""',
            '"expires_in": "soon"',
            '"expires_in": 1e400',
            '"expires_in": null',
        ),
        *('"token_type": null', '"token_type": "bearer "', '"error": null', '"error": ""', '"refresh_token": 7'),
    ],
)
def test_a_token_is_accepted_if_the_rest_of_the_answer_is_odd(more: str, server: AuthServer) -> None:
    """Servers differ in the rest."""
    server.answers["/token"] = lambda _: Response(f'{{"access_token": "fake-token", {more}}}')
    client = by_flows(server, OAuth2("app", SECRET))
    assert [fetched(client), fetched(client)] == ["Bearer fake-token"] * 2
    assert len(server.asked) == 1


def token_from(url: str) -> str:
    """The Authorization of a request whose token is from this token endpoint."""
    flows = {"clientCredentials": {"tokenUrl": url, "scopes": {}}}
    client = client_of({"type": "oauth2", "flows": flows}, OAuth2("app", SECRET))
    return fetched(client.with_options(timeout=1))


def test_the_answer_of_a_token_endpoint_has_an_end(serve: Serve) -> None:
    """It has the time of one wait for the whole."""

    def answer(_: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        while not slow.closing.wait(0.05) and len(parts) < 200:
            parts.append(b" ")
            yield b" "

    parts: list[bytes] = []
    slow = serve(answer)
    with pytest.raises(AuthError, match=r"within 1 s"):
        token_from(slow.url)
    assert len(parts) < 200


def test_the_answer_of_a_token_endpoint_has_a_largest_size(serve: Serve) -> None:
    """It holds a few tokens."""
    with pytest.raises(AuthError, match=r"is larger than 1048576 bytes(?! \(max_reply)"):
        token_from(serve(reply(data=b" " * ((1 << 20) + 1))).url)


def test_a_server_that_quotes_the_request_shows_no_secret(server: AuthServer) -> None:
    """Neither the client's header field nor a secret in the user's own parameters."""
    quoted = lambda request: f"{request.headers['Authorization']} {request.form['client_assertion']}"  # noqa: E731
    server.answers["/token"] = lambda request: Response(
        json.dumps({"error": "x", "error_description": quoted(request)}), 400
    )
    with pytest.raises(AuthError, match=r"x: Basic REDACTED REDACTED$"):
        fetched(by_flows(server, OAuth2("app", SECRET, parameters={"client_assertion": "fake-assertion"})))


def test_a_deeply_nested_answer_is_an_auth_error(server: AuthServer) -> None:
    """And not a RecursionError."""
    server.answers["/token"] = lambda _: Response("[" * 100_000)
    with pytest.raises(AuthError, match="unexpected answer: 200"):
        fetched(by_flows(server, OAuth2("app", SECRET)))


def test_an_unusable_token_ends_the_device_flow(server: AuthServer) -> None:
    """A missing answer does not."""
    server.answers["/token"] = lambda _: Response('{"access_token": "fake-token", "token_type": "mac"}')
    with pytest.raises(AuthError, match="is not a bearer token"):
        fetched(
            by_flows(
                server, OAuth2("public", on_device_code=approving(server)), "http://127.0.0.1:9", "deviceAuthorization"
            )
        )
    assert [seen.grant for seen in server.asked] == [DEVICE]


def test_a_token_with_a_line_break_is_not_sent(server: AuthServer) -> None:
    """And not shown."""
    server.answers["/token"] = lambda _: Response('{"access_token": "fake\\r\\nX-Evil: 1"}')
    with pytest.raises(InvalidRequest, match="auth /Login: must not contain a line break") as caught:
        fetched(by_flows(server, OAuth2("app", SECRET)))
    assert "Evil" not in shown(caught.value)


def test_a_token_request_follows_no_redirect(server: AuthServer, serve: Any) -> None:
    """The request carries secrets."""
    other = serve(reply(200, {"access_token": "fake-token"}))
    server.answers["/token"] = lambda _: Response(status=307, headers={"Location": other.url})
    with pytest.raises(AuthError, match=f"redirected to 127.0.0.1:{other.port}; it was not sent there"):
        fetched(by_flows(server, OAuth2("app", SECRET)))
    assert other.received == []


def test_a_token_request_without_an_answer_ends(serve: Any) -> None:
    """Within the time limit; the message names the request and shows no secret."""
    place = serve(lambda _: place.hang())
    for url, message in {"http://127.0.0.1:9": "no connection", place.url: "no answer within 0.5 s"}.items():
        scheme = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": f"{url}/token", "scopes": {}}}}
        error = failure(client_of(scheme, OAuth2("app", SECRET)).with_options(timeout=0.5))
        assert str(error).startswith(f"Login: token request: POST {url}/token: {message}")
        assert "fake-" not in shown(error)


def failure(client: Client) -> AuthError:
    """The error of a token request."""
    with pytest.raises(AuthError) as caught:
        fetched(client)
    assert caught.value.__cause__ is None
    return caught.value


#: URLs of an authorization server that carry no secrets, each with the reason.
REFUSED = {
    "http://auth.test/token": "would carry secrets unencrypted; it must be an https URL",
    "http://10.0.0.1/token": "would carry secrets unencrypted",
    "ftp://auth.test/token": "must be an https URL without a user name, backslash or control character",
    "http://auth.test\\@localhost/token": "must be an https URL without",
    "https://user:fake@auth.test/token": "must be an https URL without a user name",
    "https://auth.test/\\token": "must be an https URL without",
    "https://auth.test\x01/token": "must be an https URL without",
    "http://[": "must be an https URL without",
}


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("flow", ["tokenUrl", "authorizationUrl", "deviceAuthorizationUrl", "metadata", "discovered"])
def test_a_url_that_is_unsafe_for_secrets_is_refused(flow: str, url: str) -> None:
    """Wherever the URL comes from: plain networks and URLs that two parsers read differently (RFC 6749, section 3.2)."""
    sent: list[Any] = []

    def discover(request: Any, _: float) -> Any:
        metadata = {"issuer": "https://auth.test", "token_endpoint": url}
        return sent.append(request) or Answered(200, content=json.dumps(metadata).encode())

    if flow in ("metadata", "discovered"):
        scheme: Any = {"type": "oauth2", "oauth2MetadataUrl": url if flow == "metadata" else "https://auth.test/meta"}
    else:
        kind = {"tokenUrl": "clientCredentials", "authorizationUrl": "authorizationCode"}.get(
            flow, "deviceAuthorization"
        )
        urls = {"tokenUrl": TOKEN, flow: url}
        scheme = {"type": "oauth2", "flows": {kind: {**urls, "scopes": {}}}}
    auth = OAuth2("app", SECRET, open_browser=sent.append, sign_in_timeout=0)
    with pytest.raises(AuthError, match=REFUSED[url]) as caught:
        fetched(client_of(scheme, auth if flow == "authorizationUrl" else OAuth2("app", SECRET), transport=discover))
    assert "fake" not in shown(caught.value)
    assert len(sent) == (flow == "discovered")


@pytest.mark.parametrize("location", ["http://[", "http://other.test\\@auth.test/", "//\x01"])
def test_an_unreadable_redirect_of_a_token_request_is_an_auth_error(location: str) -> None:
    """The message does not guess the target."""
    moved = Answered(302, Headers([("Location", location)]))
    scheme = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": TOKEN, "scopes": {}}}}
    with pytest.raises(AuthError, match="redirected to a URL that cannot be read; it was not sent there"):
        fetched(client_of(scheme, OAuth2("app", SECRET), transport=lambda *_: moved))


def test_the_switch_of_oauthlib_allows_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its variable is OAUTHLIB_INSECURE_TRANSPORT."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    scheme = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "http://auth.test/token", "scopes": {}}}}
    answer = Answered(200, content=b'{"access_token": "fake-token"}')
    assert fetched(client_of(scheme, OAuth2("app", SECRET), transport=lambda *_: answer)) == "Bearer fake-token"


def test_a_url_that_stays_relative_is_named() -> None:
    """If the server is not known; a client always has one."""
    flows = (OAuthFlow("clientCredentials", "/token"),)
    source = tokens.TokenSource("Login", OAuth2("app", SECRET), flows, "", lambda *_: Answered(200))
    with pytest.raises(AuthError, match="Login: the URL '/token' is relative, but the server is not known"):
        source.token([], 1)


def test_a_token_request_has_nothing_of_the_api(server: AuthServer, api: Loopback) -> None:
    """No header, cookie or parameter of the user's session."""
    with requests.Session() as session:
        session.headers["X-Key"] = "fake-key"
        session.params = {"key": "fake-key"}
        session.cookies.set("sid", "fake-sid")
        session.auth = ("fake-user", "fake-password")
        by_flows(server, OAuth2("app", SECRET), api.url, transport=RequestsTransport(session)).read()
    assert api.last.headers["x-key"] == "fake-key"
    assert server.asked[0].headers.keys() <= {
        "Host", "User-Agent", "Accept-Encoding", "Accept", "Connection", "Content-Type", "Content-Length", "Authorization",
    }  # fmt: skip
    assert server.asked[0].form.keys() == {"grant_type", "scope"}


def test_a_token_request_has_the_tls_settings_of_the_session(tmp_path: Path) -> None:
    """Above all, the certificates that it trusts."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with AuthServer(context) as server, requests.Session() as session:
        client = by_flows(server, OAuth2("app", SECRET), transport=RequestsTransport(session))
        with pytest.raises(AuthError, match=r"no connection: .*certificate"):
            fetched(client)
        session.verify = str(tmp_path / "ca.pem")
        assert fetched(client).startswith("Bearer ")


def test_wrong_arguments_request_no_token(server: AuthServer) -> None:
    """And no sign-in."""
    with pytest.raises(InvalidRequest, match="query /n"):
        by_flows(server, OAuth2("public", open_browser=server.browse)).read.prepare(n="x")
    assert server.seen == []


def test_an_api_key_cannot_be_oauth2() -> None:
    """It is refused before anything is sent."""
    with pytest.raises(InvalidRequest, match="auth /Login: must be text, not OAuth2"):
        client_of({"type": "apiKey", "in": "header", "name": "X"}, OAuth2("app", SECRET)).read.prepare()


def test_what_a_scheme_of_tokens_takes_is_said() -> None:
    """A mapping of the client's id and secret is none."""
    with pytest.raises(InvalidRequest, match=r"auth /Login: must be a token as text, or an OAuth2\(\.\.\.\), not dict"):
        client_of({"type": "http", "scheme": "bearer"}, {"client_id": "app"}).read.prepare()


@pytest.mark.parametrize("secret", [7, None])
def test_a_secret_is_text(secret: Any, server: AuthServer) -> None:
    """Also if a callable returns it."""
    with pytest.raises(AuthError, match=r"must be text, not int|invalid_client"):
        fetched(by_flows(server, OAuth2("app", lambda: secret)))


def test_a_missing_library_is_named(server: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra to install."""
    monkeypatch.setitem(sys.modules, "oauthlib", None)
    monkeypatch.setitem(sys.modules, "oauthlib.oauth2", None)
    with pytest.raises(MissingExtra, match=r"OAuth 2.0 needs an extra: pip install 'dynclient\[oauth\]'"):
        fetched(by_flows(server, OAuth2("app", SECRET)))


def test_a_client_with_oauth2_loads_no_library_before_it_is_needed() -> None:
    """Nor the modules for a sign-in."""
    code = (
        "import dynclient, sys; dynclient.Client('order_capture', auth={'BearerAuth': dynclient.OAuth2('a', 's')});"
        "print([name for name in ('oauthlib', 'keyring', 'netrc', 'webbrowser', 'socketserver') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


def test_settings_show_no_secret_and_are_not_pickled() -> None:
    """Nor compared by their secrets."""
    auth = OAuth2("app", SECRET, username="u", password=PASSWORD, refresh_token="fake-refresh", flow="password")
    assert repr(auth) == str(auth) == "<OAuth2 app by password>"
    assert auth != OAuth2("app", SECRET, username="u", password=PASSWORD, refresh_token="fake-refresh", flow="password")
    assert copy.copy(auth) is copy.deepcopy(auth) is auth
    with pytest.raises(TypeError, match="holds secrets and is not pickled") as caught:
        pickle.dumps(auth)
    assert "fake-" not in shown(caught.value)


def test_no_secret_is_logged(server: AuthServer, api: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    """At any level; the authorization server's own log is not the client's."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("authlib").setLevel(logging.ERROR)
    with by_flows(server, OAuth2("public", username="alice", password=PASSWORD), api.url) as client:
        client.read()
        server.revoke_all()
        client.read()
    assert "fake-" not in caplog.text


def test_the_token_cache_shows_no_secret(server: AuthServer) -> None:
    """Not even the token itself."""
    source = tokens.TokenSource(
        "Login",
        OAuth2("app", SECRET),
        (OAuthFlow("clientCredentials", f"{server.url}/token"),),
        "",
        RequestsTransport(),
    )
    source.token(["read"], 5)
    assert "fake-" not in repr([source, source._token, source._endpoint, source._settings, vars(source)])
    source._endpoint._sender.close()
