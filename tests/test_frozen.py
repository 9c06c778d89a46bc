"""Frozen values are dataclasses to all who ask, though `dataclasses` did not make them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

from dynclient import Exchange, Options, Problem, Request, Response
from dynclient.exchange import Headers
from dynclient.frozen import dataclass, field, replace


def _named(of: Any) -> Any:
    """A class of each kind of field, made by either decorator."""
    decorate, settings = of

    @decorate(frozen=True, slots=True)
    class Base:
        """A base."""

        first: int
        second: list[int] = settings(default_factory=list)
        hidden: str = settings(default="x", repr=False)

    @decorate(frozen=True, slots=True)
    class More(Base):
        """With a field more, and a check."""

        third: str = "t"

        def __post_init__(self) -> None:
            if self.first < 0:
                raise ValueError("less than nothing")

    return More


OURS = _named((dataclass, field))
THEIRS = _named((dataclasses.dataclass, dataclasses.field))


@pytest.mark.parametrize("args", [(1,), (1, [2]), (1, [2], "y", "z")])
def test_values_are_made_and_shown_as_dataclasses_are(args: tuple[Any, ...]) -> None:
    """Field by field, with the same names, defaults and text."""
    ours, theirs = OURS(*args), THEIRS(*args)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert dataclasses.astuple(ours) == dataclasses.astuple(theirs)
    assert repr(ours).rpartition(".")[2] == repr(theirs).rpartition(".")[2]
    assert ours == OURS(*args) != theirs


def test_what_is_made_anew_is_made_for_each() -> None:
    """And not shared."""
    assert OURS(1).second is not OURS(1).second


def test_a_constructor_has_the_signature_of_the_fields() -> None:
    """For those who read it, and refuses what is none of them."""
    ours, theirs = (inspect.signature(each).parameters for each in (OURS, THEIRS))
    assert [(name, each.kind, each.annotation) for name, each in ours.items()] == [
        (name, each.kind, each.annotation) for name, each in theirs.items()
    ]
    with pytest.raises(TypeError, match="unexpected keyword argument 'fourth'"):
        OURS(1, fourth=2)
    with pytest.raises(TypeError, match="'first'"):
        OURS()


@pytest.mark.parametrize("change", [lambda value: setattr(value, "first", 2), lambda value: delattr(value, "first")])
def test_nothing_of_it_can_be_changed(change: Any) -> None:
    """Nor anything added."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        change(OURS(1))
    with pytest.raises(AttributeError):
        OURS(1).other = 1
    assert not hasattr(OURS(1), "__dict__")


@pytest.mark.parametrize("change", [dataclasses.replace, replace])
def test_a_changed_copy_is_made_and_checked(change: Any) -> None:
    """By the function of the standard library as by ours."""
    assert change(OURS(1), third="u") == OURS(1, third="u")
    with pytest.raises(ValueError, match="less than nothing"):
        change(OURS(1), first=-1)
    with pytest.raises(TypeError):
        change(OURS(1), fourth=1)


@pytest.mark.parametrize("of", [Problem, Request, Response, Exchange, Options])
def test_the_public_values_are_dataclasses(of: Any) -> None:
    """To those who ask, in the order of their arguments."""
    assert dataclasses.is_dataclass(of)
    assert [each.name for each in dataclasses.fields(of)] == list(inspect.signature(of).parameters)


def test_a_value_can_be_copied_pickled_matched_and_hashed() -> None:
    """As values are."""
    request = Request("GET", "http://a", Headers({"A": "1"}), b"x")
    assert pickle.loads(pickle.dumps(request)) == copy.deepcopy(request) == request  # noqa: S301  our own
    assert hash(Problem("body", ("a",))) == hash(Problem("body", ("a",)))
    match request:
        case Request(method, url):
            assert (method, url) == ("GET", "http://a")


def test_the_client_is_imported_without_dataclasses() -> None:
    """Which is what this is for."""
    code = (
        "import requests, yaml, sys; from dynclient import Client; print(*{'dataclasses', 'inspect'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout.strip() == ""
