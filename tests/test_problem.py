"""Problems are values with a place, a message and a hint."""

import pytest

from dynclient.problem import Problem, pointer


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("body"), "body: "),
        (Problem("body", (), "required", "is required"), "body: is required"),
        (Problem("body", ("items", 0), "type", "is wrong"), "body /items/0: is wrong"),
        (Problem("query", ("a/b~c",), "", "is wrong", "try x"), "query /a~1b~0c: is wrong (try x)"),
    ],
)
def test_a_problem_reads_as_place_message_and_hint(problem: Problem, text: str) -> None:
    """`where /path: message (hint)`."""
    assert str(problem) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [((), ""), (("foo", 0), "/foo/0"), (("",), "/"), (("a/b",), "/a~1b"), (("m~n",), "/m~0n"), (("~1",), "/~01")],
)
def test_a_path_is_written_as_a_json_pointer(tokens: tuple[str | int, ...], text: str) -> None:
    """These are the examples of RFC 6901, section 5."""
    assert pointer(tokens) == text


def test_problems_are_compared_by_value() -> None:
    """Two with the same content are equal, also in a set."""
    assert len({Problem("body", ("a",)), Problem("body", ("a",)), Problem("body", ("b",))}) == 2
