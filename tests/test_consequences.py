"""consequences.py: what follows from what the document objects to."""

import logging
import warnings
from typing import Any

import pytest
from servers import operation

from dynclient import ApiError, DynclientWarning, InvalidRequest, InvalidResponse, Options, Problem, Response
from dynclient.api.prepare import prepare
from dynclient.consequences import Consequences

OPERATION = operation({"name": "n", "in": "query", "schema": {"type": "integer"}})
WRONG = Problem("body", ("a",), "null", "is null")


def consequences(counted: list[Any] | None = None, **options: Any) -> Consequences:
    """Those of options, which count in a list."""
    found: list[Any] = [] if counted is None else counted
    return Consequences(Options(**options), (), lambda rule, name: found.append((rule, name)))


def broken() -> Any:
    """A request that breaks the document."""
    return prepare(OPERATION, {"n": "x"}, options=Options(server="http://h"))


def test_what_breaks_the_document_is_refused_told_or_let_through() -> None:
    """As the option for its side says."""
    reply = Response(200, problems=(WRONG,), data=1)
    with pytest.raises(InvalidRequest, match="query /n"):
        consequences().of_request(OPERATION, *broken(), [])
    with pytest.raises(InvalidResponse, match="body /a: is null"):
        consequences().of_reply(OPERATION, reply)
    told = consequences(validate_requests="warn", validate_responses="warn")
    with pytest.warns(DynclientWarning, match="query /n"):
        assert told.of_request(OPERATION, *broken(), []).url.endswith("?n=x")
    with pytest.warns(DynclientWarning, match="is null"):
        assert told.of_reply(OPERATION, reply) == 1
    quiet = consequences(validate_requests="off", validate_responses="off")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quiet.of_request(OPERATION, *broken(), []).url.endswith("?n=x")
        assert quiet.of_reply(OPERATION, reply) == 1


def test_an_argument_that_there_is_not_is_always_refused() -> None:
    """No option lets it through."""
    given = [Problem("argument", ("m",), "unknown", "is not in the document")]
    with pytest.raises(InvalidRequest, match="argument /m"):
        consequences(validate_requests="off").of_request(OPERATION, *prepare(OPERATION, {}), given)


def test_a_status_of_an_error_comes_first() -> None:
    """Whatever else is wrong with the reply."""
    with pytest.raises(ApiError):
        consequences(validate_responses="off").of_reply(OPERATION, Response(404, problems=(WRONG,)))


def test_what_is_tolerated_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Of a whole reply, and of an item of one in parts."""
    counted: list[Any] = []
    found = consequences(counted, tolerate=["response/body/null"])
    with caplog.at_level(logging.WARNING, "dynclient"):
        found.note("response", OPERATION, [WRONG])
        found.of_item(OPERATION, Response(200, problems=(WRONG,)))
    assert counted == [("response/body/null", OPERATION.id)] * 2
    assert [record.getMessage() for record in caplog.records] == [
        f"{OPERATION.id}: tolerated response/body/null: body /a: is null"
    ] * 2
    with pytest.raises(InvalidResponse):
        found.of_item(OPERATION, Response(200, problems=(WRONG, Problem("body", ("b",), "type", "is wrong"))))
