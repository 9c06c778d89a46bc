"""Servers: the URL to call an operation at."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Serve
from servers import document, reply

from dynclient import Client, InvalidRequest, Options, Request, load
from dynclient.api.api import Api
from dynclient.wire.servers import Server, choose_server, server_of

GET = {"operationId": "get", "responses": {"200": {"description": "ok"}}}
REGIONS = {
    "url": "https://{region}.example.com:{port}/{base}",
    "description": "by region",
    "variables": {
        "region": {"default": "eu", "enum": ["eu", "us"]},
        "port": {"default": "443"},
        "base": {"default": "v1/api"},
    },
}
STAGING = {"url": "https://staging.example.com/", "name": "staging"}


def url(options: Any = None, *, servers: Any = (REGIONS, STAGING), path: str = "/a", item: Any = None) -> str:
    """The URL that a call goes to."""
    found = document({path: item or {"get": GET}}, version="3.2.0", servers=list(servers))
    return Client(found, options=Options(**options or {})).prepare("get").url


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "https://eu.example.com:443/v1/api/a"),
        ({"server_variables": {"region": "us", "port": "8443", "base": "v 2"}}, "https://us.example.com:8443/v%202/a"),
        ({"server": 1}, "https://staging.example.com/a"),
        ({"server": "staging"}, "https://staging.example.com/a"),
        ({"server": "by region"}, "https://eu.example.com:443/v1/api/a"),
        ({"server": "http://127.0.0.1:8080/x/"}, "http://127.0.0.1:8080/x/a"),
        ({"server_variables": {"port": 8443, "base": "100%/%20?"}}, "https://eu.example.com:8443/100%25/%20%3F/a"),
    ],
)
def test_a_server_is_chosen_by_url_index_name_or_description(options: Any, expected: str) -> None:
    """And its variables have their defaults unless they are given (OpenAPI, Server Object)."""
    assert url(options) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": 2}, "there are 2"),
        ({"server": "stagin"}, "did you mean staging"),
        ({"server_variables": {"region": "mars"}}, "eu, us"),
        ({"server_variables": {"regio": "us"}}, "not a variable of the document's servers .did you mean region"),
        ({"server_variables": {"zzz": "us"}}, "there are base, port, region"),
    ],
)
def test_an_unknown_server_is_refused_before_anything_is_sent(options: Any, words: str) -> None:
    """The message lists the known ones."""
    with pytest.raises(InvalidRequest, match=words):
        url(options)


def test_the_nearest_servers_count() -> None:
    """Those of the operation, else of the path, else of the document."""
    near = {"servers": [{"url": "https://path.example.com"}], "get": GET}
    nearest = {**near, "get": {**GET, "servers": [{"url": "https://operation.example.com/o"}]}}
    assert url(item=near) == "https://path.example.com/a"
    assert url(item=nearest) == "https://operation.example.com/o/a"


@pytest.mark.parametrize(
    ("base", "path", "expected"), [("/v1", "/", "/v1/"), ("/v1/", "/", "/v1/"), ("/", "/", "/"), ("", "/a/", "/a/")]
)
def test_slashes_are_neither_lost_nor_doubled(base: str, path: str, expected: str) -> None:
    """Base paths with and without a trailing slash, and a path that is one."""
    assert url(servers=[{"url": f"http://h{base}"}], path=path) == f"http://h{expected}"


def test_a_name_or_a_description_may_look_like_anything() -> None:
    """Names are compared before a text is read as a URL."""
    servers = [{"url": "http://a", "description": "Production: https://a"}, {"url": "http://b", "name": "https://c"}]
    assert url({"server": "Production: https://a"}, servers=servers) == "http://a/a"
    assert url({"server": "https://c"}, servers=servers) == "http://b/a"
    with pytest.raises(InvalidRequest, match="there is no server ''"):
        url({"server": ""}, servers=servers)


@pytest.mark.parametrize(
    ("template", "expected"),
    [("https://h/a b/ä", "https://h/a%20b/%C3%A4/a"), (" HTTPS://h/%20/ ", "HTTPS://h/%20/a")],
)
def test_the_url_of_a_server_is_percent_encoded_where_it_must_be(template: str, expected: str) -> None:
    """In the document and in variables."""
    assert url(servers=[{"url": template}]) == expected


def test_a_variable_without_a_default_needs_a_value() -> None:
    """The specification requires a default, but documents lack it."""
    servers = [{"url": "https://h/{stage}", "variables": {"stage": {"enum": ["a", "b"]}}}]
    assert url({"server_variables": {"stage": "b"}}, servers=servers) == "https://h/b/a"
    with pytest.raises(InvalidRequest, match="server /stage: has no value and no default"):
        url(servers=servers)


def test_a_variable_of_another_operations_server_may_be_given() -> None:
    """Options are for all operations."""
    other = {
        "servers": [{"url": "https://{zone}.x", "variables": {"zone": {"default": "a"}}}],
        "get": {"responses": {}},
    }
    found = document({"/a": {"get": GET}, "/b": other}, servers=[STAGING])
    assert (
        Client(found, options=Options(server_variables={"zone": "b"})).prepare("get").url
        == "https://staging.example.com/a"
    )


def test_a_relative_server_is_relative_to_the_document() -> None:
    """OpenAPI, Server Object: relative to where the document was found."""
    server = server_of({"url": "../v2"}, "https://example.com/docs/api/openapi.yaml")
    assert choose_server([server], None, {}) == ("https://example.com/docs/v2", [])


def test_a_relative_server_is_relative_to_the_file_that_lists_it(serve: Serve) -> None:
    """It may be another file than the document."""
    item = {"servers": [{"url": "../other"}], "get": GET}
    files = {
        "/docs/root.json": {"paths": {"/a": {"$ref": "parts/a.json"}}, "openapi": "3.1.0", "info": {}},
        "/docs/parts/a.json": item,
    }
    server = serve(lambda request: reply(data=files[request.target]))
    client = Client(load(f"{server.url}/docs/root.json", fetch=True))
    assert client.get.prepare().url == f"{server.url}/docs/other/a"


def test_any_allowed_server_is_matched() -> None:
    """A recorded request may have gone to any of them, with any allowed variable."""
    matcher = Api(
        document(
            {"/a": {"get": GET}},
            servers=[
                {"url": "https://h/{stage}", "variables": {"stage": {"default": "prod", "enum": ["prod", "test"]}}}
            ],
        )
    )
    for path in ("/prod/a", "/test/a", "/a"):
        assert matcher.find(Request("GET", f"https://h{path}")) is not None
    assert matcher.find(Request("GET", "https://h/other/a")) is None


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/acme/v1/a", True),
        ("/a/b/v2/a", True),
        ("/x/v1/a", True),
        ("/acme/v3/a", False),
        ("/v1/a", False),
        ("/acme/v1/b", False),
    ],
)
def test_a_variable_of_any_value_is_matched_with_any(path: str, fits: bool) -> None:  # noqa: FBT001
    """A request prepared for one tenant is found again, and so is one recorded with another."""
    variables = {"tenant": {"default": "x"}, "stage": {"default": "v1", "enum": ["v1", "v2"]}}
    servers = [{"url": "https://h/{tenant}/{stage}/", "variables": variables}]
    client = Client(
        document({"/a": {"get": GET}}, servers=servers), options=Options(server_variables={"tenant": "ä b"})
    )
    matcher = client._core.api
    assert matcher.find(client.prepare("get")) is client.operations["get"]
    assert (matcher.find(Request("GET", f"https://h{path}")) is not None) is fits


@pytest.mark.parametrize("url", ["//h/v1", "/v1", "v1", "./v1", "v1/", "../v1", "v0/../v1", "././v1"])
def test_the_path_of_a_server_without_a_scheme_is_matched(url: str) -> None:
    """Some documents have such URLs: without a scheme, or relative to the root."""
    api = Api(document({"/a": {"get": GET}}, servers=[{"url": url}]))
    assert api.find(Request("GET", "https://h/v1/a")) is not None


def test_a_document_without_servers_needs_one_from_the_caller() -> None:
    """There is no host to guess."""
    bare = load({"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": GET}}})
    with pytest.raises(InvalidRequest, match="pass server="):
        Client(bare).prepare("get")


RELATIVE = server_of({"url": "/api/{v}", "variables": {"v": {"default": "v3"}}}, "")


@pytest.mark.parametrize(
    ("given", "first", "url"),
    [
        ("http://h:1", RELATIVE, "http://h:1/api/v3"),
        ("http://h:1/", RELATIVE, "http://h:1/"),
        ("http://h/x", RELATIVE, "http://h/x"),
        ("http://h", server_of({"url": "v1/"}, ""), "http://h/v1"),
        ("http://h", server_of({"url": "/v1"}, "https://docs.example/a.yaml"), "http://h/v1"),
        ("http://h", server_of({"url": "https://other/v1"}, ""), "http://h"),
    ],
)
def test_a_server_without_a_path_keeps_the_relative_base_path_of_the_document(
    given: str, first: Server, url: str
) -> None:
    """Which leaves nothing but the host to its readers; one that ends in a slash is the whole."""
    assert choose_server([first], given, {}) == (url, [])


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("localhost:8080", "server: 'localhost:8080' lacks the scheme of a URL (write 'http://localhost:8080' or 'https://localhost:8080')"),
        ("me:fake@host:80", "server: 'host:80' lacks the scheme of a URL (write 'http://host:80' or 'https://host:80')"),
        ("example.com/v1", "server: 'example.com/v1' lacks the scheme of a URL (write 'http://example.com/v1' or 'https://example.com/v1')"),
        ("/api/v3", "server: '/api/v3' is relative (write the whole URL: 'https://example.com/api/v3')"),
        ("Production", "server: there is no server 'Production' (there are /)"),
    ],
)  # fmt: skip
def test_what_is_not_the_url_of_a_server_is_answered_with_one(wanted: str, text: str) -> None:
    """So that nobody has to guess what to write."""
    assert list(map(str, choose_server([server_of({}, "")], wanted, {})[1])) == [text]


def test_a_secret_value_of_a_variable_is_not_quoted() -> None:
    """Its name says that it is one."""
    server = server_of({"url": "http://h/{apiKey}", "variables": {"apiKey": {"default": "a", "enum": ["a"]}}}, "")
    assert "fake" not in str(server.url({"apiKey": "fake"})[1])


def test_a_value_that_no_url_can_have_is_a_problem() -> None:
    """From the document, or from the caller."""
    server = {"url": "http://h/{base}", "variables": {"base": {"default": "\ud83d"}}}
    for options in ({}, {"server_variables": {"base": "\udc00"}}):
        with pytest.raises(InvalidRequest, match="server /base: contains an unpaired surrogate"):
            url(options, servers=[server])
