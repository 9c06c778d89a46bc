"""The demo: call every operation of the catalog against a mock, and make one call that must be refused.

The steps are values; `tour` prints them. Bodies are the documents' own named examples, one call for each. The credentials are
fakes and never appear in a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.client import Client
from dynclient.errors import DynclientError, InvalidRequest
from dynclient.exchange import Request, Response
from dynclient.opening import load
from dynclient.problem import Problem, show
from dynclient.schema.maker import documented
from dynclient.send.with_requests import RequestsTransport
from dynclient.spec.document import Document

RETAIL_UNIT = "no"
CHECKOUT_ID = "00000000-0000-4000-8000-000000000001"
ZIPCODE = "00123"
CHECKOUT = {"shoppingType": "ONLINE", "channel": "WEBAPP", "items": [{"itemNo": "90000001", "quantity": 1}]}

#: A placeholder for the body: each named example of the document in turn.
BODY = object()

#: The calls by API: the Python name of the operation, and its arguments in the documented order.
CALLS: Mapping[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "order_capture": (
        ("create_checkout", (RETAIL_UNIT, BODY)),
        ("create_existing_order_checkout", (RETAIL_UNIT, BODY)),
        ("get_checkout", (CHECKOUT_ID, RETAIL_UNIT, CHECKOUT)),
        ("patch_checkout", (CHECKOUT_ID, RETAIL_UNIT, BODY)),
        ("get_consumer_info", (CHECKOUT_ID, RETAIL_UNIT)),
        ("get_i_gift_order", (CHECKOUT_ID, RETAIL_UNIT)),
        ("get_order", (CHECKOUT_ID, RETAIL_UNIT)),
        ("get_user_contacts", (RETAIL_UNIT, ZIPCODE)),
        ("update_user", (RETAIL_UNIT, CHECKOUT_ID, BODY)),
    ),
    "pieces_os": (("paddle_checkout_update_status", (BODY,)),),
}

#: Breaks its schema in three places: a value outside the enum, a number instead of a text, and no `languageCode`.
WRONG_BODY = {
    "shoppingType": "STORE",
    "channel": "WEBAPP",
    "items": [{"itemNo": 90000001, "quantity": 2, "uom": "PIECE"}],
}
WRONG_PLACES = {("shoppingType",), ("items", 0, "itemNo"), ("languageCode",)}


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A mock that has started.

    Attributes:
        document: The document that it serves.
        operations: The number of operations in it.
        url: The URL to call it at.
    """

    document: Document
    operations: int
    url: str


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One call and its outcome.

    Attributes:
        api: The name of the API in the catalog.
        operation: The operation's Python name.
        call: The call as a user writes it, with shortened values.
        ok: Whether the outcome is the expected one.
        request: The request, or None if nothing was sent.
        response: The response, or None if there was none.
        error: The message of the error that was raised.
        problems: Everything in which the call breaks the document.
    """

    api: str
    operation: str
    call: str
    ok: bool
    request: Request | None = None
    response: Response | None = None
    error: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the call was refused before anything was sent."""
        return self.request is None and bool(self.problems)


def steps(seed: int = 0) -> Iterator[DemoServer | DemoStep]:
    """Start a mock of each document and make the calls; yield each server before the steps that call it.

    Args:
        seed: The same seed gives the same answers.
    """
    from dynclient.mock.server import Mock  # imports a web server and openapi-core

    for api, calls in CALLS.items():
        document = load(api)
        with ExitStack() as stack:
            mock = stack.enter_context(Mock(document, seed=seed, judge="openapi-core"))
            transport = _Recording()
            client = stack.enter_context(_client(document, mock.url, transport))
            yield DemoServer(document, len(client.operations), mock.url)
            for name, arguments in calls:
                for label, body in _bodies(client[name].operation).items():
                    yield _call(api, client, name, arguments, body, label)
            if api == "order_capture":
                yield _wrong_call(api, client, transport.sent)
            yield from _left_out(api, client, {name for name, _ in calls})


class _Recording(RequestsTransport):
    """Records the requests it sends, to show that a refused call sends nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Request] = []

    def __call__(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        return super().__call__(request, timeout)


def _client(document: Document, url: str, transport: _Recording) -> Client:
    """Return a client with a fake credential for each security scheme."""
    auth = {scheme: f"fake-{scheme}" for scheme in Api.of(document).schemes}
    return Client(document, server=url, auth=auth, transport=transport)


def _bodies(operation: Operation) -> dict[str, Any]:
    """Return the named examples of the body; one without a name if there is no body."""
    if operation.body is None:
        return {"": None}
    return documented(operation.document, operation.body.contents[0].node)


def _call(api: str, client: Client, name: str, arguments: tuple[Any, ...], body: Any, label: str) -> DemoStep:
    values = [body if value is BODY else value for value in arguments]
    shown = ", ".join(label if value is BODY else show(value, 40) for value in arguments)
    call = f"client.{name}({shown})"
    try:
        response = getattr(client, name).send(*values)
    except DynclientError as error:
        problems = getattr(error, "problems", ())
        return DemoStep(
            api, name, call, ok=False, request=getattr(error, "request", None), error=str(error), problems=problems
        )
    documented_status = client[name].operation.reply(response.status) is not None
    ok = documented_status and response.status < 400 and not response.problems
    return DemoStep(api, name, call, ok, response.request, response, problems=response.problems)


def _wrong_call(api: str, client: Client, sent: list[Request]) -> DemoStep:
    """Make a call that must be refused before anything is sent, with all of its problems."""
    name, before = "create_checkout", len(sent)
    call = f"client.{name}({show(RETAIL_UNIT)}, {show(WRONG_BODY, 40)})"
    try:
        response = client.create_checkout(RETAIL_UNIT, WRONG_BODY)
    except InvalidRequest as error:
        ok = len(sent) == before and {problem.path for problem in error.problems} == WRONG_PLACES
        return DemoStep(api, name, call, ok, error=error.headline, problems=error.problems)
    except DynclientError as error:
        return DemoStep(api, name, call, ok=False, request=sent[-1], error=str(error))
    return DemoStep(
        api, name, call, ok=False, request=sent[-1], error=f"the call was not refused; it returned {show(response)}"
    )


def _left_out(api: str, client: Client, called: set[str]) -> Iterator[DemoStep]:
    """Yield a failed step for each operation that is missing in `CALLS`: the demo promises all of them."""
    for operation in client.operations.operations:
        if operation.python_name not in called:
            yield DemoStep(
                api,
                operation.python_name,
                f"client.{operation.python_name}",
                ok=False,
                error="the demo does not call it",
            )
