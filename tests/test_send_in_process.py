"""Applications of this process: Flask, Starlette, FastAPI and plain ones, without a socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import fastapi
import flask
import pytest
from servers import document
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from dynclient import (
    ApiError,
    AsgiTransport,
    AsyncClient,
    Client,
    Options,
    ReadError,
    RequestTimeout,
    TransportError,
    WsgiTransport,
)

OK = {"200": {"description": "OK"}}
LINES = {"200": {"description": "OK", "content": {"application/jsonl": {"schema": {"type": "integer"}}}}}
PART = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
QUERY = {"name": "q", "in": "query", "schema": {"type": "string"}}
BODY = {"content": {"application/json": {"schema": {}}}}
DOCUMENT = document({
    "/echo/{name}": {
        "post": {"operationId": "echo", "parameters": [PART, QUERY], "requestBody": BODY, "responses": OK},
        "head": {"operationId": "head", "parameters": [PART], "responses": OK},
    },
    "/lines": {"get": {"operationId": "lines", "responses": LINES}},
    "/fail": {"get": {"operationId": "fail", "responses": OK}},
    "/moved": {"get": {"operationId": "moved", "responses": OK}},
})  # fmt: skip
SERVER = "http://example.test/base"


def wsgi() -> flask.Flask:
    """A Flask application."""
    app = flask.Flask("app")
    app.testing = True

    @app.route("/base/echo/<path:name>", methods=["POST"])
    def echo(name: str) -> Any:
        request = flask.request
        return {
            "name": name,
            "q": request.args.get("q"),
            "body": request.get_json(),
            "host": request.host,
            "key": request.headers.get("X-Key"),
        }

    @app.route("/base/lines")
    def lines() -> Any:
        return flask.Response((f"{number}\n" for number in range(3)), mimetype="application/jsonl")

    @app.route("/base/fail")
    def fail() -> Any:
        raise LookupError("of the application")

    @app.route("/base/moved")
    def moved() -> Any:
        return flask.redirect("/base/lines")

    return app


class Life:
    """What happened in an application, in order."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def app(self) -> Starlette:
        """A Starlette application."""

        @contextlib.asynccontextmanager
        async def lifespan(_: Any) -> AsyncIterator[dict[str, int]]:
            self.events.append("started")
            yield {"number": 7}
            self.events.append("ended")

        async def echo(request: Request) -> JSONResponse:
            data = {
                "name": request.path_params["name"], "q": request.query_params.get("q"), "body": await request.json(),
                "host": request.headers["host"], "key": request.headers.get("x-key"),
            }  # fmt: skip
            assert request.state.number == 7
            return JSONResponse(data, background=BackgroundTask(self.events.append, "later"))

        async def numbers() -> AsyncIterator[str]:
            try:
                for number in range(3):
                    self.events.append(f"line {number}")
                    yield f"{number}\n"
            finally:
                self.events.append("lines ended")

        async def lines(_: Request) -> StreamingResponse:
            return StreamingResponse(numbers(), media_type="application/jsonl")

        async def fail(_: Request) -> Any:
            raise LookupError("of the application")

        async def moved(_: Request) -> Any:
            return JSONResponse(None, 307, {"Location": "/base/lines"})

        routes = [
            Route("/base/echo/{name:path}", echo, methods=["POST"]),
            Route("/base/lines", lines),
            Route("/base/fail", fail),
            Route("/base/moved", moved),
        ]
        return Starlette(routes=routes, lifespan=lifespan)


@pytest.fixture(params=["wsgi", "asgi"])
def transport(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each kind of application."""
    if request.param == "wsgi":
        yield WsgiTransport(wsgi())
    else:
        with AsgiTransport(Life().app()) as found:
            yield found


def made(transport: Any, **options: Any) -> Client:
    """A blocking client of an application."""
    return Client(DOCUMENT, server=SERVER, transport=transport, options=Options(headers={"X-Key": "ü"}, **options))


ECHO = {"name": "a b/ü", "q": "c&d", "body": {"e": "ü"}, "host": "example.test", "key": "Ã¼"}


def test_an_application_is_called_without_a_socket(transport: Any) -> None:
    """Path, query, header fields and body arrive as over a connection."""
    assert made(transport).echo("a b/ü", {"e": "ü"}, q="c&d") == ECHO


def test_redirects_of_an_application_are_followed(transport: Any) -> None:
    """By the client, as always."""
    assert made(transport).moved.send().content == b"0\n1\n2\n"


def test_an_exception_of_an_application_is_the_callers(transport: Any) -> None:
    """As it is; the next call works."""
    client = made(transport)
    with pytest.raises(LookupError, match="of the application"):
        client.fail()
    assert client.lines.send().status == 200


def test_a_stream_of_an_application_is_read_as_it_comes(transport: Any) -> None:
    """Item by item."""
    with made(transport).lines.stream() as stream:
        assert list(stream.items()) == [0, 1, 2]


def test_the_limits_of_a_reply_hold_for_applications(transport: Any) -> None:
    """As for servers."""
    with pytest.raises(TransportError, match="larger than 3 bytes"):
        made(transport, max_reply=3).lines()


def test_an_async_client_calls_an_asgi_application() -> None:
    """In its own loop, with a lifespan around all calls; a stream that is dropped ends."""
    life = Life()

    async def main() -> None:
        async with (
            AsgiTransport(life.app()) as transport,
            AsyncClient(DOCUMENT, server=SERVER, transport=transport, headers={"X-Key": "ü"}) as client,
        ):
            assert await client.echo("a b/ü", {"e": "ü"}, q="c&d") == ECHO
            async with client.lines.stream() as stream:
                assert await anext(aiter(stream.items())) == 0
            assert await client.lines.send()
            with pytest.raises(LookupError):
                await client.fail()

    asyncio.run(main())
    assert life.events[:3] == ["started", "later", "line 0"]
    assert "lines ended" in life.events
    assert (life.events.count("started"), life.events.count("ended")) == (1, 1)


def test_an_async_client_calls_a_wsgi_application() -> None:
    """In worker threads."""

    async def main() -> Any:
        async with AsyncClient(DOCUMENT, server=SERVER, transport=WsgiTransport(wsgi())) as client:
            return await client.lines.send()

    assert asyncio.run(main()).content == b"0\n1\n2\n"


def test_a_fastapi_application_is_called_by_its_own_document() -> None:
    """Without a file and without a server."""
    app = fastapi.FastAPI(title="Own")

    @app.get("/double/{number}", operation_id="double")
    def double(number: int) -> dict[str, int]:
        return {"double": 2 * number}

    with AsgiTransport(app) as transport:
        assert Client(app.openapi(), server="http://app", transport=transport).double(21) == {"double": 42}


def test_an_application_that_is_late_is_a_timeout() -> None:
    """For its head and for its body; it is cancelled."""
    events = []

    async def app(scope: Any, _: Any, send: Any) -> None:
        if scope["path"].endswith("lines"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await asyncio.sleep(9)
        finally:
            events.append("ended")

    with AsgiTransport(app, lifespan=False) as transport:
        client = made(transport, timeout=0.2, retries=0)
        for operation in (client.lines, client.fail):
            with pytest.raises(RequestTimeout):
                operation()
    assert events == ["ended", "ended"]


def test_an_application_that_does_not_answer_is_an_error() -> None:
    """As a connection that breaks."""

    async def silent(_: Any, __: Any, ___: Any) -> None: ...

    with AsgiTransport(silent) as transport, pytest.raises(ReadError, match="ended without a reply"):
        made(transport, retries=0).fail()
    with pytest.raises(ReadError, match="did not call start_response"):
        made(WsgiTransport(lambda _, __: []), retries=0).fail()


def test_an_application_that_cannot_start_says_so() -> None:
    """Before the first request."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with AsgiTransport(app) as transport, pytest.raises(RuntimeError, match="did not start: no database"):
        made(transport).fail()


def test_a_mounted_application_gets_the_rest_of_the_path() -> None:
    """Its own part of it."""
    seen = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append((environ["SCRIPT_NAME"], environ["PATH_INFO"]))
        start_response("200 OK", [])
        return []

    made(WsgiTransport(app, "/base")).fail()
    assert seen == [("/base", "/fail")]


@pytest.mark.parametrize("kind", [WsgiTransport, AsgiTransport])
def test_what_is_no_application_is_refused(kind: Any) -> None:
    """It is refused when the transport is made, before any call."""
    with pytest.raises(TypeError, match=r"app must be an? [AW]SGI application, not str"):
        kind("app")


async def plain_asgi(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that is a function."""


def plain_wsgi(environ: Any, start_response: Any) -> list[bytes]:  # noqa: ARG001  its arguments are what counts
    """A WSGI application that is a function."""
    return []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AsgiTransport(flask.Flask("app")), "an ASGI application, not Flask (WSGI): use WsgiTransport(...)"),
        (lambda: AsgiTransport(plain_wsgi), "an ASGI application, not function (WSGI): use WsgiTransport(...)"),
        (lambda: WsgiTransport(fastapi.FastAPI()), "a WSGI application, not FastAPI (ASGI): use AsgiTransport(...)"),
        (lambda: WsgiTransport(plain_asgi), "a WSGI application, not function (ASGI): use AsgiTransport(...)"),
        (lambda: WsgiTransport("app"), "a WSGI application, not str"),  # type: ignore[arg-type]
        (lambda: AsgiTransport(None), "an ASGI application, not NoneType"),  # type: ignore[arg-type]
        (lambda: Client(DOCUMENT, transport=flask.Flask("app")), "pass transport=WsgiTransport(...) around the Flask"),
        (lambda: AsyncClient(DOCUMENT, transport=flask.Flask("app")), "transport=WsgiTransport(...) around the Flask"),
        (lambda: Client(DOCUMENT, transport=fastapi.FastAPI()), "transport=AsgiTransport(...) around the FastAPI"),
        (lambda: AsyncClient(DOCUMENT, transport=Starlette()), "transport=AsgiTransport(...) around the Starlette"),
    ],
)
def test_an_application_of_another_kind_is_refused(make: Callable[[], object], message: str) -> None:
    """At once, with the name of the transport that fits it; and so is an application that is given as a transport."""
    with pytest.raises(TypeError) as caught:
        make()
    assert message in str(caught.value)


def test_an_application_that_does_not_tell_its_arguments_is_taken() -> None:
    """Middleware often takes any."""

    def middleware(*args: Any) -> Any:
        return flask.Flask("app")(*args)

    with pytest.raises(ApiError):
        Client(DOCUMENT, server=SERVER, transport=WsgiTransport(middleware)).lines()
    assert AsgiTransport(middleware).app is middleware
