"""Python names for the names of a document, one for every operation; and the nearest names to a typo."""

from __future__ import annotations

import functools
import keyword
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar
from unicodedata import normalize

from dynclient import lazy

_Method = TypeVar("_Method", bound=Callable[..., Any])

_WORD_STARTS = lazy.pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_NAME = lazy.pattern(r"\W+")
_VARIABLE = lazy.pattern(r"\{([^{}]*)\}")


#: How many names a hint lists.
_FEW = 5
#: The names that Windows keeps for devices: no file can have them, whatever its suffix.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)


def is_device(name: str) -> bool:
    """Whether Windows takes the name of a file for that of a device.

    >>> is_device("AUX.yaml"), is_device("auxiliary.yaml")
    (True, False)
    """
    return name.partition(".")[0].rstrip().lower() in _DEVICES


class Named(NamedTuple):
    """The parts that the Python name of an operation is made of.

    Attributes:
        id: Its operationId; "" when it has none.
        method: Its HTTP method.
        path: Its path template, or the name of its webhook.
    """

    id: str
    method: str
    path: str


@functools.lru_cache(10_000)
def snake_case(name: str) -> str:
    """Spell a name of a document in Python's way: lower case, words joined by underscores, never a keyword.

    The name is in NFKC, the form in which Python itself reads identifiers.

    >>> snake_case("createCheckout"), snake_case("getIGiftOrder"), snake_case("X-Client-Id"), snake_case("class")
    ('create_checkout', 'get_i_gift_order', 'x_client_id', 'class_')
    """
    if not name.isascii():
        name = _as_identifier(name)
    words = _NOT_NAME.sub("_", _WORD_STARTS.sub("_", name)).strip("_").lower()
    if not words.isascii():
        words = _as_identifier(words)
    if not words.isidentifier():
        words = f"_{words}"
    return f"{words}_" if keyword.iskeyword(words) else words


def _as_identifier(name: str) -> str:
    """Normalize to NFKC, and replace what an identifier cannot contain by spaces."""
    name = normalize("NFKC", name)
    kept = "".join(mark if mark.isascii() or f"a{mark}".isidentifier() else " " for mark in name)
    again = normalize("NFKC", kept)
    return again if again == name else _as_identifier(again)


def operation_name(named: Named) -> str:
    """Name an operation by its id, else by its method and path; clashes are not considered.

    >>> operation_name(Named("repos/get-content", "GET", "/a")), operation_name(Named("", "GET", "/pets/{id}/toys"))
    ('repos_get_content', 'get_pets_by_id_toys')
    """
    name = snake_case(named.id) if named.id else "_"
    if name.strip("_"):
        return name
    path = _VARIABLE.sub(r" by_\1 ", named.path).strip("/") or "root"
    return snake_case(f"{named.method.lower()} {path}")


def unique_names(operations: Sequence[Named], reserved: Iterable[str] = ()) -> list[str]:
    """Give each operation a Python name of its own.

    An operation whose id is spelt like the Python name comes first, then the order of the ids decides; the order of the document only
    decides between operations with the same id. The others get a number.

    Args:
        operations: The operations in the document's order.
        reserved: Names that no operation gets; an underscore is added to them.
    """
    taken = frozenset(reserved)
    wished = [operation_name(named) for named in operations]
    wished = [f"{name}_" if name in taken else name for name in wished]
    if len(set(wished)) == len(wished):
        return wished
    order = sorted(range(len(wished)), key=lambda index: _right(operations[index], wished[index]))
    owners: dict[str, int] = {}
    for index in order:
        owners.setdefault(wished[index], index)
    used = set(wished)
    for index in order:
        if owners[wished[index]] != index:
            wished[index] = _numbered(wished[index], used)
    return wished


def _right(named: Named, wished: str) -> tuple[bool, str, str, str]:
    return (named.id != wished, named.id, *(("", "") if named.id else (named.path, named.method)))


def _numbered(name: str, used: set[str]) -> str:
    count = 2
    while (candidate := f"{name.rstrip('_')}_{count}") in used:
        count += 1
    used.add(candidate)
    return candidate


def argument_names(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give each parameter of an operation a Python name of its own.

    Parameters that would share a name get their location in front. If that is not enough, the one that is spelt like the name comes
    first, and the others get a number.

    Args:
        keys: The location and name of each parameter.
    """
    plain = {key: snake_case(key[1]) for key in keys}
    counts = Counter(plain.values())
    names = {key: name for key, name in plain.items() if counts[name] == 1}
    used = set(names.values())
    for key in sorted(keys, key=lambda key: (key[1] != plain[key], key)):
        if key not in names:
            name = f"{key[0]}_{plain[key]}"
            names[key] = _numbered(name, used) if name in used else name
            used.add(names[key])
    return {key: names[key] for key in keys}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known names nearest to a misspelt one, or "" when none is near."""
    close = _close(name, known)
    return f"did you mean {' or '.join(close)}?" if close else ""


def nearest_or_few(name: str, known: Iterable[str], rest: str = "") -> str:
    """Return a hint as `nearest` does; when none is near, with the first few of the known names.

    Args:
        name: The misspelt name.
        known: The known names.
        rest: How to see all of them.

    >>> nearest_or_few("x", ["one", "two", "three", "four", "five", "six", "seven"], "`ops` lists them")
    'it has one, two, three, four, five and 2 more; `ops` lists them'
    """
    listed = list(known)
    more = len(listed) - _FEW
    few = f"it has {', '.join(listed[:_FEW]) or 'none'}"
    if more > 0:
        few += f" and {more} more" + (f"; {rest}" if rest else "")
    return nearest(name, listed) or few


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to one that is not known, or "" when none is near."""
    return next(iter(_close(name, known)), "")


def no_argument(function: str, name: str, known: Iterable[str]) -> TypeError:
    """The error for an argument that a function does not have; it names the nearest ones.

    >>> str(no_argument("Client", "sever", ["spec", "server"]))
    "Client() has no argument 'sever' (did you mean 'server'?)"
    """
    known = list(known)
    close = " or ".join(map(repr, _close(name, known)))
    hint = f"did you mean {close}?" if close else f"it has {', '.join(known)}"
    return TypeError(f"{function}() has no argument {name!r} ({hint})")


def explains_arguments(method: _Method) -> _Method:
    """Let a method refuse a call that does not fit its signature in words of its own, under its public name."""

    @functools.wraps(method)
    def explained(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise  # it was raised inside
            name = type(self).__name__ if method.__name__ == "__init__" else method.__name__
            raise _misfit(name, method, args, kwargs) from None

    return explained  # type: ignore[return-value]  # it has the same signature


def _misfit(name: str, method: Callable[..., Any], args: Sequence[Any], kwargs: Iterable[str]) -> TypeError:
    """The error for arguments that do not fit a signature."""
    import inspect  # only needed for a call that is wrong

    known = list(inspect.signature(method).parameters.values())[1:]
    positional = [each.name for each in known if each.kind is each.POSITIONAL_OR_KEYWORD]
    unknown = [keyword for keyword in kwargs if keyword not in {each.name for each in known}]
    if unknown:
        return no_argument(name, unknown[0], [each.name for each in known])
    if len(args) > len(positional):
        return TypeError(
            f"{name}() takes {', '.join(positional) or 'nothing'} by position; pass other arguments by name"
        )
    twice = [each for each in positional[: len(args)] if each in kwargs]
    if twice:
        return TypeError(f"{name}() is given {twice[0]} twice")
    missing = [each for each in positional[len(args) :] if each not in kwargs]
    return TypeError(f"{name}() needs the argument {missing[0]}")


def _close(name: str, known: Iterable[str]) -> list[str]:
    import difflib  # only needed for a name that is wrong

    as_written = sorted(known, key=lambda candidate: ("_" in candidate) == ("_" in name))  # the last of a key stays
    by_plain = {_plain(candidate): candidate for candidate in as_written}
    return [by_plain[match] for match in difflib.get_close_matches(_plain(name), by_plain, n=3, cutoff=0.6)]


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
