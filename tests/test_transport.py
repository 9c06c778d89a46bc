"""Transports: redirects, retries, time limits and broken replies, over real sockets."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Serve
from servers import Received, reply

from dynclient import ConnectError, ReadError, Request, RequestsTransport, RequestTimeout, Response, TransportError
from dynclient.exchange import SECRET_NAMES, Headers
from dynclient.transport import send

SECRETS = SECRET_NAMES | {"x-client-id", "api_key"}
KEYS = {"X-Client-Id": "fake-key", "Authorization": "Bearer fake-token", "Cookie": "sid=fake-cookie"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which are not waited for."""
    found: list[float] = []
    monkeypatch.setattr("dynclient.transport.time.sleep", found.append)
    return found


def request_to(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Request:
    """A request with credentials of all kinds."""
    fields = {**KEYS, "X-Trace": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(method, url, Headers(fields), body, "use", SECRETS)


def sent(request: Request, *, timeout: float = 5, retries: int = 0, session: requests.Session | None = None) -> Response:  # fmt: skip
    """The reply to a request."""
    transport = RequestsTransport(session)
    try:
        return send(transport, request, timeout, retries)
    finally:
        transport.close()


def then(*answers: bytes) -> Callable[[Received], bytes]:
    """Answers one after the other, the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def moved(status: int, to: str) -> bytes:
    """A redirect."""
    return reply(status, Location=to)


def test_a_request_goes_out_as_it_is(serve: Serve) -> None:
    """Its method, target, headers and body; text beyond ASCII as UTF-8."""
    server = serve(reply(data={"a": 1}))
    found = sent(request_to(f"{server.url}/a%2Fb?c=d%20e", "PATCH", b"\0\xff", X_Name="ä€"))
    assert (server.last.method, server.last.target, server.last.body) == ("PATCH", "/a%2Fb?c=d%20e", b"\0\xff")
    assert server.last.headers["x-name"] == "ä€"
    assert (found.status, found.content, found.headers["content-type"]) == (200, b'{"a": 1}', "application/json")


@pytest.mark.parametrize("target", ["/a%2Fb", "/~a/%C3%A4", "/a;b=c", "/a+b", "/a?q=%7B%22a%22%3A1%7D", "/a//b"])  # fmt: skip
def test_a_target_arrives_as_it_was_written(serve: Serve, target: str) -> None:
    """No library on the way makes it prettier."""
    server = serve(reply())
    sent(request_to(server.url + target))
    assert server.last.target == target


def test_it_says_who_it_is(serve: Serve) -> None:
    """By its own User-Agent."""
    server = serve(reply())
    sent(request_to(server.url))
    assert server.last.headers["user-agent"].startswith("dynclient/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_same_server_keeps_credentials(serve: Serve, status: int) -> None:
    """Whether its target is relative or absolute."""
    server = serve(then(moved(status, "/b?c=1"), reply()))
    sent(request_to(f"{server.url}/a"))
    assert server.last.target == "/b?c=1"
    assert {name: server.last.headers[name.lower()] for name in KEYS} == KEYS


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_loses_credentials(serve: Serve, status: int, host: str) -> None:
    """To another port as to another host; what is no secret goes along."""
    other = serve(reply(data="there", kind="text/plain"))
    server = serve(moved(status, f"http://{host}:{other.port}/b"))
    assert sent(request_to(f"{server.url}/a")).content == b"there"
    assert not {name.lower() for name in KEYS} & other.last.headers.keys()
    assert other.last.headers["x-trace"] == "1"


def test_credentials_do_not_come_back_after_a_detour(serve: Serve) -> None:
    """Once another server has had a say, its word is not trusted."""
    first = serve(lambda request: moved(302, f"{other.url}/b") if request.target == "/a" else reply())
    other = serve(lambda _: moved(302, f"{first.url}/c"))
    sent(request_to(f"{first.url}/a"))
    assert first.last.target == "/c"
    assert "authorization" not in first.last.headers


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_a_redirect_changes_the_method_as_http_says(serve: Serve, status: int, method: str, becomes: str) -> None:
    """RFC 9110, section 15.4; the body goes with the method."""
    server = serve(then(moved(status, "/b"), reply()))
    sent(request_to(server.url, method, b"body", Content_Type="text/plain"))
    assert server.last.method == becomes
    assert server.last.body == (b"body" if becomes == method else b"")
    assert ("content-type" in server.last.headers) is (becomes == method)


def test_redirects_without_end_are_given_up(serve: Serve) -> None:
    """After ten, with the last reply kept."""
    server = serve(moved(302, "/again"))
    with pytest.raises(TransportError, match="more than 10 redirects") as caught:
        sent(request_to(server.url))
    assert len(server.received) == 11
    assert caught.value.response is not None


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:1", "http://[::1", "http://127.0.0.1:99999/"])  # fmt: skip
def test_a_redirect_to_no_place_of_the_web_is_not_followed(serve: Serve, target: str) -> None:
    """The reply is given as it is, or there is an error of ours."""
    server = serve(moved(302, target))
    try:
        assert sent(request_to(server.url)).status == 302
    except TransportError as error:
        assert "use: GET" in str(error)  # noqa: PT017  either way is fine
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_safe_request_is_tried_again(serve: Serve, pauses: list[float], method: str, status: int) -> None:
    """With a growing pause."""
    server = serve(then(reply(status), reply(status), reply(204)))
    assert sent(request_to(server.url, method), retries=2).status == 204
    assert pauses == [0.2, 0.4]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_unsafe_request_is_not_tried_again(serve: Serve, pauses: list[float], method: str) -> None:
    """A repeat might do the same thing twice."""
    server = serve(reply(503))
    assert sent(request_to(server.url, method, b"x"), retries=2).status == 503
    assert (len(server.received), pauses) == (1, [])


def test_an_idempotency_key_makes_any_request_safe(serve: Serve, pauses: list[float]) -> None:
    """The server knows it again by its key, which stays the same."""
    server = serve(then(reply(503), b"", reply(201)))
    assert sent(request_to(server.url, "POST", b"x", Idempotency_Key="k1"), retries=2).status == 201
    assert {request.headers["idempotency-key"] for request in server.received} == {"k1"}
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [200, 400, 404, 422, 500, 501])
def test_any_other_status_is_given_at_once(serve: Serve, pauses: list[float], status: int) -> None:
    """A repeat would not change it."""
    assert sent(request_to(serve(reply(status)).url), retries=2).status == status
    assert pauses == []


@pytest.mark.parametrize(("value", "pause"), [("7", 7.0), ("0", 0.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", 0.5), ("-1", 0.5)])  # fmt: skip
def test_retry_after_is_honoured(serve: Serve, pauses: list[float], value: str, pause: float) -> None:
    """In seconds or as a date (RFC 9110, section 10.2.3)."""
    server = serve(then(reply(503, Retry_After=value), reply()))
    sent(request_to(server.url), retries=1)
    assert pauses == [pause]


def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(serve: Serve, pauses: list[float]) -> None:
    """Its reply is given as it is."""
    assert sent(request_to(serve(reply(503, Retry_After="3600")).url), retries=2).status == 503
    assert pauses == []


def test_retries_end(serve: Serve, pauses: list[float]) -> None:
    """And the last reply is given."""
    server = serve(reply(503))
    assert sent(request_to(server.url), retries=2).status == 503
    assert (len(server.received), len(pauses)) == (3, 2)


def test_a_server_that_is_not_there_is_said_to_be_so(serve: Serve, pauses: list[float]) -> None:
    """After the retries, with the request kept."""
    server = serve(b"")
    port = server.port
    server.close()
    server.close = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ConnectError, match=r"use: GET http://127.0.0.1:.*no connection: Connection refused") as caught:
        sent(request_to(f"http://127.0.0.1:{port}/"), retries=1)
    assert caught.value.request.operation == "use"
    assert len(pauses) == 1


def test_a_host_that_does_not_exist_is_said_to_be_so() -> None:
    """It has no address."""
    with pytest.raises(ConnectError, match="no connection"):
        sent(request_to("http://nowhere.invalid/"))


@pytest.mark.parametrize("url", ["http://", "/relative", "ftp://127.0.0.1/", "http://[::1", "http://127.0.0.1:99999/", "http://a b/", "http://.../"])  # fmt: skip
def test_a_url_that_cannot_be_called_is_an_error_of_ours(pauses: list[float], url: str) -> None:
    """And is not tried again."""
    with pytest.raises(TransportError):
        sent(request_to(url), retries=2)
    assert pauses == []


def test_a_server_that_hangs_is_given_up(serve: Serve) -> None:
    """After the time limit."""
    server = serve(lambda _: server.hang())
    with pytest.raises(RequestTimeout, match=r"no answer within 0\.3 s") as caught:
        sent(request_to(server.url), timeout=0.3, retries=2)
    assert caught.value.response is None
    assert len(server.received) == 1


def test_a_reply_that_hangs_half_way_is_given_up(serve: Serve) -> None:
    """What came of it is kept."""
    server = serve(lambda _: server.hang(b"HTTP/1.1 207 OK\r\nContent-Length: 10\r\n\r\nabc"))
    with pytest.raises(RequestTimeout) as caught:
        sent(request_to(server.url), timeout=0.3)
    assert caught.value.response is not None
    assert caught.value.response.status == 207


@pytest.mark.parametrize("answer", [b"", b"not HTTP at all\r\n\r\n", b"\x16\x03\x01"])
def test_a_connection_that_breaks_before_a_reply_is_an_error(serve: Serve, answer: bytes) -> None:
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
def test_a_reply_that_breaks_off_keeps_what_came(serve: Serve, head: str, came: bytes) -> None:
    """With status and headers."""
    server = serve(f"HTTP/1.1 207 OK\r\nX-A: 1\r\n{head}\r\n\r\n".encode() + came)
    with pytest.raises(ReadError, match=r"the reply \(207\) broke off after \d bytes") as caught:
        sent(request_to(server.url))
    assert caught.value.response is not None
    assert (caught.value.response.status, caught.value.response.headers["x-a"]) == (207, "1")


def test_a_lost_reply_is_asked_for_again(serve: Serve, pauses: list[float]) -> None:
    """Where that is safe."""
    server = serve(then(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", reply(data="whole", kind="text/plain")))
    assert sent(request_to(server.url), retries=2).content == b"whole"
    assert len(pauses) == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", None])
def test_no_error_shows_credentials(serve: Serve, answer: bytes | None) -> None:
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
        sent(request_to(server.url), session=session)
        sent(request_to(server.url), session=session)
    assert verified == ["/a/bundle.pem"] * 2


def test_a_server_that_speaks_no_tls_is_refused(serve: Serve) -> None:
    """Before anything is sent to it."""
    server = serve(reply())
    with pytest.raises(ConnectError, match="no connection"):
        sent(request_to(server.url.replace("http:", "https:")), timeout=2)
    assert server.received == []


def test_a_netrc_file_is_not_used(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials come from the caller alone."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password fake-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(reply())
    sent(request_to(server.url))
    sent(Request("GET", server.url))
    assert [request.headers.get("authorization") for request in server.received] == ["Bearer fake-token", None]


def test_a_proxy_of_the_environment_is_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere; one that is not there is a ConnectError."""
    proxy = serve(reply(data="by proxy", kind="text/plain"))
    monkeypatch.setenv("http_proxy", proxy.url)
    assert sent(request_to("http://example.invalid/a")).content == b"by proxy"
    assert proxy.last.target == "http://example.invalid/a"


def test_headers_of_a_reply_that_stand_twice_are_kept_apart(serve: Serve) -> None:
    """Two cookies are two."""
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n")
    fields = sent(request_to(server.url)).headers.fields
    assert [value for name, value in fields if name == "Set-Cookie"] == ["a=1", "b=2"]
