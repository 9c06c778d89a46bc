"""A Caller: how operations are called with one set of options, as flows.

A flow (`dynclient.send.flow`) does no I/O itself, so the blocking and the async client share everything here; they only say how a flow is run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dynclient.api.links import LinkedCall, linked_call
from dynclient.api.operation import Operation
from dynclient.api.pages import Paging
from dynclient.api.plan import Plan, plan_of
from dynclient.api.prepare import Prepared, prepare
from dynclient.api.read import read
from dynclient.api.unpack import body_secrets
from dynclient.consequences import Consequences
from dynclient.errors import InvalidRequest
from dynclient.exchange import Headers, Request, Response
from dynclient.extras import needs
from dynclient.live.notices import SIGNS, notice
from dynclient.options import Options, warn
from dynclient.origins import origin
from dynclient.problem import Problem
from dynclient.retries import IDEMPOTENT
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import after_401, signed_anew
from dynclient.send.attempts import send
from dynclient.send.flow import Ask, Flow, Send, hooked, in_turn, plainly, steered
from dynclient.send.progress import CountedBody
from dynclient.send.redirects import Redirects, has_body_still, turned
from dynclient.wire.files import ONLY_ASYNC

if TYPE_CHECKING:
    from dynclient.live.core import Core

_LOG = logging.getLogger("dynclient")
_LOG.addHandler(logging.NullHandler())  # a library says nothing on the terminal unless it is asked to
#: How often credentials are renewed in one call: for its target, and for one that a redirect leads to.
_RENEWALS = 2

#: The arguments of a call: parameters, body, and what is wrong with them.
Given = tuple[Mapping[Any, Any], Any, list[Problem]]


class Caller:
    """Calls operations with one set of options.

    Args:
        core: What all copies of the client share.
        options: The options.
        awaits: Whether a body may be one that is awaited.
        link: Makes a link of a reply something to call, from its name and from what gives the call.
    """

    def __init__(
        self, core: Core, options: Options, *, awaits: bool, link: Callable[[str, Callable[[], LinkedCall]], Any]
    ) -> None:
        self.consequences = Consequences(options, core.settings, core.count)
        self._core = core
        self._options = options
        self._awaits = awaits
        self._link = link
        self._plans: dict[Operation, Plan] = {}
        self._planned = core.api

    def prepare(self, operation: Operation, given: Given) -> Request:
        """The request that calls an operation; what is wrong with it is raised, or followed by what the options say."""
        return self.consequences.of_request(operation, *self._prepared(operation, given), given[2])

    def _plan(self, operation: Operation) -> Plan:
        """Make the plan of an operation, and keep it as long as the Api stays the same."""
        core = self._core
        if self._planned is not core.api:
            self._plans, self._planned = {}, core.api
        plan = self._plans[operation] = plan_of(operation, self._options, core.credentials_for(operation))
        if operation.deprecated and core.is_first("deprecated", operation.key):
            warn(f"{operation.id}: the document deprecates it")
        return plan

    def _prepared(self, operation: Operation, given: Given) -> Prepared:
        options, plan = self._options, self._plans.get(operation)
        if plan is None or plan.settings != (options.headers, options.server_variables):
            plan = self._plan(operation)
        return prepare(operation, given[0], given[1], options=options, credentials=plan.credentials, plan=plan)

    def _exchange(
        self, operation: Operation, given: Given, paging: Paging | None = None, *, unread: bool = False
    ) -> Flow[Response]:
        """The reply to a request; after a 401, the reply to the same request with renewed credentials."""
        core, options = self._core, self._options
        started = perf_counter()
        if core.life.closed:
            raise RuntimeError(
                "this client is closed: close() was called, or its `with` block has ended; make a new one"
            )
        keyed = bool(options.retry.idempotency_key) and operation.method not in IDEMPOTENT
        if keyed:
            given = self._keyed(operation, given)
        if core.credentials.asks:  # somebody may have to be waited for
            prepared = yield Ask(partial(self._prepared, operation, given))
        else:
            prepared = self._prepared(operation, given)
        request, problems = prepared
        if request is None or problems or given[2]:
            request = self.consequences.of_request(operation, request, problems, given[2])
        if getattr(request.body, "is_async", False) and not self._awaits:
            raise InvalidRequest(f"{operation.id}: the body cannot be sent", [Problem("body", (), "type", ONLY_ASYNC)])
        if unread:
            request = replace(request, unread=True)
        if keyed:
            request = self._with_key(request)
        if paging is not None and paging.url is not None:
            request = yield from self._turned(operation, request, paging)
        if options.progress is not None:
            body = request.body and CountedBody(request.body, operation.id, options.progress)
            request = replace(request, body=body, progress=options.progress)
        ways = partial(self._redirects, operation), partial(self._signed, operation)
        flow = send(request, options.wait, options.retry, *ways)
        response = yield from (self._steered(flow) if options.is_steered else flow)
        if core.shadow is not None:
            core.shadow.see(response.request or request, response)
        if not SIGNS.isdisjoint(response.headers.lowered):
            self._heed(operation, response)
        plan = self._plans.get(operation)
        if response.status == 401 or plan is None or plan.added is None:  # else credentials are the same for every call
            response = yield from self._learnt(operation, request, response, started)
        if _LOG.isEnabledFor(logging.DEBUG):
            _log_call(operation, response, started)
        return response

    def _heed(self, operation: Operation, response: Response) -> None:
        """Warn, once, of the end of an operation that its server announces."""
        text = notice(response)
        if text and self._core.is_first("notice", operation.key):
            warn(f"{operation.id}: {text}")

    @staticmethod
    def _traced(flow: Flow[Response], operation: Operation) -> Flow[Response]:
        """A call as a span of OpenTelemetry.

        Raises:
            MissingExtra: OpenTelemetry is not installed.
        """
        with needs("otel", "Options(telemetry=True)"):
            from dynclient.telemetry import traced
        return traced(flow, operation)

    def _steered(self, flow: Flow[Response]) -> Flow[Response]:
        """A flow whose requests wait for their turn, and go through the hooks of the options."""
        options = self._options
        sending: Callable[[Send], Flow[Response]] = plainly
        if options.on_request is not None or options.on_response is not None:
            sending = partial(hooked, on_request=options.on_request, on_response=options.on_response)
        if options.throttle is not None:
            pace = self._core.pace(options.throttle)
            sending = partial(in_turn, pace=pace, most=options.retry.max_wait, sending=sending)
        return steered(flow, sending)

    def _keyed(self, operation: Operation, given: Given) -> Given:
        """The arguments with an idempotency key, if the document has a parameter for it that is not given."""
        arguments, body, problems = given
        name = self._options.retry.key_field.lower()
        key = next((key for key in operation.by_key if key[0] == "header" and key[1].lower() == name), None)
        if key is None or not isinstance(arguments, Mapping) or {key, key[1]} & arguments.keys():
            return given
        return {**arguments, key: str(uuid4())}, body, problems

    def _with_key(self, request: Request) -> Request:
        """The request with an idempotency key, if it has none."""
        name = self._options.retry.key_field
        if name in request.headers:
            return request
        return replace(request, headers=Headers([*request.headers.fields, (name, str(uuid4()))]))

    def _turned(self, operation: Operation, request: Request, paging: Paging) -> Flow[Request]:
        """The request for a page whose URL the page before gave."""
        reply, url = paging.reply, paging.url
        if reply is None or url is None:
            return request
        found = turned(request, url, reply, self._redirects(operation))
        if found is None:
            raise paging.wrong((), "the URL of the next page is not an http(s) URL", "the pages before it are complete")
        if not found.headers.get("Authorization", "").startswith("Digest "):
            return found
        signed: Request = yield Ask(partial(self._signed, operation, found))
        return signed

    def paging(self, operation: Operation, given: Given) -> Paging:
        """The pages of a call, before its first."""
        if given[2]:
            raise InvalidRequest(f"{operation.id}: the request breaks the document", given[2])
        return Paging(operation, self._options.pagination, dict(given[0]), given[1], self._options.max_pages)

    def page(self, paging: Paging) -> Flow[Response | None]:
        """The next page; None after the last one."""
        if not paging.turn():
            return None
        response = yield from self.sent(paging.operation, (paging.arguments, paging.body, []), paging)
        if response.status == 404 and paging.is_counted:
            return None  # there is no page after the last one
        self.consequences.of_reply(paging.operation, response)
        paging.took(response)
        return response

    def _learnt(self, operation: Operation, request: Request, response: Response, started: float) -> Flow[Response]:
        """The reply, after the credentials have learnt from it; a 401 is answered with renewed ones."""
        if response.status == 401:
            response = yield from self._renewed(operation, request, response, started)
        if response.status != 401 and "Authentication-Info" in response.headers:
            self._core.credentials_for(operation).follow((response.request or request).url, response.headers)
        return response

    def _renewed(self, operation: Operation, request: Request, response: Response, started: float) -> Flow[Response]:
        """The reply to the same request with renewed credentials; the 401 itself when there is nothing to renew.

        A redirect may lead to another target that refuses what the first one took.
        """
        core, options, refused = self._core, self._options, set[str]()
        while response.status == 401 and len(refused) < _RENEWALS:
            request = response.request or request
            if request.url in refused:
                break
            refused.add(request.url)
            renew = partial(after_401, *self._ways(operation), request, response, **self._for(operation))
            again = (yield Ask(renew)) if core.credentials.asks else renew()
            if again is None or not has_body_still(again):
                break  # the caller may send the body once more, with what was renewed
            request, ways = again, (partial(self._redirects, operation), partial(self._signed, operation))
            flow = send(request, options.wait, options.retry, *ways, started=started)
            response = yield from (self._steered(flow) if options.is_steered else flow)
        return response

    def _signed(self, operation: Operation, request: Request) -> Request:
        """A request with the signature of its own target, where a signature covers that."""
        return signed_anew(*self._ways(operation), request, **self._for(operation))

    def _ways(self, operation: Operation) -> tuple[Any, Any, Credentials]:
        return operation.security, operation.schemes, self._core.credentials_for(operation)

    def _for(self, operation: Operation) -> dict[str, Any]:
        """What the credentials of an operation are for."""
        server = (self._plans.get(operation) or self._plan(operation)).server
        return {"server": server, "timeout": self._options.wait}

    def _redirects(self, operation: Operation) -> Redirects:
        """Which redirects of an operation's replies are followed, and what they may carry."""
        wanted = self._options.redirects
        is_reply = operation.is_answered_by if wanted is None else lambda _: not wanted
        trusted = frozenset(filter(None, map(origin, self._options.follow_to)))
        return Redirects(is_reply, trusted, lambda request: bool(body_secrets(operation, request)), operation.versioned)

    def sent(self, operation: Operation, given: Given, paging: Paging | None = None) -> Flow[Response]:
        """The reply, read by the document, whatever its status and its problems."""
        flow = self._exchange(operation, given, paging)
        answer = yield from (self._traced(flow, operation) if self._options.telemetry else flow)
        response = read(operation, answer, validate=self._options.validate_responses != "off")
        if response.problems:
            self.consequences.note("response", operation, response.problems)
        reply = operation.reply(response.status)
        if reply is None or not reply.links:
            return response
        siblings = operation.siblings or self._core.api.operations
        calls = {name: partial(linked_call, siblings, node, operation, response) for name, node in reply.links.items()}
        return replace(response, links={name: self._link(name, call) for name, call in calls.items()})

    def called(self, operation: Operation, given: Given) -> Flow[Any]:
        """The value of the reply; errors as the options say."""
        response = yield from self.sent(operation, given)
        plainly = response.status < 400 and not response.problems
        return response.data if plainly else self.consequences.of_reply(operation, response)

    def opened(self, operation: Operation, given: Given) -> Flow[Response]:
        """The reply without its body, which stays on the wire; that of an error is read, and raised."""
        flow = self._exchange(operation, given, unread=True)
        response = yield from (self._traced(flow, operation) if self._options.telemetry else flow)
        if response.status >= 400:
            self.consequences.of_reply(operation, read(operation, response))
        return response


def _log_call(operation: Operation, response: Response, started: float) -> None:
    size = f"{len(response.content)} bytes" if response.body is None else "a stream"
    _LOG.debug("%s: %d in %.0f ms, %s", operation.id, response.status, 1000 * (perf_counter() - started), size)
