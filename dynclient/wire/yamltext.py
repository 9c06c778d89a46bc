"""YAML, and every media type with the suffix `+yaml` (RFC 9512).

Written is JSON, which YAML 1.2 takes in whole (YAML 1.2.2, section 1.3): no processor can take a text for a number there. Read is the
core schema, as for documents: one document, no duplicate keys, aliases counted. Where the schema says text, and nothing but text,
the YAML stays as it is written.
"""

from __future__ import annotations

import re
from typing import Any

from dynclient import lazy
from dynclient.spec.jsonvalue import Limits, Unreadable
from dynclient.spec.yamlvalue import from_yaml
from dynclient.wire import binary, jsontext, plaintext
from dynclient.wire.codec import Payload, Rules, whole
from dynclient.wire.files import is_file, is_stream
from dynclient.wire.mediatype import MediaError, MediaType

#: What may stand in a JSON text, but not in a YAML stream, or would be a line break there (YAML 1.2.2, section 5.1).
_ESCAPED = lazy.pattern("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LIMITS = Limits(nodes=2_000_000)


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """A YAML document, in UTF-8 unless the media type names another charset; a text is taken for one that is already written."""
    if is_file(value) or is_stream(value):
        return binary.encode(value, kind, rules)
    if not isinstance(value, str):
        value = _ESCAPED.sub(_escape, jsontext.dumps(value).decode())
    return whole(kind.text, plaintext.to_bytes(value, kind.charset))


def decode(content: bytes, kind: MediaType, rules: Rules) -> Any:
    """The value of a YAML document in the charset of the media type; its text where the schema says text."""
    text = plaintext.from_bytes(content, kind.charset)
    if rules.shape.is_only("string"):
        return text
    try:
        return from_yaml(text, _LIMITS)[0]
    except Unreadable as error:
        raise MediaError(f"is not YAML: {error.described('body')}") from None


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
