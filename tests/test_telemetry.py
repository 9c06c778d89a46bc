"""OpenTelemetry: spans and their context, without secrets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from servers import document, reply

import dynclient
from dynclient import ApiError, AsyncClient, Client, ConnectError, Options

OK = {"responses": {"200": {"description": "OK"}, "404": {"description": "none"}}}
PLACE = {"name": "id", "in": "path", "required": True, "schema": {}}
DOCUMENT = document(
    {"/a/{id}": {"get": {**OK, "operationId": "getA", "parameters": [PLACE]}}},
    security=[{"key": []}],
    components={"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}}},
)
ON = Options(telemetry=True)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What is exported."""
    found = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(found))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield found
    provider.shutdown()


def made(url: str, kind: Any = Client) -> Any:
    """A client with telemetry."""
    return kind(DOCUMENT, server=url, auth={"key": "fake-secret"}, options=ON)


def test_a_call_is_a_span(serve: Serve, spans: InMemorySpanExporter) -> None:
    """Named by its operationId, with its context in the request and no secret in it."""
    server = serve(reply())
    made(server.url).get_a(1)
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind.name) == ("getA", "CLIENT")
    found = dict(span.attributes or {})
    assert found["http.response.status_code"] == 200
    assert (found["url.template"], found["server.port"]) == ("/a/{id}", server.port)
    assert "fake-secret" not in str(found)
    assert format(span.get_span_context().trace_id, "032x") in server.last.headers["traceparent"]


def test_the_async_client_has_spans_too(serve: Serve, spans: InMemorySpanExporter) -> None:
    """One for each call."""
    server = serve(reply())

    async def main() -> None:
        async with made(server.url, AsyncClient) as client:
            await asyncio.gather(client.get_a(1), client.get_a(2))

    asyncio.run(main())
    assert [span.name for span in spans.get_finished_spans()] == ["getA", "getA"]


def test_retries_are_counted_in_one_span(serve: Serve, spans: InMemorySpanExporter, pauses: list[float]) -> None:
    """The last status counts."""
    answers = [reply(503), reply()]
    made(serve(lambda _: answers.pop(0)).url).get_a(1)
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes or {})["http.request.resend_count"] == len(pauses) == 1


def test_an_error_is_in_the_span(serve: Serve, spans: InMemorySpanExporter) -> None:
    """Whether the server answered or not."""
    with pytest.raises(ApiError):
        made(serve(reply(404)).url).get_a(1)
    with pytest.raises(ConnectError):
        made("http://127.0.0.1:1").with_options(retries=0).get_a(1)
    errors = [
        (span.status.status_code.name, dict(span.attributes or {})["error.type"]) for span in spans.get_finished_spans()
    ]
    assert errors == [("ERROR", "404"), ("ERROR", "ConnectError")]


def test_the_extra_is_named_where_it_is_missing() -> None:
    """In the error, when a call is made."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from dynclient import Client, Options\n"
        "paths = {'/a': {'get': {'operationId': 'a', 'responses': {}}}}\n"
        "spec = {'openapi': '3.0.3', 'info': {'title': 'T', 'version': '1'}, 'paths': paths}\n"
        "Client(spec, server='http://127.0.0.1:1', telemetry=True).a()\n"
    )
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(dynclient.__file__).parent.parent,
    )
    assert "needs an extra: pip install 'dynclient[otel]'" in done.stderr
