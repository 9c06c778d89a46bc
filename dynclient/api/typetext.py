"""Types of Python as text: unions, and the names that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dynclient import lazy

#: A value of which nothing is known.
ANY_TYPE = "Any"
_WORD = lazy.pattern(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![.\w])[^\W\d]\w*""")


def union(types: Iterable[str]) -> str:
    """Return the type of a value that has one of several types, each written once, None last."""
    listed = list(dict.fromkeys(part for text in types for part in alternatives(text)))
    if not listed or ANY_TYPE in listed:
        return ANY_TYPE
    if "float" in listed:  # type checkers take an int for a float
        listed = [text for text in listed if text != "int"]
    return " | ".join([*(text for text in listed if text != "None"), *(["None"] if "None" in listed else [])])


def alternatives(text: str) -> Iterator[str]:
    """Yield the members of a union that is written as text."""
    if "|" not in text:
        yield text
        return
    depth, start, at = 0, 0, 0
    while at < len(text):
        quoted = _WORD.match(text, at) if text[at] in "'\"" else None
        if quoted is not None:
            at = quoted.end()
            continue
        depth += (text[at] == "[") - (text[at] == "]")
        if text[at] == "|" and depth == 0:
            yield text[start:at].strip()
            start = at + 1
        at += 1
    yield text[start:].strip()


def words_in(text: str, change: Callable[[str], str]) -> str:
    """Return the text of a type with its names changed; the values of a `Literal` stay."""
    return _WORD.sub(lambda found: found[0] if found[0][0] in "'\"" else change(found[0]), text)
