"""Swagger 2.0: what its documents mean, judged by the bytes on the wire and by the places that problems name."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from servers import Received, reply

from dynclient import ApiError, Client, Document, InvalidRequest, InvalidResponse, Options, SpecError, load
from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.prepare import prepare
from dynclient.exchange import Exchange
from dynclient.mock.server import Mock
from dynclient.schema.maker import documented
from dynclient.spec.slices import Slices

OFF = Options(validate_responses="off")
OK: dict[str, Any] = {"200": {"description": "done"}}
QUERY, PATH, HEADER, FORM = ({"in": place} for place in ("query", "path", "header", "formData"))
ARRAY = {"type": "array", "items": {"type": "string"}}
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"


def swagger(paths: Any = None, **parts: Any) -> Document:
    """A document of these paths and whatever else is given."""
    return load({"swagger": "2.0", "info": {"title": "Small", "version": "1"}, "paths": paths or {}, **parts})


def post(*parameters: Any, path: str = "/things", method: str = "post", **rest: Any) -> dict[str, Any]:
    """The paths of one operation `use`."""
    return {path: {method: {"operationId": "use", "parameters": list(parameters), "responses": OK, **rest}}}


def used(document: Document) -> Operation:
    """The operation `use` of a document."""
    return Api(document).operations["use"]


def sent(serve: Serve, document: Document, *args: Any, **kwargs: Any) -> Received:
    """What a real server receives when `use` is called."""
    server = serve(reply(data={}))
    with Client(document, server=server.url, options=OFF) as client:
        client.use_(*args, **kwargs)
    (found,) = server.received
    return found


def fields_of(received: Received) -> Mapping[str, tuple[str | None, bytes]]:
    """The file name and the bytes of each part of a form; parts of one name are joined by a bar."""
    boundary = received.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in received.body.split(b"--" + boundary)[1:-1]:
        head, _, data = part.strip(b"\r\n").partition(b"\r\n\r\n")
        words = head.decode().split('"')
        name, filename = words[1], words[3] if "filename" in head.decode() else None
        found[name] = (filename, b"|".join(filter(None, (found.get(name, (None, b""))[1], data))))
    return found


# --- servers


@pytest.mark.parametrize(
    ("parts", "urls"),
    [
        ({"host": "a.example", "basePath": "/v1", "schemes": ["https", "http"]}, ["https://a.example/v1", "http://a.example/v1"]),
        ({"host": "a.example", "basePath": "/v1/", "schemes": ["https"]}, ["https://a.example/v1"]),
        ({"host": "a.example:8443", "schemes": ["wss", "https"]}, ["https://a.example:8443"]),
        ({"host": "a.example"}, ["https://a.example", "http://a.example"]),
        ({"basePath": "/v1"}, ["/v1"]),
        ({"basePath": "v1"}, ["/v1"]),
        ({"basePath": "/"}, ["/"]),
        ({"host": "http://a.example/", "schemes": ["http"]}, ["http://a.example"]),
        ({}, ["/"]),
    ],
)  # fmt: skip
def test_host_base_path_and_schemes_are_the_servers(parts: Any, urls: list[str]) -> None:
    """Without schemes https comes first; a base path that ends in a slash adds none."""
    assert [server.template for server in used(swagger(post(), **parts)).servers] == urls


def test_an_operation_may_have_schemes_of_its_own() -> None:
    """At the host and the base path of the document."""
    found = used(swagger(post(schemes=["http"]), host="a.example", basePath="/b", schemes=["https"]))
    assert [server.template for server in found.servers] == ["http://a.example/b"]


def test_a_host_that_is_none_is_a_problem_of_the_host() -> None:
    """The server that is made of it has no fault of its own."""
    problems = swagger(post(), host="{tenant}.example", schemes=["https"]).problems
    assert [(problem.path, problem.keyword) for problem in problems] == [(("host",), "pattern")]


def test_a_fetched_document_without_host_is_served_where_it_was_fetched(serve: Serve) -> None:
    """So is its scheme, where it names a host alone."""
    text = json.dumps({"swagger": "2.0", "info": {"title": "T", "version": "1"}, "basePath": "/v1", "paths": post()})
    server = serve(lambda got: reply(data=text if got.method == "GET" else {}))
    with Client(load(f"{server.url}/swagger.json", fetch=True)) as client:
        client.use_()
    assert server.received[-1].target == "/v1/things"
    named = text.replace('"basePath"', f'"host": "{server.url.removeprefix("http://")}", "basePath"')
    again = serve(reply(data=named))
    assert used(load(f"{again.url}/swagger.json", fetch=True)).servers[0].template == f"{server.url}/v1"


# --- bodies


@pytest.mark.parametrize(
    ("document", "operation", "kinds"),
    [
        ({}, {}, ["application/json"]),
        ({"consumes": []}, {}, ["application/json"]),
        ({"consumes": ["text/csv"]}, {}, ["text/csv"]),
        ({"consumes": ["text/csv"]}, {"consumes": ["application/xml"]}, ["application/xml"]),
        ({"consumes": ["text/csv"]}, {"consumes": []}, ["application/json"]),
    ],
)
def test_a_body_has_the_media_types_that_the_operation_consumes(
    document: Any, operation: Any, kinds: list[str]
) -> None:
    """Its own, even none, before those of the document; JSON where there are none."""
    body = {"name": "b", "in": "body", "required": True, "schema": PET}
    found = used(swagger(post(body, **operation), **document)).body
    assert found is not None
    assert (list(found.by_type), found.required) == (kinds, True)


@pytest.mark.parametrize("method", ["post", "delete", "get"])
def test_a_body_parameter_is_the_body(serve: Serve, method: str) -> None:
    """Of any method, by `$ref` or not."""
    shared = {"Pet": {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}}
    paths = post({"$ref": "#/parameters/Pet"}, method=method)
    document = swagger(paths, parameters=shared, definitions={"Pet": PET})
    assert sent(serve, document, {"name": "Rex"}).json == {"name": "Rex"}
    with pytest.raises(InvalidRequest, match="body /name: 1 is not of type string"):
        used_client(document).prepare("use", {}, {"name": 1})
    assert document.problems == []


def used_client(document: Document) -> Client:
    """A client that is never connected."""
    return Client(document, server="http://127.0.0.1")


def test_a_body_of_the_path_item_belongs_to_its_operations() -> None:
    """Unless they have one of their own, under whatever name."""
    shared = {"name": "a", "in": "body", "schema": {"type": "string"}}
    own = {"name": "b", "in": "body", "schema": {"type": "integer"}}
    item = {"parameters": [shared], "put": {"responses": OK}, "post": {"parameters": [own], "responses": OK}}
    operations = Api(swagger({"/a": item})).operations
    bodies = [operations[f"{method} /a"].body for method in ("PUT", "POST")]
    assert [next(iter(body.by_type.values())).schema.is_valid("x") for body in bodies if body] == [True, False]


def test_form_parameters_are_a_form(serve: Serve) -> None:
    """Urlencoded, with the required fields; another name is refused as for any parameter."""
    document = swagger(
        post({"name": "a", **FORM, "type": "string", "required": True}, {"name": "n", **FORM, "type": "integer"})
    )
    received = sent(serve, document, {"a": "x y", "n": 3})
    assert (received.headers["content-type"], received.body) == (URLENCODED, b"a=x+y&n=3")
    for wrong in ({"n": 3}, {"a": "x", "other": 1}, {"a": "x", "n": "y"}):
        with pytest.raises(InvalidRequest):
            used_client(document).use_(wrong)
    body = used(swagger(post({"name": "n", **FORM, "type": "integer"}))).body
    assert body is not None
    assert not body.required


@pytest.mark.parametrize(
    ("consumes", "kinds"),
    [
        ([], [URLENCODED]),
        (["application/json"], [URLENCODED]),
        (["application/json", URLENCODED], [URLENCODED]),
        ([" multipart/form-data"], [MULTIPART]),
        ([URLENCODED, MULTIPART], [URLENCODED, MULTIPART]),
    ],
)
def test_a_form_is_sent_in_the_forms_that_the_operation_consumes(consumes: list[str], kinds: list[str]) -> None:
    """JSON is not one of them; white space around a media type is ignored."""
    body = used(swagger(post({"name": "a", **FORM, "type": "string"}, consumes=consumes))).body
    assert body is not None
    assert list(body.by_type) == kinds


@pytest.mark.parametrize("consumes", [[], [URLENCODED], ["application/json"], [MULTIPART, URLENCODED]])
def test_a_file_makes_the_form_multipart(serve: Serve, consumes: list[str]) -> None:
    """Whatever the operation consumes; arrays in it are joined by commas unless their format says otherwise."""
    parameters = [
        {"name": "file", **FORM, "type": "file", "required": True},
        {"name": "csv", **FORM, **ARRAY},
        {"name": "multi", **FORM, **ARRAY, "collectionFormat": "multi"},
        {"name": "tsv", **FORM, **ARRAY, "collectionFormat": "tsv"},
    ]
    value = {"file": ("a.txt", b"data"), "csv": ["a", "b"], "multi": ["a", "b"], "tsv": ["a", "b"]}
    received = sent(serve, swagger(post(*parameters, consumes=consumes)), value)
    assert received.headers["content-type"].startswith(MULTIPART)
    texts = {"csv": (None, b"a,b"), "multi": (None, b"a|b"), "tsv": (None, b"a\tb")}
    assert fields_of(received) == {"file": ("a.txt", b"data"), **texts}


def test_of_several_bodies_and_a_form_a_request_may_send_any(serve: Serve) -> None:
    """The document is at fault, and its problems say so."""
    bodies = [
        {"name": name, "in": "body", "required": True, "schema": {"type": name}} for name in ("string", "integer")
    ]
    document = swagger(post(*bodies, {"name": "file", **FORM, "type": "file"}))
    assert [sent(serve, document, value).body for value in ("x", 5)] == [b'"x"', b"5"]
    assert fields_of(sent(serve, document, {"file": b"data"})) == {"file": ("file", b"data")}
    with pytest.raises(InvalidRequest):
        used_client(document).use_([1])
    messages = [problem.message.partition(" [")[0] for problem in document.problems]
    assert messages == [
        "an operation may have one `in: body`, and 'string' is one",
        "`in: formData` and `in: body` exclude each other, and 'string' is a body",
    ]


# --- arrays


@pytest.mark.parametrize(
    ("place", "form", "expected"),
    [
        (QUERY, None, "/things?v=a,b%20c"),
        (QUERY, "csv", "/things?v=a,b%20c"),
        (QUERY, "multi", "/things?v=a&v=b%20c"),
        (QUERY, "pipes", "/things?v=a%7Cb%20c"),
        (QUERY, "tsv", "/things?v=a%09b%20c"),
        (PATH, None, "/things/a,b%20c"),
        (PATH, "csv", "/things/a,b%20c"),
        (PATH, "pipes", "/things/a%7Cb%20c"),
        (PATH, "tsv", "/things/a%09b%20c"),
        (HEADER, None, "a,b c"),
        (HEADER, "csv", "a,b c"),
        (HEADER, "pipes", "a|b c"),
        (HEADER, "tsv", "a\tb c"),
        (FORM, None, "v=a,b%20c"),
        (FORM, "csv", "v=a,b%20c"),
        (FORM, "multi", "v=a&v=b+c"),
        (FORM, "pipes", "v=a%7Cb%20c"),
        (FORM, "tsv", "v=a%09b%20c"),
    ],
)
def test_an_array_is_written_in_its_collection_format(
    serve: Serve, place: Any, form: str | None, expected: str
) -> None:
    """And read back as the same value; the document has no fault."""
    value = ["a", "b c"]
    parameter = {"name": "v", **place, "required": True, **ARRAY, **({"collectionFormat": form} if form else {})}
    document = swagger(post(parameter, path="/things/{v}" if place is PATH else "/things"))
    received = sent(serve, document, {"v": value} if place is FORM else value)
    parts = {"header": received.headers.get("v"), "formData": received.body.decode()}
    assert parts.get(place["in"], received.target) == expected
    assert document.problems == []
    api = Api(document)
    request = used_client(document).prepare("use", *(({}, {"v": value}) if place is FORM else ({"v": value},)))
    match = api.match(request)
    assert match is not None
    assert (match.body if place is FORM else next(iter(match.arguments.values()))) == (
        {"v": value} if place is FORM else value
    )


@pytest.mark.parametrize(
    ("place", "expected"), [(QUERY, "/things?v=a%20b"), (PATH, "/things/a%20b"), (HEADER, "a b"), (FORM, "v=a%20b")]
)
def test_an_array_may_be_separated_by_spaces(serve: Serve, place: Any, expected: str) -> None:
    """An item that contains a space is refused, since its end could not be found again."""
    parameter = {"name": "v", **place, "required": True, **ARRAY, "collectionFormat": "ssv"}
    document = swagger(post(parameter, path="/things/{v}" if place is PATH else "/things"))
    received = sent(serve, document, {"v": ["a", "b"]} if place is FORM else ["a", "b"])
    parts = {"header": received.headers.get("v"), "formData": received.body.decode()}
    assert parts.get(place["in"], received.target) == expected
    with pytest.raises(InvalidRequest, match="delimiter"):
        used_client(document).use_({"v": ["a b"]} if place is FORM else ["a b"])


# --- parameters


def test_a_parameter_describes_its_value_itself() -> None:
    """With the bounds, the default and the example that a schema would have."""
    rules = {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "default": 3, "x-example": 4}
    (parameter,) = used(swagger(post({"name": "n", **QUERY, **rules}))).parameters
    assert [parameter.schema.is_valid(value) for value in (1, 2, 9, 10, "2")] == [False, True, True, False, False]
    assert parameter.default == 3


def test_an_empty_value_may_be_allowed(serve: Serve) -> None:
    """In the query."""
    document = swagger(post({"name": "n", **QUERY, "type": "integer", "allowEmptyValue": True}))
    assert sent(serve, document, "").target == "/things?n="


def test_headers_that_openapi_3_ignores_are_arguments(serve: Serve) -> None:
    """Each is sent once; the body is written in the Content-Type that is named."""
    names = ("Authorization", "Accept", "Content-Type")
    parameters = [{"name": name, **HEADER, "type": "string", "required": True} for name in names]
    body = {"name": "b", "in": "body", "schema": {"type": "string"}}
    document = swagger(post(*parameters, body, consumes=["application/json", "text/plain"]))
    server = serve(reply(data={}))
    with Client(document, server=server.url, options=OFF) as client:
        client.call("use", {"Authorization": "Custom x", "Accept": "text/csv", "Content-Type": "text/plain"}, "x")
        client.call("use", {"Authorization": "Custom x"}, "x")
    first, second = server.received
    assert [first.headers[name.lower()] for name in names] == ["Custom x", "text/csv", "text/plain"]
    assert (first.body, second.body) == (b"x", b'"x"')
    assert [second.headers[name] for name in ("accept", "content-type")] == ["*/*", "application/json"]


def test_the_value_of_an_authorization_parameter_is_secret() -> None:
    """Even where no security scheme carries it."""
    parameter = {"name": "Authorization", **HEADER, "type": "string", "maxLength": 3}
    with pytest.raises(InvalidRequest) as caught:
        used_client(swagger(post(parameter))).use_(authorization="secret-token")
    assert "secret-token" not in str(caught.value)


def test_parameters_of_the_path_item_and_shared_ones_are_arguments(serve: Serve) -> None:
    """An operation may override those of its path item."""
    shared = {"limit": {"name": "limit", **QUERY, "type": "integer", "maximum": 5}}
    paths = post({"name": "id", **PATH, "required": True, "type": "string"}, path="/things/{id}", method="get")
    item = {"name": "id", **PATH, "required": True, "type": "integer"}
    paths["/things/{id}"]["parameters"] = [item, {"$ref": "#/parameters/limit"}]
    document = swagger(paths, parameters=shared)
    assert sent(serve, document, "x", limit=5).target == "/things/x?limit=5"
    with pytest.raises(InvalidRequest, match="query /limit: 6 is greater than"):
        used_client(document).use_("x", limit=6)


def test_a_path_template_may_have_a_query(serve: Serve) -> None:
    """Some documents tell operations apart by it."""
    document = swagger(post(path="/things?kind=new"))
    assert sent(serve, document).target == "/things?kind=new"


def test_an_example_of_a_body_belongs_to_its_media_type() -> None:
    """Or, without one, to all of them."""
    body = {"name": "b", "in": "body", "schema": PET, "x-examples": {"text/csv": "name"}, "x-example": {"name": "Rex"}}
    document = swagger(post(body, consumes=["application/json", "text/csv"]))
    found = used(document).body
    assert found is not None
    examples = [list(documented(document, content.node).values()) for content in found.contents]
    assert examples == [[{"name": "Rex"}], ["name"]]


# --- replies


@pytest.mark.parametrize(
    ("document", "operation", "kinds"),
    [
        ({}, {}, ["application/json"]),
        ({"produces": ["text/csv"]}, {}, ["text/csv"]),
        (
            {"produces": ["text/csv"]},
            {"produces": ["application/xml", "application/json"]},
            ["application/xml", "application/json"],
        ),
    ],
)
def test_a_reply_has_the_media_types_that_the_operation_produces(
    document: Any, operation: Any, kinds: list[str]
) -> None:
    """A shared reply those of the operation that refers to it, not those of the document."""
    responses = {"200": {"$ref": "#/responses/Pet"}}
    shared = {"Pet": {"description": "a pet", "schema": PET}}
    found = used(swagger(post(responses=responses, **operation), responses=shared, **document))
    assert list(found.replies["200"].contents) == kinds
    assert found.accept == ", ".join(kinds)


def test_examples_of_a_reply_name_its_media_types(serve: Serve) -> None:
    """An operation that produces bytes answers its errors in JSON."""
    error = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
    shown = {"application/json": {"message": "gone"}}
    responses = {
        "200": {"description": "bytes", "schema": {"type": "file"}},
        "404": {"description": "no", "schema": error, "examples": shown},
    }
    document = swagger(post(method="get", produces=["application/octet-stream"], responses=responses))
    assert list(used(document).replies["404"].contents) == ["application/octet-stream", "application/json"]
    server = serve(reply(404, {"message": "gone"}))
    with Client(document, server=server.url) as client, pytest.raises(ApiError, match="gone"):
        client.use_()


def test_an_error_that_is_an_object_may_be_json() -> None:
    """Nobody can write it as the bytes that the operation produces."""
    error = {"type": "object", "properties": {"message": {"type": "string"}}}
    responses = {
        "200": {"description": "", "schema": {"type": "file"}},
        "default": {"description": "", "schema": {"$ref": "#/definitions/Error"}},
    }
    found = used(swagger(post(produces=["image/png"], responses=responses), definitions={"Error": error}))
    assert list(found.replies["200"].contents) == ["image/png"]
    assert list(found.replies["default"].contents) == ["image/png", "application/json"]


@pytest.mark.parametrize("produces", [[], ["image/png"]])
def test_a_file_comes_back_as_bytes(serve: Serve, produces: list[str]) -> None:
    """Of any media type, where none is documented."""
    responses = {"200": {"description": "a picture", "schema": {"type": "file"}}}
    server = serve(reply(data=b"\x89PNG", kind="image/png"))
    with Client(swagger(post(method="get", produces=produces, responses=responses)), server=server.url) as client:
        assert client.use_() == b"\x89PNG"


def test_a_status_may_be_a_number_in_yaml() -> None:
    """Authors of YAML write `200:` without quotes."""
    text = "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: use\n      responses: {200: {description: OK}}"
    document = load(text.encode())
    assert list(used(document).replies) == ["200"]
    assert document.problems == []


def test_a_header_of_a_reply_is_read_in_its_collection_format(serve: Serve) -> None:
    """As an array of integers."""
    header = {"type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"}
    document = swagger(post(responses={"200": {"description": "", "headers": {"X-Ids": header}}}))
    request = used_client(document).prepare("use", {})
    for text, count in (("1|2", 0), ("1|x", 1)):
        server = serve(reply(200, None, None, **{"X-Ids": text}))
        with Client(document, server=server.url, options=Options(validate_responses="warn")) as client:
            answer = client.use_.send()
        assert len(list(Api(document).judge(Exchange(request, answer)).problems)) == count


# --- schemas


@pytest.mark.parametrize("word", ["x-nullable", "x-isnullable", "nullable"])
def test_null_is_allowed_where_an_extension_says_so(word: str) -> None:
    """Also beside a reference."""
    properties = {"a": {"type": "string", word: True}, "b": {"type": "string"}}
    properties |= {"c": {"$ref": "#/definitions/C", word: True}} if word != "nullable" else {}
    responses = {"200": {"description": "", "schema": {"type": "object", "properties": properties}}}
    document = swagger(post(responses=responses), definitions={"C": {"type": "integer"}})
    schema = used(document).replies["200"].contents["application/json"].schema
    assert [schema.is_valid({name: None}) for name in properties] == [
        True,
        False,
        *([True] if "c" in properties else []),
    ]


def test_what_is_beside_a_reference_is_ignored() -> None:
    """Nothing is more common in such documents than a description there."""
    beside = {"$ref": "#/definitions/Pet", "description": "a pet", "type": "string"}
    document = swagger(post({"name": "b", "in": "body", "schema": beside}), definitions={"Pet": PET})
    body = used(document).body
    assert body is not None
    assert body.by_type["application/json"].schema.is_valid({"name": "x"})
    assert document.problems == []


def test_read_only_properties_are_not_required_in_requests() -> None:
    """As in OpenAPI 3."""
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}}
    body = used(swagger(post({"name": "b", "in": "body", "schema": schema}))).body
    assert body is not None
    assert body.by_type["application/json"].schema.is_valid({})


def test_a_discriminator_names_a_definition_or_the_value_that_it_gives_itself() -> None:
    """A subtype that builds on the base by `allOf` checks the values that name it."""
    base = {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {"kind": {"type": "string"}}}

    def built(name: str, **rest: Any) -> Any:
        return {"allOf": [{"$ref": "#/definitions/Pet"}, {"type": "object", "required": [name]}], **rest}

    definitions = {"Pet": base, "Cat": built("claws"), "Dog": built("bark", **{"x-ms-discriminator-value": "#Dog"})}
    body = {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    document = swagger(post(body), definitions=definitions)
    found = used(document).body
    assert found is not None
    schema = found.by_type["application/json"].schema
    values = [
        {"kind": "Cat", "claws": 1},
        {"kind": "Cat"},
        {"kind": "#Dog", "bark": 1},
        {"kind": "#Dog"},
        {"kind": "Dog"},
    ]
    assert [schema.is_valid(value) for value in values] == [True, False, True, False, True]
    assert document.problems == []


def test_words_of_swagger_inside_examples_are_data() -> None:
    """Nothing is translated there."""
    example = {"discriminator": "a", "x-nullable": True}
    document = swagger(post(), definitions={"A": {"type": "object", "example": example, "default": example}})
    assert document.data["definitions"]["A"]["example"] == example


# --- security


@pytest.mark.parametrize(
    ("scheme", "credential", "header"),
    [
        ({"type": "basic"}, ("user", "pass"), "Basic dXNlcjpwYXNz"),
        ({"type": "apiKey", "in": "header", "name": "Authorization"}, "key", "key"),
        ({"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://a.example"}, "token", "Bearer token"),
        ({"type": "oauth2", "flow": "password", "tokenUrl": "https://a.example"}, "token", "Bearer token"),
    ],
)
def test_credentials_are_sent_as_their_scheme_says(serve: Serve, scheme: Any, credential: Any, header: str) -> None:
    """Security is required by the document, or by the operation."""
    document = swagger(post(), securityDefinitions={"S": scheme}, security=[{"S": []}])
    server = serve(reply(data={}))
    with Client(document, server=server.url, auth={"S": credential}, options=OFF) as client:
        client.use_()
    assert server.received[0].headers["authorization"] == header
    with pytest.raises(InvalidRequest):
        used_client(document).use_()


@pytest.mark.parametrize(
    ("flow", "name"),
    [
        ("implicit", "implicit"),
        ("password", "password"),
        ("application", "clientCredentials"),
        ("accessCode", "authorizationCode"),
    ],
)
def test_the_flows_of_oauth_have_their_new_names(flow: str, name: str) -> None:
    """With their URLs and scopes."""
    urls = {"authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"}
    wanted = {"implicit": ["authorizationUrl"], "accessCode": [*urls]}.get(flow, ["tokenUrl"])
    scheme = {"type": "oauth2", "flow": flow, "scopes": {"read": "all"}, **{each: urls[each] for each in wanted}}
    document = swagger(post(), securityDefinitions={"S": scheme})
    (found,) = Api(document).schemes["S"].flows
    written = document.data["components"]["securitySchemes"]["S"]["flows"]
    assert (found.kind, written[name]["scopes"]) == (name, {"read": "all"})
    assert document.problems == []


# --- files


def test_parts_of_other_files_are_in_the_form_of_swagger_2(tmp_path: Path, serve: Serve) -> None:
    """Path items, parameters, replies and definitions, each with references of its own."""
    item = {
        "post": {
            "operationId": "use",
            "parameters": [{"$ref": "params.json#/Pet"}],
            "responses": {"200": {"$ref": "replies.json"}},
        }
    }
    files = {
        "swagger.json": {
            "swagger": "2.0",
            "info": {"title": "T", "version": "1"},
            "paths": {"/a": {"$ref": "items/a.json"}},
        },
        "items/a.json": json.loads(json.dumps(item).replace("params", "../params").replace("replies", "../replies")),
        "params.json": {
            "Pet": {"name": "b", "in": "body", "required": True, "schema": {"$ref": "definitions.json#/Pet"}}
        },
        "replies.json": {"description": "", "schema": {"$ref": "definitions.json#/Pet"}},
        "definitions.json": {"Pet": {**PET, "properties": {"name": {"type": "string", "x-nullable": True}}}},
    }
    (tmp_path / "items").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), "utf-8")
    document = load(tmp_path / "swagger.json")
    server = serve(reply(data={"name": None}))
    with Client(document, server=server.url) as client:
        assert client.use_({"name": None}) == {"name": None}
    with pytest.raises(InvalidRequest, match="name"):
        used_client(document).use_({"name": 1})
    assert document.problems == []


# --- problems

FAULTY = """\
swagger: "2.0"
info: {title: T, version: "1"}
paths:
  /a:
    get:
      operationId: use
      parameters:
        - $ref: '#/parameters/missing'
      responses:
        200:
          description: OK
          schema:
            $ref: '#/definitions/Missing'
  /b:
    post:
      parameters:
        - {name: b, in: body, schema: {type: object}}
        - name: q
          in: query
          type: text
      responses:
        200: {$ref: '#/responses/Shared'}
      security:
        - Unknown: []
responses:
  Shared:
    description: shared
    schema: {$ref: '#/definitions/Other'}
definitions:
  Pet:
    type: object
    properties:
      name: {type: strin}
"""


def test_a_problem_names_the_place_in_the_text_of_the_author() -> None:
    """The line and the JSON pointer; and each is found once, by the rules of Swagger 2.0."""
    document = load(FAULTY.encode())
    found = {"/".join(map(str, problem.path)): problem for problem in document.problems}
    lines = {path: int(problem.message.rpartition(":")[2].rstrip("]")) for path, problem in found.items()}
    assert lines == {
        "paths//a/get/parameters/0": 8,
        "paths//a/get/responses/200/schema": 12,
        "responses/Shared/schema": 28,
        "paths//b/post/security/0/Unknown": 24,
        "paths//b/post/parameters/1/type": 20,
        "definitions/Pet/properties/name/type": 33,
    }
    assert "GET /a refuses to run" in found["paths//a/get/parameters/0"].hint
    assert "replies of POST /b cannot be checked" in found["responses/Shared/schema"].hint
    assert "Swagger 2.0, Schema Object" in found["definitions/Pet/properties/name/type"].hint
    assert "securityDefinitions" in found["paths//b/post/security/0/Unknown"].hint


def test_a_broken_reference_is_raised_by_the_operation_that_uses_it() -> None:
    """With its line."""
    with pytest.raises(SpecError, match=r"no target: there is no 'parameters' \[<bytes>:8\]"):
        used_client(load(FAULTY.encode())).prepare("use", {})


def test_a_reply_that_breaks_the_document_names_the_problem(serve: Serve) -> None:
    """As with any document."""
    document = swagger(
        post(responses={"200": {"description": "", "schema": {"$ref": "#/definitions/Pet"}}}), definitions={"Pet": PET}
    )
    server = serve(reply(data={"name": 1}))
    with (
        Client(document, server=server.url) as client,
        pytest.raises(InvalidResponse, match="/name: 1 is not of type string"),
    ):
        client.use_()


@pytest.mark.parametrize(
    ("parameter", "consumes", "message"),
    [
        ({"type": "file"}, [URLENCODED], "a parameter of `type: file` needs multipart/form-data in `consumes`"),
        ({"type": "string"}, ["application/json"], "form parameters need application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_the_operation_does_not_consume_is_a_fault(parameter: Any, consumes: Any, message: str) -> None:
    """It is sent all the same."""
    (problem,) = swagger(post({"name": "f", **FORM, **parameter}, consumes=consumes)).problems
    assert problem.message.startswith(message)
    assert problem.path == ("paths", "/things", "post", "parameters", 0)


@pytest.mark.parametrize(
    ("paths", "path"),
    [
        ({"/a": {"get": {}}}, ("paths", "/a", "get", "responses")),
        (post({"name": "q", **QUERY}), ("paths", "/things", "post", "parameters", 0, "type")),
        (post({"name": "q", "in": "cookie", "type": "string"}), ("paths", "/things", "post", "parameters", 0, "in")),
        (post({"name": "b", "in": "body"}), ("paths", "/things", "post", "parameters", 0, "schema")),
        (
            post({"name": "q", **QUERY, **ARRAY, "collectionFormat": "x"}),
            ("paths", "/things", "post", "parameters", 0, "collectionFormat"),
        ),
        (post(responses={"200": {}}), ("paths", "/things", "post", "responses", "200", "description")),
        (post(requestBody={}), ("paths", "/things", "post", "requestBody")),
    ],
)
def test_what_the_schema_of_swagger_2_refuses_is_one_fault(paths: Any, path: Any) -> None:
    """Nothing follows from it."""
    assert [problem.path for problem in swagger(paths).problems] == [path]


# --- the rest of the package


def test_an_overlay_corrects_the_text_as_it_was_published() -> None:
    """Its targets are those of the author, so that it can be shared with other tools."""
    update = {"target": "$.paths['/things'].post.parameters[0]", "update": {"type": "integer"}}
    overlay = {"overlay": "1.0.0", "info": {"title": "O", "version": "1"}, "actions": [update]}
    document = swagger(post({"name": "n", **QUERY, "type": "text"}))
    assert len(document.problems) == 1
    corrected = document.corrected([overlay])
    assert corrected.problems == []
    assert used(corrected).parameters[0].schema.is_valid(1)


def test_a_large_document_is_upgraded_path_by_path(tmp_path: Path) -> None:
    """From the cache too, of which only the parts that are asked for are read; it can be pickled."""
    paths = {
        f"/a{at}": post({"name": "b", "in": "body", "schema": {"$ref": f"#/definitions/D{at}"}})["/things"]
        for at in range(2000)
    }
    for at, item in enumerate(paths.values()):
        item["post"]["operationId"] = f"use{at}"
    definitions = {f"D{at}": {"type": "object", "x-nullable": True, "description": "d" * 100} for at in range(2000)}
    text = json.dumps(
        {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": paths, "definitions": definitions}
    )
    (tmp_path / "swagger.json").write_text(text, "utf-8")
    for _ in range(2):
        document = load(tmp_path / "swagger.json", cache=str(tmp_path / "cache"))
        body = Api(document).operations["use7"].body
        assert body is not None
        assert [body.by_type["application/json"].schema.is_valid(value) for value in ({}, None, 1)] == [
            True,
            True,
            False,
        ]
    assert isinstance(document.source.data, Slices)
    assert isinstance(document.source.data["definitions"], Slices)
    made = [path for path, node in document.root.child("paths").moved._made.items() if node is not None]  # type: ignore[attr-defined]
    assert made == ["/a7"]
    assert repr(pickle.loads(pickle.dumps(document))) == repr(document)  # noqa: S301  our own bytes
    assert document.data["paths"]["/a9"]["post"]["operationId"] == "use9"


def test_the_mock_answers_for_it() -> None:
    """With the documented example of a reply."""
    example = {"application/json": {"name": "Rex"}}
    responses = {"201": {"description": "", "schema": {"$ref": "#/definitions/Pet"}, "examples": example}}
    body = {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    document = swagger(post(body, responses=responses), definitions={"Pet": PET}, basePath="/v1", host="a.example")
    with Mock(document) as mock, Client(document, server=mock.url) as client:
        assert client.use_({"name": "Tom"}) == {"name": "Rex"}
        with pytest.raises(ApiError) as caught:
            client.with_options(validate_requests="off", validate_responses="off").use_({"name": 1})
    assert caught.value.status == 422


#: A document with everything that is upgraded, to break it in every place.
WHOLE: dict[str, Any] = {
    "host": "a.example",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "paths": {
        "/a/{id}": {
            "parameters": [{"name": "id", **PATH, "required": True, **ARRAY, "collectionFormat": "pipes"}],
            "get": {
                "parameters": [{"$ref": "#/parameters/q"}],
                "responses": {"200": {"$ref": "#/responses/Pet"}},
                "schemes": ["http"],
            },
            "post": {
                "parameters": [{"name": "f", **FORM, "type": "file"}, {"name": "l", **FORM, **ARRAY}],
                "responses": OK,
            },
            "put": {
                "parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": OK,
            },
        }
    },
    "parameters": {"q": {"name": "q", **QUERY, "type": "integer", "x-example": 1}},
    "responses": {"Pet": {"description": "", "schema": PET, "headers": {"X": ARRAY}, "examples": {"text/csv": "a"}}},
    "definitions": {"Pet": {**PET, "discriminator": "name", "x-nullable": True}},
    "securityDefinitions": {
        "o": {"type": "oauth2", "flow": "application", "tokenUrl": "https://a.example", "scopes": {}}
    },
    "security": [{"o": []}],
}
JUNK: list[Any] = [
    None,
    1,
    "x",
    [],
    [None],
    {},
    {"a": 1},
    {"$ref": 5},
    {"$ref": "#/paths"},
    {"in": "body"},
    {"in": "formData", "name": []},
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and item of a value: its parent, and its name or position there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@pytest.mark.parametrize("turn", range(len(JUNK)))
def test_junk_in_any_place_is_a_problem_and_no_crash(turn: int) -> None:
    """Every operation can be used, or says with a SpecError what is wrong."""
    for index in range(len(list(places(WHOLE)))):
        data = copy.deepcopy(WHOLE)
        holder, key = list(places(data))[index]
        holder[key] = copy.deepcopy(JUNK[(turn + index) % len(JUNK)])
        document = swagger(**data)
        assert isinstance(document.data, dict)
        for operation in Api(document).operations.operations:
            with suppress(SpecError):
                prepare(operation, {"id": ["a"]}, {}, options=Options(server="http://127.0.0.1"))
                assert all(reply.contents is not None for reply in operation.replies.values())
        if index % 10 == turn:
            assert all(problem.message for problem in document.problems)
