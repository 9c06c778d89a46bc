"""Pages and items: over real sockets, blocking and async, to the end and no further."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Serve
from servers import Loopback, Received, document, reply

from dynclient import (
    ApiError,
    AsyncClient,
    Client,
    InvalidRequest,
    InvalidResponse,
    Options,
    Pagination,
    TransportError,
)
from dynclient.api.pages import next_link

NUMBERS = list(range(7))


def asked(request: Received) -> dict[str, str]:
    """The query of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def listing(*names: str, members: Any = None, schema: Any = None, **rest: Any) -> Any:
    """A document with a list of things that takes these parameters."""
    parameters = [
        {
            "name": name,
            "in": "query",
            "schema": {"type": "integer" if name in ("page", "limit", "offset", "skip") else "string"},
        }
        for name in names
    ]
    schema = schema or ({"type": "object", "properties": members} if members else {})
    described = {"operationId": "listThings", "parameters": parameters, **rest}
    described.setdefault(
        "responses", {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    )
    return document({"/things": {"get": described}})


def numbers(client: Client, *args: Any, **kwargs: Any) -> list[Any]:
    """All items."""
    return list(client.list_things.items(*args, **kwargs))


def by_token(request: Received) -> bytes:
    """Three at a time, with a token in the body."""
    start = int(asked(request).get("cursor", "t0")[1:])
    following = {"next_cursor": f"t{start + 3}"} if start + 3 < len(NUMBERS) else {}
    return reply(data={"things": NUMBERS[start : start + 3], **following})


def by_page(request: Received) -> bytes:
    """Three at a time, by the number of the page."""
    page = int(asked(request).get("page", 1))
    return reply(data=NUMBERS[3 * (page - 1) : 3 * page])


def by_offset(request: Received) -> bytes:
    """Three at a time, by offset."""
    start = int(asked(request).get("offset", 0))
    return reply(data={"things": NUMBERS[start : start + 3]})


def by_link(request: Received) -> bytes:
    """Three at a time, with a Link header that the document does not have."""
    page = int(asked(request).get("p", 1))
    following = (
        {"Link": f'</x>; rel="prev", </things?p={page + 1}>; rel=next'} if page < 3 else {"Link": "</x>; rel=prev"}
    )
    return reply(data=NUMBERS[3 * (page - 1) : 3 * page], **following)


def by_url(request: Received) -> bytes:
    """Three at a time, with a relative URL in the body."""
    page = int(asked(request).get("p", 1))
    return reply(
        data={"meta": {"next": f"?p={page + 1}" if page < 3 else None}, "things": NUMBERS[3 * (page - 1) : 3 * page]}
    )


def by_last(request: Received) -> bytes:
    """Three at a time, after the last id."""
    start = int(asked(request).get("starting_after", -1)) + 1
    data = [{"id": str(number)} for number in NUMBERS[start : start + 3]]
    return reply(data={"data": data, "has_more": start + 3 < len(NUMBERS)})


STYLES: list[tuple[Callable[[Received], bytes], tuple[str, ...], int]] = [
    (by_token, ("cursor",), 3),
    (by_page, ("page",), 3),
    (by_offset, ("offset", "limit"), 3),
    (by_link, ("page",), 3),
    (by_url, (), 3),
]


@pytest.mark.parametrize(("answer", "names", "requests"), STYLES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_style_gives_all_items_in_the_fewest_requests(
    serve: Serve, answer: Any, names: Any, requests: int
) -> None:
    """A short page is the last one."""
    server = serve(answer)
    assert numbers(Client(listing(*names), server=server.url)) == NUMBERS
    assert len(server.received) == requests


@pytest.mark.parametrize(("answer", "names", "requests"), STYLES, ids=lambda each: getattr(each, "__name__", ""))
def test_the_async_client_pages_as_well(serve: Serve, answer: Any, names: Any, requests: int) -> None:
    """By `async for`."""
    server = serve(answer)

    async def all_of_them() -> tuple[list[Any], int]:
        async with AsyncClient(listing(*names), server=server.url) as client:
            found = [item async for item in client.list_things.items()]
            return found, len([page async for page in client.list_things.pages()])

    assert asyncio.run(all_of_them()) == (NUMBERS, requests)


def test_the_id_of_the_last_item_is_a_cursor(serve: Serve) -> None:
    """As Stripe does it."""
    server = serve(by_last)
    found = numbers(Client(listing("starting_after", "limit"), server=server.url))
    assert [each["id"] for each in found] == [str(number) for number in NUMBERS]
    assert len(server.received) == 3


def test_a_token_goes_into_the_body_of_a_post(serve: Serve) -> None:
    """The other members stay."""

    def answer(request: Received) -> bytes:
        more = {"NextToken": "b"} if "NextToken" not in request.json else {}
        return reply(data={"Names": [request.json["Kind"]], **more})

    body = {
        "content": {"application/json": {"schema": {"type": "object", "properties": {"NextToken": {}, "Kind": {}}}}}
    }
    found = document(
        {"/": {"post": {"operationId": "list_things", "requestBody": body, "responses": {"200": {"description": ""}}}}}
    )
    server = serve(answer)
    assert numbers(Client(found, server=server.url), body={"Kind": 1}) == [1, 1]
    assert json.loads(server.last.body) == {"Kind": 1, "NextToken": "b"}


def test_how_pages_follow_can_be_told(serve: Serve) -> None:
    """For a client or an operation, where the document says nothing of it."""

    def answer(request: Received) -> bytes:
        return reply(data={"x": [1], "y": [2], "state": {"z": "q"} if "q" not in request.target else {}})

    client = Client(listing("again"), server=serve(answer).url)
    told = Pagination(parameter="again", next="state.z", items="y")
    assert list(client.list_things.with_options(pagination=told).items()) == [2, 2]


def test_a_told_parameter_must_be_there(serve: Serve) -> None:
    """Nothing is sent."""
    server = serve(reply())
    client = Client(
        listing("cursor"), server=server.url, options=Options(pagination=Pagination(parameter="curser", next="a"))
    )
    with pytest.raises(InvalidRequest, match=r"curser: is neither a parameter .*did you mean cursor"):
        client.list_things.pages()
    assert not server.received


def test_pages_end_at_the_limit(serve: Serve) -> None:
    """Of the options; nothing more is sent."""
    server = serve(by_page)
    pages = list(Client(listing("page"), server=server.url).list_things.with_options(max_pages=2).pages())
    assert pages == [[0, 1, 2], [3, 4, 5]]
    assert len(server.received) == 2


def test_a_total_is_the_end(serve: Serve) -> None:
    """Without a further request, though the last page is full."""
    server = serve(
        lambda request: reply(data={"total": 4, "items": [0, 1] if "offset" not in request.target else [2, 3]})
    )
    assert numbers(Client(listing("offset"), server=server.url)) == [0, 1, 2, 3]
    assert len(server.received) == 2


def test_the_number_of_pages_is_the_end(serve: Serve) -> None:
    """Wherever they begin to count."""
    server = serve(
        lambda request: reply(
            data={"page": {"number": int(asked(request).get("page", 0)), "totalPages": 2}, "content": [1]}
        )
    )
    assert numbers(Client(listing("page"), server=server.url)) == [1, 1]
    assert [asked(each).get("page") for each in server.received] == [None, "1"]


def test_a_server_may_give_fewer_than_asked_for(serve: Serve) -> None:
    """A page is only short beside an earlier one, if the document does not say how large it may be."""
    server = serve(by_offset)
    assert numbers(Client(listing("offset", "limit"), server=server.url), limit=1000) == NUMBERS


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (reply(data={"next_cursor": "a", "items": [1]}), ("cursor",)),
        (reply(data={"next": "/things?a=b", "items": [1]}), ()),
        (reply(data=[1], Link='</things?a=b>; rel="next"'), ()),
        (reply(data=[1]), ("page",)),
    ],
)  # fmt: skip
def test_pages_that_repeat_end_with_an_error(serve: Serve, answer: bytes, names: Any) -> None:
    """Every page before it is given."""
    server, given = serve(answer), []
    with pytest.raises(InvalidResponse, match="the pages would never end"):
        given.extend(Client(listing(*names), server=server.url).list_things.pages())
    assert len(given) == len(server.received) == 2


def test_a_reply_that_does_not_tell_what_is_next_is_an_error(serve: Serve) -> None:
    """If there is a cursor that might lead on."""
    client = Client(listing("cursor"), server=serve(reply(data=[1])).url)
    with pytest.raises(InvalidResponse, match=r"does not tell what comes next .*Pagination"):
        numbers(client)


def test_items_need_an_array(serve: Serve) -> None:
    """Which one is said, where there are several."""
    client = Client(listing(), server=serve(reply(data={"a": [1], "b": [2]})).url)
    with pytest.raises(InvalidResponse, match=r"has several arrays \(a, b\)"):
        numbers(client)
    assert list(client.list_things.with_options(pagination=Pagination(items="b")).items()) == [2]


def test_an_array_that_is_left_out_is_empty(serve: Serve) -> None:
    """As Google leaves it out."""
    client = Client(
        listing("pageToken", members={"files": {"type": "array", "items": {}}}), server=serve(reply(data={})).url
    )
    assert numbers(client) == []


def with_key(server: Loopback, place: str) -> Client:
    """A client with an API key."""
    schemes = {"key": {"type": "apiKey", "in": place, "name": "X-Key"}}
    responses = {"200": {"description": "OK"}}
    found = document(
        {"/things": {"get": {"operationId": "listThings", "responses": responses}}},
        security=[{"key": []}],
        components={"securitySchemes": schemes},
    )
    return Client(found, server=server.url, auth={"key": "very-secret"}, options=Options(headers={"X-Tenant": "t"}))


def test_a_next_url_on_another_server_gets_no_credential(serve: Serve) -> None:
    """Nor any field that may be one."""
    other = serve(reply(data={"items": [2]}))
    server = serve(lambda _: reply(data={"items": [1], "next": f"{other.url}/more"}))
    assert numbers(with_key(server, "header")) == [1, 2]
    assert not {"x-key", "x-tenant"} & other.last.headers.keys()


def test_a_next_url_on_a_trusted_server_gets_everything(serve: Serve) -> None:
    """If the options say so."""
    other = serve(reply(data={"items": [2]}))
    server = serve(lambda _: reply(data={"items": [1], "next": f"{other.url}/more"}))
    client = with_key(server, "header").with_options(follow_to=[other.url])
    assert numbers(client) == [1, 2]
    assert other.last.headers["x-key"] == "very-secret"


def test_a_next_url_that_takes_a_secret_to_another_server_is_refused(serve: Serve) -> None:
    """Nothing is sent there."""
    other = serve(reply(data={"items": [2]}))
    server = serve(lambda _: reply(data={"items": [1], "next": f"{other.url}/very-secret/more"}))
    with pytest.raises(TransportError, match="the URL holds a secret"):
        numbers(with_key(server, "header"))
    assert not other.received


def test_a_key_in_the_query_goes_to_the_next_page_of_the_same_server(serve: Serve) -> None:
    """Servers leave it out of the URL, or not."""
    answers = [reply(data={"items": [1], "next": "/things?p=2"}), reply(data={"items": [2], "next": "/things?p=3&X-Key=very-secret"}), reply(data={"items": []})]  # fmt: skip
    server = serve(lambda _: answers.pop(0))
    assert numbers(with_key(server, "query")) == [1, 2]
    assert [each.target for each in server.received[1:]] == [
        "/things?p=2&X-Key=very-secret",
        "/things?p=3&X-Key=very-secret",
    ]


@pytest.mark.parametrize("url", ["http://h\\@x/", "/a\x00b", "http://:80/", "https:x"])
def test_a_next_url_that_parsers_read_differently_is_refused(serve: Serve, url: str) -> None:
    """Nothing is sent."""
    server = serve(lambda _: reply(data={"items": [1], "next": url}))
    with pytest.raises(InvalidResponse, match="is not an http"):
        numbers(Client(listing(), server=server.url))
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", None),
        ('<a>; rel="prev"', None),
        ("<a>; rel=next", "a"),
        ('<a;b,c>; title="x, <y>; rel=prev"; REL="first NEXT"', "a;b,c"),
        ('<a>; rel=prev, <b>;rel = "next"', "b"),
    ],
)
def test_a_link_header_is_read_as_rfc_8288_says(header: str, url: str | None) -> None:
    """Quotes, commas, several relations."""
    assert next_link(header) == url


def test_a_number_that_does_not_go_on_is_the_end(serve: Serve) -> None:
    """Some servers say 0 when there is no next page."""
    server = serve(lambda request: reply(data={"items": [1], "next_page": 2 if "page" not in request.target else 0}))
    assert numbers(Client(listing("page"), server=server.url)) == [1, 1]
    assert len(server.received) == 2


def test_a_page_that_is_not_found_is_the_end_of_those_that_are_counted(serve: Serve) -> None:
    """But not when a reply said that it is there, nor as the first one."""
    server = serve(lambda request: reply(404) if "page=2" in request.target else reply(data=[1]))
    assert numbers(Client(listing("page"), server=server.url)) == [1]
    server = serve(
        lambda request: reply(404) if "a=b" in request.target else reply(data={"items": [1], "next": "/things?a=b"})
    )
    with pytest.raises(ApiError):
        numbers(Client(listing("page"), server=server.url))
    with pytest.raises(ApiError):
        numbers(Client(listing("page"), server=serve(reply(404)).url))


def test_a_relative_url_needs_no_slash_in_front(serve: Serve) -> None:
    """It starts at the URL of the reply."""
    server = serve(
        lambda request: reply(data={"items": [1], "next": "things?p=2" if "?" not in request.target else ""})
    )
    assert numbers(Client(listing(), server=server.url)) == [1, 1]
    assert server.last.target == "/things?p=2"
