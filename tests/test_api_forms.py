"""Forms of requests: what the names in a request tell is worked out once, and every value is judged all the same."""

from typing import Any

import pytest
from servers import document

from dynclient import Request
from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.unpack import unpack
from dynclient.exchange import Headers

ID = {"type": "string", "minLength": 2}
PARAMETERS = [
    {"name": "id", "in": "path", "required": True, "schema": ID},
    {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 9}},
    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string", "pattern": "^t"}},
    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
    {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
    {"name": "sid", "in": "cookie", "schema": {"type": "integer"}},
]


def read() -> Operation:
    """An operation with a parameter in each place, which asks for a key in a cookie or in the query."""
    schemes = {place: {"type": "apiKey", "in": place, "name": "key"} for place in ("cookie", "query")}
    operation = {"parameters": PARAMETERS, "security": [{"cookie": []}, {"query": []}], "responses": {}}
    api = Api(document({"/a/{id}": {"get": operation}}, components={"securitySchemes": schemes}))
    return next(iter(api.operations.operations))


READ = read()


def told(
    query: str, path: str = "/a/bc", operation: Operation = READ, **fields: str
) -> tuple[dict[str, Any], list[str]]:
    """The arguments by their names, and the problems, of a request."""
    headers = Headers({name.replace("_", "-"): text for name, text in fields.items()})
    arguments, _, problems = unpack(operation, Request("GET", f"http://h{path}?{query}", headers))
    return {name: value for (_, name), value in arguments.items()}, [
        f"{each.where}{each.pointer} {each.keyword}" for each in problems
    ]


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("limit=5&key=k", {"limit": 5}),
        ("limit=5&limit=6&key=k", {"limit": 6}),
        ("%6cimit=+7&key=k", None),
        ("%6cimit=7&key=k", {"limit": 7}),
        ("limit=5&tags=a&tags=b%20c&key=k", {"limit": 5, "tags": ["a", "b c"]}),
        ("limit=5&deep%5Ba%5D=1&key=k", {"limit": 5, "deep": {"a": "1"}}),
    ],
)
def test_values_are_read_whatever_the_form(query: str, arguments: dict[str, Any] | None) -> None:
    """Repeated and percent-encoded names, lists and objects; twice, as the second request meets a form that is known."""
    for _ in range(2):
        found, problems = told(query, X_Trace="t1")
        if arguments is None:
            assert problems == ["query/limit type"]
        else:
            assert (found, problems) == ({"id": "bc", "X-Trace": "t1", **arguments}, [])


def test_every_value_of_a_known_form_is_judged() -> None:
    """One wrong value after a right one, in each place."""
    assert told("limit=5&key=k", X_Trace="t1")[1] == []
    assert told("limit=10&key=k", X_Trace="t1")[1] == ["query/limit maximum"]
    assert told("limit=x&key=k", X_Trace="t1")[1] == ["query/limit type"]
    assert told("limit=5&key=k", X_Trace="x")[1] == ["header/X-Trace pattern"]
    assert told("limit=5&key=k", "/a/b", X_Trace="t1")[1] == ["path/id minLength"]
    assert told("limit=5&key=k", "/a/%C3%A4b", x_trace="t1")[0]["id"] == "äb"
    assert told("limit=5&key=k", X_Trace="t1", Cookie="sid=x")[1] == ["cookie/sid type"]


def test_what_is_missing_is_told_in_the_order_of_the_document() -> None:
    """Between the values that are wrong; and the credentials at the end."""
    for _ in range(2):
        assert told("tags=a", "/a/b")[1] == [
            "path/id minLength",
            "query/limit required",
            "header/X-Trace required",
            "security security",
        ]


@pytest.mark.parametrize(
    ("query", "cookie", "is_met"), [("KEY=k", "a=b", True), ("", "a=b; key=k", True), ("", "a=b", False)]
)
def test_a_credential_may_be_anywhere(query: str, cookie: str, *, is_met: bool) -> None:
    """A cookie is looked into, although its name is not part of the form."""
    for _ in range(2):
        assert ("security security" not in told(query, X_Trace="t", Cookie=cookie)[1]) is is_met


def test_forms_do_not_grow_with_the_names_that_clients_invent() -> None:
    """A thousand names."""
    operation = read()
    for number in range(1000):
        told("limit=5&key=k", operation=operation, **{f"X-{number}": "1"})
    assert operation.form.cache_info().currsize <= 256  # type: ignore[attr-defined]
