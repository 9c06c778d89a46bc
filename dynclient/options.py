"""Everything about a call that is not in the document, as one frozen value."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dynclient.exchange import redact_fields

#: `strict` raises what breaks the document, `warn` warns of it, `off` does not look.
Validation = Literal["strict", "warn", "off"]

_MODES = ("strict", "warn", "off")


class DynclientWarning(UserWarning):
    """What breaks the document, where validation is set to `warn`."""


@dataclass(frozen=True, slots=True)
class Options:
    """How calls are made.

    Attributes:
        server: The server's URL; the document's first server when None.
        timeout: Seconds to wait for a connection, and for each part of the answer.
        retries: How often a call that is safe to repeat is tried again after a broken connection or a 429, 502, 503 or 504.
        headers: Header fields for every request, beside those of the document.
        accept: The Accept header; made from the documented responses when None.
        validate_requests: What happens to arguments that break the document.
        validate_responses: What happens to replies that break the document.
        engine: The JSON Schema engine: `jsonschema-rs` or `jsonschema`; the first that is installed when None.

    Raises:
        ValueError: A value is none of those that are allowed.
    """

    server: str | None = None
    timeout: float = 30.0
    retries: int = 2
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accept: str | None = None
    validate_requests: Validation = "strict"
    validate_responses: Validation = "strict"
    engine: str | None = None

    def __post_init__(self) -> None:
        for name in ("validate_requests", "validate_responses"):
            if getattr(self, name) not in _MODES:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it is one of {', '.join(_MODES)}")
        if not self.timeout > 0:
            raise ValueError(f"timeout is {self.timeout!r}; it is a number of seconds above 0")
        if self.retries < 0:
            raise ValueError(f"retries is {self.retries!r}; it is 0 or more")
        if self.server is not None and not self.server.startswith(("http://", "https://")):
            raise ValueError(f"server is {self.server!r}; it starts with http:// or https://")

    @property
    def safe_headers(self) -> Mapping[str, str]:
        """The extra headers without credentials, for messages."""
        return dict(redact_fields(self.headers.items()))


def warn(text: str) -> None:
    """Warn of what breaks the document, at the line of the caller's call."""
    warnings.warn(text, DynclientWarning, stacklevel=5)
