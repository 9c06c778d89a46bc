"""Tools for language models: definitions that providers take, and calls that the definitions promise."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import mcp.types
import pytest
from servers import document

import dynclient
from dynclient import AsyncClient, Client, Document, InvalidRequest, MockTransport, SpecError, UnknownOperation
from dynclient.exchange import Response
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema

DATA = Path(__file__).parent / "data"
SPECS = ["order_capture", "pieces_os", DATA / "petshop.yaml"]
AUTH = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
OK = {"204": {"description": "Done"}}
SERVER = "http://127.0.0.1:1"
LONG = "a" * 80
THINGS = {
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"operationId": "getThing", "tags": ["Things"], "summary": "Read a thing.", "responses": OK},
        "delete": {"operationId": "dropThing", "tags": ["Things"], "deprecated": True, "responses": OK},
        "put": {"responses": OK},
    },
    "/others": {"get": {"operationId": "getThing", "tags": ["others"], "responses": OK}},
}


def client_of(spec: Any, **rest: Any) -> Client:
    """A client whose calls are answered by the document's mock."""
    made = dynclient.load(spec) if not isinstance(spec, Document) else spec
    transport = MockTransport(made, validate=False)
    return Client(made, transport=transport, server=SERVER, auth="none", validate_responses="off", **rest)


def things(**paths: Any) -> Document:
    """A document with an operation of each method, two of one id, and these more."""
    return document({**THINGS, **paths})


@pytest.mark.filterwarnings("ignore:.*the document deprecates it")
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: Path(spec).stem)
@pytest.mark.parametrize("full", [False, True], ids=["required", "all"])
def test_arguments_that_a_definition_allows_make_a_call(spec: Any, full: bool) -> None:  # noqa: FBT001  a parameter of the test
    """For every operation, by keyword as by the name of the tool; both validators take the schema, and the arguments."""
    client = client_of(spec)
    tools = dynclient.tools(client)
    assert len(tools) == len(client.operations)
    for tool in tools:
        schema = tool["inputSchema"]
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema_rs.meta.validate(schema)
        arguments = generate(Schema(lambda schema=schema: schema), full=full, direction="request")
        assert jsonschema.Draft202012Validator(schema).is_valid(arguments)
        prepared = client[tool["name"]].prepare(**arguments)
        assert prepared.operation == tools.operations[tool["name"]].id


def test_a_call_by_name_is_the_call_of_the_operation() -> None:
    """Its arguments may be the text that a model wrote."""
    transport = MockTransport(things(), validate=False)
    client = Client(things(), transport=transport, server=SERVER, validate_responses="off")
    tools = dynclient.tools(client)
    tools.call("get_thing", {"id": 3})
    tools.call("get_thing", '{"id": 4}')
    tools.call("get_thing_2")
    assert [request.url.rpartition("/")[2] for request in transport.requests] == ["3", "4", "others"]


def test_a_tool_outlives_its_version() -> None:
    """It calls the operation that has its id in the version that the client uses now."""
    transport = MockTransport(document({"/v2/things": {"get": THINGS["/others"]["get"]}}), validate=False)
    client = Client(things(), transport=transport, server=SERVER, validate_responses="off")
    tools = dynclient.tools(client, operations=["getThing"])
    client.use(document({"/v2/things": {"get": THINGS["/others"]["get"]}}))
    tools.call("get_thing")
    assert transport.requests[0].url == f"{SERVER}/v2/things"


def test_a_tool_of_an_async_client_is_awaited() -> None:
    """As its operations are."""

    async def main() -> Any:
        transport = MockTransport("order_capture")
        async with AsyncClient("order_capture", transport=transport, auth=AUTH) as client:
            unit = {"retail_unit": "no", "checkout_id": "00000000-0000-4000-8000-000000000001"}
            return await dynclient.tools(client).call("get_order", unit)

    assert asyncio.run(main())


def test_wrong_arguments_are_refused_with_all_problems() -> None:
    """Nothing is sent."""
    tools = dynclient.tools(client_of("order_capture"))
    with pytest.raises(InvalidRequest) as caught:
        tools.call("create_checkout", {"retail_unit": "no", "channel": "FAX", "retial": 1})
    assert all(word in str(caught.value) for word in ("retial", "channel", "shoppingType", "languageCode", "items"))


@pytest.mark.parametrize("text", ["[1]", '{"id": ', '{"id": NaN}'])
def test_a_text_that_is_not_an_object_is_refused(text: str) -> None:
    """With the name of the tool."""
    with pytest.raises(InvalidRequest, match="get_thing: the arguments cannot be read"):
        dynclient.tools(client_of(things())).call("get_thing", text)


def test_an_unknown_tool_is_refused() -> None:
    """With the nearest names; an operation that was not chosen is not a tool."""
    tools = dynclient.tools(client_of(things()), tags=["Things"])
    with pytest.raises(UnknownOperation, match="get_thing"):
        tools.call("get_thign")
    with pytest.raises(UnknownOperation, match="there is no tool 'get_thing_2'"):
        tools.call("get_thing_2")


def test_names_fit_every_provider() -> None:
    """Short, in ASCII, unique, and the same whatever else the document has."""
    paths = {
        f"/{name}": {"get": {"operationId": name, "responses": OK}} for name in (LONG, f"{LONG}b", "straße", "検索")
    }
    tools = dynclient.tools(client_of(things(**paths)))
    names = [tool["name"] for tool in tools]
    assert len({*names}) == len(names) == 8
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in names)
    (alone,) = dynclient.tools(client_of(document({f"/{LONG}": paths[f"/{LONG}"]})))
    assert alone["name"] in names
    tools.call(alone["name"])


def test_an_operation_without_an_id_is_a_tool() -> None:
    """By its method and path."""
    (tool,) = dynclient.tools(client_of(things()), operations=["PUT /things/{id}"])
    assert tool["name"] == "put_things_by_id"


def test_operations_and_tags_are_chosen() -> None:
    """Those that are named and those of the tags, in the document's order; a read-only choice changes nothing on the server."""
    client = client_of(things())
    names = [tool["name"] for tool in dynclient.tools(client, operations=["getThing"], tags=["others"])]
    assert names == ["get_thing", "get_thing_2"]
    names = [tool["name"] for tool in dynclient.tools(client, tags=["things"], read_only=True)]
    assert names == ["get_thing"]


def test_unknown_operations_and_tags_are_named_together() -> None:
    """With the nearest names of each."""
    with pytest.raises(UnknownOperation) as caught:
        dynclient.tools(client_of(things()), operations=["getThin"], tags=["thingz"])
    assert str(caught.value) == (
        "Small has no operation 'getThin' (did you mean getThing?); no tag 'thingz' (did you mean Things?)"
    )


def test_each_provider_gets_its_form() -> None:
    """The same names and schemas, and nothing that JSON cannot carry."""
    client = client_of(things())
    forms: dict[Any, Any] = {
        style: dynclient.tools(client, operations=["getThing"], style=style)[0]  # type: ignore[arg-type]
        for style in ("mcp", "openai", "openai-responses", "anthropic")
    }
    schema = forms["mcp"]["inputSchema"]
    function = {"name": "get_thing", "description": "Read a thing.", "parameters": schema}
    assert forms["openai"] == {"type": "function", "function": function}
    assert forms["openai-responses"] == {"type": "function", **function, "strict": False}
    assert forms["anthropic"] == {"name": "get_thing", "description": "Read a thing.", "input_schema": schema}
    assert json.loads(json.dumps(dynclient.tools(client))) == list(dynclient.tools(client))
    assert mcp.types.Tool.model_validate(forms["mcp"]).input_schema == schema


def test_an_unknown_style_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(ValueError, match="style must be mcp, openai, openai-responses, anthropic, not 'gemini'"):
        dynclient.tools(client_of(things()), style="gemini")  # type: ignore[arg-type]


def test_annotations_say_what_a_tool_may_do() -> None:
    """By the method of its operation."""
    found = {tool["name"]: tool["annotations"] for tool in dynclient.tools(client_of(things()))}
    assert found["get_thing"] == {
        "readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": True
    }  # fmt: skip
    assert found["drop_thing"]["destructiveHint"]
    assert not found["drop_thing"]["readOnlyHint"]


def test_a_long_description_fits_openai() -> None:
    """Which takes 1,024 characters; the others get the whole text."""
    long = {"/long": {"get": {"operationId": "long", "description": "word " * 1000, "responses": OK}}}
    client = client_of(document(long))
    assert len(dynclient.tools(client, style="openai")[0]["function"]["description"]) == 1024
    assert len(dynclient.tools(client, style="anthropic")[0]["description"]) > 4000


@pytest.mark.parametrize("schema", [{"$ref": "#/nowhere"}, {"type": "string", "maxLength": "many"}])
def test_an_operation_that_cannot_be_used_is_left_out(schema: Any) -> None:
    """With a warning; one that is named is an error."""
    bad = {"/bad": {"get": {"operationId": "bad", "responses": OK, "parameters": [{"name": "q", "in": "query", "schema": schema}]}}}  # fmt: skip
    client = client_of(document({**THINGS, **bad}))
    with pytest.warns(dynclient.DynclientWarning, match="bad is left out of the tools"):
        assert len(dynclient.tools(client)) == 4
    with pytest.raises(SpecError):
        dynclient.tools(client, operations=["bad"])


def test_no_credential_is_in_a_definition() -> None:
    """The client adds them to its calls."""
    seen: list[Any] = []

    def transport(request: Any, _: float) -> Response:
        seen.append(request)
        return Response(204, request=request)

    client = Client("order_capture", transport=transport, auth=AUTH, validate_responses="off")
    tools = dynclient.tools(client, operations=["getOrder"])
    tools.call("get_order", {"retail_unit": "no", "checkout_id": "00000000-0000-4000-8000-000000000001"})
    assert "fake" not in json.dumps(tools)
    assert seen[0].headers["Authorization"] == "Bearer fake-token"


def chain(length: int) -> Document:
    """A document whose body leads from schema to schema, each with a long description."""
    schemas = {
        f"Part{n}": {
            "type": "object",
            "description": LONG * 10,
            "properties": {"next": {"$ref": f"#/components/schemas/Part{n + 1}"}, "size": {"type": "integer"}},
        }
        for n in range(length)
    }
    schemas[f"Part{length}"] = {"type": "string"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part0"}}}}
    made = document({"/parts": {"post": {"operationId": "makePart", "requestBody": body, "responses": OK}}})
    return dynclient.load({**made.data, "components": {"schemas": schemas}})


def test_a_schema_that_is_too_long_is_cut_at_its_far_end() -> None:
    """It stays a schema without broken references, says that it was cut, and the call is validated by all of the document."""
    client = client_of(chain(200))
    whole, cut = (dynclient.tools(client, max_schema=room)[0]["inputSchema"] for room in (None, 20_000))
    assert len(json.dumps(whole)) > 150_000
    assert len(json.dumps(cut)) <= 20_000
    assert "was cut to 20000 characters: 1 of its $defs are empty" in cut["description"]
    assert "description" not in whole
    deep: Any = "end"
    for _ in range(30):
        deep = {"next": deep, "size": 1}
    jsonschema_rs.validator_for(cut).validate(deep)
    near = {"next": {"size": "wrong"}}
    assert not jsonschema_rs.validator_for(cut).is_valid(near)
    with pytest.raises(InvalidRequest):
        dynclient.tools(client).call("make_part", deep)


def test_the_definitions_of_a_large_document_have_a_bound() -> None:
    """Without being asked for."""
    tool = dynclient.tools(client_of(chain(200)))[0]
    assert len(json.dumps(tool["inputSchema"])) <= 100_000
