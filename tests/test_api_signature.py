"""Python arguments: parameters, the body, and members of the body."""

from typing import Any

import pytest
from servers import operation

from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING

LABEL = {"name": "label", "in": "query", "schema": {}}
PROPERTIES = {"email": {"type": "string"}, "homePage": {"type": "string", "nullable": True}, "label": {}}


def posting(schema: Any = None, media_type: str = "application/json", **body: Any) -> Operation:
    """An operation with a parameter and a body."""
    schema = schema or {"type": "object", "properties": PROPERTIES}
    content = {media_type: {"schema": schema}}
    return operation(LABEL, method="post", requestBody={"content": content, **body})


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_members_of_the_body_are_keywords(media_type: str) -> None:
    """In the document's spelling or in snake_case."""
    bind = posting(media_type=media_type).bind
    assert bind((), {"email": "a@b", "homePage": "c"}) == ({}, {"email": "a@b", "homePage": "c"}, [])
    assert bind((), {"home_page": "c"}) == ({}, {"homePage": "c"}, [])


def test_a_parameter_comes_before_a_member_of_its_name() -> None:
    """A member is a keyword only where nothing else has that name."""
    assert posting().bind((), {"label": 1}) == ({("query", "label"): 1}, MISSING, [])


def test_none_leaves_a_member_out_unless_it_may_be_null() -> None:
    """As for parameters."""
    assert posting().bind((), {"email": None, "home_page": None})[1] == {"homePage": None}


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (({},), {"email": "a"}, "argument /email: is a member of the body, which is given as a whole (put it there)"),
        ((), {"email": "a", "body": {}}, "argument /body: is given beside its members email (put them there)"),
        ((), {"homePage": "a", "home_page": "b"}, "argument /home_page: is given twice"),
        ((), {"emial": "a"}, "argument /emial: is not in the document (did you mean email?)"),
        (
            (),
            {"timeout": 5},
            "argument /timeout: is not in the document (timeout is an option: with_options(timeout=...))",
        ),
    ],
)
def test_members_that_do_not_fit_are_problems(args: Any, kwargs: Any, message: str) -> None:
    """Nothing is silently dropped."""
    assert [str(problem) for problem in posting().bind(args, kwargs)[2]] == [message]


@pytest.mark.parametrize(("member", "written"), [("Body", "Body=..."), ("body", "body={'body': ...}, with the others")])
def test_a_body_beside_its_members_may_be_meant_as_one(member: str, written: str) -> None:
    """The member that has the name of the argument for the whole."""
    schema = {"type": "object", "properties": {"to": {}, member: {}}}
    (problem,) = posting(schema).bind((), {"to": "x", "body": "Hello"})[2]
    assert problem.hint == f"body= is the whole body; its member {member} is given as {written}"


def test_a_body_without_known_members_is_given_as_a_whole() -> None:
    """The hint says how."""
    (problem,) = posting({"type": "object"}).bind((), {"xyz": 1})[2]
    assert problem.hint.endswith("a member of the body is given as body={'xyz': ...}")
