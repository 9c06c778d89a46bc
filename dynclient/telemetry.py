"""OpenTelemetry: a span for each call of an operation, and its context in each request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from dynclient._version import __version__
from dynclient.api.operation import Operation
from dynclient.exchange import Headers, Response
from dynclient.origins import origin
from dynclient.send.flow import Flow, Send, steered


def traced(flow: Flow[Response], operation: Operation) -> Flow[Response]:
    """Do the requests of a call within a span that is named as the operation (semantic conventions for HTTP clients).

    Args:
        flow: The call.
        operation: The operation that is called.
    """
    attributes = {
        "http.request.method": operation.method,
        "url.template": operation.path,
        "openapi.operation_id": operation.id,
    }
    tracer = trace.get_tracer("dynclient", __version__)
    span = tracer.start_span(operation.id, kind=SpanKind.CLIENT, attributes=attributes)
    context, sent = trace.set_span_in_context(span), 0

    def sending(step: Send) -> Flow[Response]:
        nonlocal sent
        request = step.request
        scheme, host, port = origin(request.url) or ("", "", 0)
        span.set_attributes(
            {"url.full": request.safe_url, "url.scheme": scheme, "server.address": host, "server.port": port}
        )
        if sent:
            span.set_attribute("http.request.resend_count", sent)
        sent += 1
        fields: dict[str, str] = {}
        propagate.inject(fields, context)
        headers = Headers([*request.headers.without(fields).fields, *fields.items()])
        response: Response = yield step._replace(request=replace(request, headers=headers))
        return response

    try:
        response = yield from steered(flow, sending)
    except BaseException as error:
        _failed(span, type(error).__name__)
        raise
    else:
        span.set_attribute("http.response.status_code", response.status)
        if response.status >= 400:
            _failed(span, str(response.status))
        return response
    finally:
        span.end()


def _failed(span: Any, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
