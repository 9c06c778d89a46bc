"""What a server says of the end of an operation: Deprecation (RFC 9745), Sunset (RFC 8594), and a link to its successor (RFC 5829)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from dynclient import lazy
from dynclient.exchange import Response
from dynclient.redaction import redact_url

#: The fields of a reply that may say so, in lower case.
SIGNS = frozenset({"deprecation", "sunset", "link"})
_SUCCESSOR = lazy.pattern(r"<([^>]*)>[^,<]*;\s*rel=(?:\"[^\"]*\bsuccessor-version\b[^\"]*\"|successor-version\b)")


def notice(response: Response) -> str:
    """Return what a reply says of the end of its operation, in words that follow its name; "" when it says nothing."""
    return ", ".join(_facts(response))


def _facts(response: Response) -> Iterator[str]:
    deprecation, sunset = response.headers.get("Deprecation", ""), response.headers.get("Sunset", "")
    if deprecation and deprecation.strip().lower() not in ("false", "?0"):
        day = _day(deprecation)
        yield f"the server deprecates it{f' as of {day}' if day else ''}"
    if sunset:
        yield f"it will be gone after {_day(sunset) or repr(sunset)}"
    successor = _SUCCESSOR.search(response.headers.get("Link", ""))
    if successor:
        yield f"its successor is {redact_url(successor[1])}"


def _day(text: str) -> str:
    """Return the day of a date of structured fields (RFC 9651, `@1688169599`) or of HTTP; "" for anything else."""
    from email.utils import parsedate_to_datetime  # slow to import, and few servers announce an end

    try:
        if text.startswith("@"):
            return datetime.fromtimestamp(int(text[1:]), UTC).date().isoformat()
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
