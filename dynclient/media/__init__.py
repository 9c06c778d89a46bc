"""Bodies: a value to bytes and back, per media type, encode beside decode.

    value, media type, rules --payload--> Content-Type, bytes or chunks of bytes, length
    bytes, media type, rules --decode---> value
    chunks, media type, rules --items---> value, value, ...     of a sequential media type

A family of media types is a module here and an entry in `CODECS` (codec.py); the first entry that takes a media type is used. To add a family is
to add both.
"""

from dynclient.media.choice import choose
from dynclient.media.codec import (
    CODECS,
    NO_RULES,
    Body,
    Broken,
    Codec,
    Feeder,
    Payload,
    Rules,
    decode,
    encode,
    is_sequential,
    items,
    may_be_empty,
    payload,
)
from dynclient.media.files import Chunks, File, Upload, holds_file, is_file, outline, plain
from dynclient.media.mediatype import MediaError, MediaType, accept_header, best, negotiate, parse

__all__ = [
    "CODECS",
    "NO_RULES",
    "Body",
    "Broken",
    "Chunks",
    "Codec",
    "Feeder",
    "File",
    "MediaError",
    "MediaType",
    "Payload",
    "Rules",
    "Upload",
    "accept_header",
    "best",
    "choose",
    "decode",
    "encode",
    "holds_file",
    "is_file",
    "is_sequential",
    "items",
    "may_be_empty",
    "negotiate",
    "outline",
    "parse",
    "payload",
    "plain",
]
