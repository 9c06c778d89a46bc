"""Transports: each sends what it is given, keeps time limits and says what broke, over real sockets."""

import asyncio
import gc
import gzip
import socket
import sys
import threading
import traceback
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Serve
from servers import Loopback, Received, document, reply
from transports import ASYNC, BLOCKING, KINDS, Sent, exchange, exchanges, request_to

from dynclient import (
    AsyncAiohttpTransport,
    AsyncClient,
    AsyncHttpxTransport,
    AsyncPyreqwestTransport,
    Client,
    ConnectError,
    HttpxTransport,
    Options,
    PyreqwestTransport,
    ReadError,
    Request,
    RequestsTransport,
    RequestTimeout,
    TransportError,
)
from dynclient.exchange import Headers
from dynclient.send.transport import async_transport, blocking_transport
from dynclient.wire.files import Chunks

N = {"name": "n", "in": "query", "schema": {"type": "integer"}}
ANSWERS = {"200": {"description": "OK"}, "404": {"description": "no"}}
PATHS = document({"/a": {"get": {"operationId": "get", "parameters": [N], "responses": ANSWERS}}})


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
    with pytest.raises(RequestTimeout, match=r"no answer within 1 s") as caught:
        sent(request_to(server.url), timeout=1, retries=2)
    assert caught.value.response is None
    assert len(server.received) == 1


def test_a_reply_that_hangs_half_way_is_given_up(sent: Sent, serve: Serve) -> None:
    """What came of it is kept."""
    server = serve(lambda _: server.hang(b"HTTP/1.1 207 OK\r\nContent-Length: 10\r\n\r\nabc"))
    with pytest.raises(RequestTimeout, match=r"no complete reply \(207, \d bytes so far\) within 1 s") as caught:
        sent(request_to(server.url), timeout=1)
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
        ("Content-Encoding: gzip\r\nContent-Length: 50", gzip.compress(b"abc", mtime=0)[:15]),
    ],
)
def test_a_reply_that_breaks_off_keeps_what_came(sent: Sent, serve: Serve, head: str, came: bytes) -> None:
    """With status and headers."""

    def answer(_: Any) -> Iterator[bytes]:
        yield f"HTTP/1.1 207 OK\r\nX-A: 1\r\n{head}\r\n\r\n".encode()
        server.closing.wait(0.02)  # what is broken comes in a packet of its own
        yield came

    server = serve(answer)
    with pytest.raises(ReadError, match=r"the reply \(207\) broke off after \d bytes") as caught:
        sent(request_to(server.url))
    assert caught.value.response is not None
    assert (caught.value.response.status, caught.value.response.headers["x-a"]) == (207, "1")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", None])
def test_no_error_shows_credentials(sent: Sent, serve: Serve, answer: bytes | None) -> None:
    """Neither those in headers nor those in the URL, not even in the traceback."""
    server = serve(answer) if answer is not None else serve(lambda _: server.hang())
    with pytest.raises(TransportError) as caught:
        sent(request_to(f"{server.url}/?api_key=fake-query-key&q=1"), timeout=1)
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


def test_https_to_a_port_of_http_is_explained(sent: Sent) -> None:
    """In words of ours instead of OpenSSL's, and with what is probably wrong."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ConnectError, match=r"does not speak TLS on this port .*http://") as caught:
            sent(request_to(f"https://127.0.0.1:{server.server_port}"), timeout=2)
        server.shutdown()
    assert "SSL" not in str(caught.value)


def test_a_certificate_that_is_not_trusted_is_explained(sent: Sent, tls: tuple[Loopback, Path]) -> None:
    """Without the words of a library's source code."""
    with pytest.raises(ConnectError, match="certificate") as caught:
        sent(request_to(tls[0].url.replace("http:", "https:")), timeout=2)
    assert "_ssl.c" not in str(caught.value)


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


def test_content_encodings_are_undone(sent: Sent, serve: Serve) -> None:
    """What comes is the content itself (RFC 9110, section 8.4)."""
    server = serve(reply(200, gzip.compress(b"packed"), "text/plain", Content_Encoding="gzip"))
    assert sent(request_to(server.url)).content == b"packed"
    assert "gzip" in server.last.headers["accept-encoding"]


def test_an_empty_reply_has_no_content(sent: Sent, serve: Serve) -> None:
    """With and without a length, and to HEAD, whose length is that of another reply."""
    for head in (b"204 No\r\n", b"200 OK\r\nContent-Length: 0\r\n", b"200 OK\r\nConnection: close\r\n"):
        assert sent(request_to(serve(b"HTTP/1.1 " + head + b"\r\n").url)).content == b""
    found = sent(request_to(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").url, "HEAD"))
    assert (found.content, found.headers["content-length"]) == (b"", "5")


def test_a_large_reply_comes_whole(sent: Sent, serve: Serve) -> None:
    """In chunks as in one piece."""
    data = bytes(range(256)) * 4096
    assert sent(request_to(serve(reply(200, data, "text/plain")).url)).content == data
    chunks = b"".join(b"10000\r\n" + data[at : at + 65536] + b"\r\n" for at in range(0, len(data), 65536))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sent(request_to(serve(head + chunks + b"0\r\n\r\n").url)).content == data


def test_a_body_is_sent_as_it_is_read(sent: Sent, serve: Serve, tmp_path: Path) -> None:
    """With its length where that is known, in chunks where it is not."""
    (tmp_path / "file").write_bytes(b"x" * 100000)
    server = serve(reply(204))
    for source in (tmp_path / "file", iter([b"ab", b"c"])):
        sent(Request("POST", server.url, Headers({"Content-Type": "a/b"}), Chunks([source]), "use"))
    known, unknown = server.received
    assert (known.headers["content-length"], known.body) == ("100000", b"x" * 100000)
    assert (unknown.headers["transfer-encoding"], unknown.body) == ("chunked", b"abc")
    assert {received.headers["content-type"] for received in server.received} == {"a/b"}


def test_a_body_that_cannot_be_read_is_an_error_of_ours(sent: Sent, serve: Serve) -> None:
    """With what is wrong with it."""

    def wrong() -> Iterator[Any]:
        yield b"ab"
        yield "c"

    with pytest.raises(TransportError, match=r"use: POST http.* the body gives str, not bytes"):
        sent(Request("POST", serve(reply()).url, Headers(), Chunks([wrong()]), "use"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_a_request_without_a_body_says_so(sent: Sent, serve: Serve, method: str) -> None:
    """By a length of 0 where there could be one (RFC 9110, section 8.6)."""
    server = serve(reply())
    sent(Request(method, server.url))
    assert server.last.headers.get("content-length") == (None if method in ("GET", "HEAD") else "0")
    assert (server.last.method, server.last.body) == (method, b"")


def test_a_header_field_that_is_given_is_not_made_up(sent: Sent, serve: Serve) -> None:
    """No library on the way puts its own in place of it, or beside it."""
    fields = {"User-Agent": "me/1", "Accept": "a/b", "Accept-Encoding": "identity", "Connection": "close"}
    server = serve(reply())
    sent(Request("GET", server.url, Headers(fields)))
    assert {name: server.last.headers[name.lower()] for name in fields} == fields


def test_text_of_another_alphabet_in_a_reply_is_no_error(sent: Sent, serve: Serve) -> None:
    """It is obsolete, and servers send it (RFC 9110, section 5.5)."""
    found = sent(request_to(serve("HTTP/1.1 200 OK\r\nX-A: ä\r\nX-B: 1\r\nContent-Length: 0\r\n\r\n".encode()).url))
    assert (found.headers["x-b"], bool(found.headers["x-a"])) == ("1", True)


MADE = {
    "requests": lambda ca: RequestsTransport(trusting(ca)),
    "httpx2": lambda ca: HttpxTransport(verify=ca),
    "pyreqwest": lambda ca: PyreqwestTransport(verify=ca),
    "async httpx2": lambda ca: AsyncHttpxTransport(verify=ca),
    "async aiohttp": lambda ca: AsyncAiohttpTransport(verify=ca),
    "async pyreqwest": lambda ca: AsyncPyreqwestTransport(verify=ca),
    "async requests": lambda ca: RequestsTransport(trusting(ca)),
}


def trusting(authority: str) -> requests.Session:
    """A session that trusts an authority."""
    session = requests.Session()
    session.verify = authority
    return session


@pytest.mark.parametrize("files", [("cert.pem", "key.pem"), ("both.pem",)])
@pytest.mark.parametrize("kind", MADE)
def test_a_client_certificate_is_shown(tls: Any, kind: str, files: tuple[str, ...]) -> None:
    """One file or two; and the server's own is verified."""
    server, folder = tls
    paths: Any = tuple(str(folder / name) for name in files)
    request = Request("GET", server.url.replace("http:", "https:"), certificate=paths if len(paths) > 1 else paths[0])
    assert exchange(kind, request, transport=MADE[kind](str(folder / "ca.pem"))).content == b"secure"
    assert server.last.certificate == "alice@example.com"
    with pytest.raises(ConnectError, match="no connection"):
        exchange(kind, request)


@pytest.mark.parametrize("kind", MADE)
def test_a_certificate_that_is_not_one_is_an_error_of_ours(tls: Any, kind: str, tmp_path: Path) -> None:
    """Before anything is sent."""
    server, folder = tls
    (tmp_path / "wrong.pem").write_text("fake-key")
    request = Request("GET", server.url.replace("http:", "https:"), certificate=str(tmp_path / "wrong.pem"))
    with pytest.raises(TransportError) as caught:
        exchange(kind, request, transport=MADE[kind](str(folder / "ca.pem")))
    assert "fake-key" not in "".join(traceback.format_exception(caught.value))
    assert server.received == []


@pytest.mark.parametrize("kind", BLOCKING)
def test_connections_are_kept(kind: str) -> None:
    """One for calls that follow each other, also when one of them was an error; sixteen threads have no more than sixteen."""
    with Loopback(reply(404, data="x" * 100, Connection="keep-alive"), keeps=True) as server:
        with Client(PATHS, server=server.url, transport=kind) as client:
            for _ in range(20):
                assert client.get.send().status == 404
            assert len(server.accepted) == 1
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda _: client.get.send(), range(200)))
            assert len(server.accepted) <= 17
        assert len(server.received) == 220


@pytest.mark.parametrize("kind", ASYNC)
def test_async_connections_are_kept(kind: str) -> None:
    """One for calls that follow each other; thirty-two calls at once have no more than thirty-two."""

    async def main(url: str) -> None:
        async with AsyncClient(PATHS, server=url, transport=kind.removeprefix("async ")) as client:
            for _ in range(20):
                await client.get.send()
            assert len(server.accepted) == 1
            for _ in range(3):
                await asyncio.gather(*[client.get.send() for _ in range(32)])
            assert len(server.accepted) <= 33

    with Loopback(reply(404, data="x" * 100, Connection="keep-alive"), keeps=True) as server:
        asyncio.run(main(server.url))
        assert len(server.received) == 116


STRAY = [
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"stray"',
    b"HTTP/1.1 500 stray\r\nX: ", b"stray", b"\0",
]  # fmt: skip


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("kind", ASYNC)
def test_bytes_that_nobody_asked_for_are_no_reply(kind: str, stray: bytes) -> None:
    """They end the connection (RFC 9112, section 9.2), and every call has its own reply."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                number = (await reader.readuntil(b"\r\n\r\n")).split()[1][-1:]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n" + number)
                await asyncio.sleep(0.01)
                if number == b"1":
                    writer.write(stray)
                    strayed.set()

    async def main() -> list[Any]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, AsyncClient(PATHS, server=url, transport=kind.removeprefix("async ")) as client:
            found = []
            for number in range(4):
                found.append((await client.get.send(number)).content)
                if number == 1:
                    await strayed.wait()
                    await asyncio.sleep(0.1)  # until the library has read it
        return found

    strayed = asyncio.Event()
    assert asyncio.run(main()) == [b"0", b"1", b"2", b"3"]


HINT, PROCESSING = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "interim", [[HINT], [PROCESSING], [HINT, PROCESSING, CONTINUE] * 5, [b"HTTP/1.1 199 \r\n\r\n"]]
)
@pytest.mark.parametrize("kind", KINDS)
def test_interim_responses_are_skipped(kind: str, interim: list[bytes]) -> None:
    """However many: each request gets its own answer on the one connection (RFC 9110, section 15.2)."""

    def answer(received: Received) -> Iterator[bytes]:
        yield from interim
        server.closing.wait(0.02)  # the answer comes in a packet of its own
        yield reply(data=received.target, Connection="keep-alive")

    with Loopback(answer, keeps=True) as server:
        found = exchanges(kind, [request_to(f"{server.url}/{number}") for number in range(3)])
        assert [(one.status, one.content) for one in found] == [(200, b"/0"), (200, b"/1"), (200, b"/2")]
        assert len(server.accepted) == 1


@pytest.mark.parametrize(
    "broken", [HINT + b"nonsense\r\n\r\n", HINT + reply(data="late"), b"HTTP/1.1 101 Switching\r\n\r\n"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_with_a_broken_interim_response_is_dropped(kind: str, broken: bytes) -> None:
    """So is one that is late or goes on in another protocol: what follows is not the answer to the next request."""

    def answer(received: Received) -> Iterator[bytes]:
        if received.target != "/0":
            asked.set()
            yield reply(data="own", Connection="keep-alive")
            return
        yield broken[: len(HINT)]
        if b"late" in broken:
            asked.wait(10)
        yield broken[len(HINT) :]

    asked = threading.Event()
    with Loopback(answer, keeps=True) as server:
        requests = [request_to(f"{server.url}/{number}") for number in range(2)]
        assert exchanges(kind, requests, timeout=1)[1].content == b"own"
        assert len(server.accepted) == 2


@pytest.mark.parametrize("kind", BLOCKING)
def test_a_kept_connection_that_was_closed_is_made_anew(kind: str) -> None:
    """Servers close those that nobody uses."""
    with (
        Loopback(reply(data=1, Connection="keep-alive"), keeps=True) as server,
        Client(PATHS, server=server.url, transport=kind) as client,
    ):
        assert client.get() == 1
        server.accepted[0].shutdown(2)
        assert client.get() == 1


@pytest.mark.parametrize("kind", ASYNC)
def test_a_kept_async_connection_that_was_closed_is_made_anew(kind: str) -> None:
    """As soon as the event loop has seen the end of it; no retry is needed."""

    async def main(url: str) -> list[Any]:
        async with AsyncClient(
            PATHS, server=url, transport=kind.removeprefix("async "), options=Options(retries=0)
        ) as client:
            first = await client.get()
            server.accepted[0].shutdown(2)
            await asyncio.sleep(0.05)
            return [first, await client.get()]

    with Loopback(reply(data=1, Connection="keep-alive"), keeps=True) as server:
        assert asyncio.run(main(server.url)) == [1, 1]


@pytest.mark.parametrize("kind", [kind.removeprefix("async ") for kind in ASYNC])
def test_a_wait_on_a_kept_connection_ends_by_the_limit_of_its_own_call(kind: str) -> None:
    """Not by that of the call before."""

    async def main(url: str) -> None:
        async with AsyncClient(PATHS, server=url, transport=kind, retries=0, timeout=30) as client:
            await client.get()
            with pytest.raises(RequestTimeout, match=r"no answer within 1 s"):
                await asyncio.wait_for(client.get.with_options(timeout=1)(n=1), 8)

    def answer(request: Received) -> Any:
        return server.hang() if "n" in request.target else reply(data=1, Connection="keep-alive")

    with Loopback(answer, keeps=True) as server:
        asyncio.run(main(server.url))


@pytest.mark.parametrize("kind", KINDS)
def test_each_part_of_a_reply_has_the_whole_time_limit(kind: str, serve: Serve) -> None:
    """All of them together may take longer."""

    def answer(_: Any) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
        for part in (b"a", b"b", b"c", b"d"):
            server.closing.wait(0.4)
            yield part

    server = serve(answer)
    assert exchange(kind, request_to(server.url), timeout=1.2).content == b"abcd"


@pytest.mark.parametrize("kind", BLOCKING)
def test_one_client_serves_many_threads(serve: Serve, kind: str) -> None:
    """Sixteen of them, from the first use on; each gets its own answer."""
    server = serve(lambda request: reply(data=[request.target]))
    with Client(PATHS, server=server.url, transport=kind) as client, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda number: client.get(n=number), range(64)))
    assert found == [[f"/a?n={number}"] for number in range(64)]


@pytest.mark.parametrize("kind", ["aiohttp", "httpx2", "requests"])
@pytest.mark.parametrize("value", ["YWJj==", "a/b=c", '{"x":1}', "a@b%20c", ""])
def test_the_value_of_a_cookie_comes_back_as_it_was_set(serve: Serve, kind: str, value: str) -> None:
    """Nothing is quoted (RFC 6265, section 5.4)."""

    async def main(url: str) -> None:
        async with AsyncClient(PATHS, server=url, transport=kind) as client:
            for _ in range(2):
                await client.get.send()

    server = serve(reply(data=1, Set_Cookie=f"sid={value}; Path=/"))
    asyncio.run(main(server.url))
    assert server.last.headers["cookie"] == f"sid={value}"


@pytest.mark.parametrize("kind", KINDS)
def test_cookies_come_back(serve: Serve, kind: str) -> None:
    """To the paths that they are for, beside the request's own, which are sent as they are where both have the name."""
    server = serve(reply(data=1, Set_Cookie="sid=1%20; Path=/a"))
    calls = [("/a", {}), ("/a", {}), ("/b", {}), ("/a", {"Cookie": "own=2"}), ("/a", {"Cookie": "x=a; sid=mine"})]
    exchanges(kind, [Request("GET", server.url + path, Headers(fields)) for path, fields in calls])
    sent = [received.headers.get("cookie") for received in server.received]
    assert sent == [None, "sid=1%20", None, "own=2; sid=1%20", "x=a; sid=mine"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_secure_cookie_is_for_https_alone(serve: Serve, kind: str) -> None:
    """Also on the loopback, where some libraries make an exception."""
    server = serve(reply(Set_Cookie="sid=1; Path=/; Secure"))
    exchanges(kind, [Request("GET", f"{server.url}/a"), Request("GET", f"{server.url}/b")])
    assert (server.last.target, server.last.headers.get("cookie")) == ("/b", None)


@pytest.mark.parametrize("kind", KINDS)
def test_user_information_is_sent_as_basic(serve: Serve, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Unless the request has an Authorization field; no log and no repr shows it."""
    caplog.set_level("DEBUG")
    server = serve(reply())
    url = server.url.replace("//", "//us%40er:fake-pass@") + "/a?b=1"
    found = exchanges(kind, [Request("GET", url), Request("GET", url, Headers({"Authorization": "Bearer t"}))])
    sent = [received.headers["authorization"] for received in server.received]
    assert sent == [f"Basic {b64encode(b'us@er:fake-pass').decode()}", "Bearer t"]
    assert server.last.target == "/a?b=1"
    assert "fake-pass" not in caplog.text + repr(found)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_keeps_nothing_of_the_library(kind: str) -> None:
    """Whose errors hold the URL and the header fields."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectError) as caught:
        exchange(kind, Request("GET", f"http://127.0.0.1:{port}/?api_key=fake-secret"))
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_request_has_nothing_of_the_api(serve: Serve, kind: str) -> None:
    """No cookies that the API has set."""
    server = serve(reply(Set_Cookie="sid=1; Path=/"))
    exchanges(kind, [Request("GET", f"{server.url}/a"), Request("POST", f"{server.url}/token", stray=True)])
    assert server.last.target == "/token"
    assert "cookie" not in server.last.headers
    assert server.last.headers["user-agent"].startswith("dynclient/")


@pytest.mark.parametrize(("client", "kind"), [(Client, "httpx2"), (Client, "pyreqwest"), (AsyncClient, "httpx2"), (AsyncClient, "pyreqwest"), (AsyncClient, "aiohttp")])  # fmt: skip
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, client: Any, kind: str
) -> None:
    """The message is the command for pip."""
    for name in [name for name in sys.modules if name.startswith("dynclient.send.with_")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, kind, None)
    with pytest.raises(ModuleNotFoundError, match=rf"needs an extra: pip install 'dynclient\[{kind}\]'"):
        client(PATHS, transport=kind)


@pytest.mark.parametrize("kind", BLOCKING)
def test_a_reply_may_stay_unread(serve: Serve, kind: str) -> None:
    """Where the request allows that and the reply is a success; any other is read."""
    server = serve(lambda received: reply(200 if received.target == "/a" else 404, "body", "text/plain"))
    transport: Any = blocking_transport(kind)
    found = transport(Request("GET", f"{server.url}/a", unread=True), 5)
    assert (found.content, b"".join(found.body.chunks())) == (b"", b"body")
    found.body.close()
    found = transport(Request("GET", f"{server.url}/b", unread=True), 5)
    assert (found.content, found.body) == (b"body", None)
    transport.close()


@pytest.mark.parametrize("kind", ASYNC)
def test_an_async_reply_may_stay_unread(serve: Serve, kind: str) -> None:
    """As a blocking one may; its chunks are awaited."""
    server = serve(lambda received: reply(200 if received.target == "/a" else 404, "body", "text/plain"))

    async def main() -> None:
        transport: Any = async_transport(kind.removeprefix("async "))
        found = await transport(Request("GET", f"{server.url}/a", unread=True), 5)
        assert (found.content, b"".join([chunk async for chunk in found.body.chunks()])) == (b"", b"body")
        await found.body.aclose()
        found = await transport(Request("GET", f"{server.url}/b", unread=True), 5)
        assert (found.content, found.body) == (b"body", None)
        await transport.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("kind", BLOCKING)
def test_a_reply_that_is_closed_unread_leaves_nothing_for_the_next(kind: str) -> None:
    """Its connection is not used again, or its rest is skipped."""
    answers = [reply(data="x" * 300000, Connection="keep-alive"), reply(data="own", Connection="keep-alive")]
    with Loopback(lambda _: answers.pop(0), keeps=True) as server:
        transport: Any = blocking_transport(kind)
        transport(Request("GET", f"{server.url}/a", unread=True), 5).body.close()
        assert transport(Request("GET", f"{server.url}/b"), 5).content == b"own"
        transport.close()


@pytest.mark.parametrize("size", [1000, 3 << 20])
def test_a_body_of_any_size_is_sent_whole(sent: Sent, serve: Serve, size: int) -> None:
    """In one piece with the head, or behind it."""
    server = serve(reply())
    sent(request_to(server.url, "POST", b"x" * size))
    assert (len(server.last.body), server.last.headers["content-length"]) == (size, str(size))


def test_an_async_client_prefers_what_costs_least(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the libraries that are installed; with none of them, requests runs in threads."""
    found = []
    for missing in ([], ["aiohttp"], ["aiohttp", "pyreqwest"], ["aiohttp", "pyreqwest", "httpx2"]):
        monkeypatch.setattr("dynclient.send.transport.find_spec", lambda name, missing=missing: name not in missing)
        found.append(type(async_transport(None)).__name__)
    assert found == ["AsyncAiohttpTransport", "AsyncPyreqwestTransport", "AsyncHttpxTransport", "InThreads"]


def test_a_client_for_blocking_calls_takes_no_aiohttp() -> None:
    """It says so by the library's name, too."""
    with pytest.raises(TypeError, match="aiohttp is a transport for AsyncClient"):
        Client(PATHS, transport="aiohttp")


def test_a_client_takes_no_async_transport() -> None:
    """It says so at once."""
    with pytest.raises(TypeError, match="AsyncHttpxTransport is a transport for AsyncClient"):
        Client(PATHS, transport=AsyncHttpxTransport())  # type: ignore[arg-type]  # that is the mistake


def test_no_library_logs_a_credential(sent: Sent, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """They write the URLs of requests to their logs, and a key may stand there."""
    caplog.set_level(1)
    server = serve(reply())
    sent(request_to(f"{server.url}/a?api_key=fake-key&b=1"))
    assert server.last.target == "/a?api_key=fake-key&b=1"
    sent(replace(request_to(f"{server.url}/reset/fake-token"), hidden=("fake-token",)))
    assert server.last.target == "/reset/fake-token"
    assert "fake" not in caplog.text + "".join(repr(record.args) for record in caplog.records)
    requests.get(f"{server.url}/others?api_key=mine", timeout=5)
    assert "/others?api_key=mine" in caplog.text


def test_a_connection_of_http_1_0_is_closed_where_any_option_says_so() -> None:
    """`keep-alive, close` means close (RFC 9112, section 9.3)."""
    head = b"HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nok"
    for kind in KINDS:
        with Loopback(head, keeps=True) as server:
            found = exchanges(kind, [request_to(server.url)] * 2)
            assert ([each.content for each in found], len(server.accepted)) == ([b"ok"] * 2, 2), kind  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ASYNC)
@pytest.mark.filterwarnings(
    "ignore:.*:pytest.PytestUnraisableExceptionWarning"
)  # a loop that ended left its sockets open
def test_an_async_client_works_in_one_event_loop_after_another(kind: str) -> None:
    """As scripts with several `asyncio.run` need; a kept connection of the first is not used in the second."""
    with Loopback(reply(Connection="keep-alive"), keeps=True) as server:
        client = AsyncClient(
            PATHS, server=server.url, transport=kind.removeprefix("async "), options=Options(retries=0)
        )

        async def last() -> Any:
            async with client:
                return await client.get()

        assert [asyncio.run(main) for main in (client.get(), client.get(), last())] == [None] * 3
        assert len(server.received) == 3
        gc.collect()


@pytest.mark.parametrize("kind", ASYNC)
def test_an_async_client_works_in_two_event_loops_at_once(kind: str) -> None:
    """Each in a thread of its own."""
    with Loopback(reply(Connection="keep-alive"), keeps=True) as server:
        client = AsyncClient(
            PATHS, server=server.url, transport=kind.removeprefix("async "), options=Options(retries=0)
        )
        both = threading.Barrier(2, timeout=5)

        async def main() -> None:
            for _ in range(3):
                both.wait()
                await client.get()
            both.wait()
            await client._core.transport.aclose()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(asyncio.run, main()) for _ in range(2)]:
                done.result()
        asyncio.run(client.aclose())
        assert len(server.received) == 6
