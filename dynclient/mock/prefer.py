"""Which of the documented answers is wanted: by Prefer and Accept, else the first success."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from dynclient.api.described import Content, Reply
from dynclient.api.operation import Operation
from dynclient.mock.refusal import RefusedError
from dynclient.problem import Problem
from dynclient.schema.maker import documented


@dataclass(frozen=True, slots=True)
class Preference:
    """What a request asks for beside the usual answer.

    Attributes:
        code: The status, or None.
        example: The name of the example, or "".
    """

    code: int | None = None
    example: str = ""


def preference(text: str) -> Preference:
    """What a Prefer header asks for (RFC 7240): `code=404`, `example=NAME`; other preferences are left aside."""
    pairs = (item.partition("=") for item in text.replace(";", ",").split(","))
    wishes = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    code = wishes.get("code", "")
    return Preference(int(code) if code.isdigit() else None, wishes.get("example", ""))


def chosen_reply(operation: Operation, wish: Preference) -> tuple[int, Reply]:
    """The status and the reply that is wished for, else the first success, else whatever is documented."""
    if wish.code is not None:
        reply = operation.reply(wish.code)
        if reply is None or not 200 <= wish.code <= 599:
            known = ", ".join(operation.replies)
            raise RefusedError(
                400, Problem("header", ("Prefer",), "unknown", f"{wish.code} is not documented", f"documented: {known}")
            )
        return wish.code, reply
    if wish.example:
        for key, reply in operation.replies.items():
            if any(wish.example in documented(operation.document, content.node) for content in reply.contents.values()):
                return _status_of(key), reply
    for key, reply in sorted(operation.replies.items(), key=lambda item: (item[0][:1] != "2", item[0])):
        return _status_of(key), reply
    raise RefusedError(500, Problem("document", (), "responses", "the operation documents no responses"))


def _status_of(key: str) -> int:
    """A status for a key of the document: `200`, `4XX`, `default`."""
    return int(key) if key.isdigit() else int(key[0]) * 100 if key[:1].isdigit() else 200


def negotiated(reply: Reply, accept: str) -> Content:
    """The content that the client accepts best (RFC 9110, section 12.5.1)."""
    offered = list(reply.contents)
    chosen = parse_accept_header(accept, MIMEAccept).best_match(offered) if accept else offered[0]
    if chosen is None:
        raise RefusedError(
            406, Problem("header", ("Accept",), "unknown", "none of these is offered", ", ".join(offered))
        )
    return reply.contents[chosen]
