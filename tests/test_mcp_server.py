"""`dynclient mcp` as a real process, driven by the client of the official SDK."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from servers import Received, reply

from dynclient.mock.server import Mock
from dynclient.opening import load

ROOT = Path(__file__).parent.parent
TOKEN = "tok-0123456789-secret"
KEY = "key-0123456789-secret"
CHECKOUT = {"retail_unit": "se", "checkout_id": "00000000-0000-4000-8000-000000000001"}
CART = {
    "retail_unit": "se", "shopping_type": "ONLINE", "channel": "WEBAPP", "language_code": "sv", "items": [{"itemNo": "90000001", "quantity": 2}],
}  # fmt: skip
AUTH = ["--auth", "BearerAuth=env:TOKEN", "--auth", "Client-Id=env:KEY"]
THING = {"operationId": "getThing", "tags": ["things"], "summary": "Read a thing."}
OK = {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}}}
IMAGE = {"200": {"description": "OK", "content": {"image/png": {}}}}
THINGS = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "components": {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    "security": [{"Key": []}, {}],
    "paths": {
        "/thing": {
            "get": {**THING, "responses": OK},
            "delete": {"operationId": "dropThing", "tags": ["things"], "responses": {"204": {"description": "Gone"}}},
        },
        "/image": {"get": {"operationId": "getImage", "tags": ["images"], "responses": IMAGE}},
    },
}


def environment() -> dict[str, str]:
    """The variables of the server's process."""
    kept = {name: os.environ[name] for name in ("DYNCLIENT_CACHE", "DYNCLIENT_CACHE_MIN_SIZE") if name in os.environ}
    return {"PYTHONPATH": str(ROOT), "TOKEN": TOKEN, "KEY": KEY, **kept}


def command(*arguments: str) -> list[str]:
    """The command line of the server."""
    return [sys.executable, "-m", "dynclient", "mcp", *arguments]


def talk(log: Path, arguments: list[str], *calls: tuple[str, dict[str, Any]]) -> tuple[Any, list[Any]]:
    """Start the server, call tools one after the other, and return the list of its tools and the results."""
    program, *rest = command(*arguments)

    async def main() -> tuple[Any, list[Any]]:
        parameters = StdioServerParameters(command=program, args=rest, env=environment())
        with log.open("w", encoding="utf-8") as errors:
            async with Client(stdio_client(parameters, errlog=errors)) as client:
                tools = (await client.list_tools()).tools
                return tools, [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(main())


def text(result: Any) -> str:
    """The text of a result."""
    (content,) = result.content
    return str(content.text)


def data(result: Any) -> Any:
    """The JSON of a result that is not an error."""
    assert not result.is_error, text(result)
    return json.loads(text(result))


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A mock of Order Capture."""
    with Mock(load("order_capture")) as mock:
        yield mock.url


@pytest.fixture
def things(tmp_path: Path) -> str:
    """A small document, as a file."""
    path = tmp_path / "things.json"
    path.write_text(json.dumps(THINGS), "utf-8")
    return str(path)


def test_a_model_searches_describes_and_calls(shop: str, tmp_path: Path) -> None:
    """With credentials that only the server's process knows; what is said beside the protocol goes to standard error."""
    tools, results = talk(
        tmp_path / "log",
        ["order_capture", "--server", shop, *AUTH],
        ("search", {"words": "create checkout"}),
        ("describe", {"operation": "create_checkout"}),
        ("call", {"operation": "create_checkout", "arguments": CART}),
        ("call", {"operation": "getOrder", "arguments": json.dumps(CHECKOUT)}),
    )
    assert [tool.name for tool in tools] == ["search", "describe", "call"]
    found, described, created, read = map(data, results)
    assert found["operations"][0] == {
        "operation": "create_checkout", "method": "POST", "path": "/{retailUnit}/checkouts", "summary": "Create a checkout"
    }  # fmt: skip
    assert described["arguments"]["required"] == sorted(CART, key=[*CART].index)
    assert described["arguments"]["properties"]["channel"]["enum"] == ["WEBAPP", "MOBILE_APP"]
    assert "Client-Id" in str(described["auth"])
    assert described["replies"][0]["status"] == "201"
    assert created["status"] == 201
    assert created["body"]["resourceId"]
    assert read["status"] == 200
    log = (tmp_path / "log").read_text()
    assert "OrderCapture v2.0.8: 9 operations" in log
    said = log + "".join(map(text, results)) + "".join(tool.model_dump_json() for tool in tools)
    assert "secret" not in said.replace("TOKEN", "")


def test_wrong_arguments_are_told_all_at_once(shop: str, tmp_path: Path) -> None:
    """As an error that a model can act on; nothing is sent."""
    wrong = {"channel": "FAX", "shoppingType": 1, "colour": "red"}
    _, (result,) = talk(
        tmp_path / "log",
        ["order_capture", "--server", shop, *AUTH],
        ("call", {"operation": "create_checkout", "arguments": wrong}),
    )
    assert result.is_error
    said = text(result)
    assert "argument /colour: is not in the document" in said
    assert '"FAX"' in said
    assert '"WEBAPP", "MOBILE_APP"' in said
    assert all(f"/{name}: is required" in said or name in said for name in ("retailUnit", "languageCode", "items"))
    assert said.endswith("Nothing was sent. describe create_checkout shows what it takes.")


def test_a_model_is_not_told_of_options(shop: str, tmp_path: Path) -> None:
    """Only who starts the server can give them."""
    items = [{"itemNo": "90000001", "quantity": 2}]
    wrong = {"retailUnit": "no", "shoppingType": "ONLINE", "channel": "FAX", "languageCode": "no", "items": items}
    call = ("call", {"operation": "create_checkout", "arguments": wrong})
    _, (result,) = talk(tmp_path / "log", ["order_capture", "--server", shop, *AUTH], call)
    assert result.is_error
    assert '"FAX" is not one of' in text(result)
    assert "tolerate" not in text(result)


def test_an_argument_that_a_tool_does_not_have_is_refused(things: str, serve: Serve, tmp_path: Path) -> None:
    """Else a call with `args` for `arguments` would be sent without any."""
    server = serve(reply(200, {"id": 1}))
    tools, results = talk(
        tmp_path / "log",
        [things, "--server", server.url, "--auth", "none"],
        ("call", {"operation": "getThing", "args": {"limit": 1}}),
        ("search", {"query": "thing"}),
        ("describe", {"operation": "getThing"}),
    )
    assert [tool.input_schema["additionalProperties"] for tool in tools] == [False, False, False]
    assert [result.is_error for result in results] == [True, True, False]
    assert "args" in text(results[0])
    assert not server.received


def test_read_only_offers_what_changes_nothing(things: str, serve: Serve, tmp_path: Path) -> None:
    """And refuses the rest; the annotations say so."""
    server = serve(reply(200, {"id": 1}))
    arguments = [things, "--server", server.url]
    tools, (refused, searched, called) = talk(
        tmp_path / "log",
        [*arguments, "--read-only"],
        ("call", {"operation": "dropThing"}),
        ("search", {"words": "thing"}),
        ("call", {"operation": "get_thing"}),
    )
    assert refused.is_error
    assert "dropThing is not offered" in text(refused)
    assert [each["operation"] for each in data(searched)["operations"]] == ["get_thing"]
    assert data(called) == {"status": 200, "body": {"id": 1}}
    assert [request.method for request in server.received] == ["GET"]
    assert tools[2].annotations.read_only_hint is True
    assert tools[2].annotations.destructive_hint is False
    tools, _ = talk(tmp_path / "log", arguments)
    assert tools[0].annotations.read_only_hint is True
    assert tools[2].annotations.read_only_hint is False
    assert tools[2].annotations.destructive_hint is True


def test_tags_and_operations_are_chosen(things: str, tmp_path: Path) -> None:
    """What either option names is offered."""
    _, (found, by_tag) = talk(
        tmp_path / "log",
        [things, "--tag", "images", "--operation", "dropThing"],
        ("search", {}),
        ("search", {"tag": "things"}),
    )
    assert [each["operation"] for each in data(found)["operations"]] == ["drop_thing", "get_image"]
    assert [each["operation"] for each in data(by_tag)["operations"]] == ["drop_thing"]


def test_a_search_says_how_to_go_on(things: str, tmp_path: Path) -> None:
    """When there are more operations, and when there is none; an unknown name gets the nearest one."""
    _, (more, none, unknown) = talk(
        tmp_path / "log",
        [things],
        ("search", {"limit": 1}),
        ("search", {"words": "invoice"}),
        ("describe", {"operation": "get_thign"}),
    )
    assert data(more)["found"] == 3
    assert data(more)["hint"].startswith("2 more")
    assert data(none)["tags"] == ["things", "images"]
    assert unknown.is_error
    assert text(unknown) == "there is no operation 'get_thign' (did you mean get_thing or get_image?)"


def test_a_long_reply_is_cut_and_says_so(things: str, serve: Serve, tmp_path: Path) -> None:
    """It stays JSON."""
    server = serve(reply(200, {"id": 1, "rows": [{"n": index} for index in range(5000)]}))
    _, (result,) = talk(
        tmp_path / "log",
        [things, "--server", server.url, "--max-output", "1000"],
        ("call", {"operation": "get_thing"}),
    )
    assert len(text(result)) <= 1000
    found = data(result)
    assert found["body"]["rows"][0] == {"n": 0}
    assert found["left_off"]["/body/rows"] == f"{len(found['body']['rows'])} of 5,000 items are here"


def test_a_credential_that_a_server_quotes_is_masked(things: str, serve: Serve, tmp_path: Path) -> None:
    """In replies and in errors."""

    def quote(request: Received) -> bytes:
        status = 403 if request.method == "DELETE" else 200
        return reply(status, {"id": 1, "sent": request.headers})

    server = serve(quote)
    _, (read, dropped) = talk(
        tmp_path / "log",
        [things, "--server", server.url, "--auth", "Key=env:KEY"],
        ("call", {"operation": "get_thing"}),
        ("call", {"operation": "drop_thing"}),
    )
    assert [request.headers["x-key"] for request in server.received] == [KEY, KEY]
    assert data(read)["body"]["sent"]["x-key"] == "REDACTED"
    assert dropped.is_error
    assert KEY not in text(dropped) + (tmp_path / "log").read_text()
    assert json.loads(text(dropped))["status"] == 403


def test_a_reply_that_breaks_the_document_is_no_error(things: str, serve: Serve, tmp_path: Path) -> None:
    """What was called for has happened; the problems stand beside the body."""
    server = serve(reply(200, {"name": "a"}))
    arguments, call = [things, "--server", server.url], ("call", {"operation": "get_thing"})
    _, (result,) = talk(tmp_path / "log", arguments, call)
    assert data(result) == {"status": 200, "problems": ["body /id: is required"], "body": {"name": "a"}}
    _, (result,) = talk(tmp_path / "log", [*arguments, "--tolerate", "response/body/required"], call)
    assert data(result) == {"status": 200, "body": {"name": "a"}}


def test_a_server_that_is_away_is_an_error_in_words(things: str, tmp_path: Path) -> None:
    """Not the end of the process."""
    _, (first, second) = talk(
        tmp_path / "log",
        [things, "--server", "http://127.0.0.1:1", "--retries", "0"],
        ("call", {"operation": "get_thing"}),
        ("search", {"words": "image"}),
    )
    assert first.is_error
    assert "no connection" in text(first).lower() or "refused" in text(first).lower()
    assert data(second)["found"] == 1


def test_bytes_are_told_by_their_size_or_saved(things: str, serve: Serve, tmp_path: Path) -> None:
    """Each in a new file of the folder."""
    image = b"\x89PNG\r\n\x1a\n\0"
    server = serve(reply(200, image, "image/png"))
    arguments, call = [things, "--server", server.url], ("call", {"operation": "get_image"})
    _, (result,) = talk(tmp_path / "log", arguments, call)
    assert data(result) == {"status": 200, "media_type": "image/png", "size": 9}
    _, results = talk(tmp_path / "log", [*arguments, "--save", str(tmp_path / "saved")], call, call)
    paths = [Path(data(result)["saved"]) for result in results]
    assert [path.name for path in paths] == ["get_image-1.png", "get_image-2.png"]
    assert all(path.read_bytes() == image for path in paths)


def test_it_serves_over_http(things: str, serve: Serve) -> None:
    """On the loopback, at a port that it says."""
    server = serve(reply(200, {"id": 1}))
    process = subprocess.Popen(  # noqa: S603  our own
        command(things, "--server", server.url, "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment()},
    )
    try:
        assert process.stderr is not None
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+/mcp", process.stderr.readline())

        async def main() -> Any:
            async with Client(url) as client:
                return await client.call_tool("call", {"operation": "get_thing"})

        assert data(asyncio.run(main()))["body"] == {"id": 1}
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert out == ""


def test_ctrl_c_ends_it(things: str) -> None:
    """At once, though nothing comes on standard input."""
    process = subprocess.Popen(  # noqa: S603  our own
        command(things), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment()}
    )  # fmt: skip
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == -signal.SIGINT
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tag", "imgaes"], "Things has no tag 'imgaes' (did you mean images?)"),
        (["--max-output", "10"], "10 is not in the range x>=1000"),
        (["--auth", "Key=abc"], "a credential must be env:VARIABLE"),
        (["--operation", "dropThing", "--read-only"], "the options leave out all 3 operations of Things"),
    ],
)
def test_wrong_options_are_refused_before_it_serves(things: str, arguments: list[str], words: str) -> None:
    """With exit code 2, and nothing on standard output."""
    done = subprocess.run(  # noqa: S603  our own
        command(things, *arguments), capture_output=True, text=True, check=False, env={**os.environ, **environment()}
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
