"""Bytes as they are: images, sounds, archives, and every media type that nothing else is known of."""

from __future__ import annotations

from typing import Any

from dynclient.wire.codec import Payload, Rules, whole
from dynclient.wire.files import Chunks, as_described, sources_of, upload_of
from dynclient.wire.mediatype import MediaError, MediaType


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """The bytes of a file, read in chunks as they are sent, in base64 where the schema says so; a text in its charset."""
    if isinstance(value, str):
        try:
            return whole(kind.text, value.encode(kind.charset))
        except (LookupError, ValueError) as error:
            raise MediaError(f"has no form in {kind.charset}: {error}") from None
    found = upload_of(value, rules.shape)
    if found is None:
        raise MediaError(f"{kind.kind} takes bytes, a file or text, not {type(value).__name__}")
    source = as_described(sources_of(found.data), rules.shape)
    if isinstance(source, bytes):
        return whole(kind.text, bytes(source))
    chunks = Chunks([source])
    return Payload(kind.text, chunks, chunks.length) if chunks.length != 0 else whole(kind.text, b"")


def decode(content: bytes, _: MediaType, __: Rules) -> bytes:
    """The bytes."""
    return content
