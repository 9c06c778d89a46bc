"""Broken documents: with any junk in any place, nothing crashes, and the errors say what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from fuzz import foreign_error, mutant, places, rich
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynclient import Client, InvalidRequest, Options, Response, SpecError, load
from dynclient.api.api import Api
from dynclient.api.manual import help_text
from dynclient.api.operation import Operation
from dynclient.api.prepare import Prepared, prepare
from dynclient.api.read import read
from dynclient.api.signature import MISSING
from dynclient.errors import DynclientError
from dynclient.exchange import Headers
from dynclient.faults.faults import faults
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate

DOCUMENTS = {api: load(api).data for api in ("order_capture", "pieces_os")}
JUNK: list[Any] = [
    None, True, -1, 1.5, "", "x", [], {}, [1], [None], [[]], {"a": 1}, {"": {}}, {"$ref": "#/nope"}, {"$ref": 5}, {"$ref": {}},
    {"$ref": "#"}, {"type": []}, {"type": "object"}, {"allOf": 1}, {"properties": []}, {"required": [{}]}, {"minimum": []},
    10**30, "\ud83d",
]  # fmt: skip
#: Junk without references to the whole document, which make everything a part of everything, and without unpaired surrogates.
PLAIN_JUNK = [junk for junk in JUNK if not (type(junk) is dict and type(junk.get("$ref")) is str) and junk not in ("", "\ud83d")]  # fmt: skip
KINDS = ("application/json", "text/plain", "application/xml", "application/yaml", "multipart/form-data; boundary=a")
changes = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(JUNK)), min_size=1, max_size=6)
plain_changes = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(PLAIN_JUNK)), min_size=1, max_size=4)


def broken(api: str, version: str, changed: list[tuple[int, Any]]) -> dict[str, Any]:
    """A document with junk in some places."""
    data = copy.deepcopy({**DOCUMENTS[api], "openapi": version})
    found = list(places(data))
    for index, junk in changed:
        holder, key = found[index % len(found)]
        if key in holder if isinstance(holder, dict) else key < len(holder):
            holder[key] = copy.deepcopy(junk)
    return data


def prepared(operation: Operation) -> Prepared:
    """Prepare a call with generated values."""
    arguments = {part.key: generate(part.schema, direction="request") for part in operation.parameters}
    contents = operation.body.contents if operation.body else ()
    body = generate(contents[0].schema, direction="request") if contents else MISSING
    return prepare(operation, arguments, body, options=Options(server="http://127.0.0.1"))


def refuses(operation: Operation) -> bool | None:
    """Whether a call cannot be prepared because of the document, or None if no values can be generated for it."""
    try:
        prepared(operation)
    except ExampleError:
        return None
    except SpecError:
        return True
    return False


def use(operation: Operation, matcher: Api) -> None:
    """Use an operation in every way."""
    request, problems = prepared(operation)
    assert request is not None or problems
    if request is not None:
        matcher.match(request)
    for kind in KINDS:
        for status in (200, 404):
            read(operation, Response(status, Headers([("Content-Type", kind)]), b"{}"))
    help_text(operation)


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
@pytest.mark.parametrize("api", DOCUMENTS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(changed=changes)
def test_a_broken_document_is_refused_or_used_as_far_as_possible(api: str, version: str, changed: Any) -> None:
    """Every error is one of ours, and has a message."""
    try:
        document = load(broken(api, version, changed))
    except SpecError:
        return
    assert all(str(problem) for problem in document.problems)
    try:
        matcher = Api(document)
        operations = (*matcher.operations.operations, *matcher.webhooks.operations)
    except SpecError as error:
        assert error.problems  # noqa: PT017  an input may be refused here
        return
    for operation in operations:
        try:
            use(operation, matcher)
        except ExampleError:
            continue
        except DynclientError as error:
            assert str(error)  # noqa: PT017


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
@pytest.mark.parametrize("api", DOCUMENTS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(changed=plain_changes)
def test_problems_name_exactly_the_operations_that_refuse_to_run(api: str, version: str, changed: Any) -> None:
    """Whatever junk the document contains."""
    try:
        document = load(broken(api, version, changed))
    except SpecError:
        return
    refusing = {key for fault in faults(document) for key in fault.refusing}
    for operation in Api(document).operations.operations:
        assert refuses(operation) in (None, operation.key in refusing), operation.key


VERSIONS = ("3.0.3", "3.1.0", "3.2.0")
#: The documents that mutants are made of, and how many operations of each are called.
MUTATED: dict[str, tuple[Any, int]] = {
    **{version: (rich(version), 100) for version in VERSIONS},
    **{name: (data, 3) for name, data in DOCUMENTS.items()},
}


def wrong_mutants(name: str, seeds: range) -> dict[int, str]:
    """The mutants of a document whose use ends in an error that is not this package's."""
    data, most = MUTATED[name]
    found = {seed: foreign_error(mutant(data, seed), most=most) for seed in seeds}
    return {seed: error for seed, error in found.items() if error}


def test_the_documents_that_are_mutated_can_be_used() -> None:
    """So the mutants test more than their refusal."""
    for data, most in MUTATED.values():
        assert foreign_error(data, most=most) == ""
    assert load(rich("3.2.0")).problems == []


@pytest.mark.parametrize("name", MUTATED)
def test_no_mutant_of_a_document_ends_in_a_foreign_error(name: str) -> None:
    """Opened, listed, explained, called, answered, and linked from."""
    assert wrong_mutants(name, range(60 if name in VERSIONS else 6)) == {}


@pytest.mark.survey
@pytest.mark.parametrize("name", MUTATED)
def test_none_of_ten_thousand_mutants_ends_in_a_foreign_error(name: str) -> None:
    """The same for 2,000 of each document."""
    assert wrong_mutants(name, range(2000)) == {}


def test_a_name_that_no_url_can_have_is_a_problem_of_the_request() -> None:
    """Nothing is sent."""
    parameter = {"name": "\ud83d", "in": "query", "required": True, "schema": {"type": "integer"}}
    data = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [parameter]}}},
    }
    with pytest.raises(InvalidRequest, match="has a name with an unpaired surrogate"):
        Client(data, server="http://h").prepare("GET /a", {("query", "\ud83d"): 1})
