"""The webhooks of a client: requests that the API makes, judged by the version that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.api.unpack import unpack
from dynclient.api.verdict import Verdict
from dynclient.catalog.ordering import is_range
from dynclient.catalog.shelves import fault
from dynclient.errors import SpecError
from dynclient.exchange import Exchange, Request
from dynclient.problem import Problem, show
from dynclient.wire import codec
from dynclient.wire.mediatype import MediaError

if TYPE_CHECKING:
    from dynclient.live.core import Core


class Webhooks(Mapping[str, Operation]):
    """The operations that the API calls at its client, by name, and the judge of what arrives.

    Args:
        core: What the copies of a client share.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def __repr__(self) -> str:
        return repr(self._now)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations in the document's order."""
        return self._now.operations

    @property
    def _now(self) -> Operations:
        return self._core.api.webhooks

    def judge(self, request: Request, name: str | None = None) -> Verdict:
        """Judge a request to a webhook: by the version that its body names, where `webhook_version` in dynclient.toml says where.

        Args:
            request: The request as it arrived.
            name: The webhook; without it, the one that the request fits best.

        Raises:
            UnknownOperation: The document has no such webhook.
        """
        exchange = Exchange(request, None, "webhook")
        try:
            hooks = self._named_version(request)
        except SpecError as error:
            problems = tuple(replace(each, message=f"{error.headline}: {each.message}") for each in error.problems)
            return Verdict(exchange, "", problems, (), self._core.api.secrets)
        found = (
            [hooks[name]] if name is not None else [each for each in hooks.operations if each.method == request.method]
        )
        judged = [(tuple(unpack(each, request)[2]), each) for each in found]
        if not judged:
            problem = Problem("method", (), "unknown", f"the document has no webhook for {request.method}")
            return Verdict(exchange, "", (problem,), (), self._core.api.secrets)
        problems, operation = min(judged, key=lambda pair: len(pair[0]))
        return Verdict(exchange, operation.id, problems, (), operation.secrets)

    def _named_version(self, request: Request) -> Operations:
        """The webhooks of the version that an event names; of the client's own where it names none."""
        pointer = self._core.api.document.placed.webhook_version
        if not pointer:
            return self._now
        try:
            value = codec.decode(request.content, request.headers.get("Content-Type", "application/json"))
        except (MediaError, ValueError):
            return self._now  # which says what is wrong with the body
        for token in pointer.split("/")[1:]:
            value = value.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(value, Mapping) else None
        if not isinstance(value, str):
            return self._now
        if is_range(value):  # the sender's text must not choose among versions
            raise fault("cannot judge the event", f"it names {show(value)} as its version")
        return self._core.version(value).webhooks

    def __getitem__(self, name: str) -> Operation:
        return self._now[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def __contains__(self, name: object) -> bool:
        return name in self._now

    def get(self, name: str, default: Any = None) -> Any:
        """The webhook of a name; the default when there is none."""
        return self._now.get(name, default)
