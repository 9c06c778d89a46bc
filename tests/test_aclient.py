"""aclient.py: the same calls, awaited, over real sockets and by every async transport."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from servers import Received, document, reply
from transports import ASYNC

from dynclient import (
    ApiError,
    AsyncClient,
    Client,
    ConnectError,
    DynclientWarning,
    InvalidRequest,
    InvalidResponse,
    OAuth2,
    Options,
    ReadError,
    Request,
    RequestTimeout,
    Response,
    TransportError,
    UnknownOperation,
)
from dynclient.exchange import Headers
from dynclient.wire.mediatype import MediaError

ITEM = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
LINKS = {"Again": {"operationId": "get", "parameters": {"id": "$response.body#/next"}}}
ANSWERS = {
    "200": {"description": "OK", "content": {"application/json": {"schema": ITEM}}, "links": LINKS},
    "404": {"description": "gone", "content": {"text/plain": {}}},
}
LINES = {"200": {"description": "OK", "content": {"application/jsonl": {"itemSchema": ITEM}}}, "404": ANSWERS["404"]}
ID = {"name": "id", "in": "query", "schema": {"type": "integer"}}
THINGS = {
    "get": {"operationId": "get", "parameters": [ID], "responses": ANSWERS},
    "put": {"operationId": "lines", "responses": LINES},
    "post": {
        "operationId": "upload",
        "requestBody": {"content": {"application/octet-stream": {}}},
        "responses": {"204": {"description": "stored"}},
    },
}
DOCUMENT = document({"/things": THINGS}, version="3.2.0")
SECURED = {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}

Run = Callable[[Callable[[AsyncClient], Awaitable[Any]]], Any]


@pytest.fixture(params=ASYNC)
def transport(request: pytest.FixtureRequest) -> str:
    """Each async transport in turn, by name."""
    return str(request.param).removeprefix("async ")


def use(url: str, body: Callable[[AsyncClient], Awaitable[Any]], spec: Any = DOCUMENT, **rest: Any) -> Any:
    """What an async function makes of a client, which is closed again."""

    async def main() -> Any:
        async with AsyncClient(spec, server=url, **rest) as client:
            return await body(client)

    return asyncio.run(main())


def test_a_call_gives_the_value(serve: Serve, transport: str) -> None:
    """By attribute, by item and in the programmatic form."""
    server = serve(reply(data={"n": 1}))

    async def body(client: AsyncClient) -> Any:
        return [await client.get(id=3), await client["GET /things"](3), await client.call("get", {"id": 3})]

    assert use(server.url, body, transport=transport) == [{"n": 1}] * 3
    assert {request.target for request in server.received} == {"/things?id=3"}


def test_send_gives_the_whole_reply_whatever_its_status(serve: Serve, transport: str) -> None:
    """As the blocking client."""
    url = serve(reply(404, "gone", "text/plain")).url

    async def body(client: AsyncClient) -> Any:
        return [await client.get.send(), await client.send("get")]

    assert [(found.status, found.data) for found in use(url, body, transport=transport)] == [(404, "gone")] * 2


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (reply(404, "no", "text/plain"), ApiError, "get: 404 Not Found .gone.: no"),
        (reply(200, {"n": "x"}), InvalidResponse, 'body /n: "x" is not of type integer'),
        (b"", ReadError, "the connection broke before the reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", ReadError, "broke off after 1 bytes"),
    ],
)
def test_errors_are_those_of_the_blocking_client(
    serve: Serve, transport: str, answer: bytes, error: type[Exception], said: str
) -> None:
    """With the same words."""
    with pytest.raises(error, match=said):
        use(serve(answer).url, lambda client: client.get(), transport=transport, options=Options(retries=0))


def test_what_breaks_the_document_is_refused_before_anything_is_sent(serve: Serve) -> None:
    """And a name that is not there."""
    server = serve(reply())
    with pytest.raises(InvalidRequest, match='query /id: "x" is not of type integer'):
        use(server.url, lambda client: client.get(id="x"))
    with pytest.raises(UnknownOperation, match="did you mean get"):
        use(server.url, lambda client: client.gett())
    assert server.received == []


def test_a_warning_points_at_the_callers_line(serve: Serve) -> None:
    """Not at one of ours."""

    async def body(client: AsyncClient) -> Any:
        return await client.with_options(validate_responses="warn").get()

    with pytest.warns(DynclientWarning, match="breaks the document") as caught:
        assert use(serve(reply(data={"n": "x"})).url, body) == {"n": "x"}
    assert {warning.filename for warning in caught} == {__file__}


def test_a_lost_call_is_tried_again(serve: Serve, transport: str, pauses: list[float]) -> None:
    """Where that is safe, with the same pauses."""
    answers = [b"", reply(503, Retry_After="7"), reply(data={"n": 1})]
    url = serve(lambda _: answers.pop(0)).url
    assert use(url, lambda client: client.get(), transport=transport) == {"n": 1}
    assert pauses == [0.2, 7.0]


def test_links_are_awaited(serve: Serve) -> None:
    """With the values that they name."""
    server = serve(lambda request: reply(data={"n": 1, "next": 5} if "?" not in request.target else {"n": 2}))

    async def body(client: AsyncClient) -> Any:
        made = await client.get.send()
        return await made.links["Again"]()

    assert use(server.url, body) == {"n": 2}
    assert server.last.target == "/things?id=5"


def test_a_server_that_hangs_is_a_timeout(serve: Serve, transport: str) -> None:
    """After the time that the option says."""
    server = serve(lambda _: server.hang())
    with pytest.raises(RequestTimeout, match=r"no answer within 1 s"):
        use(server.url, lambda client: client.get(), transport=transport, options=Options(timeout=1))


def test_a_call_can_be_cancelled(serve: Serve, transport: str) -> None:
    """At once, however long the server takes; the client goes on."""
    asked = threading.Event()

    def answer(request: Received) -> bytes | Iterator[bytes]:
        asked.set()
        return server.hang() if request.target == "/things" else reply(data={"n": 1})

    server = serve(answer)

    async def body(client: AsyncClient) -> Any:
        call = asyncio.ensure_future(client.get())
        await asyncio.to_thread(asked.wait, 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        found = await client.get(id=1)
        server.closing.set()
        return found

    assert use(server.url, body, transport=transport) == {"n": 1}


# Replies in parts.


def test_items_come_while_the_server_still_sends(serve: Serve, transport: str) -> None:
    """Each is given as soon as it is there: the second is only sent after the first was seen."""
    first = threading.Event()

    def answer(_: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nConnection: close\r\n\r\n" + b'{"n": 1}\n'
        assert first.wait(5)
        yield b'{"n": 2}\n'

    async def body(client: AsyncClient) -> Any:
        seen = []
        async with client.lines.stream() as got:
            assert got.status == 200
            async for item in got:
                seen.append(item)
                first.set()
        return seen

    assert use(serve(answer).url, body, transport=transport) == [{"n": 1}, {"n": 2}]


def test_an_item_that_breaks_its_schema_is_refused_when_it_comes(serve: Serve, transport: str) -> None:
    """Those before it were given."""
    url = serve(reply(200, b'{"n": 1}\n{"n": "x"}\n', "application/jsonl")).url

    async def body(client: AsyncClient) -> Any:
        async with client.stream("lines") as got:
            items = got.items()
            assert await anext(items) == {"n": 1}
            await anext(items)

    with pytest.raises(InvalidResponse, match='body /1/n: "x" is not of type integer'):
        use(url, body, transport=transport)


def test_a_broken_item_is_no_end_of_those_behind_it(serve: Serve, transport: str) -> None:
    """Where problems are let through, it is its text."""
    url = serve(reply(200, b'{"n": 1}\n{"n"\n{"n": 2}\n', "application/jsonl")).url

    async def body(client: AsyncClient) -> Any:
        async with client.with_options(validate_responses="off").lines.stream() as got:
            return [item async for item in got]

    assert use(url, body, transport=transport) == [{"n": 1}, '{"n"', {"n": 2}]


def test_a_download_goes_to_a_file_whole_or_not_at_all(serve: Serve, transport: str, tmp_path: Path) -> None:
    """Also by plain `await`."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n"
    answers = [head + b"x" * 100000, head + b"x" * 99999]

    async def body(client: AsyncClient) -> Any:
        got = await client.lines.stream()
        await got.save(tmp_path / "whole.bin")
        await got.aclose()
        async with client.lines.stream() as got:
            await got.save(tmp_path / "part.bin")

    with pytest.raises(ReadError, match=r"the reply \(200\) broke off after 99999 bytes"):
        use(serve(lambda _: answers.pop(0)).url, body, transport=transport)
    assert {file.name: file.stat().st_size for file in tmp_path.iterdir()} == {"whole.bin": 100000}


def test_an_error_status_is_read_and_raised(serve: Serve, transport: str) -> None:
    """As by a plain call."""
    url = serve(reply(404, "gone", "text/plain")).url

    async def body(client: AsyncClient) -> Any:
        async with client.lines.stream():
            pass

    with pytest.raises(ApiError, match=r"404 Not Found \(gone\): gone"):
        use(url, body, transport=transport)


def test_a_body_is_sent_in_chunks(serve: Serve, transport: str, tmp_path: Path) -> None:
    """A file, with its length."""
    (tmp_path / "file").write_bytes(b"x" * 200000)
    server = serve(reply(204))
    use(server.url, lambda client: client.upload(tmp_path / "file"), transport=transport)
    assert server.last.headers["content-length"] == "200000"
    assert server.last.body == b"x" * 200000


class AsyncFile:
    """An async file object, as anyio and aiofiles have them."""

    name = "folder/photo.png"

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def read(self, size: int) -> bytes:
        """The next bytes."""
        found, self.content = self.content[:size], self.content[size:]
        return found

    async def tell(self) -> int:
        """Where it stands, which only a loop can ask."""
        return 0


async def chunks(*given: Any) -> AsyncIterator[Any]:
    """An async generator."""
    for each in given:
        await asyncio.sleep(0)
        yield each


def of_types(**types: Any) -> Any:
    """A document whose bodies have these media types."""
    paths = {
        f"/{name}": {
            "post": {
                "operationId": name,
                "requestBody": {"content": content},
                "responses": {"204": {"description": "stored"}},
            }
        }
        for name, content in types.items()
    }
    return document(paths, version="3.1.0")


FORM = {"type": "object", "properties": {"f": {"contentMediaType": "image/png"}, "n": {"type": "integer"}}}
TYPED = of_types(
    binary={"application/octet-stream": {}},
    lines={"application/jsonl": {}},
    form={"multipart/form-data": {"schema": FORM}},
    text={"application/octet-stream": {"schema": {"type": "string", "contentEncoding": "base64"}}},
)


@pytest.mark.parametrize(
    ("name", "body", "sent"),
    [
        ("binary", lambda: chunks(b"a", bytearray(b"b"), memoryview(b"c")), b"abc"),
        ("binary", lambda: AsyncFile(b"x" * 200_000), b"x" * 200_000),
        ("binary", chunks, b""),
        ("lines", lambda: chunks({"n": 1}, {"n": 2}), b'{"n":1}\n{"n":2}\n'),
        ("form", lambda: {"n": 5, "f": AsyncFile(b"photo")}, b'filename="photo.png"\r\nContent-Type: image/png\r\n\r\nphoto\r\n'),
        ("form", lambda: {"n": 5, "f": ("me.png", chunks(b"pho", b"to"))}, b'filename="me.png"\r\nContent-Type: image/png\r\n\r\nphoto\r\n'),
        ("text", lambda: chunks(b"ab", b"cde", b"f"), base64.b64encode(b"abcdef")),
    ],
)  # fmt: skip
def test_an_async_body_is_sent(serve: Serve, transport: str, name: str, body: Callable[[], Any], sent: bytes) -> None:
    """Generators and files, of bytes and of items, alone and in a form: in chunks, as its length is unknown."""
    server = serve(reply(204))
    use(server.url, lambda client: client[name](body()), TYPED, transport=transport)
    assert sent in server.last.body
    assert server.last.headers["transfer-encoding"] == "chunked"


def test_an_async_body_is_sent_as_it_is_made(transport: str) -> None:
    """The second chunk is made when the server has the first one."""

    async def main() -> bool:
        arrived = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"first")
            arrived.set()
            await reader.readuntil(b"0\r\n\r\n")
            writer.write(reply(204))
            await writer.drain()
            writer.close()

        async def body() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.wait_for(arrived.wait(), 10)
            yield b"second"

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with AsyncClient(DOCUMENT, server=url, transport=transport) as client:
                await client.upload(body())
        return arrived.is_set()

    assert asyncio.run(main())


def test_an_async_body_of_the_wrong_kind_is_refused(serve: Serve, transport: str) -> None:
    """When its chunk is made; and it is not sent a second time."""
    with pytest.raises(TransportError, match="the body gives str, not bytes"):
        use(
            serve(reply(204)).url,
            lambda client: client.upload(chunks("text")),
            transport=transport,
            options=Options(retries=0),
        )

    async def twice(client: AsyncClient) -> None:
        body = chunks(b"a")
        request = client.prepare("upload", body=body)
        assert [chunk async for chunk in request.body] == [b"a"]
        with pytest.raises(MediaError, match="only AsyncClient can send"):
            _ = request.content
        with pytest.raises(MediaError, match="has been consumed"):
            [chunk async for chunk in request.body]

    use("http://h", twice, transport=transport)


@pytest.mark.parametrize("body", [lambda: chunks(b"a"), lambda: AsyncFile(b"a"), lambda: ("a.png", chunks(b"a"))])
def test_a_blocking_client_refuses_an_async_body(serve: Serve, body: Callable[[], Any]) -> None:
    """Before anything is sent."""
    server = serve(reply(204))
    with pytest.raises(InvalidRequest, match="body: is an async iterator or file, which only AsyncClient can send"):
        Client(DOCUMENT, server=server.url).upload(body())
    assert server.received == []


# Transports and credentials.


def test_a_transport_of_ones_own_is_awaited_and_a_blocking_one_has_a_thread() -> None:
    """Any callable is a transport; one that blocks does not block the loop."""
    threads = []
    answer = Response(200, Headers({"Content-Type": "application/jsonl"}), b'{"n":1}\n{"n":2}\n')

    async def awaited(_: Request, timeout: float) -> Response:
        threads.append((threading.current_thread(), timeout))
        return answer

    def blocking(_: Request, timeout: float) -> Response:
        threads.append((threading.current_thread(), timeout))
        return answer

    async def body(client: AsyncClient) -> Any:
        async with client.with_options(timeout=3).lines.stream() as got:
            return [item["n"] async for item in got]

    for transport in (awaited, blocking):
        assert use("http://h", body, transport=transport) == [1, 2]
    assert [timeout for _, timeout in threads] == [3, 3]
    assert [thread is threading.main_thread() for thread, _ in threads] == [True, False]


def test_a_credential_that_is_asked_for_is_asked_in_a_thread(serve: Serve) -> None:
    """It may take its time: here it waits for something that only the loop can do."""
    server, found = serve(reply(data={"n": 1})), threading.Event()
    paths = {"/things": {"get": {**THINGS["get"], "security": [{"Key": []}]}}}

    def key() -> str:
        assert found.wait(5)
        return "fake-key"

    async def body(client: AsyncClient) -> Any:
        asyncio.get_running_loop().call_later(0.01, found.set)
        return await client.get()

    spec = document(paths, version="3.2.0", components=SECURED)
    assert use(server.url, body, spec, auth={"Key": key}) == {"n": 1}
    assert server.last.headers["x-key"] == "fake-key"


def test_a_token_is_asked_for_once_and_renewed_after_a_401(serve: Serve, transport: str) -> None:
    """By the client's own transport, for all calls together."""
    tokens = iter(["fake-one", "fake-two"])
    asked = []

    def answer(request: Received) -> bytes:
        if request.target == "/token":
            asked.append(request.body)
            return reply(data={"access_token": next(tokens), "token_type": "Bearer", "expires_in": 3600})
        refused = request.headers["authorization"] == "Bearer fake-one" and len(server.received) > 6
        return reply(401) if refused else reply(data={"n": 1})

    server = serve(answer)
    flows = {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}
    schemes = {"securitySchemes": {"O": {"type": "oauth2", "flows": flows}}}
    paths = {"/things": {"get": {**THINGS["get"], "security": [{"O": []}]}}}

    async def body(client: AsyncClient) -> Any:
        first = await asyncio.gather(*[client.get() for _ in range(5)])
        return [*first, await client.get()]

    spec = document(paths, version="3.2.0", components=schemes)
    found = use(server.url, body, spec, transport=transport, auth={"O": OAuth2("app", "fake-secret")})
    assert found == [{"n": 1}] * 6
    assert len(asked) == 2
    assert server.last.headers["authorization"] == "Bearer fake-two"


def test_thirty_two_calls_go_on_at_once(serve: Serve, transport: str) -> None:
    """None waits for another: all of them are under way before the first is answered. Each gets its own answer."""
    together = threading.Barrier(32, timeout=20)

    def answer(request: Received) -> bytes:
        together.wait()
        return reply(data={"n": int(request.target.partition("=")[2])})

    async def body(client: AsyncClient) -> Any:
        return await asyncio.gather(*[client.get(id=number) for number in range(32)])

    assert use(serve(answer).url, body, transport=transport) == [{"n": number} for number in range(32)]


def test_a_server_that_is_not_there_is_a_connect_error(transport: str) -> None:
    """Nothing was sent."""
    with pytest.raises(ConnectError, match="no connection: Connection refused"):
        use("http://127.0.0.1:1", lambda client: client.get(), transport=transport, options=Options(retries=0))
