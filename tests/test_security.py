"""Security: which credentials are chosen, and what they become on the wire."""

import asyncio
import base64
import hashlib
import io
import os
import pickle
import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import unquote

import keyring
import keyring.backend
import keyring.errors
import pytest
import requests
import trustme
from servers import Loopback, Received, document, reply
from werkzeug.datastructures import Authorization

from dynclient import (
    ApiError,
    AsyncClient,
    Client,
    InvalidRequest,
    Keyring,
    Netrc,
    OAuth2,
    RequestsTransport,
    TransportError,
)
from dynclient.api.operation import Operation
from dynclient.exchange import Headers, Request, Response
from dynclient.extras import MissingExtra
from dynclient.security.additions import Additions
from dynclient.security.credentials import Credentials, environment_name
from dynclient.security.digest import Digest
from dynclient.security.requirements import after_401, fixed, missing_credentials, select
from dynclient.security.scheme import Scheme, scheme_of

SCHEMES: dict[str, Any] = {
    "Key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "QueryKey": {"type": "apiKey", "in": "query", "name": "api key"},
    "CookieKey": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "Basic": {"type": "http", "scheme": "Basic"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Digest": {"type": "http", "scheme": "Digest"},
    "Other": {"type": "http", "scheme": "Negotiate"},
    "Jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "Certificate": {"type": "mutualTLS"},
    "OAuth": {"type": "oauth2", "flows": {}},
    "OpenId": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
}


def secured(
    requirement: Any,
    *,
    root: Any = None,
    url: str = "http://127.0.0.1",
    transport: Any = None,
    path: str = "/a",
    **auth: Any,
) -> Client:
    """A client of one operation with this requirement."""
    parameters = [{"name": "id", "in": "path", "required": True, "schema": {}}] if "{" in path else []
    described = {"200": {"description": "OK", "content": {"application/json": {}}}}
    operation: dict[str, Any] = {"operationId": "use", "parameters": parameters, "responses": described}
    if requirement is not None:
        operation["security"] = requirement
    parts = {"security": root} if root is not None else {}
    found = document({path: {"get": operation}}, components={"securitySchemes": SCHEMES}, **parts)
    return Client(found, server=url, auth=auth, transport=transport)


def request_of(requirement: Any, **auth: Any) -> Request:
    """The request that the operation becomes."""
    return secured(requirement, **auth).use_.prepare()


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
        ("Basic", "user:pass:word", "Authorization", "Basic dXNlcjpwYXNzOndvcmQ="),
        ("Other", "YII=", "Authorization", "Negotiate YII="),
        ("CookieKey", "a b", "Cookie", "sid=a%20b"),
        ("CookieKey", "s%3AeyJ.a%2Bb", "Cookie", "sid=s%3AeyJ.a%2Bb"),
        ("CookieKey", "ab+/c==", "Cookie", "sid=ab+/c=="),
        ("CookieKey", '"a"', "Cookie", 'sid="a"'),
        ("CookieKey", "a;b=%", "Cookie", "sid=a%3Bb%3D%25"),
    ],
)
def test_a_credential_becomes_a_header(scheme: str, credential: Any, header: str, value: str) -> None:
    """By the type of its scheme (OpenAPI, Security Scheme Object; RFC 7617; RFC 6750)."""
    assert request_of([{scheme: []}], **{scheme: credential}).headers[header] == value


def test_a_credential_becomes_a_query_parameter() -> None:
    """It is percent-encoded, and never shown."""
    request = request_of([{"QueryKey": []}], QueryKey="fake&secret")
    assert request.url == "http://127.0.0.1/a?api%20key=fake%26secret"
    assert "fake" not in repr(request) + request.safe_url


def test_all_schemes_of_a_requirement_are_sent() -> None:
    """And no others."""
    headers = request_of([{"Key": [], "Bearer": []}], Key="a", Bearer="b", CookieKey="c").headers
    assert (headers["X-Key"], headers["Authorization"], "Cookie" in headers) == ("a", "Bearer b", False)


def test_the_first_requirement_that_the_credentials_meet_is_used() -> None:
    """In the document's order."""
    headers = request_of([{"Key": [], "Bearer": []}, {"Bearer": []}, {"CookieKey": []}], Bearer="b", CookieKey="c").headers  # fmt: skip
    assert headers["Authorization"] == "Bearer b"
    assert "Cookie" not in headers


@pytest.mark.parametrize("requirement", [[{}, {"Key": []}], [{"Key": []}, {}]])
def test_optional_security_is_used_when_there_are_credentials(requirement: Any) -> None:
    """And skipped when there are none."""
    assert request_of(requirement, Key="a").headers["X-Key"] == "a"
    assert "X-Key" not in request_of(requirement).headers


def test_an_operation_may_switch_security_off() -> None:
    """By an empty list of its own."""
    assert "X-Key" not in secured([], root=[{"Key": []}], Key="a").use_.prepare().headers


def test_security_of_the_document_applies_to_its_operations() -> None:
    """Unless they have their own."""
    assert secured(None, root=[{"Key": []}], Key="a").use_.prepare().headers["X-Key"] == "a"


def test_missing_credentials_are_named() -> None:
    """The message lists every way to meet the requirement."""
    with pytest.raises(InvalidRequest) as caught:
        request_of([{"Key": [], "Bearer": []}, {"QueryKey": []}], Key="fake-secret")
    assert "Bearer (bearer credentials); or QueryKey (the key for the query api key)" in str(caught.value)
    assert "fake-secret" not in str(caught.value)


def test_a_credential_for_an_unknown_scheme_is_refused_with_the_nearest_name() -> None:
    """When the client is made."""
    with pytest.raises(InvalidRequest, match=r"auth /Beerer: is not a security scheme .*did you mean Bearer"):
        secured([], Beerer="x")


@pytest.mark.parametrize("credential", ["", "fake\nsecret", "fake-secret\r\n", 7, None, b"fake-secret", ("fake", 7), lambda: 7])  # fmt: skip
def test_a_credential_that_cannot_be_sent_is_refused_and_not_shown(credential: Any) -> None:
    """Neither in the message nor in the traceback."""
    with pytest.raises(InvalidRequest, match="auth /Key: ") as caught:
        request_of([{"Key": []}], Key=credential)
    text = "".join(traceback.format_exception(caught.value))
    assert "fake" not in text.replace("request_of([", "")


def test_credentials_do_not_show() -> None:
    """No repr has them."""
    client = secured([], Key="fake-secret")
    assert "fake-secret" not in repr([client, Credentials({"Key": "fake-secret"}), client.use_])


@pytest.mark.parametrize(
    ("scheme", "credential", "why"),
    [
        ("Basic", ("a:b", "fake-secret"), "the user name must not contain a colon"),
        ("Basic", ("a", "fake\nsecret"), "must not contain a line break"),
        ("Basic", ("a", "fake", "secret"), "must be a pair of user and password, not tuple"),
        ("Basic", 7, "must be a pair of user and password, not int"),
        ("Digest", "fake-secret", "must be a pair of user and password, not str"),
        ("Digest", ('a"b', "fake-secret"), "the user name must not contain a quote"),
        ("Bearer", " ", "must not be empty"),
        ("Certificate", ("/fake/cert", "/fake/key"), "names a file that does not exist"),
        ("Certificate", ("a", "b", "c"), "must be the path of a client certificate"),
        ("Certificate", OAuth2("a"), "must be the path of a client certificate"),
    ],
)
def test_a_credential_of_the_wrong_type_is_refused(scheme: str, credential: Any, why: str) -> None:
    """The message does not quote it."""
    with pytest.raises(InvalidRequest, match=f"auth /{scheme}: .*{why}") as caught:
        request_of([{scheme: []}], **{scheme: credential})
    assert "fake" not in repr(caught.value.problems)


def test_an_error_of_a_callable_is_raised_as_it_is() -> None:
    """It is not wrapped."""

    def broken() -> str:
        raise KeyError("vault")

    with pytest.raises(KeyError, match="vault"):
        request_of([{"Key": []}], Key=broken)


def test_a_callable_is_called_for_each_request() -> None:
    """And not for a request that is not sent."""
    calls: list[int] = []
    client = secured([{"Key": []}], path="/a/{id}", Key=lambda: calls.append(1) or f"key-{len(calls)}")
    assert [client.use_.prepare("x").headers["X-Key"] for _ in range(2)] == ["key-1", "key-2"]
    with pytest.raises(InvalidRequest, match="is required"):
        client.use_.prepare()
    assert len(calls) == 2


def test_two_schemes_that_need_the_same_field_are_refused() -> None:
    """A field can be sent only once."""
    with pytest.raises(InvalidRequest, match="auth /Bearer: needs the same header as Basic: authorization"):
        request_of([{"Basic": [], "Bearer": []}], Basic=("a", "b"), Bearer="c")


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ({"OAuth": ["read", "write"]}, "OAuth (an oauth2 token with the scopes read, write)"),
        ({"OpenId": []}, "OpenId (an openIdConnect token)"),
        ({"Jwt": ["admin"]}, "Jwt (bearer credentials, JWT with the roles admin)"),
        ({"Certificate": []}, "Certificate (a client certificate)"),
        ({"Nowhere": []}, "Nowhere"),
    ],
)
def test_what_is_missing_is_named_with_its_scopes(requirement: Any, message: str) -> None:
    """As the document calls them."""
    with pytest.raises(InvalidRequest) as caught:
        request_of([requirement])
    assert f"credentials are missing: {message}" in str(caught.value)


def test_missing_credentials_name_every_way_out() -> None:
    """Documents demand credentials of servers that ask for none."""
    with pytest.raises(
        InvalidRequest, match=r"pass auth=.* or set DYNCLIENT_.*; auth='none' calls a server that asks for none"
    ):
        request_of([{"Basic": []}])


# --- the environment


def test_a_credential_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named after the API and the scheme; an empty one is ignored."""
    monkeypatch.setenv("DYNCLIENT_SMALL_KEY", "fake-key")
    monkeypatch.setenv("DYNCLIENT_SMALL_BASIC", "user:pass:word")
    monkeypatch.setenv("DYNCLIENT_SMALL_BEARER", "")
    headers = request_of([{"Bearer": []}, {"Key": [], "Basic": []}]).headers
    assert (headers["X-Key"], headers["Authorization"]) == ("fake-key", "Basic dXNlcjpwYXNzOndvcmQ=")


def test_the_users_credentials_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever requirement comes first."""
    monkeypatch.setenv("DYNCLIENT_SMALL_KEY", "fake-key")
    assert "X-Key" not in request_of([{"Key": []}, {"Bearer": []}], Bearer="b").headers
    assert request_of([{"Key": []}], Key="given").headers["X-Key"] == "given"


def test_a_missing_credential_names_its_environment_variable() -> None:
    """And how to pass it to the client."""
    with pytest.raises(InvalidRequest, match=r"pass auth=\{'CookieKey': \.\.\.\} or set DYNCLIENT_SMALL_COOKIE_KEY"):
        request_of([{"CookieKey": []}])


def test_the_environment_is_named_by_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of the catalog has its name there."""
    monkeypatch.setenv("DYNCLIENT_ORDER_CAPTURE_CLIENT_ID", "fake-id")
    client = Client("order_capture", server="http://127.0.0.1")
    assert client.get_order.prepare("1", "se").headers["X-Client-Id"] == "fake-id"


# --- netrc and keyring


@pytest.fixture
def netrc(tmp_path: Path) -> Path:
    """A netrc file."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login alice password fake-secret\n")
    return file


def test_basic_may_come_from_netrc(netrc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the named file or the usual one, and only on request."""
    sent = "Basic " + base64.b64encode(b"alice:fake-secret").decode()
    assert request_of([{"Basic": []}], Basic=Netrc(netrc)).headers["Authorization"] == sent
    monkeypatch.setenv("NETRC", str(netrc))
    assert request_of([{"Basic": []}], Basic=Netrc()).headers["Authorization"] == sent
    with pytest.raises(InvalidRequest, match="credentials are missing: Basic"):
        request_of([{"Basic": []}])


@pytest.mark.parametrize(
    ("content", "scheme", "why"),
    [
        ("machine example.com login a password fake-secret", "Basic", "has no entry for 127.0.0.1"),
        ("machine 127.0.0.1\n login alice password\nfake-secret fake-secret", "Basic", "cannot be read: line "),
        (None, "Basic", "cannot be read: No such file or directory"),
        ("", "Bearer", "this scheme takes neither"),
    ],
)
def test_an_unsuitable_netrc_file_is_named(content: str | None, scheme: str, why: str, tmp_path: Path) -> None:
    """Without its content."""
    file = tmp_path / "netrc"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InvalidRequest, match=f"auth /{scheme}: .*{why}") as caught:
        request_of([{scheme: []}], **{scheme: Netrc(file)})
    assert "fake" not in "".join(traceback.format_exception(caught.value))
    assert str(file) in repr(Netrc(file))


def test_a_netrc_file_is_not_read_for_a_server_without_a_clear_host(netrc: Path) -> None:
    """Its default entry is for servers that parsers of URLs agree on."""
    netrc.write_text("default login alice password fake-secret\n", encoding="utf-8")
    schemes = {"Basic": scheme_of("Basic", SCHEMES["Basic"])}
    for server in ("http://[", "http://other:1\\@127.0.0.1/", ""):
        added, problems = select(({"Basic": ()},), schemes, Credentials({"Basic": Netrc(netrc)}), server=server)
        assert added == Additions()
        assert problems[0].message == "the server's URL has no host to look up in a netrc file"


class Safe(keyring.backend.KeyringBackend):
    """A keyring in memory, with one password."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Raise for the service `locked`."""
        if service == "locked":
            raise keyring.errors.KeyringLocked("fake-secret")
        return "fake-secret" if (service, username) == ("shop", "alice") else None

    def set_password(self, *_: str) -> None:
        """Not used."""

    def delete_password(self, *_: str) -> None:
        """Not used."""


@pytest.fixture
def _safe() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Safe())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("_safe")
def test_a_credential_may_come_from_the_keyring() -> None:
    """With the user name, if the scheme needs it."""
    known = Keyring("shop", "alice")
    assert request_of([{"Key": []}], Key=known).headers["X-Key"] == "fake-secret"
    sent = request_of([{"Basic": []}], Basic=known).headers["Authorization"]
    assert sent == "Basic " + base64.b64encode(b"alice:fake-secret").decode()
    assert repr(known) == "<Keyring alice under shop>"


@pytest.mark.usefixtures("_safe")
@pytest.mark.parametrize(
    ("service", "why"), [("other", "has no password for alice under other"), ("locked", "KeyringLocked")]
)
def test_an_unsuitable_keyring_is_named(service: str, why: str) -> None:
    """Without its own message."""
    with pytest.raises(InvalidRequest, match=why) as caught:
        request_of([{"Key": []}], Key=Keyring(service, "alice"))
    assert "fake" not in "".join(traceback.format_exception(caught.value))


def test_a_keyring_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra to install."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingExtra, match=r"pip install 'dynclient\[keyring\]'"):
        request_of([{"Key": []}], Key=Keyring("shop", "alice"))


# --- digest

USER, WORD, REALM = "Mufasa", "Circle of Life", "http-auth@example.org"


class DigestServer:
    """Judges answers to its challenges by RFC 7616, section 3.4.1, with code of its own; werkzeug reads the header."""

    def __init__(
        self,
        algorithm: str = "",
        qop: str = "auth",
        *,
        user: str = USER,
        words: str = WORD,
        realm: str = REALM,
        more: str = "",
    ) -> None:
        self.algorithm, self.qop, self.words, self.realm, self.more = algorithm, qop, words, realm, more
        self.user = user
        self.nonce = "nonce-1"
        self.stale = ""
        self.counts: list[int] = []

    def __call__(self, request: Received) -> bytes:
        """Answer 200 to a right answer, else 401."""
        received = Authorization.from_header(request.headers.get("authorization"))
        if received is not None and self.right(request, received):
            return reply(200, {"ok": True})
        return reply(401, {"message": "who?"}, WWW_Authenticate=self.challenge())

    def challenge(self) -> str:
        """The challenge."""
        realm = self.realm.replace('"', '\\"')
        parts = {"realm": f'"{realm}"', "nonce": f'"{self.nonce}"', "opaque": '"op, aque"'}
        parts |= {"qop": f'"{self.qop}"'} if self.qop else {}
        parts |= {"algorithm": self.algorithm} if self.algorithm else {}
        parts |= {"stale": self.stale} if self.stale else {}
        written = ", ".join(f"{name}={value}" for name, value in parts.items())
        return f'Basic realm="a, Digest b=c", Digest {written}{self.more}'

    def right(self, request: Received, said: Authorization) -> bool:
        """Whether an answer is right."""
        if said.type != "digest" or said.nonce != self.nonce or said.uri != request.target:
            return False
        plain = self.algorithm.lower().removesuffix("-sess") or "md5"

        def hashed(*parts: str) -> str:
            name = {"sha-512-256": "sha512_256"}.get(plain, plain.replace("-", ""))
            return hashlib.new(name, ":".join(parts).encode()).hexdigest()

        first = hashed(self.user, self.realm, self.words)
        if self.algorithm.lower().endswith("-sess"):
            first = hashed(first, said.nonce, said.cnonce)
        middle = [said.nc, said.cnonce, said.qop] if self.qop else []
        if self.qop:
            self.counts.append(int(said.nc, 16))
        whole = [hashed(request.body.decode())] if said.qop == "auth-int" else []
        right = hashed(first, said.nonce, *middle, hashed(request.method, request.target, *whole))
        name = hashed(self.user, self.realm) if "userhash=true" in self.more else self.user
        name_sent = unquote(said.get("username*", "").removeprefix("UTF-8''")) or said.username
        return (said.response, said.opaque, name_sent, said.realm) == (right, "op, aque", name, self.realm)


@pytest.fixture
def digest() -> Iterator[Callable[..., tuple[DigestServer, Loopback]]]:
    """Start a server that requires digests."""
    started: list[Loopback] = []

    def start(*args: Any, **kwargs: Any) -> tuple[DigestServer, Loopback]:
        judge = DigestServer(*args, **kwargs)
        started.append(Loopback(judge))
        return judge, started[-1]

    yield start
    for server in started:
        server.close()


@pytest.mark.parametrize(
    ("algorithm", "qop"),
    [
        *(
            ("", ""),
            ("SHA-256", ""),
            ("", "auth"),
            ("MD5", "auth"),
            ("md5-sess", "auth"),
            ("SHA-512", "auth-int, auth"),
        ),
        *(("SHA-512-256", "auth"), ("SHA-256-sess", "auth"), ("MD5", "auth-int"), ("SHA-256-sess", "auth-int")),
    ],
)
def test_a_digest_challenge_is_answered(algorithm: str, qop: str, digest: Any) -> None:
    """By a second request; later requests reuse the challenge and count up (RFC 7616, section 3.4)."""
    judge, server = digest(algorithm, qop)
    with secured([{"Digest": []}], url=server.url, path="/a;b/{id}", Digest=(USER, WORD)) as client:
        assert [client.use_("x y?") for _ in range(3)] == [{"ok": True}] * 3
    assert len(server.received) == 4
    assert judge.counts == ([1, 2, 3] if qop else [])
    assert server.received[0].headers.get("authorization") is None


def test_a_password_beyond_ascii_is_hashed_as_utf_8(digest: Any) -> None:
    """RFC 7616, section 4."""
    _, server = digest("SHA-256", words="ŝekreta")
    assert secured([{"Digest": []}], url=server.url, Digest=(USER, "ŝekreta")).use_() == {"ok": True}


@pytest.mark.parametrize(
    ("user", "more"),
    [("ŝi", ""), ("ŝi", ", charset=UTF-8"), ("a b", ", charset=UTF-8"), ("ŝi", ", userhash=true, charset=UTF-8")],
)
def test_a_user_name_is_sent_as_the_server_asks(user: str, more: str, digest: Any) -> None:
    """Hashed, or encoded as header fields encode text beyond ASCII (RFC 7616, sections 3.4.2 and 3.4.4)."""
    _, server = digest("SHA-256", user=user, more=more, realm='the "realm"')
    assert secured([{"Digest": []}], url=server.url, Digest=(user, WORD)).use_() == {"ok": True}
    assert len(server.received) == 2


def test_a_nonce_that_a_reply_announces_is_used_next(serve: Any) -> None:
    """So that servers with one-time nonces do not refuse every request at first (RFC 7616, section 3.5)."""
    judge = DigestServer()

    def answer(request: Received) -> bytes:
        verdict = judge(request)
        if not verdict.startswith(b"HTTP/1.1 200"):
            return verdict
        judge.nonce += "0"
        return reply(200, {"ok": True}, Authentication_Info=f'qop=auth, nextnonce="{judge.nonce}"')

    server = serve(answer)
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, WORD))
    assert [client.use_() for _ in range(3)] == [{"ok": True}] * 3
    assert (judge.counts, len(server.received)) == ([1, 1, 1], 4)


@pytest.mark.parametrize("again", [True, False])
def test_a_digest_may_cover_a_body(again: bool, digest: Any) -> None:  # noqa: FBT001  a table's column
    """If the body can be read only once, the caller gets the 401 (RFC 7616, section 3.4.3)."""
    _, server = digest("SHA-256", "auth-int")
    described = {"required": True, "content": {"application/octet-stream": {}}}
    post = {"operationId": "use", "security": [{"Digest": []}], "requestBody": described, "responses": {}}
    found = document({"/a": {"post": post}}, components={"securitySchemes": SCHEMES})
    client = Client(found, server=server.url, auth={"Digest": (USER, WORD)})
    bodies: list[Any] = [b"some ", io.BytesIO(b"bytes")] if again else [iter([b"some ", b"bytes"])]
    assert [client.use_.send(body).status for body in bodies] == ([200, 200] if again else [401])
    assert len(server.received) == (3 if again else 1)


def test_a_challenge_after_a_redirect_is_answered_there(serve: Any) -> None:
    """A digest covers one target, and the request before the redirect is not repeated."""
    judge = DigestServer()
    server = serve(lambda request: reply(302, Location="/b") if request.target == "/a" else judge(request))
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, WORD))
    assert [client.use_(), client.use_()] == [{"ok": True}] * 2
    assert [request.target for request in server.received] == ["/a", "/b", "/b", "/a", "/b"]


@pytest.mark.parametrize("transport", ["requests", "httpx2", "pyreqwest"])
def test_a_digest_is_computed_anew_for_the_target_of_a_redirect(transport: str, serve: Any) -> None:
    """The answer for the first target would be refused at the second."""
    judge = DigestServer()
    server = serve(
        lambda request: (
            reply(302, Location="/b")
            if request.target == "/a" and judge(request).startswith(b"HTTP/1.1 200")
            else judge(request)
        )
    )
    client = secured([{"Digest": []}], url=server.url, transport=transport, Digest=(USER, WORD))
    assert client.use_() == {"ok": True}
    assert [request.target for request in server.received] == ["/a", "/a", "/b"]


def test_a_digest_is_computed_anew_for_a_repeat(serve: Any) -> None:
    """A server may refuse a count that it has seen (RFC 7616, section 3.4)."""
    judge, busy = DigestServer(), [True]

    def answer(request: Received) -> bytes:
        verdict = judge(request)
        return reply(503, Retry_After="0") if verdict.startswith(b"HTTP/1.1 200") and busy and busy.pop() else verdict

    client = secured([{"Digest": []}], url=serve(answer).url, Digest=(USER, WORD))
    assert client.use_() == {"ok": True}
    assert judge.counts == [1, 2]


def test_a_redirect_to_another_digest_is_answered_once_more(serve: Any) -> None:
    """Each target may have a realm of its own; one that refuses again ends the call."""
    first, second = DigestServer(), DigestServer(realm="other", more=", domain=x")
    second.nonce = "nonce-of-b"
    server = serve(
        lambda request: (
            second(request)
            if request.target == "/b"
            else reply(302, Location="/b")
            if (verdict := first(request)).startswith(b"HTTP/1.1 200")
            else verdict
        )
    )
    assert secured([{"Digest": []}], url=server.url, Digest=(USER, WORD)).use_() == {"ok": True}
    assert [request.target for request in server.received] == ["/a", "/a", "/b", "/b"]


@pytest.mark.parametrize("stale", ["", "TRUE"])
def test_an_expired_nonce_is_replaced(stale: str, digest: Any) -> None:
    """Whether or not the server calls it stale."""
    judge, server = digest()
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, WORD))
    client.use_()
    judge.nonce, judge.stale = "nonce-2", stale
    assert client.use_() == {"ok": True}
    assert (judge.counts, len(server.received)) == ([1, 1], 4)


def test_a_wrong_password_is_tried_once(digest: Any) -> None:
    """Once per nonce."""
    _, server = digest()
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, "fake-secret"))
    for received in (2, 3):
        with pytest.raises(ApiError, match="who") as caught:
            client.use_()
        assert len(server.received) == received
    assert "fake" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("algorithm", "qop"), [("SHA3-256", "auth"), ("MD5", "auth-conf"), ("MD5-sess", "")])
def test_a_challenge_that_cannot_be_answered_is_returned(algorithm: str, qop: str, digest: Any) -> None:
    """The caller sees the server's 401."""
    _, server = digest(algorithm, qop)
    assert secured([{"Digest": []}], url=server.url, Digest=(USER, WORD)).use_.send().status == 401
    assert len(server.received) == 1


def test_threads_share_a_challenge(digest: Any) -> None:
    """And use no count twice (RFC 7616, section 3.4, nc)."""
    judge, server = digest()
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, WORD))
    client.use_()
    threads = [threading.Thread(target=client.use_) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(judge.counts), len(server.received)) == (list(range(1, 12)), 12)


def test_an_extra_authorization_header_is_refused_with_digest(digest: Any) -> None:
    """As with every scheme."""
    _, server = digest()
    client = secured([{"Digest": []}], url=server.url, Digest=(USER, WORD)).with_options(headers={"Authorization": "x"})
    with pytest.raises(InvalidRequest, match="header /Authorization: is set by the document"):
        client.use_()


@pytest.mark.parametrize(
    ("fields", "learnt"),
    [
        ([("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", 'Digest realm="r", nonce="n"')], True),
        (
            [("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-512-256, Digest realm="r",nonce="m"')],
            True,
        ),
        ([("WWW-Authenticate", 'digest realm = "r" , nonce="n"')], True),
        ([("WWW-Authenticate", 'Digest realm="r"')], False),
        ([("WWW-Authenticate", 'Basic realm="r, Digest realm=x, nonce=y"')], False),
        ([("WWW-Authenticate", ",,=,Digest,=x")], False),
        ([], False),
    ],
)
def test_challenges_are_separated(fields: list[tuple[str, str]], learnt: bool) -> None:  # noqa: FBT001  a table's column
    """There may be several in one field, and several fields (RFC 9110, section 11.6.1)."""
    assert Digest().learn(Headers(fields), "") is learnt


# --- mutual TLS


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A TLS server that asks for a client certificate and answers with its name, and the folder with the certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = authority.issue_cert("alice@example.com")
    client.private_key_pem.write_to_path(tmp_path / "key.pem")
    client.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = self.connection.getpeercert()["subjectAltName"]
            self.wfile.write(reply(200, {"name": names[0][1]}))
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    class Server(ThreadingTCPServer):
        def handle_error(self, *_: Any) -> None:
            """Log nothing."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}", tmp_path
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("files", [("cert.pem", "key.pem"), ("both.pem",)])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_client_certificate_is_shown(files: tuple[str, ...], as_text: bool, tls: Any) -> None:  # noqa: FBT001  a table's column
    """From a pair of paths, from one file with both, and from text, as in the environment."""
    url, folder = tls
    paths: Any = tuple(folder / name for name in files) if len(files) > 1 else folder / files[0]
    if as_text:
        paths = os.pathsep.join(str(folder / name) for name in files)
    with requests.Session() as session:
        session.verify = str(folder / "ca.pem")
        client = secured([{"Certificate": []}], url=url, transport=RequestsTransport(session), Certificate=paths)
        assert client.use_() == {"name": "alice@example.com"}
        client = secured([], url=url, transport=RequestsTransport(session))
        with pytest.raises(TransportError, match="connection"):
            client.with_options(retries=0).use_()


def test_a_client_certificate_is_not_shown_to_another_server(tmp_path: Path) -> None:
    """On a redirect."""
    file = tmp_path / "both.pem"
    file.touch()
    sent: list[Request] = []

    def transport(request: Request, _: float) -> Response:
        sent.append(request)
        return Response(302, Headers({"Location": "https://other.test/"})) if len(sent) == 1 else Response(204)

    secured([{"Certificate": []}], url="https://api.test", transport=transport, Certificate=file).use_.send()
    assert [request.certificate for request in sent] == [str(file), None]


# --- values


def test_a_recorded_request_needs_no_certificate() -> None:
    """Recordings do not contain it, so it is not reported as missing."""
    schemes = {"Certificate": Scheme("Certificate", "mutualTLS"), "Key": Scheme("Key", "apiKey", "header", "X")}
    assert missing_credentials(({"Certificate": ()},), schemes, frozenset()) == []
    assert missing_credentials(({"Certificate": (), "Key": ()},), schemes, frozenset({("header", "x")})) == []
    assert len(missing_credentials(({"Certificate": (), "Key": ()},), schemes, frozenset())) == 1


@pytest.mark.parametrize("data", [None, 7, {}, {"type": None, "flows": 7}, {"flows": {"x-y": 1, "password": None}}])
def test_a_malformed_scheme_is_read_as_far_as_possible(data: Any) -> None:
    """It has no flows."""
    assert scheme_of("Odd", data).flows == ()


def test_an_api_key_with_an_unknown_location_is_refused() -> None:
    """The document is at fault."""
    found = select(({"Key": ()},), {"Key": Scheme("Key", "apiKey", "body", "x")}, Credentials({"Key": "a"}))
    assert [problem.message for problem in found[1]] == [
        "the document sends it in 'body', not in a header, query or cookie"
    ]


def test_a_token_without_a_transport_cannot_be_asked_for() -> None:
    """Clients always have one."""
    schemes = {"O": Scheme("O", "oauth2")}
    assert "needs a transport" in str(select(({"O": ()},), schemes, Credentials({"O": OAuth2("a")}))[1][0])


def test_a_key_that_is_refused_stays_refused(serve: Any) -> None:
    """There is nothing to renew, whatever the requirement."""
    server = serve(reply(401, {"message": "who?"}))
    for requirement in ([{"Key": []}], [{}], []):
        assert secured(requirement, url=server.url, Key="a").use_.send().status == 401
    assert len(server.received) == 3


def test_only_a_401_of_the_same_server_renews() -> None:
    """No other reply means that the credentials have expired."""
    request, schemes = Request("GET", "https://api.test/a"), {"Digest": Scheme("Digest", "http", scheme="digest")}
    credentials, challenge = (
        Credentials({"Digest": ("a", "b")}),
        Headers({"WWW-Authenticate": 'Digest realm="r", nonce="n"'}),
    )
    elsewhere = Request("GET", "https://other.test/a")
    for status, answered, renews in (
        (403, request, False),
        (401, elsewhere, False),
        (401, request, True),
        (401, None, False),
    ):
        response = Response(status, challenge, request=answered)
        found = after_401(({"Digest": ()},), schemes, credentials, request, response)
        assert (found is not None) is renews
        request = found or request


def test_values_show_no_secret_and_are_not_pickled() -> None:
    """Nor do the values between them and the request."""
    additions = Additions((("X-Key", "fake-a"),), (("key", "fake-b"),), (("sid", "fake-c"),))
    credentials = Credentials({"Key": "fake-secret", "Basic": ("fake", "fake")})
    assert "fake" not in repr(additions) + str(additions) + repr(credentials) + repr(vars(Operation))
    assert repr(additions) == "<Additions X-Key, key, sid>"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(credentials)


def test_one_token_for_two_schemes_is_sent_once() -> None:
    """Published documents ask for two OAuth schemes at once, and one token serves both."""
    schemes = {name: scheme_of(name, {"type": "oauth2", "flows": {}}) for name in ("one", "two")}
    both: Any = ({"one": (), "two": ()},)
    added, problems = select(both, schemes, Credentials({"one": "fake", "two": "fake"}))
    assert (added.headers, problems) == ((("Authorization", "Bearer fake"),), [])
    _, problems = select(both, schemes, Credentials({"one": "fake", "two": "other"}))
    assert [problem.where for problem in problems] == ["auth"]


@pytest.mark.parametrize("credential", [lambda: "a", OAuth2("id"), Netrc("/dev/null"), Keyring("a", "b"), None])
def test_only_constant_credentials_are_fixed(credential: Any) -> None:
    """All others are looked up for each request, also in the environment."""
    schemes = {"Bearer": scheme_of("Bearer", SCHEMES["Bearer"])}
    own = {} if credential is None else {"Bearer": credential}
    assert fixed(({"Bearer": ()},), schemes, Credentials(own, "api")) is None
    found = fixed(({"Bearer": ()},), schemes, Credentials({"Bearer": "token"}, "api"))
    assert found is not None
    assert found.headers == (("Authorization", "Bearer token"),)


def test_a_variable_that_is_set_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a change is seen by the next call."""
    paths = {"/a": {"get": {"operationId": "a", "responses": {}}}}
    data = {
        "openapi": "3.0.3",
        "info": {"title": "Small", "version": "1"},
        "paths": paths,
        "security": [{"Bearer": []}, {}],
    }
    client = Client(
        {**data, "components": {"securitySchemes": {"Bearer": SCHEMES["Bearer"]}}}, server="http://127.0.0.1"
    )
    assert "Authorization" not in client.a.prepare().headers
    for token in ("one", "two"):
        monkeypatch.setenv("DYNCLIENT_SMALL_BEARER", token)
        assert client.a.prepare().headers["Authorization"] == f"Bearer {token}"


def test_a_credential_that_a_server_quotes_does_not_show(serve: Any) -> None:
    """Servers often repeat the key that they refuse."""
    server = serve(lambda request: reply(401, {"message": f"no key {request.headers['x-key']} or {request.target}"}))
    client = secured([{"Key": [], "QueryKey": []}], url=server.url, Key="fake-key-1", QueryKey="fake key 2")
    with pytest.raises(ApiError) as caught:
        client.use_()
    assert "fake" not in "".join(traceback.format_exception(caught.value))
    assert "no key REDACTED or" in str(caught.value)


def test_a_parameter_of_the_format_password_does_not_show() -> None:
    """Documents may describe credentials as parameters (OpenAPI, Data Types, Format)."""
    parameter = {"name": "Pin", "in": "query", "schema": {"type": "string", "format": "password"}}
    paths = {"/a": {"get": {"operationId": "use", "parameters": [parameter], "responses": {}}}}
    client = Client(document(paths), server="http://127.0.0.1:9")
    with pytest.raises(TransportError) as caught:
        client.use_("fake-pin")
    assert "fake-pin" not in str(caught.value) + repr(caught.value.request)


@pytest.mark.parametrize("other", ["OpenId", "Bearer"])
def test_one_token_serves_bearer_and_oauth2(other: str) -> None:
    """Documents ask for both at once although one token is enough."""
    sent = request_of([{"OAuth": [], other: []}], OAuth="abc", **{other: "abc"})
    assert [text for name, text in sent.headers.fields if name == "Authorization"] == ["Bearer abc"]


@pytest.mark.parametrize(
    ("scheme", "credential", "why"),
    [
        ("Bearer", "Bearer fake", 'leave out the "Bearer " prefix; it is added for you'),
        ("OAuth", "bearer fake", 'leave out the "Bearer " prefix'),
        ("Basic", "basic ZmFrZTo=", 'leave out the "Basic " prefix'),
        ("Other", "Negotiate fake", 'leave out the "Negotiate " prefix'),
        ("Bearer", "fake\x01", "control character"),
        ("Basic", ("user", "fake\x7f"), "control character"),
        ("Key", "fake\udcff", "control character"),
    ],
)
def test_a_credential_that_would_be_malformed_on_the_wire_is_refused(scheme: str, credential: Any, why: str) -> None:
    """The message says why, without the credential (RFC 9110, section 5.5; RFC 7617, section 2)."""
    with pytest.raises(InvalidRequest, match=f"auth /{scheme}: .*{why}") as caught:
        request_of([{scheme: []}], **{scheme: credential})
    assert "fake" not in str(caught.value)


def test_a_key_with_an_invalid_header_name_is_refused() -> None:
    """The message quotes the name."""
    found = document(
        {"/a": {"get": {"operationId": "use", "security": [{"Odd": []}], "responses": {}}}},
        components={"securitySchemes": {"Odd": {"type": "apiKey", "in": "header", "name": "api key"}}},
    )
    with pytest.raises(
        InvalidRequest, match=r"auth /Odd: the document sends it in the header 'api key', which is not a valid name"
    ):
        Client(found, server="http://h", auth={"Odd": "fake"}).use_.prepare()


def test_a_required_scheme_that_does_not_exist_is_named() -> None:
    """No credential can be set for it."""
    with pytest.raises(InvalidRequest, match=r"missing: Nowhere \(not a scheme of the document\)"):
        request_of([{"Nowhere": []}])


async def _token() -> str:
    return "made"


def test_an_async_callable_is_awaited(serve: Any) -> None:
    """By the async client; the blocking client refuses it."""
    server = serve(reply(200, {"ok": True}))
    client = secured([{"Bearer": []}], url=server.url, Bearer=_token)
    with pytest.raises(InvalidRequest, match="auth /Bearer: is an async function, which only AsyncClient can await"):
        client.use_()

    async def main() -> Any:
        async with AsyncClient(client.document, server=server.url, auth={"Bearer": _token}) as shop:
            with pytest.raises(InvalidRequest, match="is an async function"):
                shop.use_.prepare()
            return await shop.use_()

    assert asyncio.run(main()) == {"ok": True}
    assert server.last.headers["authorization"] == "Bearer made"


def test_a_netrc_file_is_read_as_people_write_it(tmp_path: Path) -> None:
    """Host names ignore case; a file that is not text is refused."""
    file = tmp_path / "netrc"
    file.write_text("machine API.Example.com login fake-user password fake-words\n")
    client = secured([{"Basic": []}], url="http://api.example.COM", Basic=Netrc(file))
    assert client.use_.prepare().headers["Authorization"] == "Basic ZmFrZS11c2VyOmZha2Utd29yZHM="
    file.write_bytes(b"machine h login u password fake\xff\n")
    with pytest.raises(InvalidRequest, match="cannot be read: it is not UTF-8"):
        client.use_.prepare()


@pytest.mark.parametrize(("api", "name"), [("Café (v2)", "DYNCLIENT_CAFE_V2_KEY"), ("日本", "DYNCLIENT_日本_KEY")])
def test_a_variable_has_a_name_that_shells_allow(api: str, name: str) -> None:
    """If the name has letters of ASCII."""
    assert environment_name(api, "Key") == name


def test_a_password_that_holds_a_slash_does_not_show() -> None:
    """Parsers take the slash for the end of the host."""
    with pytest.raises(ValueError, match="server must be") as caught:
        secured([], url="http://user:fake/words@127.0.0.1")
    assert "(character 17 is '/'; before '@' it is written %2F)" in str(caught.value)
    assert not any(word in str(caught.value) for word in ("user:", "fake", "words"))


@pytest.mark.parametrize(
    ("kind", "credential", "field"),
    [
        ("apikey", "fake", "x-key"),
        ("OAuth2", "fake", "authorization"),
        ("basic", ("user", "fake"), ""),
        (None, "fake", ""),
    ],
)
def test_an_unknown_type_is_not_taken_for_a_bearer_token(kind: Any, credential: Any, field: str) -> None:
    """A known type in another spelling is accepted; other types say nothing about where a credential goes."""
    schemes = {"Odd": {"type": kind, "in": "header", "name": "X-Key"}}
    paths = {"/a": {"get": {"operationId": "use", "security": [{"Odd": []}], "responses": {}}}}
    client = Client(
        document(paths, components={"securitySchemes": schemes}), server="http://h", auth={"Odd": credential}
    )
    if field:
        assert "fake" in client.use_.prepare().headers[field]
    else:
        with pytest.raises(
            InvalidRequest, match=r"auth /Odd: the document gives it the unknown type '.*'; known are apiKey, http"
        ):
            client.use_.prepare()
