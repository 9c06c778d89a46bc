"""Transports: each sends what it is given, keeps time limits and says what broke, over real sockets."""

import traceback
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Serve
from servers import reply
from transports import Sent, exchange, request_to

from dynclient import ConnectError, ReadError, Request, RequestsTransport, RequestTimeout, TransportError


def test_a_request_goes_out_as_it_is(sent: Sent, serve: Serve) -> None:
    """Its method, target, headers and body; text beyond ASCII as UTF-8."""
    server = serve(reply(data={"a": 1}))
    found = sent(request_to(f"{server.url}/a%2Fb?c=d%20e", "PATCH", b"\0\xff", X_Name="ä€"))
    assert (server.last.method, server.last.target, server.last.body) == ("PATCH", "/a%2Fb?c=d%20e", b"\0\xff")
    assert server.last.headers["x-name"] == "ä€"
    assert (found.status, found.content, found.headers["content-type"]) == (200, b'{"a": 1}', "application/json")


@pytest.mark.parametrize("target", ["/a%2Fb", "/~a/%C3%A4", "/a;b=c", "/a+b", "/a?q=%7B%22a%22%3A1%7D", "/a//b"])  # fmt: skip
def test_a_target_arrives_as_it_was_written(sent: Sent, serve: Serve, target: str) -> None:
    """No library on the way makes it prettier."""
    server = serve(reply())
    sent(request_to(server.url + target))
    assert server.last.target == target


def test_it_says_who_it_is(sent: Sent, serve: Serve) -> None:
    """By its own User-Agent."""
    server = serve(reply())
    sent(request_to(server.url))
    assert server.last.headers["user-agent"].startswith("dynclient/")


def test_a_server_that_is_not_there_is_said_to_be_so(sent: Sent, serve: Serve, pauses: list[float]) -> None:
    """After the retries, with the request kept."""
    server = serve(b"")
    port = server.port
    server.close()
    server.close = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ConnectError, match=r"use: GET http://127.0.0.1:.*no connection: Connection refused") as caught:
        sent(request_to(f"http://127.0.0.1:{port}/"), retries=1)
    assert caught.value.request.operation == "use"
    assert len(pauses) == 1


def test_a_host_that_does_not_exist_is_said_to_be_so(sent: Sent) -> None:
    """It has no address."""
    with pytest.raises(ConnectError, match="no connection"):
        sent(request_to("http://nowhere.invalid/"))


@pytest.mark.parametrize("url", ["http://", "/relative", "ftp://127.0.0.1/", "http://[::1", "http://127.0.0.1:99999/", "http://a b/", "http://.../"])  # fmt: skip
def test_a_url_that_cannot_be_called_is_an_error_of_ours(sent: Sent, pauses: list[float], url: str) -> None:
    """And is not tried again."""
    with pytest.raises(TransportError):
        sent(request_to(url), retries=2)
    assert pauses == []


def test_a_server_that_hangs_is_given_up(sent: Sent, serve: Serve) -> None:
    """After the time limit."""
    server = serve(lambda _: server.hang())
    with pytest.raises(RequestTimeout, match=r"no answer within 0\.3 s") as caught:
        sent(request_to(server.url), timeout=0.3, retries=2)
    assert caught.value.response is None
    assert len(server.received) == 1


def test_a_reply_that_hangs_half_way_is_given_up(sent: Sent, serve: Serve) -> None:
    """What came of it is kept."""
    server = serve(lambda _: server.hang(b"HTTP/1.1 207 OK\r\nContent-Length: 10\r\n\r\nabc"))
    with pytest.raises(RequestTimeout) as caught:
        sent(request_to(server.url), timeout=0.3)
    assert caught.value.response is not None
    assert caught.value.response.status == 207


@pytest.mark.parametrize("answer", [b"", b"not HTTP at all\r\n\r\n", b"\x16\x03\x01"])
def test_a_connection_that_breaks_before_a_reply_is_an_error(sent: Sent, serve: Serve, answer: bytes) -> None:
    """There is nothing to keep, or nothing that can be understood."""
    with pytest.raises(ReadError, match="use: GET"):
        sent(request_to(serve(answer).url))


@pytest.mark.parametrize(
    ("head", "came"),
    [
        ("Content-Length: 10", b"abc"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n5\r\nde"),
        ("Transfer-Encoding: chunked", b"zz\r\nabc"),
        ("Content-Encoding: gzip\r\nContent-Length: 3", b"abc"),
    ],
)
def test_a_reply_that_breaks_off_keeps_what_came(sent: Sent, serve: Serve, head: str, came: bytes) -> None:
    """With status and headers."""
    server = serve(f"HTTP/1.1 207 OK\r\nX-A: 1\r\n{head}\r\n\r\n".encode() + came)
    with pytest.raises(ReadError, match=r"the reply \(207\) broke off after \d bytes") as caught:
        sent(request_to(server.url))
    assert caught.value.response is not None
    assert (caught.value.response.status, caught.value.response.headers["x-a"]) == (207, "1")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", None])
def test_no_error_shows_credentials(sent: Sent, serve: Serve, answer: bytes | None) -> None:
    """Neither those in headers nor those in the URL, not even in the traceback."""
    server = serve(answer) if answer is not None else serve(lambda _: server.hang())
    with pytest.raises(TransportError) as caught:
        sent(request_to(f"{server.url}/?api_key=fake-query-key&q=1"), timeout=0.3)
    text = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.request)
    assert "api_key=REDACTED&q=1" in text
    assert "fake-" not in text.replace('fake-query-key&q=1"), timeout', "")


def test_a_session_of_ones_own_sends(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its adapters and TLS settings, whatever the environment says, and it stays open."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/another/bundle.pem")
    verified = []

    class Adapter(requests.adapters.HTTPAdapter):
        """An adapter that looks on."""

        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            verified.append(kwargs["verify"])
            return super().send(*args, **kwargs)

    with requests.Session() as session:
        session.mount("http://", Adapter())
        session.verify = "/a/bundle.pem"
        server = serve(reply())
        exchange("requests", request_to(server.url), transport=RequestsTransport(session))
        exchange("requests", request_to(server.url), transport=RequestsTransport(session))
    assert verified == ["/a/bundle.pem"] * 2


def test_a_server_that_speaks_no_tls_is_refused(sent: Sent, serve: Serve) -> None:
    """Before anything is sent to it."""
    server = serve(reply())
    with pytest.raises(ConnectError, match="no connection"):
        sent(request_to(server.url.replace("http:", "https:")), timeout=2)
    assert server.received == []


def test_a_netrc_file_is_not_used(sent: Sent, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials come from the caller alone."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password fake-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(reply())
    sent(request_to(server.url))
    sent(Request("GET", server.url))
    assert [request.headers.get("authorization") for request in server.received] == ["Bearer fake-token", None]


def test_a_proxy_of_the_environment_is_used(sent: Sent, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere; one that is not there is a ConnectError."""
    proxy = serve(reply(data="by proxy", kind="text/plain"))
    monkeypatch.setenv("http_proxy", proxy.url)
    assert sent(request_to("http://example.invalid/a")).content == b"by proxy"
    assert proxy.last.target == "http://example.invalid/a"


def test_headers_of_a_reply_that_stand_twice_are_kept_apart(sent: Sent, serve: Serve) -> None:
    """Two cookies are two."""
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n")
    fields = sent(request_to(server.url)).headers.fields
    assert [value for name, value in fields if name.lower() == "set-cookie"] == ["a=1", "b=2"]
