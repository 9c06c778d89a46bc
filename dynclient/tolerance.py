"""Rules: the ids of what can be wrong with an exchange, and which of them a caller tolerates.

The id of a rule is `SIDE/PART/KEYWORD`: `response/body/format`, `request/query/unknown`. It is made from a Problem, so that a live call, a
recording and the mock server speak of the same thing by the same name. `response/status` has no keyword.

A tolerance names rules, and may name operations and places, each with the wildcards of a shell: `response/body/null`,
`response/body/* getUser`, `response/body/format * /items/*/birthday`. In a file it may also be a table with these three members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dynclient.configuration import SettingsError, read_settings
from dynclient.names import nearest
from dynclient.problem import Problem

Side = Literal["request", "response"]
#: The side of a finding in recorded traffic; `exchange` where it is neither, as for a file that cannot be read.
ExchangeSide = Literal["request", "response", "exchange"]

Severity = Literal["error", "warning", "info", "hint"]
#: The severities of what traffic shows, the gravest first.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info", "hint")

_MEMBERS = ("rule", "operation", "place")
_PARTS = {
    "request": ("path", "query", "querystring", "header", "cookie", "body", "security", "method"),
    "response": ("status", "header", "body"),
}
#: What a problem's keyword may be: the assertions of JSON Schema, and words of ours.
_KEYWORDS = (
    *("type", "enum", "const", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    *("required", "dependentRequired", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"),
    *("propertyNames", "contains", "minContains", "maxContains", "not", "anyOf", "oneOf", "false", "discriminator"),
    *("null", "unknown", "style", "media-type", "schema", "security", "empty"),
)
#: What recorded traffic shows beside the problems of a call: bodies that are not described, and what is described and should not be there.
_OF_TRAFFIC = ("undocumented", "deprecated", "readOnly", "writeOnly", "credential")


class Tolerated(NamedTuple):
    """What a caller puts up with.

    Attributes:
        rule: The id of a rule; `*` stands for any text.
        operation: The operationId.
        place: The JSON pointer of the value in its part.
    """

    rule: str
    operation: str = "*"
    place: str = "*"

    def covers(self, rule: str, operation: str, place: str) -> bool:
        """Whether it speaks of this rule, in this operation, at this place."""
        pairs = (rule, self.rule), (operation, self.operation), (place, self.place)
        return all(fnmatchcase(text, pattern) for text, pattern in pairs)


def rule_of(side: Side, problem: Problem) -> str:
    """Return the id of the rule that a problem breaks.

    >>> rule_of("response", Problem("body", ("name",), "media type"))
    'response/body/media-type'
    """
    if problem.where == "status":
        return f"{side}/status"
    return f"{side}/{problem.where}/{problem.keyword.replace(' ', '-')}"


def is_warning(side: Side, problem: Problem, status: int) -> bool:
    """Whether a problem is no more than a warning: a success whose status the document does not list has data all the same."""
    return side == "response" and problem.where == "status" and 200 <= status < 300


def tolerated(items: Iterable[Any]) -> tuple[Tolerated, ...]:
    """Read tolerances.

    Args:
        items: Each as text, `RULE [OPERATION [PLACE]]`, or as a mapping with the members `rule`, `operation` and `place`.

    Raises:
        ValueError: There is no such rule, or it is written in another way.
    """
    return tuple(map(_read, items))


def _read(item: Any) -> Tolerated:
    if isinstance(item, Tolerated):
        return item
    if isinstance(item, str) and item.strip():
        return _known(Tolerated(*item.split(None, 2)))
    if isinstance(item, Mapping) and "rule" in item and all(isinstance(text, str) for text in item.values()):
        unknown = sorted(item.keys() - set(_MEMBERS))
        if not unknown:
            return _known(Tolerated(**item))
        raise ValueError(f"tolerate: there is no member {unknown[0]!r}; there are {', '.join(_MEMBERS)}")
    raise ValueError(
        f"tolerate: {item!r} is not a rule, written 'RULE [OPERATION [PLACE]]', such as 'response/body/null'"
    )


def _known(found: Tolerated) -> Tolerated:
    if hint := no_rule(found.rule):
        raise ValueError(f"tolerate: there is no rule {found.rule!r}: {hint}")
    return found


def no_rule(pattern: str) -> str:
    """Return a hint if no rule fits a text with the wildcards of a shell; else ""."""
    if any(fnmatchcase(rule, pattern) for rule in _all_rules()):
        return ""
    if fnmatchcase(pattern, "*/status/*"):
        return "did you mean response/status, which has no third part?"
    if any(fnmatchcase(rule, f"{pattern}/*") for rule in _all_rules()):
        return f"did you mean {pattern}/*?"
    return nearest(pattern, _all_rules()) or f"a rule is SIDE/PART/KEYWORD, such as {_EXAMPLES}"


#: The rules without a keyword, or without the parts of a message.
_WHOLE = (
    *("response/status", "request/operation/deprecated", "exchange/server/unknown"),
    *("recording/file", "recording/syntax", "recording/entry", "recording/coding"),
)
_EXAMPLES = "response/body/null, response/status or request/query/unknown"


@lru_cache(1)
def _all_rules() -> tuple[str, ...]:
    """Return the id of every rule."""
    parts = [(side, part) for side, names in _PARTS.items() for part in names if part != "status"]
    words = (*_KEYWORDS, *_OF_TRAFFIC)
    return (
        "response/status",
        "request/operation/deprecated",
        *(f"{side}/{part}/{word}" for side, part in parts for word in words),
    )


class Tolerance:
    """What a client tolerates, compiled.

    Args:
        items: As for `tolerated`.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = tolerated(items)
        self._known: Callable[[str, str, str], bool] = lru_cache(1024)(
            self._covers
        )  # servers break the same rule in every reply

    def _covers(self, rule: str, operation: str, place: str) -> bool:
        return any(item.covers(rule, operation, place) for item in self._items)

    def covers(self, side: Side, operation: str, problem: Problem) -> bool:
        """Whether a problem of an operation is tolerated."""
        return self._known(rule_of(side, problem), operation, problem.pointer)


def from_settings(path: Path, api: str) -> tuple[Tolerated, ...]:
    """Read what a file of settings tolerates: the list `tolerate` at the top for every API, and in the table `[apis.NAME]` for one.

    Args:
        path: The file, in TOML.
        api: The API's name in the catalog, or its title.

    Raises:
        ValueError: The file cannot be read, or holds something else.
    """
    settings = read_settings(path)
    try:
        return tuple(found for table in (settings.data, settings.api(api)) for found in tolerated(_list(table)))
    except SettingsError:
        raise
    except ValueError as error:
        raise settings.error(str(error), "tolerate") from None


def _list(table: Any) -> list[Any]:
    found = table.get("tolerate", [])
    if not isinstance(found, list):
        raise ValueError(f"tolerate: {found!r} is not a list of rules")  # noqa: TRY004  one kind of error for a file
    return found
