"""Ratings: how grave a finding is and who is at fault, and what the user silences or rates anew.

In `dynclient.toml`, for every API or in the table of one:

    [[traffic]]
    rule = "response/body/format"     # with the wildcards of a shell, as everything here; without it, every rule
    severity = "off"                  # or error, warning, info, hint
    operation = "getPet*"
    path = "/pets/*"                  # the path template of the operation
    place = "/items/*/birthday"       # the JSON pointer of the value in its part
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from dynclient.configuration import SettingsError, read_settings
from dynclient.tolerance import SEVERITIES, ExchangeSide, Severity, no_rule
from dynclient.traffic.report import AtFault

#: The severities of rules, by the whole id or by its last word; everything else is an error.
_SEVERITIES: Mapping[str, Severity] = {
    "request/path/unknown": "error",
    "request/method/unknown": "error",
    "request/query/unknown": "warning",
    "request/querystring/unknown": "warning",
    "request/operation/deprecated": "info",
    "unknown": "hint",
    "format": "warning",
    "deprecated": "info",
    "readOnly": "warning",
    "writeOnly": "warning",
    "undocumented": "warning",
    "credential": "warning",
}
_NARROWING = ("rule", "operation", "path", "place")
_MEMBERS = (*_NARROWING, "severity")

Rating = Literal["error", "warning", "info", "hint", "off"]


class Rated(NamedTuple):
    """A severity that a user gives to a rule.

    Attributes:
        rule: The id of the rule; `*` stands for any text, here and below.
        severity: The severity; `off` silences it.
        operation: The operationId.
        path: The path template of the operation.
        place: The JSON pointer of the value in its part.
    """

    rule: str
    severity: Rating
    operation: str = "*"
    path: str = "*"
    place: str = "*"


class Ratings:
    """How grave findings are.

    Args:
        rated: What the user rates; of several that fit, the last one counts.
    """

    def __init__(self, rated: Iterable[Rated] = ()) -> None:
        self.rated = tuple(rated)
        self.rating = lru_cache(4096)(self._rating)

    def __reduce__(self) -> tuple[Any, ...]:
        return Ratings, (self.rated,)

    def _rating(self, rule: str, operation: str, path: str, place: str) -> Rating | None:
        """Return what the user rates a rule at a place; None where the user says nothing."""
        found: Rating | None = None
        for each in self.rated:
            pairs = (rule, each.rule), (operation, each.operation), (path, each.path), (place, each.place)
            if all(fnmatchcase(text, pattern) for text, pattern in pairs):
                found = each.severity
        return found


@lru_cache(4096)
def judged(rule: str, side: ExchangeSide, status: int | None) -> tuple[Severity, AtFault]:
    """Return how grave it is when a rule is broken, and who is at fault.

    A wrong request that the server accepted shows a document that is stricter than the server. One that the server refused is the client's
    mistake, which was caught. A wrong reply is a fault of the server or of the document, and nobody can tell which from one exchange.

    Args:
        rule: The id of the rule.
        side: The side that breaks it.
        status: The status of the reply; None without one.
    """
    severity = _SEVERITIES.get(rule) or _SEVERITIES.get(rule.rpartition("/")[2], "error")
    if side == "exchange":
        return severity, "unknown"
    if rule.endswith("/openapi-core"):  # it failed
        return "info", "unknown"
    if rule.endswith("/deprecated"):
        return severity, "client" if side == "request" else "server"
    if side == "response":
        if rule == "response/status" and status is not None and (status < 300 or status >= 500):
            return "warning", "server" if status >= 500 else "document"
        return severity, "document" if rule.endswith(("/unknown", "/undocumented")) else "unknown"
    if status is None:
        return severity, "unknown"
    if status < 400:
        return severity, "document"
    if status < 500:
        return max(severity, "info", key=SEVERITIES.index), "client"
    return max(severity, "warning", key=SEVERITIES.index), "client"


#: How many different replies show that the document does not describe the server, and which share of them breaks it.
_ENOUGH, _MOST = 5, 0.9
#: How many different replies show that the server mostly does what the document says, and which share may break it.
_MANY, _FEW = 10, 0.1
#: The last words of rules that data breaks now and then: a value that is seldom null, or seldom one that the document does not list, proves nothing.
_SELDOM = frozenset({"null", "enum", "const", "discriminator", "status"})


def fault_by_share(rule: str, broken: int, replies: int) -> AtFault:
    """Return who is at fault for a reply that breaks the document, by how many replies of the same operations break it in the same place.

    Where nearly all of many different replies break it, the document does not describe the server. Where few do, the server does not do what
    document and server agree on otherwise. In between nobody can tell, and neither from a few replies.

    Args:
        rule: The id of the rule.
        broken: How many different replies break it.
        replies: How many could: those that have a value at the place.
    """
    if replies >= _ENOUGH and broken >= _MOST * replies:
        return "document"
    is_seldom = rule.rpartition("/")[2] in _SELDOM
    return "server" if replies >= _MANY and broken <= _FEW * replies and not is_seldom else "unknown"


def ratings_from(path: Path, names: Iterable[str]) -> tuple[Rated, ...]:
    """Read what a file of settings rates: the list `traffic` at the top, and in the table `[apis.NAME]` of each API.

    Args:
        path: The file, in TOML.
        names: The names or titles of the APIs.

    Raises:
        ValueError: The file cannot be read, or holds something else.
    """
    settings = read_settings(path)
    keys = [("traffic",), *(("apis", name, "traffic") for name in names)]
    tables = [settings.data, *(settings.api(key[1]) for key in keys[1:])]
    found: list[Rated] = []
    problems: list[str] = []
    for key, table in zip(keys, tables, strict=True):
        items = table.get("traffic", [])
        if not isinstance(items, list):
            problems.append(f"{settings.place(*key)}: traffic: {items!r} is not a list of tables, written [[traffic]]")
            continue
        for number, item in enumerate(items):
            faults = list(_faults_of(item))
            problems += [f"{settings.place_of_item(number, *key)}: traffic: {fault}" for fault in faults]
            found += [] if faults else [Rated(**{"rule": "*", **item})]
    if problems:
        raise SettingsError(f"the settings {'; '.join(dict.fromkeys(problems))}")
    return tuple(found)


def _faults_of(item: Any) -> Iterator[str]:
    """Yield everything that is wrong with what should be a rating."""
    if not isinstance(item, Mapping):
        yield f"{item!r} is not a table with a rule and a severity"
        return
    if "severity" not in item:
        yield f"{dict(item)!r} needs a severity ({', '.join(get_args(Rating))})"
    if item.keys().isdisjoint(_NARROWING):
        yield f'{dict(item)!r} needs a {", ".join(_NARROWING[:-1])} or {_NARROWING[-1]} (rule = "*" means every rule)'
    for name in item:
        if name not in _MEMBERS:
            yield f"there is no member {name!r}; there are {', '.join(_MEMBERS)}"
    yield from (
        f"{name} must be a text, not {item[name]!r}" for name in _MEMBERS if not isinstance(item.get(name, ""), str)
    )
    rule, severity = item.get("rule", "*"), item.get("severity", "off")
    if isinstance(severity, str) and severity not in get_args(Rating):
        yield f"there is no severity {severity!r}; there are {', '.join(get_args(Rating))}"
    if isinstance(rule, str) and (hint := no_rule(rule)):
        yield f"there is no rule {rule!r}: {hint}"
