"""Broken documents: whatever stands where something else should, nothing crashes, and what is wrong is said."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynclient import Options, Response, SpecError, load
from dynclient.api.api import Api
from dynclient.api.described import MISSING
from dynclient.api.manual import help_text
from dynclient.api.operation import Operation
from dynclient.api.prepare import prepare
from dynclient.api.read import read
from dynclient.errors import DynclientError
from dynclient.exchange import Headers
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate

DOCUMENTS = {api: load(api).data for api in ("order_capture", "pieces_os")}
JUNK: list[Any] = [
    None, True, -1, 1.5, "", "x", [], {}, [1], [None], [[]], {"a": 1}, {"": {}}, {"$ref": "#/nope"}, {"$ref": 5}, {"$ref": {}},
    {"$ref": "#"}, {"type": []}, {"type": "object"}, {"allOf": 1}, {"properties": []}, {"required": [{}]}, {"minimum": []},
    10**30, "\ud83d",
]  # fmt: skip
KINDS = ("application/json", "text/plain", "application/xml", "application/yaml", "multipart/form-data; boundary=a")
changes = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(JUNK)), min_size=1, max_size=6)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and item of a value, each as what holds it and its name or position."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def use(operation: Operation, matcher: Api) -> None:
    """Do with an operation what can be done with it."""
    arguments = {}
    for parameter in operation.parameters:
        arguments[parameter.key] = generate(parameter.schema, direction="request")
    contents = operation.body.contents if operation.body else ()
    body = generate(contents[0].schema, direction="request") if contents else MISSING
    prepared = prepare(operation, arguments, body, options=Options(server="http://127.0.0.1"))
    assert prepared.request is not None or prepared.problems
    if prepared.request is not None:
        matcher.match(prepared.request)
    for kind in KINDS:
        for status in (200, 404):
            read(operation, Response(status, Headers([("Content-Type", kind)]), b"{}"))
    help_text(operation)


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
@pytest.mark.parametrize("api", DOCUMENTS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(changed=changes)
def test_a_broken_document_is_refused_or_used_as_far_as_it_makes_sense(api: str, version: str, changed: Any) -> None:
    """Every error is of our own kinds, and says something."""
    data = copy.deepcopy({**DOCUMENTS[api], "openapi": version})
    found = list(places(data))
    for index, junk in changed:
        holder, key = found[index % len(found)]
        if key in holder if isinstance(holder, dict) else key < len(holder):
            holder[key] = copy.deepcopy(junk)
    try:
        document = load(data)
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
