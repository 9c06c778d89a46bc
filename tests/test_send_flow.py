"""Flows: redirects and retries, over real sockets, by every transport."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import httpx2
import pytest
import requests
from conftest import Serve
from servers import Received, reply
from transports import KEYS, KINDS, Sent, exchange, exchanges, request_to

from dynclient import (
    AsyncAiohttpTransport,
    AsyncHttpxTransport,
    HttpxTransport,
    ReadError,
    Request,
    RequestsTransport,
    RequestTimeout,
    TransportError,
)
from dynclient.aclient import run_async
from dynclient.exchange import Headers, ReplyLimits
from dynclient.send.attempts import send
from dynclient.send.redirects import Redirects
from dynclient.send.threads import Threads


def then(*answers: bytes) -> Callable[[Received], bytes]:
    """Answers one after the other, the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def moved(status: int, to: str) -> bytes:
    """A redirect."""
    return reply(status, Location=to)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_same_server_keeps_credentials(sent: Sent, serve: Serve, status: int) -> None:
    """Whether its target is relative or absolute."""
    server = serve(then(moved(status, "/b?c=1"), reply()))
    sent(request_to(f"{server.url}/a"))
    assert server.last.target == "/b?c=1"
    assert {name: server.last.headers[name.lower()] for name in KEYS} == KEYS


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?c=a%20b&d=100%", "/b?c=a%20b&d=100%25"),
        ("/b?c=a b&d=%zz", "/b?c=a%20b&d=%25zz"),
        ("/%C3%A9%", "/%C3%A9%25"),
    ],
)
def test_a_target_is_encoded_once(sent: Sent, serve: Serve, location: str, target: str) -> None:
    """Octets that are percent-encoded already stay so (RFC 3986, section 2.4)."""
    server = serve(then(moved(302, location), reply()))
    sent(request_to(f"{server.url}/a"))
    assert server.last.target == target


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_loses_credentials(sent: Sent, serve: Serve, status: int, host: str) -> None:
    """To another port as to another host; of other fields, those go along that are harmless."""
    other = serve(reply(data="there", kind="text/plain"))
    server = serve(moved(status, f"http://{host}:{other.port}/b"))
    assert sent(request_to(f"{server.url}/a")).content == b"there"
    assert not {name.lower() for name in KEYS} & other.last.headers.keys()
    assert other.last.headers["traceparent"] == "00-1"
    assert "x-tenant" not in other.last.headers


def test_a_redirect_to_another_server_carries_nothing_that_may_be_a_key(sent: Sent, serve: Serve) -> None:
    """Neither a field that sounds like one, nor what the server copied from the query into its redirect."""
    other = serve(reply())
    server = serve(lambda request: moved(307, f"{other.url}{request.target}#there"))
    sent(
        request_to(
            f"{server.url}/a?b=1&api%5Fkey=fake-key&userPassword=pw&c", X_Internal_Token="fake", Idempotency_Key="k1"
        )
    )
    assert other.last.target == "/a?b=1&c"
    assert "x-internal-token" not in other.last.headers
    assert other.last.headers["idempotency-key"] == "k1"


KEY = "fake/Key+with space%41"


@pytest.mark.parametrize(
    "copy",
    [
        "api_key=fake%2fKey%2bwith%20space%2541",
        "api_key=fake/Key+with space%41",
        "API_KEY=fake%2FKey%2Bwith+space%2541",
        "k=fake%2FKey%2Bwith%20space%2541",
        "next=http%3A%2F%2Fh%2F%3Fapi_key%3Dfake%252FKey%252Bwith%2520space%252541",
    ],
)
def test_no_spelling_of_a_key_goes_to_another_server(serve: Serve, copy: str) -> None:
    """Servers encode anew what they copy, or decode it, or quote the whole URL."""
    other = serve(reply())
    server = serve(moved(302, f"{other.url}/b?c=1&{copy}&d"))
    exchange("requests", Request("GET", f"{server.url}/a?api_key={quote(KEY, safe='')}"))
    assert other.last.target == "/b?c=1&d"


def test_a_key_in_the_path_of_a_redirect_goes_to_no_other_server(serve: Serve) -> None:
    """It cannot be taken out of there."""
    other = serve(reply())
    server = serve(moved(302, f"{other.url}/b/fake%2dsecret"))
    with pytest.raises(TransportError, match="the URL holds a secret, so nothing was sent there") as caught:
        exchange("requests", Request("GET", f"{server.url}/a", Headers({"X-Key": "fake-secret"})))
    assert (other.received, "fake-secret" in str(caught.value)) == ([], False)


def test_a_short_key_is_found_by_its_name_alone(serve: Serve) -> None:
    """It may be a word of the URL."""
    other = serve(reply())
    server = serve(moved(302, f"{other.url}/abc?api_key=abc&c=abc"))
    exchange("requests", Request("GET", f"{server.url}/a?api_key=abc"))
    assert other.last.target == "/abc?c=abc"


def test_a_trusted_server_gets_everything(sent: Sent, serve: Serve) -> None:
    """Credentials, fields and body; and the first one again, after it."""
    other = serve(lambda _: moved(307, f"{server.url}/c?api_key=fake-key"))
    server = serve(then(moved(307, f"{other.url}/b?api_key=fake-key"), reply()))
    request = request_to(f"{server.url}/a?api_key=fake-key", "POST", b"x")
    sent(request, redirects=lambda: Redirects(trusted=frozenset({("http", "127.0.0.1", other.port)})))
    for received in (other.last, server.last):
        assert {name: received.headers[name.lower()] for name in KEYS} == KEYS
        assert (received.target[2:], received.body, received.headers["x-tenant"]) == ("?api_key=fake-key", b"x", "t")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "EVIL:1\\@127.0.0.1", "127.0.0.1\t", "%31%32%37.0.0.1"])  # fmt: skip
def test_a_host_that_parsers_read_differently_is_not_followed(serve: Serve, host: str) -> None:
    """The redirect is the reply."""
    server = serve(lambda _: moved(302, f"http://{host}:{server.port}/b"))
    assert exchange("requests", request_to(f"{server.url}/a")).status == 302
    assert len(server.received) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "pyreqwest" not in kind])
def test_a_target_may_be_raw_utf8(serve: Serve, kind: str) -> None:
    """Many servers send that."""
    server = serve(then(moved(302, "/caf\u00e9?\u20ac"), reply()))
    exchange(kind, request_to(f"{server.url}/a"))
    assert server.last.target == "/caf%C3%A9?%E2%82%AC"


@pytest.mark.parametrize("kind", ["requests", "httpx2", "async httpx2"])
def test_what_a_session_has_for_the_api_stays_there(kind: str, serve: Serve) -> None:
    """Its header fields, parameters and cookies are not for the server that a redirect leads to."""
    own = {"Authorization": "Bearer fake", "X-Own": "fake"}
    session = requests.Session()
    session.headers.update(own)
    session.params = {"own": "fake"}
    session.cookies.set("own", "fake")
    more: dict[str, Any] = {"headers": own, "params": {"own": "fake"}, "cookies": {"own": "fake"}}
    handed: dict[str, Callable[[], Any]] = {
        "requests": lambda: RequestsTransport(session),
        "httpx2": lambda: HttpxTransport(httpx2.Client(**more)),
        "async httpx2": lambda: AsyncHttpxTransport(httpx2.AsyncClient(**more)),
    }
    other = serve(reply())
    server = serve(moved(302, f"{other.url}/b"))
    exchange(kind, Request("GET", f"{server.url}/a"), transport=handed[kind]())
    assert server.last.headers["x-own"] == "fake"
    assert other.last.target == "/b"
    assert not {"authorization", "x-own", "cookie"} & other.last.headers.keys()


def test_what_an_aiohttp_session_has_for_the_api_stays_there(serve: Serve) -> None:
    """Likewise; such a session is made in the event loop that it is for."""
    other = serve(reply())
    server = serve(moved(302, f"{other.url}/b"))

    async def main() -> None:
        own = {"headers": {"X-Own": "fake"}, "cookies": {"own": "fake"}, "cookie_jar": aiohttp.CookieJar(unsafe=True)}
        async with aiohttp.ClientSession(**own) as session:
            transport = AsyncAiohttpTransport(session)
            await run_async(send(Request("GET", f"{server.url}/a"), 5, 0), transport, Threads(1))
            await transport.aclose()

    asyncio.run(main())
    assert (server.last.headers["x-own"], server.last.headers["cookie"]) == ("fake", "own=fake")
    assert not {"x-own", "cookie"} & other.last.headers.keys()


def test_a_cookie_of_a_server_is_not_for_another_port(sent: Sent, serve: Serve) -> None:
    """Cookies know no ports (RFC 6265, section 8.5); whoever follows a redirect does."""
    other = serve(reply())
    server = serve(then(reply(302, Location="/b", Set_Cookie="sid=fake; Path=/"), moved(302, f"{other.url}/c")))
    sent(Request("GET", f"{server.url}/a"))
    assert server.last.headers["cookie"] == "sid=fake"
    assert (other.last.target, other.last.headers.get("cookie")) == ("/c", None)


def test_credentials_do_not_come_back_after_a_detour(sent: Sent, serve: Serve) -> None:
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
def test_a_redirect_changes_the_method_as_http_says(
    sent: Sent, serve: Serve, status: int, method: str, becomes: str
) -> None:
    """RFC 9110, section 15.4; the body goes with the method."""
    server = serve(then(moved(status, "/b"), reply()))
    sent(request_to(server.url, method, b"body", Content_Type="text/plain"))
    assert server.last.method == becomes
    assert server.last.body == (b"body" if becomes == method else b"")
    assert ("content-type" in server.last.headers) is (becomes == method)


def test_redirects_without_end_are_given_up(sent: Sent, serve: Serve) -> None:
    """After ten, with the last reply kept."""
    server = serve(moved(302, "/again"))
    with pytest.raises(TransportError, match=rf"GET {server.url}\S*: more than 10 redirects") as caught:
        sent(request_to(server.url))
    assert len(server.received) == 11
    assert caught.value.response is not None


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:1", "http://[::1", "http://127.0.0.1:99999/"])  # fmt: skip
def test_a_redirect_to_no_place_of_the_web_is_not_followed(sent: Sent, serve: Serve, target: str) -> None:
    """The reply is given as it is, or there is an error of ours."""
    server = serve(moved(302, target))
    try:
        assert sent(request_to(server.url)).status == 302
    except TransportError as error:
        assert "use: GET" in str(error)  # noqa: PT017  either way is fine
    assert len(server.received) == 1


#: What stands between `http://OTHER` and the first server's host and port in a Location that two parsers read differently.
TRICKS = ["\\@", "\\\\@", "\t@", " @", "\x01@", "/\\@", "#@", "?@", "%5C@", ";@", "\\/@"]


@pytest.mark.parametrize("user", ["", "u:p@"])
@pytest.mark.parametrize("trick", TRICKS, ids=repr)
def test_a_redirect_that_hides_another_server_gets_no_credentials(
    sent: Sent, serve: Serve, trick: str, user: str
) -> None:
    """Whichever of the two hosts a library would connect to."""
    other = serve(reply())
    server = serve(lambda request: moved(302, f"http://{user}127.0.0.1:{other.port}{trick}127.0.0.1:{server.port}/b") if request.target == "/a" else reply())  # fmt: skip
    with suppress(ReadError):  # some libraries refuse a control character in a field
        sent(request_to(f"{server.url}/a"))
    assert not [name for received in other.received for name in KEYS if name.lower() in received.headers]


def test_user_information_in_a_redirect_is_dropped(sent: Sent, serve: Serve) -> None:
    """No server may say who calls another."""
    other = serve(reply())
    server = serve(moved(302, f"http://user:fake@127.0.0.1:{other.port}/b"))
    sent(Request("GET", f"{server.url}/a"))
    assert (other.last.target, other.last.headers.get("authorization")) == ("/b", None)


@pytest.mark.parametrize(
    ("location", "target"), [("/a b", "/a%20b"), ("/\u00e4?q=%C3%A4", "/%C3%A4?q=%C3%A4"), ('/"', "/%22")]
)
def test_a_redirect_is_followed_by_its_encoded_url(sent: Sent, serve: Serve, location: str, target: str) -> None:
    """What is not a character of URLs is percent-encoded (RFC 3986, section 2.1); undecodable text is not followed."""
    server = serve(then(moved(302, location), reply()))
    if sent(request_to(server.url)).status == 200:
        assert server.last.target == target


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_safe_request_is_tried_again(sent: Sent, serve: Serve, pauses: list[float], method: str, status: int) -> None:
    """With a growing pause."""
    server = serve(then(reply(status), reply(status), reply(204)))
    assert sent(request_to(server.url, method), retries=2).status == 204
    assert pauses == [0.2, 0.4]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_unsafe_request_is_not_tried_again(sent: Sent, serve: Serve, pauses: list[float], method: str) -> None:
    """A repeat might do the same thing twice."""
    server = serve(reply(503))
    assert sent(request_to(server.url, method, b"x"), retries=2).status == 503
    assert (len(server.received), pauses) == (1, [])


def test_an_idempotency_key_makes_any_request_safe(sent: Sent, serve: Serve, pauses: list[float]) -> None:
    """The server knows it again by its key, which stays the same."""
    server = serve(then(reply(503), b"", reply(201)))
    assert sent(request_to(server.url, "POST", b"x", Idempotency_Key="k1"), retries=2).status == 201
    assert {request.headers["idempotency-key"] for request in server.received} == {"k1"}
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [200, 400, 404, 422, 500, 501])
def test_any_other_status_is_given_at_once(sent: Sent, serve: Serve, pauses: list[float], status: int) -> None:
    """A repeat would not change it."""
    assert sent(request_to(serve(reply(status)).url), retries=2).status == status
    assert pauses == []


@pytest.mark.parametrize(("value", "pause"), [("7", 7.0), ("0", 0.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", 0.5), ("-1", 0.5)])  # fmt: skip
def test_retry_after_is_honoured(sent: Sent, serve: Serve, pauses: list[float], value: str, pause: float) -> None:
    """In seconds or as a date (RFC 9110, section 10.2.3)."""
    server = serve(then(reply(503, Retry_After=value), reply()))
    sent(request_to(server.url), retries=1)
    assert pauses == [pause]


def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(
    sent: Sent, serve: Serve, pauses: list[float]
) -> None:
    """Its reply is given as it is."""
    assert sent(request_to(serve(reply(503, Retry_After="3600")).url), retries=2).status == 503
    assert pauses == []


def test_retries_end(sent: Sent, serve: Serve, pauses: list[float]) -> None:
    """And the last reply is given."""
    server = serve(reply(503))
    assert sent(request_to(server.url), retries=2).status == 503
    assert (len(server.received), len(pauses)) == (3, 2)


def test_a_lost_reply_is_asked_for_again(sent: Sent, serve: Serve, pauses: list[float]) -> None:
    """Where that is safe."""
    server = serve(then(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", reply(data="whole", kind="text/plain")))
    assert sent(request_to(server.url), retries=2).content == b"whole"
    assert len(pauses) == 2


def test_the_time_of_a_call_holds_for_bytes_that_are_no_data(sent: Sent, serve: Serve) -> None:
    """The size of a chunk may arrive digit by digit, each within the time of a single wait."""

    def answer(_: Any) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        while not server.closing.wait(0.05) and len(dripped) < 100:
            dripped.append(b"0")
            yield b"0"

    dripped: list[bytes] = []
    server = serve(answer)
    request = replace(request_to(server.url), limits=ReplyLimits(total=0.5))
    with pytest.raises(RequestTimeout, match=r"0.5 s for the whole call") as caught:
        sent(request)
    assert len(dripped) < 50
    assert caught.value.response is not None
    assert caught.value.response.content == b"a"


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_sets_no_cookie(serve: Serve, kind: str) -> None:
    """A server that a redirect leads to is not the API: cookies of its would go to the API, which is the same host on another port."""
    other = serve(reply(Set_Cookie="planted=1; Path=/"))
    server = serve(then(moved(302, f"{other.url}/b"), reply()))
    exchanges(kind, [Request("GET", f"{server.url}/a"), Request("GET", f"{server.url}/c")])
    assert (server.last.target, server.last.headers.get("cookie")) == ("/c", None)


@pytest.mark.parametrize("steps", [[reply(503, Retry_After="5")], [moved(302, "/a")] * 20])
def test_the_time_of_a_call_holds_for_all_its_requests(sent: Sent, serve: Serve, steps: list[bytes]) -> None:
    """A pause that would go beyond it is not made, and a redirect has only what is left."""

    def answer(_: Any) -> Iterator[bytes]:
        server.closing.wait(0.2)
        yield steps[0]

    server = serve(answer)
    request = replace(request_to(server.url), limits=ReplyLimits(total=1.5))
    if len(steps) == 1:
        assert sent(request, retries=2).status == 503
        assert len(server.received) == 1
    else:
        with pytest.raises(RequestTimeout, match=r"1.5 s for the whole call"):
            sent(request, retries=2)
        assert len(server.received) <= 10
