"""Problems are values, and the tree of exceptions is the one that the docstring draws."""

import re

import pytest

from dynclient import errors
from dynclient.errors import InvalidRequest, UnknownOperation
from dynclient.problem import Problem


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
