"""The default transport: everything that users of `requests` rely on still works, by the short way or by the session's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock
import responses
import urllib3
import vcr
from conftest import Serve
from servers import Loopback, document, reply
from transports import request_to

from dynclient import Client, ReadError, Request, RequestsTransport, Response, TransportError
from dynclient.exchange import Headers

PATHS = {"/a": {"get": {"operationId": "get", "responses": {"200": {"description": "OK"}}}}}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session of a user's own."""
    with requests.Session() as found:
        yield found


def get(session: requests.Session | None, url: str, **headers: str) -> Response:
    """The reply to a GET, by a session."""
    transport = RequestsTransport(session)
    try:
        return transport(Request("GET", url, Headers(headers), None, "use"), 5)
    finally:
        transport.close()


def is_ready(transport: RequestsTransport, url: str) -> bool:
    """Whether the transport sends a request without requests' preparing it."""
    found = [adapter.ready(transport.session, Request("GET", url)) for adapter in transport.session.adapters.values()]
    return all(one is not None for one in found)


def test_fields_of_a_request_replace_those_of_the_session(serve: Serve) -> None:
    """Whatever their case."""
    server, transport = serve(reply()), RequestsTransport()
    transport.session.headers.update({"X-Session": "1", "x-both": "session"})
    assert is_ready(transport, f"{server.url}/a%2Fb")
    transport(Request("GET", f"{server.url}/a%2Fb", Headers({"X-Both": "request"})), 5)
    received = server.last
    assert (received.target, received.headers["x-session"], received.headers["x-both"]) == ("/a%2Fb", "1", "request")


def asked(url: str) -> list[Request]:
    """Requests of several kinds."""
    return [
        request_to(f"{url}/a%2Fb?c=d%20e", "POST", b'{"a":1}', Content_Type="application/json"),
        request_to(f"{url}/a", "DELETE"),
        request_to(f"{url}/a", "PUT", b"", X_Name="ä"),
        request_to(f"{url}/a"),
    ]


def test_a_session_of_the_users_sends_the_same(serve: Serve, session: requests.Session) -> None:
    """Byte for byte, as far as a server can tell, but for its name."""
    server = serve(reply())
    for transport in (RequestsTransport(), RequestsTransport(session)):
        for request in asked(server.url):
            transport(request, 5)
    sent = [(one.method, one.target, {**one.headers, "user-agent": ""}, one.body) for one in server.received]
    assert sent[:4] == sent[4:]


def test_all_sessions_keep_the_same_time_limits(
    serve: Serve, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the connection, and for each part of the answer."""
    limits, server = [], serve(reply())
    urlopen = urllib3.HTTPConnectionPool.urlopen

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        limits.append((kwargs["timeout"].connect_timeout, kwargs["timeout"].read_timeout, kwargs["timeout"].total))
        return urlopen(self, *args, **kwargs)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", watched)
    get(None, f"{server.url}/a")
    get(session, f"{server.url}/a")
    assert limits == [(5, 5, None)] * 2


@pytest.mark.parametrize("own", [True, False])
def test_cookies_are_stored_and_sent(serve: Serve, session: requests.Session, own: bool) -> None:  # noqa: FBT001  a table's column
    """By path, as the jar decides; those of the request itself are sent beside them."""
    server, transport = serve(reply(Set_Cookie="sid=1; Path=/in")), RequestsTransport(None if own else session)
    for path, fields in (("/in/a", {}), ("/in/b", {}), ("/out", {}), ("/in/c", {"Cookie": "own=2"})):
        transport(Request("GET", server.url + path, Headers(fields)), 5)
    assert [received.headers.get("cookie") for received in server.received] == [None, "sid=1", None, "own=2; sid=1"]
    assert transport.session.cookies.get_dict() == {"sid": "1"}
    transport.close()


@pytest.mark.parametrize("own", [True, False])
def test_a_proxy_of_the_session_is_used(serve: Serve, session: requests.Session, own: bool) -> None:  # noqa: FBT001  a table's column
    """For the servers that it is for."""
    proxy, server = serve(reply(data="by proxy", kind="text/plain")), serve(reply(data="plain", kind="text/plain"))
    transport = RequestsTransport(None if own else session)
    transport.session.proxies = {"http://example.invalid": proxy.url}
    assert transport(Request("GET", "http://example.invalid/a"), 5).content == b"by proxy"
    assert transport(Request("GET", f"{server.url}/a"), 5).content == b"plain"


def test_the_environment_is_followed_as_it_changes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that comes, a NO_PROXY that takes it away; and none of it where the session does not trust it."""
    proxy, server = serve(reply(data="by proxy", kind="text/plain")), serve(reply(data="plain", kind="text/plain"))
    transport, request = RequestsTransport(), Request("GET", f"{server.url}/a")
    found = [transport(request, 5).content]
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    found.append(transport(request, 5).content)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found.append(transport(request, 5).content)
    monkeypatch.delenv("NO_PROXY")
    transport.session.trust_env = False
    found.append(transport(request, 5).content)
    transport.close()
    assert found == [b"plain", b"by proxy", b"plain", b"plain"]


@pytest.mark.parametrize("way", ["verify", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_are_verified_as_the_session_says(tls: Any, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own setting or that of the environment; unknown ones are refused."""
    server, folder = tls
    transport, request = RequestsTransport(), Request("GET", f"{server.url.replace('http:', 'https:')}/a")
    with pytest.raises(Exception, match=r"no connection: .*certificate"):
        transport(request, 5)
    if way == "verify":
        transport.session.verify = str(folder / "ca.pem")
    else:
        monkeypatch.setenv(way, str(folder / "ca.pem"))
    assert transport(request, 5).content == b"secure"
    transport.session.verify = False
    with pytest.warns(Warning, match="Unverified HTTPS request"):
        assert transport(request, 5).content == b"secure"
    transport.close()


@pytest.mark.parametrize("own", [True, False])
def test_response_hooks_are_called(serve: Serve, session: requests.Session, own: bool) -> None:  # noqa: FBT001  a table's column
    """With requests' own reply, whose body they may read."""
    seen: list[Any] = []
    transport = RequestsTransport(None if own else session)
    transport.session.hooks["response"].append(lambda found, **_: seen.append((found.status_code, found.text)))
    found = transport(Request("GET", f"{serve(reply(404, 'gone')).url}/a"), 5)
    assert (found.status, found.content, seen) == (404, b"gone", [(404, "gone")])


@pytest.mark.parametrize("own", [True, False])
def test_parameters_of_the_session_are_sent(serve: Serve, session: requests.Session, own: bool) -> None:  # noqa: FBT001  a table's column
    """Beside those of the request."""
    server, transport = serve(reply()), RequestsTransport(None if own else session)
    transport.session.params = {"key": "1"}
    transport(Request("GET", f"{server.url}/a?b=2"), 5)
    assert server.last.target == "/a?b=2&key=1"


@pytest.mark.parametrize("name", ["request", "send", "get_adapter"])
def test_a_session_of_another_class_is_asked_itself(serve: Serve, name: str) -> None:
    """Whatever it has made of its methods."""
    seen = []

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(name)
        return getattr(requests.Session, name)(self, *args, **kwargs)

    kind = type("Own", (requests.Session,), {name: method})
    with kind() as session:
        assert get(session, f"{serve(reply()).url}/a").status == 200
    assert seen


@pytest.mark.parametrize("where", ["class", "instance"])
@pytest.mark.parametrize("name", ["request", "send"])
def test_a_method_that_was_replaced_is_called(
    serve: Serve, session: requests.Session, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    """As those do that measure or trace what is sent."""
    seen, original = [], getattr(requests.Session, name)

    def traced(*args: Any, **kwargs: Any) -> Any:
        seen.append(name)
        return original(*args, **kwargs) if where == "class" else original(session, *args, **kwargs)

    monkeypatch.setattr(requests.Session if where == "class" else session, name, traced)
    get(session, f"{serve(reply()).url}/a")
    assert seen == [name]


def test_a_session_method_that_was_replaced_is_called_for_every_session(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracers replace `Session.send` for all sessions, ours included."""
    seen, original = [], requests.Session.send

    def traced(self: Any, request: Any, **kwargs: Any) -> Any:
        found = original(self, request, **kwargs)
        seen.append((request.method, found.status_code, found.headers["Content-Length"]))
        return found

    monkeypatch.setattr(requests.Session, "send", traced)
    get(None, f"{serve(reply(404)).url}/a")
    assert seen == [("GET", 404, "0")]


def test_a_mounted_adapter_sends_what_it_is_mounted_for(serve: Serve, session: requests.Session) -> None:
    """The one with the longest prefix."""
    seen = []

    class Adapter(requests.adapters.HTTPAdapter):
        """An adapter that looks on."""

        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(request.url)
            return super().send(request, *args, **kwargs)

    server = serve(reply())
    session.mount(f"{server.url}/in", Adapter())
    get(session, f"{server.url}/in/a")
    get(session, f"{server.url}/out")
    assert seen == [f"{server.url}/in/a"]


def test_the_retries_of_a_mounted_adapter_are_kept(serve: Serve, session: requests.Session) -> None:
    """They are urllib3's own."""
    answers = [reply(503), reply(503), reply(data="there", kind="text/plain")]
    retries = requests.adapters.Retry(2, status_forcelist=[503])
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    server = serve(lambda _: answers.pop(0))
    assert RequestsTransport(session)(Request("GET", f"{server.url}/a"), 5).content == b"there"
    assert len(server.received) == 3


@pytest.mark.parametrize("warm", [False, True])
def test_responses_answers(serve: Serve, warm: bool) -> None:  # noqa: FBT001  a table's column
    """Also in place of a server that was called before."""
    server = serve(reply(data=1))
    with Client(document(PATHS), server=server.url, transport="requests") as client:
        if warm:
            assert client.get() == 1
        with responses.RequestsMock() as mocked:
            mocked.get(f"{server.url}/a", json={"mocked": True})
            assert client.get() == {"mocked": True}
        assert client.get() == 1


@pytest.mark.parametrize("warm", [False, True])
def test_requests_mock_answers(serve: Serve, warm: bool) -> None:  # noqa: FBT001  a table's column
    """It replaces the adapter of the session, so the short way to a server must not be taken."""
    server = serve(reply(data=1))
    with Client(document(PATHS), server=server.url, transport="requests") as client:
        if warm:
            assert client.get() == 1
        with requests_mock.Mocker() as mocked:
            mocked.get(f"{server.url}/a", json={"mocked": True}, headers={"Content-Type": "application/json"})
            assert client.get() == {"mocked": True}
        assert client.get() == 1


def test_vcrpy_records_and_plays(serve: Serve, tmp_path: Path) -> None:
    """What was recorded is played when the server is gone."""
    server = serve(reply(data={"n": 1}))
    for _ in range(2):
        with (
            Client(document(PATHS), server=server.url, transport="requests") as client,
            vcr.use_cassette(str(tmp_path / "a.yaml")),
        ):  # type: ignore[no-untyped-call, unused-ignore]
            assert client.get() == {"n": 1}
    assert len(server.received) == 1


def test_a_closed_session_can_be_used_again(serve: Serve, session: requests.Session) -> None:
    """As with requests itself."""
    server = serve(reply())
    transport = RequestsTransport(session)
    assert transport(Request("GET", f"{server.url}/a"), 5).status == 200
    session.close()
    assert transport(Request("GET", f"{server.url}/a"), 5).status == 200


def test_a_header_that_would_break_out_is_refused(session: requests.Session) -> None:
    """By either way nothing of it is sent."""
    with Loopback(reply()) as server, pytest.raises(Exception, match="use"):
        get(session, f"{server.url}/a", **{"X-A": "1\r\nX-B: 2"})
    assert server.received == []


def test_many_servers_are_known(serve: Serve) -> None:
    """More than connections are kept for."""
    transport = RequestsTransport()
    servers = [serve(reply(data=json.dumps(number), kind="text/plain")) for number in range(12)]
    for _ in range(2):
        found = [transport(Request("GET", f"{server.url}/a"), 5).content for server in servers]
        assert found == [str(number).encode() for number in range(12)]
    transport.close()


def test_a_session_that_takes_an_interim_response_for_the_reply_is_refused(session: requests.Session) -> None:
    """Only connections of our own can skip it; the user's are closed, so that no reply is crossed with another's."""
    answers = [b"HTTP/1.1 103 Early Hints\r\n\r\n" + reply(), reply(data="own", Connection="keep-alive")]
    with Loopback(lambda _: answers.pop(0), keeps=True) as server:
        with pytest.raises(ReadError, match="interim response 103"):
            get(session, f"{server.url}/a")
        assert get(session, f"{server.url}/b").content == b"own"


@pytest.mark.parametrize("head", [b"A: 1\r\n b\r\n", b"A : 1 b\r\n", b"A: 1 b\r\nno colon\r\n", b"A:1 b\r\n", b"A: \t1 b\r\n", b"\xe4: 1\r\nA: 1 b\r\n", b"A: 1" + b" " * 60000 + b"b\r\n c\r\n"])  # fmt: skip
def test_heads_are_read_as_by_requests(serve: Serve, session: requests.Session, head: bytes) -> None:
    """Folded lines and what is no field at all included (RFC 9112, section 5)."""
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + head + b"\r\n")
    assert get(None, f"{server.url}/a").headers.fields == get(session, f"{server.url}/a").headers.fields


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 101 + b"\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 65536 + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 99 No\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"])  # fmt: skip
def test_a_head_that_is_too_large_or_cut_off_is_an_error(serve: Serve, answer: bytes) -> None:
    """Nothing is taken for a reply that may not be one."""
    with pytest.raises(ReadError, match="the connection broke before the reply"):
        get(None, f"{serve(answer).url}/a")


@pytest.mark.parametrize("way", ["requests", "session"])
def test_a_closed_transport_leaves_no_connection(session: requests.Session, way: str) -> None:
    """Those of its own are closed at once; those of the user's session are the user's."""
    with Loopback(reply(Connection="keep-alive"), keeps=True) as server:
        transport = RequestsTransport(None if way == "requests" else session)
        transport(Request("GET", f"{server.url}/a"), 5)
        transport.close()
        server.closing.wait(0.2)  # the server closes its side as soon as ours is closed
        assert (server.accepted[0].fileno() == -1) is (way == "requests")


def test_a_chunk_of_negative_size_is_an_error_of_ours(serve: Serve) -> None:
    """http.client has none of its own for it."""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"
    with pytest.raises(ReadError, match="broke off after 0 bytes"):
        get(None, f"{serve(answer).url}/a")


@pytest.mark.parametrize("late", [True, False])
def test_what_arrived_of_a_small_body_is_kept(serve: Serve, late: bool) -> None:  # noqa: FBT001  a table's column
    """Whether it is late or breaks off."""
    part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    server = serve(lambda _: server.hang(part) if late else part)
    with pytest.raises(TransportError) as caught:
        RequestsTransport()(Request("GET", f"{server.url}/a"), 0.3)
    assert caught.value.response is not None
    assert caught.value.response.content == b"abc"


KEEPS = b"Content-Length: 1\r\n\r\na"
HEADS = {
    b"HTTP/1.1 304 X\r\nTransfer-Encoding: chunked\r\n\r\n": (304, b"", 1),
    b"HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n": (204, b"", 1),
    b"HTTP/1.1 200 X\r\nConnection: x\r\nConnection: close\r\n" + KEEPS: (200, b"a", 2),
    b"HTTP/1.1 200 X\r\nConnection: x, Close\r\n" + KEEPS: (200, b"a", 2),
    b"HTTP/1.0 200 X\r\nConnection: keep-alive, close\r\n" + KEEPS: (200, b"a", 2),
    b"HTTP/1.0 200 X\r\nConnection: Keep-Alive\r\n" + KEEPS: (200, b"a", 1),
    b"HTTP/1.1 200 X\r\nConnection: disclosed\r\n" + KEEPS: (200, b"a", 1),
    b"HTTP/1.1 200 X\r\nContent-Length: 1\r\n" + KEEPS: (200, b"a", 1),
    b"HTTP/1.1 200 X\r\nContent-Length: 1, 1\r\n\r\na": (200, b"a", 1),
}


@pytest.mark.parametrize("answer", HEADS)
def test_the_end_of_a_reply_and_of_its_connection_is_found(answer: bytes) -> None:
    """RFC 9112, sections 6.3 and 9.3: what has no body, and what is the last on its connection."""
    status, content, connections = HEADS[answer]
    transport = RequestsTransport()
    with Loopback(answer, keeps=True) as server:
        for _ in "ab":
            found = transport(request_to(f"{server.url}/a"), 2)
            assert (found.status, found.content) == (status, content)
        assert len(server.accepted) == connections
        transport.close()


@pytest.mark.parametrize("length", ["-2", "", "1, 2", "1_0", "\u0661", "9" * 5000])
def test_a_length_that_is_not_one_number_is_an_error(serve: Serve, length: str) -> None:
    """Nobody knows where such a reply ends (RFC 9112, section 6.3), so nothing is waited for."""
    server = serve(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\na".encode())
    with pytest.raises(ReadError):
        get(None, server.url)
