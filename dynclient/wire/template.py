"""Path templates (OpenAPI, Path Templating), and the queries and fragments that published documents append to them.

A path is appended to the URL of the server (Paths Object), so a `?` in it begins a query that every request has, and a `#` a fragment
that is not sent (RFC 3986, sections 3.4 and 3.5). Since 3.0.4 the specification allows neither, and `document.problems` says so; but whole
APIs are published that way, with a fragment that tells operations of one URL apart for the reader. A `#` before a slash or a variable
was meant as a character of the path, and is read as one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Container, Iterable, Mapping
from functools import cached_property
from urllib.parse import quote

from dynclient import lazy

_ENCODED = lazy.pattern(r"%[0-9a-fA-F]{2}")
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9a-fA-F]{2})")
#: A path that is normal already, as most are.
_PLAIN = lazy.pattern(r"[\w/:@!$&'()*+,;=.~-]*\Z", re.ASCII)
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_VARIABLE = lazy.pattern(r"\{([^{}]*)\}")
_PARTS = lazy.pattern(r"((?:\{[^{}]*\}|[^?#])*)(?:\?((?:\{[^{}]*\}|[^#])*))?(?:#(.*))?\Z", re.DOTALL)

#: A pair of a query: its name and its value, percent-encoded.
_Pair = tuple[str, str]


class TemplateText:
    """A text with variables: one part of a template.

    Args:
        text: The text.
        may_hold: The characters that a variable may have, as a character class of a pattern.

    Attributes:
        literals: The texts before, between and after the variables, percent-encoded.
        names: The names of the variables, in order.
    """

    def __init__(self, text: str, may_hold: str) -> None:
        pieces = _VARIABLE.split(text)
        self.literals = tuple(map(normal_path, pieces[::2]))
        self.names = tuple(pieces[1::2])
        self._may_hold = may_hold

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A pattern with one group for each variable."""
        return re.compile(f"({self._may_hold}+)".join(map(re.escape, self.literals)))

    def filled(self, texts: Mapping[str, str]) -> str:
        """Return the text with its variables replaced by percent-encoded values."""
        parts = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += texts[name], literal
        return "".join(parts)

    def read(self, text: str, start: int = 0) -> dict[str, str] | None:
        """Return the values of the variables, or None when the text does not match: the inverse of `filled`."""
        found = self.pattern.fullmatch(text, start)
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))


class Template:
    """The parsed path template of an operation.

    Args:
        text: The template.

    Attributes:
        path: The path, with its variables.
        pairs: The pairs of the query after it, each `name=value` or a name alone.
        fragment: The text after a `#`.
    """

    def __init__(self, text: str) -> None:
        path, query, self.fragment = _parts(text)
        self._path = path
        self.path = TemplateText(path, "[^/]")
        self.pairs = tuple(TemplateText(pair, "[^&]") for pair in query.split("&") if pair)

    @property
    def segments(self) -> list[str]:
        """The segments of the path."""
        return self._path.split("/")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all variables, in order."""
        return self.path.names + tuple(name for pair in self.pairs for name in pair.names)

    @property
    def weight(self) -> int:
        """The number of characters outside of variables: of two templates that match, the heavier is more specific."""
        return sum(len(literal) for part in (self.path, *self.pairs) for literal in part.literals) + len(self.pairs)

    def query(self, texts: Mapping[str, str]) -> list[str]:
        """Return the pairs with their variables replaced, without those that query parameters fill."""
        return [pair.filled(texts) for pair in self.pairs if texts.keys() >= set(pair.names)]

    def read_query(self, pairs: Iterable[_Pair], known: Container[str]) -> tuple[dict[str, str], list[_Pair]] | None:
        """The inverse of `query`.

        Args:
            pairs: The pairs of a request's query, percent-encoded.
            known: The names of the path parameters; query parameters fill the pairs with other variables.

        Returns:
            The values of the variables and the remaining pairs; None when a pair of the template is missing.
        """
        texts: dict[str, str] = {}
        left = list(pairs)
        for own in self.pairs:
            if not all(name in known for name in own.names):
                continue
            read = ((index, _read_pair(own, *pair)) for index, pair in enumerate(left))
            index, found = next(((index, found) for index, found in read if found is not None), (-1, {}))
            if index < 0:
                return None
            del left[index]
            texts |= found
        return texts, left


def _read_pair(own: TemplateText, name: str, value: str) -> dict[str, str] | None:
    """Return the values of the variables of one pair; None when it does not match."""
    alone = own.read(normal_path(name)) if not value else None
    return own.read(normal_path(f"{name}={value}")) if alone is None else alone


def _parts(text: str) -> tuple[str, str, str]:
    """Return the path, the query and the fragment of a template; text in braces is a name."""
    if "?" not in text and "#" not in text:
        return text, "", ""
    found = _PARTS.match(text)
    path, query, fragment = found.groups("") if found else (text, "", "")
    return (path, query, fragment) if {"/", "{"}.isdisjoint(fragment) else (text, "", "")


def undescribed_variables(template: Template, described: Container[tuple[str, str]]) -> list[str]:
    """Return the variables that no parameter describes; those in its query may be query parameters.

    Args:
        template: The template.
        described: The parameters by (location, name).
    """
    in_query = {name for pair in template.pairs for name in pair.names}
    places = {name: ("path", "query") if name in in_query else ("path",) for name in template.names}
    return [name for name, kinds in places.items() if not any((kind, name) in described for kind in kinds)]


def normal_path(text: str) -> str:
    """Return a path, or a part of one, percent-encoded only where it must be (RFC 3986, section 6.2.2)."""
    if _PLAIN.match(text):
        return text
    encoded = _LOOSE_PERCENT.sub("%25", quote(text, safe="/:@!$&'()*+,;=%", errors="surrogatepass"))
    return _ENCODED.sub(_normal_octet, encoded)


def _normal_octet(found: re.Match[str]) -> str:
    char = chr(int(found.group()[1:], 16))
    return char if char in _UNRESERVED else found.group().upper()
