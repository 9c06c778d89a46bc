"""Everything about a call that is not in the document, as one frozen value."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dynclient import lazy
from dynclient.exchange import origin, redact_fields, redact_url, server_rule
from dynclient.tolerance import tolerated

#: `strict` raises what breaks the document, `warn` warns of it, `off` does not look.
Validation = Literal["strict", "warn", "off"]

_HERE = str(Path(__file__).parent)
_URL = lazy.pattern(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MODES = ("strict", "warn", "off")


class DynclientWarning(UserWarning):
    """A request or a reply breaks the document, and validation is set to `warn`."""


@dataclass(frozen=True, slots=True)
class Options:
    """How calls are made.

    Attributes:
        server: The server's URL, or the index, name or description of one of the document's servers; its first when None.
        server_variables: Values for the variables of the document's server; the default of each that is left out.
        timeout: Seconds to wait for a connection, and for each part of the answer.
        retries: How often a call that is safe to repeat is tried again after a broken connection or a 429, 502, 503 or 504.
        headers: Header fields for every request, in addition to those of the document.
        accept: The Accept header; built from the documented responses when None.
        validate_requests: What happens to arguments that break the document.
        validate_responses: What happens to replies that break the document.
        tolerate: Rules that may be broken, each as `RULE [OPERATION [PLACE]]`, such as `response/body/null`; see `dynclient.tolerance`.
        extra_query: Query parameters that the document does not have: text, a number, or a list of them.
        extra_body: Members to add to a body that is an object, whatever its schema says.
        redirects: Whether redirects are followed; if None, except those that the document describes for an operation without
            describing a success (2xx): they are its reply.
        follow_to: Other servers that redirects may take everything to that the API's own server gets: credentials, header fields,
            and bodies that hold secrets. URLs, of which scheme, host and port count.

    Raises:
        ValueError: A value is not allowed.
    """

    server: str | int | None = field(default=None, repr=False)
    server_variables: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    retries: int = 2
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accept: str | None = None
    validate_requests: Validation = "strict"
    validate_responses: Validation = "strict"
    tolerate: Iterable[Any] = ()
    extra_query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    redirects: bool | None = None
    follow_to: Iterable[str] = ()

    def __post_init__(self) -> None:
        for name in ("validate_requests", "validate_responses"):
            if getattr(self, name) not in _MODES:
                raise ValueError(f"{name} must be one of {', '.join(_MODES)}, not {getattr(self, name)!r}")
        if isinstance(self.tolerate, str | Mapping):
            raise ValueError(f"tolerate must be a list of rules, not {self.tolerate!r}")  # noqa: TRY004  as for all options
        object.__setattr__(self, "tolerate", tolerated(self.tolerate))
        if not self.timeout > 0:
            raise ValueError(f"timeout must be above 0 seconds, not {self.timeout!r}")
        if self.retries < 0:
            raise ValueError(f"retries must be 0 or more, not {self.retries!r}")
        if isinstance(self.server, str) and _URL.match(self.server) and (rule := server_rule(self.server)):
            raise ValueError(f"server must be {rule}, not {redact_url(self.server)!r}")
        if self.redirects not in (None, True, False):
            raise ValueError(f"redirects must be True, False or None, not {self.redirects!r}")
        if isinstance(self.follow_to, str):
            shown = redact_url(self.follow_to)
            raise ValueError(f"follow_to must be a list of URLs, not text: write [{shown!r}]")  # noqa: TRY004  as for all options
        object.__setattr__(self, "follow_to", tuple(self.follow_to))
        for url in self.follow_to:
            if not isinstance(url, str) or origin(url) is None:
                raise ValueError(f"follow_to must list http(s) URLs with a host, not {redact_url(str(url))!r}")

    @property
    def safe_headers(self) -> Mapping[str, str]:
        """The extra headers without credentials, for messages."""
        return dict(redact_fields(self.headers.items(), sent=True))


def warn(text: str) -> None:
    """Issue a DynclientWarning at the line of the caller's call: the first frame outside this package."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001  skip_file_prefixes needs Python 3.12
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, DynclientWarning, stacklevel=level)
