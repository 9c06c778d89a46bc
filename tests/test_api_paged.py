"""What a document says of pages: extensions, parameters and properties."""

from typing import Any

import pytest
from servers import operation

from dynclient import Pagination
from dynclient.api.paged import Found, at, found_in, split, told_of


def query(*names: str) -> list[dict[str, Any]]:
    """Parameters of the query."""
    return [{"name": name, "in": "query", "schema": {}} for name in names]


def paged(names: list[str], members: dict[str, Any] | None = None, **rest: Any) -> Found:
    """What is found for an operation of these parameters and members of its reply."""
    schema = {"type": "object", "properties": members or {}}
    content = {"application/json": {"schema": schema}}
    return found_in(operation(*query(*names), responses={"200": {"description": "", "content": content}}, **rest))


LIST = {"type": "array", "items": {}}


@pytest.mark.parametrize(
    ("names", "members", "place"),
    [
        (["$skip", "$top"], {"@odata.nextLink": {}, "value": LIST}, ("@odata.nextLink",)),
        (["pageToken"], {"nextPageToken": {}, "files": LIST}, ("nextPageToken",)),
        (
            ["page"],
            {"_links": {"type": "object", "properties": {"next": {"properties": {"href": {}}}}}},
            ("_links", "next"),
        ),
        (["continue"], {"metadata": {"type": "object", "properties": {"continue": {}}}}, ("metadata", "continue")),
        (["after"], {"paging": {"properties": {"cursors": {"properties": {"after": {}}}}}}, None),
        (
            ["after", "limit"],
            {"paging": {"properties": {"cursors": {"properties": {"after": {}}}}}},
            ("paging", "cursors", "after"),
        ),
        (["page[number]"], {"links": {"properties": {"next": {}}}, "data": LIST}, ("links", "next")),
    ],
)
def test_the_place_of_what_is_next_is_found_by_its_name(names: list[str], members: dict[str, Any], place: Any) -> None:
    """Without case and punctuation, to a depth of three."""
    assert paged(names, members).next == place


def test_weak_names_count_only_beside_a_size() -> None:
    """`from` may be a date."""
    assert paged(["from"]).movers == {}
    assert paged(["from", "limit"]).movers == {"offset": ("query", "from")}


def test_members_of_a_body_move_on_too() -> None:
    """As in AWS."""
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"NextToken": {}}}}}}
    assert paged([], {"NextToken": {}}, method="post", requestBody=body).movers == {"token": ("body", "NextToken")}


@pytest.mark.parametrize(
    ("extension", "told"),
    [
        ({"x-ms-pageable": {"nextLinkName": "next.link"}}, Pagination(next="/next.link", items="/value")),
        (
            {"x-speakeasy-pagination": {"type": "cursor", "inputs": [{"name": "c", "type": "cursor"}], "outputs": {"nextCursor": "$.n", "results": "$.r"}}},
            Pagination(parameter="c", next="$.n", items="$.r"),
        ),
        (
            {"x-speakeasy-pagination": {"type": "offsetLimit", "inputs": [{"name": "c", "type": "page"}], "outputs": {"results": "$.r"}}},
            Pagination("page", "c", items="$.r"),
        ),
        ({"x-fern-pagination": {"cursor": "$request.c", "next_cursor": "$response.n", "results": "$response.r"}}, Pagination(parameter="c", next="n", items="r")),
        ({"x-fern-pagination": {"offset": "$request.c", "results": "$response.r"}}, Pagination("offset", "c", items="r")),
    ],
)  # fmt: skip
def test_an_extension_says_it(extension: dict[str, Any], told: Pagination) -> None:
    """Of AutoRest, Speakeasy and Fern."""
    assert paged(["c"], {"r": LIST}, **extension) == told_of(operation(*query("c")), told)


@pytest.mark.parametrize(
    "extension",
    [
        {"x-ms-pageable": {"nextLinkName": None}},
        {"x-speakeasy-pagination": {"type": "cursor", "inputs": [{"name": "gone", "type": "cursor"}], "outputs": {"nextCursor": "$.n"}}},
        {"x-fern-pagination": {"cursor": "$request.c", "next_cursor": 5}},
    ],
)  # fmt: skip
def test_an_extension_that_does_not_fit_says_nothing(extension: dict[str, Any]) -> None:
    """What the names say counts then."""
    assert not paged(["c"], **extension).told


def test_the_items_are_the_one_array() -> None:
    """Of several, the one that is named like the path, or as lists are named."""
    assert paged([], {"pets": LIST, "total": {}}).items == ("pets",)
    assert paged([], {"a": LIST, "b": LIST}).items is None
    assert paged([], {"a": LIST, "results": LIST}).items == ("results",)
    assert paged([], {"a": LIST, "things": LIST, "results": LIST}).items == ("things",)
    assert paged([], {"errors": LIST, "a": LIST}).items == ("a",)
    assert paged([], {"data": {"type": "object", "properties": {"a": LIST}}}).items == ("data", "a")


@pytest.mark.parametrize("place", ["a.b", "/a/b", "$.a.b"])
def test_places_are_names_joined_by_dots_or_pointers(place: str) -> None:
    """And names that hold dots."""
    assert at({"a": {"b": 1}}, split(place) or ()) == 1
    assert at({"@odata.nextLink": 1}, split("@odata.nextLink") or ()) == 1
