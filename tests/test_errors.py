"""Problems are values, and the tree of exceptions is the one that the docstring draws."""

import re

import pytest

from dynclient import errors
from dynclient.errors import InvalidRequest, Problem, UnknownOperation, pointer


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("body"), "body: "),
        (Problem("body", (), "required", "is required"), "body: is required"),
        (Problem("body", ("items", 0), "type", "is wrong"), "body /items/0: is wrong"),
        (Problem("query", ("a/b~c",), "", "is wrong", "try x"), "query /a~1b~0c: is wrong (try x)"),
    ],
)
def test_a_problem_says_where_what_and_how_to_do_better(problem: Problem, text: str) -> None:
    """It reads `where /path: message (hint)`."""
    assert str(problem) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [((), ""), (("foo", 0), "/foo/0"), (("",), "/"), (("a/b",), "/a~1b"), (("m~n",), "/m~0n"), (("~1",), "/~01")],
)
def test_a_path_is_written_as_a_json_pointer(tokens: tuple[str | int, ...], text: str) -> None:
    """These are the examples of RFC 6901, section 5."""
    assert pointer(tokens) == text


def test_problems_are_compared_by_value() -> None:
    """Two that say the same are the same, also in a set."""
    assert len({Problem("body", ("a",)), Problem("body", ("a",)), Problem("body", ("b",))}) == 2


def test_an_error_lists_every_problem() -> None:
    """None is left out of the text."""
    error = InvalidRequest("cannot", [Problem("body", (), "", "is bad"), Problem("path", ("id",), "", "is worse")])
    assert str(error) == "cannot\n  body: is bad\n  path /id: is worse"


def test_every_error_is_a_dynclient_error_and_in_the_drawn_tree() -> None:
    """The docstring names each class, under its parent."""
    drawn = re.findall(r"(?:──|^ {4})\s?(\w+)", errors.__doc__ or "", re.MULTILINE)
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert sorted(drawn) == sorted(kind.__name__ for kind in classes if not kind.__name__.startswith("_"))
    assert all(issubclass(kind, errors.DynclientError) for kind in classes)


@pytest.mark.parametrize("builtin", [AttributeError, LookupError])
def test_an_unknown_name_is_also_pythons_own_error(builtin: type[Exception]) -> None:
    """Both `hasattr` and `except KeyError`'s parent work as Python programmers expect."""
    assert issubclass(UnknownOperation, builtin)
