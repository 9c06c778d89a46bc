"""Faults: what breaks the specification, where, and which operations it touches."""

import json
from pathlib import Path
from typing import Any

import pytest
from servers import document, schemas

from dynclient import Client, Document, InvalidRequest, Options, Response, SpecError, load
from dynclient.api.api import Api
from dynclient.api.prepare import prepare
from dynclient.api.read import read as read_reply
from dynclient.api.signature import MISSING
from dynclient.exchange import Headers
from dynclient.faults.faults import faults
from dynclient.problem import pointer
from dynclient.spec.reading import read_source
from dynclient.wire.styles import LOCATION_STYLES, PAIR_STYLES, TEXT_STYLES

OK = {"200": {"description": "OK"}}
Q = {"name": "q", "in": "query", "schema": {}}
ID = {"name": "id", "in": "path", "required": True, "schema": {}}


def messages_of(found: Document) -> list[str]:
    """The faults of a document, without files and lines."""
    return [f"{pointer(fault.node.path)}: {fault.message}" for fault in faults(found)]


def get(*parameters: Any, path: str = "/a", version: str = "3.0.3", **rest: Any) -> list[str]:
    """The faults of a document with one operation."""
    return messages_of(
        document({path: {"get": {"parameters": list(parameters), "responses": OK, **rest}}}, version=version)
    )


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_schema_object_is_judged_by_its_dialect(version: str) -> None:
    """By JSON Schema 2020-12, which OpenAPI's own schema does not cover, unless another dialect is named."""
    broken = {"properties": {"a": {"type": "strin"}, "b": {"minimum": "1"}, "c": {"exclusiveMinimum": True}}}
    broken["properties"]["d"] = {"items": [{}], "properties": {"type": {"enum": [{"type": 1}]}}}
    places = [
        f"/components/schemas/X/properties/{place}"
        for place in ("a/type", "b/minimum", "c/exclusiveMinimum", "d/items")
    ]
    found = messages_of(schemas(version, X=broken))
    assert [text.partition(":")[0] for text in found] == places
    assert found[0].partition(": ")[2].startswith('"strin" is not one of "array", "boolean", "integer"')
    assert messages_of(schemas(version, X={**broken, "$schema": "http://json-schema.org/draft-04/schema#"})) == []
    assert (
        messages_of(schemas(version, X={**broken, "$schema": "https://json-schema.org/draft/2020-12/schema"})) == found
    )


def test_a_valid_document_has_no_faults() -> None:
    """Nor have the documents of the package."""
    assert get(Q, ID, path="/a/{id}") == []
    assert [load(name).problems for name in ("order_capture", "pieces_os")] == [[], []]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_document_is_judged_by_the_schema_of_openapi(version: str) -> None:
    """By that of its version; of several alternatives, only the intended one is reported."""
    found = document(
        {"/a": {"get": {"responses": OK, "tags": "x", "parameters": [{**Q, "explode": 1}]}}}, version=version
    )
    assert {text.partition(":")[0] for text in messages_of(found)} == {
        "/paths/~1a/get/tags",
        "/paths/~1a/get/parameters/0/explode",
    }


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"in": "query"}, '/parameters/0: a parameter needs a `name` and an `in`; this one has null in "query"'),
        ({**Q, "in": "body"}, '/parameters/0: a parameter needs a `name` and an `in`; this one has "q" in "body"'),
        ({**Q, "style": "matrix"}, '/parameters/0/style: a query parameter cannot have the style "matrix"'),
        ({"name": "q", "in": "query"}, "/parameters/0: parameter 'q' has neither `schema` nor `content`"),
        ({**Q, "content": {"a/b": {}}}, "/parameters/0: parameter 'q' has both `schema` and `content`"),
        (
            {"name": "q", "in": "query", "content": {"a/b": {}, "c/d": {}}},
            "/parameters/0/content: the `content` of parameter 'q' has 2 media types",
        ),
        ({"$ref": "#/nope"}, "/parameters/0: $ref '#/nope' has no target: there is no 'nope'"),
    ],
)
def test_a_parameter_breaks_the_rules(parameter: Any, message: str) -> None:
    """They are those of OpenAPI, Parameter Object."""
    assert "/paths/~1a/get" + message in get(parameter)


@pytest.mark.parametrize(
    ("path", "parameters", "messages"),
    [
        ("/a/{id}", [], ["/get: path /a/{id} has the variable 'id', but no path parameter describes it"]),
        (
            "/a/{id}",
            [{**ID, "in": "query"}],
            [
                "/get: path /a/{id} has the variable 'id', but no path parameter describes it; there is a parameter of that name in query"
            ],
        ),
        ("/a", [ID], ["/get/parameters/0: path /a has no variable 'id' for this path parameter"]),
        ("/{id}/{id}", [ID], ["/get: path /{id}/{id} has the variable 'id' twice"]),
        (
            "/{id}",
            [{**ID, "required": False}],
            ["/get/parameters/0/required: path parameter 'id' must say required: true"],
        ),
        ("/a", [Q, Q], ["/get/parameters/0: parameter 'q' appears twice in query"]),
        ("/a", [Q, {**Q, "in": "header"}], []),
    ],
)
def test_paths_and_their_parameters_fit(path: str, parameters: list[Any], messages: list[str]) -> None:
    """Path Templating; Parameter Object."""
    own = [text.removeprefix(f"/paths{pointer([path])}") for text in get(*parameters, path=path)]
    assert own[: len(messages)] == messages
    assert bool(own) == bool(messages)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ({"responses": {}}, "/paths/~1a/get/responses: no response is described"),
        ({"responses": {"OK": {"description": ""}}}, "/paths/~1a/get/responses/OK: 'OK' is not a status code"),
        ({"responses": None}, "/paths/~1a/get/responses: `responses` is missing"),
        ({"security": [{"nope": []}]}, "/paths/~1a/get/security/0/nope: security scheme 'nope' is not described"),
        ({"servers": [{"url": "/{x}"}]}, "/paths/~1a/get/servers/0/url: server variable 'x' is not described"),
        (
            {"servers": [{"url": "/{x}", "variables": {"x": {}}}]},
            "/paths/~1a/get/servers/0/variables/x/default: server variable 'x' has no default",
        ),
    ],
)
def test_an_operation_breaks_the_rules(rest: Any, message: str) -> None:
    """Operation Object, Responses Object, Server Object, Security Requirement Object."""
    assert message in get(**rest)


def test_paths_that_no_request_can_tell_apart_are_faults() -> None:
    """The names of variables do not count (OpenAPI, Paths Object)."""
    item = {"get": {"parameters": [ID], "responses": OK}}
    other = {"get": {"parameters": [{**ID, "name": "no"}], "responses": OK}}
    found = document({"/a/{id}": item, "/a/{no}": other, "/b/{id}": item, "c": {}})
    texts = [text for text in messages_of(found) if "same path" in text or "start with" in text]
    assert texts == [
        "/paths/~1a~1{no}: /a/{no} and /a/{id} are the same path",
        "/paths/c: path 'c' does not start with /",
    ]


def test_a_repeated_id_is_reported_with_the_name_to_use() -> None:
    """An operationId is unique (OpenAPI, Operation Object)."""
    found = document(
        {"/a": {"get": {"operationId": "x", "responses": OK}}, "/b": {"get": {"operationId": "x", "responses": OK}}}
    )
    assert [str(problem) for problem in found.problems] == [
        (
            "document /paths/~1b/get/operationId: operationId 'x' is also that of GET /a [<mapping>] "
            "(OpenAPI, Operation Object: it must be unique; this operation is called x_2)"
        )
    ]


def refusing(found: Document) -> set[str]:
    """The operations that refuse to run because of a fault."""
    return {key for fault in faults(found) for key in fault.refusing}


def refused(found: Document, value: Any = "x") -> set[str]:
    """The operations that cannot be prepared, with a value for every parameter and for the body."""
    keys = set()
    for operation in Api(found).operations.operations:
        try:
            arguments = {parameter.key: value for parameter in operation.parameters}
            prepare(operation, arguments, value if operation.body else MISSING, options=Options(server="http://h"))
        except SpecError:
            keys.add(operation.key)
    return keys


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("style", [*TEXT_STYLES, *PAIR_STYLES, "made-up", None, "", [], {}, 5, True], ids=str)
@pytest.mark.parametrize("where", LOCATION_STYLES)
def test_a_style_refuses_the_call_exactly_when_problems_say_so(where: str, style: Any, version: str) -> None:
    """For every location and style, also for styles of another JSON type."""
    content = {"content": {"text/plain": {}}} if where == "querystring" else {"schema": {}}
    parameter = {"name": "p", "in": where, "required": True, "style": style, **content}
    item = {"get": {"parameters": [parameter], "responses": OK}}
    found = document({"/a/{p}" if where == "path" else "/a": item}, version=version)
    assert any("refuses to run" in problem.hint for problem in found.problems) == bool(refused(found))
    allowed = isinstance(style, str) and LOCATION_STYLES[where].allowed.get(style, "9") <= version
    assert not (allowed and [problem for problem in found.problems if problem.keyword == "style"])


def test_a_style_that_is_not_allowed_but_can_be_sent_is_a_note() -> None:
    """The call runs, and the note says so."""
    found = document({"/a": {"get": {"parameters": [{**Q, "in": "header", "style": "label"}], "responses": OK}}})
    (problem,) = found.problems
    assert problem.message.startswith('a header parameter should not have the style "label"')
    assert problem.hint.endswith("it must be one of simple; this one is sent all the same")
    sent = prepare(Api(found).operations["GET /a"], {"q": "x"}, options=Options(server="http://h")).request
    assert sent is not None
    assert sent.headers["q"] == ".x"


#: A parameter that cannot be sent.
BROKEN = {**Q, "style": "matrix"}


@pytest.mark.parametrize(
    ("inherited", "own"),
    [
        ([BROKEN], [Q]),
        ([{**BROKEN, "in": "header", "name": "X-A", "style": "form"}], [{**Q, "in": "header", "name": "x-a"}]),
        ([], [BROKEN, Q]),
        ([], [{**Q, "in": "header", "name": "Accept", "style": "form"}]),
    ],
)
def test_a_parameter_that_is_not_used_refuses_nothing(inherited: list[Any], own: list[Any]) -> None:
    """Overridden by the operation or by a later one of the same name, or ignored by the specification."""
    found = document({"/a": {"parameters": inherited, "get": {"parameters": own, "responses": OK}}})
    assert any(fault.keyword == "style" for fault in faults(found))
    assert refusing(found) == refused(found) == set()


def test_a_shared_parameter_refuses_every_operation_that_uses_it() -> None:
    """One problem names them all."""
    item = {"get": {"parameters": [{"$ref": "#/components/parameters/P"}], "responses": OK}}
    found = document({"/a": item, "/b": item}, components={"parameters": {"P": BROKEN}})
    assert refusing(found) == refused(found) == {"GET /a", "GET /b"}
    assert "GET /a, GET /b refuse to run" in found.problems[0].hint


@pytest.mark.parametrize(
    "schema", [{"type": "strin"}, {"properties": {"a": {"required": True}}}, {"$ref": 5}, {"allOf": [{"enum": "x"}]}]
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_schema_that_cannot_be_compiled_refuses_the_operations_that_send_it(schema: Any, version: str) -> None:
    """Directly or through references; for those that receive it, only the check is missing."""
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}}
    paths = {
        "/sends": {"post": {"requestBody": content, "responses": OK}},
        "/receives": {"get": {"responses": {"200": {"description": "", **content}}}},
        "/neither": {"get": {"parameters": [Q], "responses": OK}},
    }
    found = document(paths, version=version, components={"schemas": {"A": schema, "B": {"items": {"$ref": "#/components/schemas/A"}}}})  # fmt: skip
    assert refusing(found) == refused(found) == {"POST /sends"}
    assert {key for fault in faults(found) for key in fault.unchecked} == {"GET /receives"}


def test_a_note_that_is_made_while_a_document_is_judged_is_kept() -> None:
    """Here of a pattern, in a schema that is compiled because it has a fault."""
    schema = {"type": "string", "pattern": "(?<=a{1,2}){3}[", "deprecated": "no"}
    found = schemas("3.0.3", X=schema)
    assert {problem.keyword for problem in found.problems} == {"pattern", "type"}


def test_the_style_of_a_response_header_is_always_simple() -> None:
    """Whatever the document says (Header Object); the call runs."""
    headers = {"X-A": {"style": "form", "schema": {"type": "array", "items": {"type": "integer"}}}}
    found = document({"/a": {"get": {"responses": {"200": {"description": "", "headers": headers}}}}})
    assert refusing(found) == refused(found) == set()
    reply = read_reply(Api(found).operations["GET /a"], Response(200, Headers({"X-A": "1,2"})))
    assert reply.fields == {"X-A": [1, 2]}


@pytest.mark.parametrize("content", [5, "x", [], None])
def test_content_of_another_type_is_a_fault_and_not_a_crash(content: Any) -> None:
    """The parameter is then one without `content`."""
    assert get({"name": "q", "in": "query", "content": content})
    found = document({"/a": {"get": {"parameters": [{"name": "q", "in": "querystring", "content": content}], "responses": OK}}}, version="3.2.0")  # fmt: skip
    assert refusing(found) == refused(found) == {"GET /a"}


@pytest.mark.parametrize("junk", [1.5, True, {}, "x"])
def test_lists_of_another_type_are_faults_and_not_crashes(junk: Any) -> None:
    """The values of a server variable, and the alternatives of a discriminator."""
    server = {"url": "http://{h}/", "variables": {"h": {"default": "a", "enum": junk}}}
    schema = {"oneOf": junk, "discriminator": {"propertyName": "t"}}
    body = {"content": {"application/json": {"schema": schema}}}
    found = document({"/a": {"post": {"requestBody": body, "responses": OK}}}, servers=[server])
    assert {fault.node.path[-1] for fault in faults(found)} == {"enum", "oneOf"}
    assert refusing(found) == refused(found, {}) == {"POST /a"}


@pytest.mark.parametrize("scheme", [{"$ref": "#/nope"}, {"$ref": "#/components/securitySchemes/Broken"}, 5, None])
def test_a_security_scheme_that_cannot_be_resolved_stops_only_its_own_calls(scheme: Any) -> None:
    """`problems` says why, and the other calls work."""
    schemes = {"Broken": scheme, "Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    paths = {f"/{name}": {"get": {"operationId": name, "security": [{name: []}], "responses": OK}} for name in schemes}
    found = document(paths, components={"securitySchemes": schemes})
    assert found.problems
    client = Client(found, server="http://h", auth={"Key": "fake", "Broken": "fake"})
    assert client.Key.prepare().headers["X-Key"] == "fake"
    with pytest.raises(InvalidRequest, match="auth /Broken: the document gives it the unknown type ''"):
        client.Broken.prepare()


def test_only_the_users_of_a_broken_reference_refuse_to_run() -> None:
    """Directly, through other references, or through the parameters of the path item."""

    def body(name: str) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{name}"}
        return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}}

    paths = {
        "/bad": body("Bad"), "/deep": body("Deep"), "/circle": body("Circle"), "/good": body("Good"),
        "/item": {"parameters": [{"$ref": "#/nope"}], "get": {"responses": OK}},
        "/callback": {"post": {"responses": OK, "callbacks": {"on": {"{$url}": body("Bad")}}}},
        "/example": {"get": {"responses": {"200": {"description": "", "content": {"a/b": {"example": {"$ref": "#/nope"}}}}}}},
    }  # fmt: skip
    named = {
        "Bad": {"properties": {"default": {"$ref": "#/nope"}}},
        "Deep": {"items": {"$ref": "#/components/schemas/Bad"}},
        "Circle": {
            "properties": {"a": {"$ref": "#/components/schemas/Circle"}, "b": {"$ref": "#/components/schemas/Deep"}}
        },
        "Good": {"properties": {"a": {"$ref": "#/components/schemas/Good"}}},
    }
    found = document(paths, components={"schemas": named})
    assert refusing(found) == {"POST /bad", "POST /deep", "POST /circle", "GET /item"}


@pytest.mark.parametrize(
    ("parameters", "path"),
    [([], "/a/{id}"), ([{"in": "query"}], "/a"), ([{**Q, "in": "formData"}], "/a"), ([{"$ref": "#/nope"}], "/a")],
)
def test_an_operation_that_is_said_to_refuse_does(parameters: list[Any], path: str) -> None:
    """And the other operations run."""
    paths = {path: {"get": {"parameters": parameters, "responses": OK}}, "/b": {"get": {"responses": OK}}}
    found = document(paths)
    assert refusing(found) == {f"GET {path}"}
    with pytest.raises(SpecError):
        _ = Api(found).operations[f"GET {path}"].parameters
    assert Api(found).operations["GET /b"].parameters == ()


@pytest.mark.parametrize("through", ["", "schemas", "responses"])
def test_a_broken_schema_of_a_reply_does_not_stop_the_call(through: str) -> None:
    """Only the reply cannot be checked, and the problem says so."""
    schema = {"$ref": "#/components/schemas/Bad" if through == "schemas" else "#/nope"}
    reply = {"description": "", "content": {"application/json": {"schema": schema}}}
    components = {"schemas": {"Bad": {"items": {"$ref": "#/nope"}}}, "responses": {"R": reply}}
    responses = {"200": {"$ref": "#/components/responses/R"} if through == "responses" else reply}
    found = document({"/a": {"get": {"responses": responses}}}, components=components)
    assert refusing(found) == set()
    assert any("replies of GET /a cannot be checked; an overlay" in problem.hint for problem in found.problems)
    assert Api(found).operations["GET /a"].replies


def test_circular_references_are_faults() -> None:
    """Between schemas, and of a parameter to itself."""
    named = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    parameters = {"P": {"$ref": "#/components/parameters/P"}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    paths = {"/a": {"post": {"requestBody": body, "responses": OK}}}
    found = document(paths, components={"schemas": named, "parameters": parameters})
    assert sorted(messages_of(found)) == [
        f"{place}: the reference leads back to itself"
        for place in (
            "/components/parameters/P", "/components/schemas/A", "/components/schemas/B",
            "/paths/~1a/post/requestBody/content/application~1json/schema",
        )
    ]  # fmt: skip
    assert refusing(found) == {"POST /a"}
    with pytest.raises(SpecError, match="leads back to itself"):
        Api(found).operations["POST /a"].body.contents[0].problems({})  # type: ignore[union-attr]


def test_a_problem_names_the_place_and_the_rule(tmp_path: Path) -> None:
    """File, line, section and affected operations, also in another file."""
    (tmp_path / "b.yaml").write_text("B:\n  type: object\n  items:\n    $ref: '#/nope'\n", "utf-8")
    path = tmp_path / "a.yaml"
    path.write_text(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n"
        "          description: OK\n          content: {application/json: {schema: {$ref: 'b.yaml#/B'}}}\n",
        "utf-8",
    )
    assert [str(problem) for problem in load(path).problems] == [
        (
            f"document /B/items: $ref '#/nope' has no target: there is no 'nope' [{tmp_path / 'b.yaml'}:3] "
            "(OpenAPI, Reference Object; RFC 3986, RFC 6901; replies of GET /a cannot be checked; an overlay can correct it)"
        )
    ]


def test_a_document_of_nonsense_is_still_judged() -> None:
    """With any value in place of an object."""
    nonsense = [
        None,
        1,
        "x",
        [],
        [None],
        {"x": None},
        {"get": 1},
        {"get": {"parameters": 1, "responses": [], "callbacks": {"a": 1}}},
    ]
    for value in nonsense:
        found = load({"openapi": "3.1.0", "info": value, "paths": {"/a": value, "/b/{x}": {"get": value}}, "servers": value, "security": value, "components": value, "webhooks": value})  # fmt: skip
        assert faults(found)


TEXT = '{\n "a": {"b": [1,\n  {"c": "}"},\n  {"c\\u0064": {}}\n ]},\n "a/b": null}'


@pytest.mark.parametrize(("kind", "text"), [("json", TEXT), ("yaml", TEXT.replace("\\u0064", "d") + "\n# YAML")])
def test_every_place_has_its_line(tmp_path: Path, kind: str, text: str) -> None:
    """In one pass; a missing value has the line of its parent."""
    path = tmp_path / f"a.{kind}"
    path.write_text(text, "utf-8")
    places = {
        (): 1,
        ("a",): 2,
        ("a", "b", 0): 2,
        ("a", "b", 1, "c"): 3,
        ("a", "b", 2, "cd"): 4,
        ("a", "nope", "x"): 2,
        ("a/b",): 6,
    }
    assert read_source(path).lines(places) == places
    assert read_source(json.loads(TEXT)).lines(places) == {}


def test_a_broken_reference_to_an_example_affects_no_call() -> None:
    """The values of examples, and properties named `examples`, are not references to examples."""
    media = {"examples": {"a": {"$ref": "#/components/examples/B"}, "b": {"value": {"$ref": "#/nope"}}}}
    reply = {"description": "", "content": {"application/json": media}}
    schema = {"properties": {"examples": {"items": {"$ref": "#/components/schemas/X"}}}}
    components = {"examples": {"A": {"$ref": "#/nope"}}, "schemas": {"X": schema}}
    found = document({"/a": {"get": {"responses": {"200": reply}}}}, components=components)
    assert messages_of(found) == [
        "/components/examples/A: $ref '#/nope' has no target: there is no 'nope'",
        (
            "/paths/~1a/get/responses/200/content/application~1json/examples/a: "
            "$ref '#/components/examples/B' has no target: there is no 'B'"
        ),
    ]
    assert refusing(found) == set()


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_urls_may_be_relative_or_templates(version: str) -> None:
    """OpenAPI, Relative References in URLs, and Server Object; every FastAPI application says `token`."""
    flow = {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}
    servers = [{"url": "https://{host}:{port}/v1", "variables": {"host": {"default": "a"}, "port": {"default": "1"}}}]
    parts: Any = {"servers": servers, "components": {"securitySchemes": {"o": flow}}, "externalDocs": {"url": "docs"}}
    assert messages_of(document(version=version, **parts)) == []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_one_mistake_is_one_fault(version: str) -> None:
    """Members whose object has a fault are not undocumented, and a parameter is judged by the place it is for."""
    schemes = {
        "k": {"type": "apiKey", "in": "hedder", "name": "x"},
        "z": {"type": "oauth2", "flows": {"implicit": {"scopes": {}}}},
    }
    parameter = {"name": "p", "in": "query", "style": "deep", "schema": {}}
    found = messages_of(
        document(version=version, components={"securitySchemes": schemes, "parameters": {"P": parameter}})
    )
    assert sorted(text.partition(":")[0] for text in found) == [
        "/components/parameters/P/style", "/components/securitySchemes/k/in",
        "/components/securitySchemes/z/flows/implicit/authorizationUrl",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_member_that_openapi_does_not_have_is_a_fault(version: str) -> None:
    """Even beside another fault."""
    scheme = {"type": "apiKey", "in": "hedder", "name": "x", "bogus": 1}
    found = messages_of(document(version=version, components={"securitySchemes": {"k": scheme}}))
    assert [text.partition(":")[0] for text in found] == [
        "/components/securitySchemes/k/in",
        "/components/securitySchemes/k/bogus",
    ]
