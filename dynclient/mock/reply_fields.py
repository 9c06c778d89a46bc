"""The header fields that a served reply has: those that the document describes, with its own examples or made values.

Fields that tell a client what to do next are invented only where the document requires them: a made `Link` sends those who ask for pages in a
circle, a made `Location` on to a server that is not there, and a made `Retry-After` to sleep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dynclient.api.described import Parameter, Reply
from dynclient.errors import SpecError
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import documented, generate
from dynclient.spec.document import Document
from dynclient.wire import mediatype
from dynclient.wire.params import encode_text
from dynclient.wire.scalar import ParamError

#: The fields that say how a body is carried, which are not the document's to say.
_FRAMING = frozenset({
    "connection", "content-encoding", "content-length", "content-range", "content-type", "date", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
#: The fields that make a client go elsewhere, come again, wait, keep something or warn.
_STEERING = frozenset({
    "accept-ranges", "age", "alt-svc", "authentication-info", "cache-control", "clear-site-data", "deprecation", "expires", "link",
    "proxy-authenticate", "ratelimit", "refresh", "retry-after", "set-cookie", "strict-transport-security", "sunset", "vary",
    "www-authenticate",
})  # fmt: skip


class ReplyFields(NamedTuple):
    """The header fields of a reply, and a note for each required one that has no value."""

    fields: list[tuple[str, str]]
    notes: tuple[str, ...]


def reply_fields(document: Document, reply: Reply, status: int, seed: str) -> ReplyFields:
    """Return the header fields of a documented reply.

    Args:
        document: The document.
        reply: The reply.
        status: Its status: a redirect gets no invented `Location`.
        seed: The same seed gives the same values.
    """
    fields, notes = [], []
    for header in reply.headers:
        name = header.wire.name
        if name.lower() in _FRAMING or not mediatype.TOKEN.match(name):
            continue
        if not header.required and _steers(name.lower(), status):
            continue
        try:
            fields.append((name, _text(document, reply, header, f"{seed}/{name}")))
        except (ExampleError, ParamError, SpecError) as error:
            if header.required:
                notes.append(f"the header field {name} has no value: {error}")
    return ReplyFields(fields, tuple(notes))


def _steers(name: str, status: int) -> bool:
    return name in _STEERING or name.endswith("-reset") or (name == "location" and status // 100 == 3)


def _text(document: Document, reply: Reply, header: Parameter, seed: str) -> str:
    """Return the text of a field: the first example of the document that fits, else a made value.

    Raises:
        ExampleError: No value fits its schema.
        ParamError: Its style cannot carry the value.
        SpecError: The document does not say what it is.
    """
    for example in _examples(document, reply, header):
        if not header.problems(example):
            return encode_text(header.wire, example)
    return encode_text(header.wire, generate(header.schema, seed, full=False))


def _examples(document: Document, reply: Reply, header: Parameter) -> Iterator[Any]:
    node = reply.header_nodes[header.wire.name]
    yield from documented(document, node).values()
    for _, content in node.child("content").children():
        yield from documented(document, document.follow(content)).values()
