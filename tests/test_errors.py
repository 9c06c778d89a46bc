"""Problems are values, and the tree of exceptions is the one that the docstring draws."""

import pickle
import re
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynclient import Client, Request, Response, errors
from dynclient.errors import InvalidRequest, UnknownOperation
from dynclient.problem import Problem
from dynclient.wire.files import Chunks


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


def test_an_unknown_name_has_one_set_of_suggestions() -> None:
    """That of the message; Python's own would come behind it, in other words."""
    try:
        _ = Client("order_capture").getOrdr
    except UnknownOperation as error:
        shown = "".join(traceback.format_exception(error))
    assert shown.count("did you mean") == shown.lower().count("did you mean") == 1


@pytest.mark.parametrize("kind", [errors.SpecError, errors.AuthError, errors.UnknownOperation, errors.InvalidRequest])
def test_no_error_commands_the_terminal_that_shows_it(kind: type[errors.DynclientError]) -> None:
    """Its text may quote a server or a document: what a terminal obeys is escaped, line breaks stay."""
    assert str(kind("title\x1b]0;x\x07\x9b2J\u202e:\n\tbad")) == "title\\x1b]0;x\\x07\\x9b2J\\u202e:\n\tbad"  # type: ignore[call-arg]


REQUEST = Request("GET", "http://h/a")
REPLY = Response(
    404,
    data={"message": "gone"},
    request=REQUEST,
    problems=(Problem("body", (), "", "is bad"),),
    links={"next": lambda: 1},
)
ERRORS = [
    errors.ApiError("no", REPLY), errors.InvalidResponse("no", REPLY.problems, REPLY), errors.InvalidRequest("no", REPLY.problems),
    errors.SpecError("no"), errors.UnknownOperation("no"), errors.AuthError("no", scheme="s", status=400),
    *(kind("no", REQUEST, REPLY) for kind in (errors.TransportError, errors.ConnectError, errors.RequestTimeout, errors.ReadError)),
]  # fmt: skip


def test_an_error_goes_without_the_file_that_was_sent(tmp_path: Path) -> None:
    """Neither an open file nor an iterator can be pickled."""
    (tmp_path / "big").write_bytes(b"x")
    with (tmp_path / "big").open("rb") as file:
        request = replace(REQUEST, body=Chunks([file]))
        for error in (errors.ConnectError("no", request), errors.ApiError("no", replace(REPLY, request=request))):
            found: Any = pickle.loads(pickle.dumps(error))  # noqa: S301  our own
            kept = found.request if isinstance(found, errors.ConnectError) else found.response.request
            assert (str(found), kept) == (str(error), replace(request, body=None))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_goes_into_another_process(error: errors.DynclientError) -> None:
    """With what it keeps, but for the links of a reply, which call a client."""
    found = pickle.loads(pickle.dumps(error))  # noqa: S301  our own
    assert (type(found), str(found)) == (type(error), str(error))
    assert {name: repr(value) for name, value in vars(found).items()} == {
        name: repr(value) for name, value in vars(error).items()
    }
    assert found.__dict__.get("response") is None or found.response.data == REPLY.data
