"""Requests as commands of curl: a shell and curl itself send what the client sends."""

import subprocess
from typing import Any

import pytest
from conftest import Serve
from servers import document, reply

from dynclient import Client, Request
from dynclient.exchange import Headers

BODIES = [None, b'it\'s "$HOME" `id` \\ %s\n@x', b"@file", bytes(range(256)), "Gr\u00fc\u00dfe".encode(), b"-d", b""]


def run(command: str) -> None:
    """Run a command as a user does who pastes it."""
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True, timeout=20)  # noqa: S603  our own


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_curl_sends_what_the_client_sends(serve: Serve, method: str, body: bytes | None) -> None:
    """Every byte of the body, the method, the target and the header fields."""
    server = serve(reply())
    fields = {"X-Odd": 'it\'s; "a" $HOME', "Accept": "a/b", "X-Empty": ""}
    if body:
        fields["Content-Type"] = "x/y"
    run(Request(method, f"{server.url}/a/../b[1]{{c}}?d='e'&f=%20", Headers(fields), body).curl())
    got = server.last
    assert (got.method, got.target, got.body) == (method, "/a/../b[1]{c}?d='e'&f=%20", body or b"")
    assert {name: got.headers[name.lower()] for name in fields} == fields


def test_curl_adds_no_fields_of_its_own(serve: Serve) -> None:
    """But those of the connection, and its name."""
    server = serve(reply())
    run(Request("POST", server.url, body=b"x").curl())
    assert server.last.headers.keys() <= {"host", "user-agent", "content-length"}


def test_a_head_request_has_no_body(serve: Serve) -> None:
    """And curl does not wait for one."""
    server = serve(reply())
    run(Request("HEAD", server.url).curl())
    assert server.last.method == "HEAD"


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "http://u:fake-secret@h/?api_key=fake-secret", Headers({"Authorization": "Bearer fake-secret"})),
        Request("POST", "http://h", Headers({"Content-Type": "application/json"}), b'[{"password": "fake-secret"}]'),
        Request("POST", "http://h", Headers({"Content-Type": "application/x-www-form-urlencoded"}), b"a=b&password=fake-secret"),
    ],
)  # fmt: skip
def test_credentials_are_masked(request_: Request) -> None:
    """In the URL, the fields and the body."""
    assert "fake-secret" not in request_.curl()
    assert "REDACTED" in request_.curl()


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_further_secrets_of_a_body_are_masked(kind: str) -> None:
    """In every spelling."""
    body = {"application/json": b'{"a": "fa\\"ke"}', "text/plain": b'x fa"ke'}.get(kind, b"a=fa%22ke")
    shown = Request("POST", "http://h", Headers({"Content-Type": kind}), body).curl(['fa"ke'])
    assert "ke" not in shown.partition("-H")[0]


def test_a_prepared_call_is_a_command(serve: Serve) -> None:
    """Of an operation's own arguments."""
    server = serve(reply(data=1))
    found: Any = {"/a": {"get": {"operationId": "get", "responses": {"200": {"description": ""}}}}}
    run(Client(document(found), server=server.url).get.prepare().curl())
    assert server.last.target == "/a"
