"""YAML, and every media type with the suffix `+yaml` (RFC 9512).

Values are written as JSON, which is valid YAML 1.2 (YAML 1.2.2, section 1.3) and leaves no processor room to take a text for a number.
Bodies are read by the core schema, as documents are: one document, no duplicate keys, a limit on aliases. Where the schema allows
nothing but text, the YAML stays as it is written.

This is a separate file, so that a program that sends no YAML does not load it.
"""

from __future__ import annotations

import re
from typing import Any

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.spec.limits import Limits
from dynclient.spec.yamlvalue import from_yaml
from dynclient.wire.codec import Payload, whole
from dynclient.wire.files import is_file, is_stream
from dynclient.wire.jsontext import dumps
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.rawbody import decoded_text, encoded_text, send_raw
from dynclient.wire.rules import Rules

#: Characters that JSON text may contain, but a YAML stream may not, or reads as line breaks (YAML 1.2.2, section 5.1).
_ESCAPED = lazy.pattern("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LIMITS = Limits(nodes=2_000_000)


class YamlCodec:
    """YAML documents, in UTF-8 unless the media type names another charset."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Write a document; a text or a file is sent as one that is already written."""
        if is_file(value) or is_stream(value):
            return send_raw(value, kind, rules)
        if not isinstance(value, str):
            value = _ESCAPED.sub(_escape, dumps(value).decode())
        return whole(kind.text, encoded_text(value, kind.charset))

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> Any:
        """Return the value of a document; its text where the schema allows nothing else."""
        text = decoded_text(content, kind.charset)
        if rules.shape.is_only("string"):
            return text
        try:
            return from_yaml("body", text, _LIMITS)[0]
        except SpecError as error:
            raise MediaError(f"is not YAML: {error.problems[0].message}") from None


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
