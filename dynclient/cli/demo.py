"""The demo: every operation of the catalog's documents called against its mock, and one call that must be refused.

The steps are values; what they look like is the business of `render`. Bodies are the documents' own named examples, one call for
each, so that the demo shows what the documents show. The credentials are fakes and appear in no step.
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

#: Stands for the body: each named example of the document in turn.
BODY = object()

#: The calls by API: the operation's Python name and its arguments in the documented order.
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

#: Breaks its schema in three places: a value outside the enum, a number for a text, and no `languageCode`.
WRONG_BODY = {
    "shoppingType": "STORE",
    "channel": "WEBAPP",
    "items": [{"itemNo": 90000001, "quantity": 2, "uom": "PIECE"}],
}
WRONG_PLACES = {("shoppingType",), ("items", 0, "itemNo"), ("languageCode",)}


@dataclass(frozen=True, slots=True)
class Server:
    """A mock that has started.

    Attributes:
        document: What it serves.
        operations: How many operations that has.
        url: Where.
    """

    document: Document
    operations: int
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what came of it.

    Attributes:
        api: The name of the API in the catalog.
        operation: The operation's Python name.
        call: The call as a user writes it, its values shortened.
        ok: Whether it went as it should.
        request: What was sent; None when nothing was.
        response: What came back; None when nothing did.
        error: The error that was raised, as text.
        problems: What the document objects to.
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


def steps(seed: int = 0) -> Iterator[Server | Step]:
    """Start a mock of each document and make the calls; a Server comes before the Steps that talk to it.

    Args:
        seed: The same seed gives the same answers.
    """
    from dynclient.mock.server import Mock  # brings a web server and openapi-core

    for api, calls in CALLS.items():
        document = load(api)
        with ExitStack() as stack:
            mock = stack.enter_context(Mock(document, seed=seed))
            transport = _Keeping()
            client = stack.enter_context(_client(document, mock.url, transport))
            yield Server(document, len(client.operations), mock.url)
            for name, arguments in calls:
                for label, body in _bodies(client[name].operation).items():
                    yield _call(api, client, name, arguments, body, label)
            if api == "order_capture":
                yield _wrong_call(api, client, transport.sent)
            yield from _left_out(api, client, {name for name, _ in calls})


class _Keeping(RequestsTransport):
    """Keeps what it sends, which shows that a refused call sends nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Request] = []

    def __call__(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        return super().__call__(request, timeout)


def _client(document: Document, url: str, transport: _Keeping) -> Client:
    """A client with a fake credential for each security scheme."""
    auth = {scheme: f"fake-{scheme}" for scheme in Api.of(document).schemes}
    return Client(document, server=url, auth=auth, transport=transport)


def _bodies(operation: Operation) -> dict[str, Any]:
    """The named examples of the body; a single one without a name where there is no body."""
    if operation.body is None:
        return {"": None}
    return documented(operation.document, operation.body.contents[0].node)


def _call(api: str, client: Client, name: str, arguments: tuple[Any, ...], body: Any, label: str) -> Step:
    values = [body if value is BODY else value for value in arguments]
    shown = ", ".join(label if value is BODY else show(value, 40) for value in arguments)
    call = f"client.{name}({shown})"
    try:
        response = getattr(client, name).send(*values)
    except DynclientError as error:
        problems = getattr(error, "problems", ())
        return Step(
            api, name, call, ok=False, request=getattr(error, "request", None), error=str(error), problems=problems
        )
    documented_status = client[name].operation.reply(response.status) is not None
    ok = documented_status and response.status < 400 and not response.problems
    return Step(api, name, call, ok, response.request, response, problems=response.problems)


def _wrong_call(api: str, client: Client, sent: list[Request]) -> Step:
    """A call that must be refused, for all of its faults and before anything is sent."""
    name, before = "create_checkout", len(sent)
    call = f"client.{name}({show(RETAIL_UNIT)}, {show(WRONG_BODY, 40)})"
    try:
        response = client.create_checkout(RETAIL_UNIT, WRONG_BODY)
    except InvalidRequest as error:
        ok = len(sent) == before and {problem.path for problem in error.problems} == WRONG_PLACES
        return Step(api, name, call, ok, error=error.headline, problems=error.problems)
    except DynclientError as error:
        return Step(api, name, call, ok=False, request=sent[-1], error=str(error))
    return Step(api, name, call, ok=False, request=sent[-1], error=f"was not refused; it gave {show(response)}")


def _left_out(api: str, client: Client, called: set[str]) -> Iterator[Step]:
    """A failed step for each operation that the table of calls does not have: the demo promises all of them."""
    for operation in client.operations.operations:
        if operation.python_name not in called:
            yield Step(api, operation.python_name, f"client.{operation.python_name}", ok=False, error="was not called")
