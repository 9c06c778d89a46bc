"""What a caller needs to know about an operation: the data, and the text of `help()`."""

from typing import Any

import pytest
from servers import document, operation, schemas

from dynclient import AsyncClient, Client, Options, load
from dynclient.api.api import Api
from dynclient.api.inwords import schema_data, type_name
from dynclient.api.manual import annotated_signature, help_text, operation_data
from dynclient.api.prepare import prepare
from dynclient.errors import SpecError

SHOP = Api(load("order_capture")).operations


def in_body(schema: Any, **named: Any) -> dict[str, Any]:
    """The data about a JSON body of this schema."""
    body = {"content": {"application/json": {"schema": schema}}}
    paths = {"/things": {"put": {"operationId": "use", "requestBody": body, "responses": {}}}}
    found = Api(document(paths, version="3.1.0", components={"schemas": named})).operations["use"]
    content: dict[str, Any] = operation_data(found)["body"]["contents"][0]
    return content


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date"}, "string (date)"),
        ({"type": ["string", "null"], "format": "date"}, "string (date) or null"),
        ({"type": "string", "nullable": True}, "string or null"),
        ({"enum": ["A", 1]}, '"A" | 1'),
        ({"type": "array"}, "array"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A"}}, "array of A"),
        ({"$ref": "#/components/schemas/A"}, "A"),
        ({"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}, "A or null"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "integer or string"),
        ({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]}, "A and object"),
        ({"properties": {"a": {}}}, "object"),
        ({}, "anything"),
        (True, "anything"),
        (False, "nothing"),
    ],
)
def test_a_type_is_named_in_a_few_words(schema: Any, name: str) -> None:
    """By the component, the type and its format, the values of an enum, or the parts."""
    found = schemas(X=schema)
    assert type_name(found.root.child("components", "schemas", "X")) == name


def test_the_properties_of_a_body_are_those_of_all_its_parts() -> None:
    """Through references and `allOf`, in circles too; the nearest description counts."""
    base = {
        "allOf": [{"$ref": "#/components/schemas/Base"}],
        "required": ["id"],
        "properties": {"id": {"type": "integer"}},
    }
    near = {"properties": {"id": {"type": "integer", "description": " The id. "}, "name": {"type": "string"}}}
    content = in_body({"allOf": [{"$ref": "#/components/schemas/Base"}], **near}, Base=base)
    assert {item["name"]: (item["type"], item["required"], item["description"]) for item in content["properties"]} == {
        "id": ("integer", True, "The id."),
        "name": ("string", False, ""),
    }


def test_a_broken_reference_below_the_first_level_does_not_matter() -> None:
    """A page shows the first level only."""
    inner = {"properties": {"b": {"$ref": "#/components/schemas/Missing"}}}
    assert in_body({"properties": {"a": {"$ref": "#/components/schemas/A"}}}, A=inner)["properties"][0]["type"] == "A"


def test_a_body_in_items_is_a_sequence() -> None:
    """`itemSchema` describes one item (OpenAPI 3.2)."""
    content = {"application/jsonl": {"itemSchema": {"type": "integer"}}}
    paths = {"/things": {"put": {"operationId": "use", "requestBody": {"content": content}, "responses": {}}}}
    found = Api(document(paths, version="3.2.0")).operations["use"]
    assert operation_data(found)["body"]["contents"][0]["type"] == "sequence of integer"


def test_help_tells_all_that_the_document_does() -> None:
    """Signature, method and path, arguments with their types, responses, security."""
    text = help_text(SHOP["getCheckout"])
    for words in (
        "get_checkout(checkout_id: str, retail_unit: str, checkout: Checkout) -> CheckoutDto", "GET /{retailUnit}/checkouts/{checkoutId}", "Read a checkout",
        "retail_unit (string, path retailUnit, required): Retail unit",
        "checkout (Checkout as application/json, query checkout, required): A checkout object",
        "200: OK, checkout in body [application/json CheckoutDto]",
        "Security: Client-Id (the key for the header X-Client-Id) and BearerAuth (bearer credentials) or Client-Id",
    ):  # fmt: skip
        assert words in text


def test_help_lists_the_properties_of_the_body() -> None:
    """With their types, and the required ones marked."""
    text = help_text(SHOP["createCheckout"])
    assert "    checkout_request (CheckoutRequest, body application/json, required)\n" in text
    assert "        items (array of ItemRequest, required): Lines of the cart." in text
    assert "        coupon (CouponRequest): The code of a coupon." in text


def test_help_says_what_is_deprecated() -> None:
    """The operation, and each parameter."""
    old = {"name": "old", "in": "query", "deprecated": True, "schema": {"type": "string"}}
    text = help_text(operation(old, deprecated=True))
    assert "Deprecated: the document advises against it." in text
    assert "old (string, query old, optional, deprecated)" in text


def test_help_shows_the_document_of_both_clients() -> None:
    """The docstring of a bound operation is this text."""
    for maker in (Client, AsyncClient):
        assert maker("order_capture")["getOrder"].__doc__ == help_text(SHOP["getOrder"])


def test_defaults_are_documented_and_not_sent() -> None:
    """Also those behind a reference; the server has them anyway."""
    described = [
        {"name": "size", "in": "query", "schema": {"$ref": "#/components/schemas/Size"}},
        {"name": "sort", "in": "query", "content": {"application/json": {"schema": {"default": ["a"]}}}},
        {"name": "plain", "in": "query", "schema": {"type": "string"}},
    ]
    paths = {"/things": {"get": {"operationId": "use", "parameters": described, "responses": {}}}}
    found = Api(document(paths, components={"schemas": {"Size": {"type": "integer", "default": 20}}})).operations["use"]
    text = help_text(found)
    assert "size (Size, query size, optional, by default 20)" in text
    assert 'sort (anything as application/json, query sort, optional, by default ["a"])' in text
    assert "plain (string, query plain, optional)" in text
    assert [item.get("default") for item in operation_data(found)["parameters"]] == [20, ["a"], None]
    request = prepare(found, {}, options=Options(server="http://h")).request
    assert request is not None
    assert request.url.endswith("/things")


def test_a_parameter_of_the_operation_overrides_that_of_its_path() -> None:
    """Its type is shown."""
    ours, theirs = ({"name": "a", "in": "query", "schema": {"type": kind}} for kind in ("integer", "string"))
    item = {"parameters": [theirs], "get": {"operationId": "use", "parameters": [ours], "responses": {}}}
    assert operation_data(Api(document({"/a": item})).operations["use"])["parameters"][0]["type"] == "integer"


def test_a_signature_has_the_types_of_python() -> None:
    """Scalars, short enums, optional arguments, bodies by their name, and what a call returns."""
    named = {"Size": {"type": "string", "enum": ["S", "L"]}, "Thing": {"type": "object", "properties": {"a": {}}}}
    reference = {"$ref": "#/components/schemas/Thing"}
    described = {
        "parameters": [
            {"name": "size", "in": "query", "schema": {"$ref": "#/components/schemas/Size"}},
            {"name": "on", "in": "query", "schema": {"type": "string", "format": "date"}},
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}, "text/csv": {}}},
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": reference}}}},
    }
    paths = {"/things/{id}": {"put": {"operationId": "use", **described}}}
    paths["/things/{id}"]["put"]["parameters"] += [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ]
    found = Api(document(paths, components={"schemas": named})).operations["use"]
    expected = "(id: int, thing: Any, size: Literal['S', 'L'] | None = None, on: str | date | None = None) -> Thing"
    assert str(annotated_signature(found)) == expected
    assert help_text(found).startswith(f"use_{expected}\n")
    assert 'size (Size, query size, optional): one of "S", "L"' in help_text(found)


def test_a_circle_of_choices_has_a_signature() -> None:
    """Its name stands for it."""
    loop = {"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Json"}}, {"type": "string"}]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Json"}}}
    paths = {"/a": {"get": {"operationId": "use", "responses": {"200": {"description": "", "content": content}}}}}
    found = Api(document(paths, components={"schemas": {"Json": loop}})).operations["use"]
    assert str(annotated_signature(found)) == "() -> list[Json] | str"


BOX = {
    "description": " A box. ",
    "allOf": [{"$ref": "#/components/schemas/Base"}],
    "required": ["size"],
    "properties": {
        "size": {"$ref": "#/components/schemas/Size"},
        "lid": {"type": "object", "properties": {"color": {"type": "string", "maxLength": 3, "default": "red"}}},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"no": {"type": "integer"}}}},
    },
}
BOXES = {
    "a.Box": BOX,
    "Base": {"properties": {"id": {"type": "integer"}}},
    "Size": {"type": "string", "enum": ["S", "L"]},
}


def test_a_schema_is_shown_with_what_is_written_inside_it() -> None:
    """Members of its parts too, values of enums behind references, limits; other components only by their names."""
    data = schema_data(schemas(**BOXES), "a.Box")
    members = {item.pop("name"): item for item in data["members"]}
    assert (data["description"], data["parts"], list(members)) == ("A box.", ["Base"], ["id", "size", "lid", "parts"])
    assert members["size"] == {"type": "Size", "required": True, "values": ["S", "L"], "description": ""}
    color = members["lid"]["members"][0]
    assert (color["name"], color["rules"], color["default"]) == ("color", {"maxLength": 3}, "red")
    assert members["parts"]["items"]["members"][0]["name"] == "no"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.Box.lid.color", "string"),
        ("a.Box.parts.no", "integer"),
        ("a.Box.id", "integer"),
        ("a.Box.size", '"S" | "L"'),
    ],
)
def test_a_dot_leads_on_into_a_schema(name: str, kind: str) -> None:
    """Through parts, arrays and references; a name may have dots itself."""
    assert schema_data(schemas(**BOXES), name)["type"] == kind


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Bse", "did you mean Base"),
        ("a.Box.lib", "a.Box has no member 'lib' (did you mean lid"),
        ("Size.x", "Size has no member 'x'"),
    ],
)
def test_a_schema_that_is_not_there_is_refused(name: str, hint: str) -> None:
    """With the nearest names."""
    with pytest.raises(SpecError) as caught:
        schema_data(schemas(**BOXES), name)
    assert hint in str(caught.value)


def test_help_lists_the_members_that_are_arguments_and_the_other_ways_to_call() -> None:
    """Nobody would find `items` and `curl` otherwise; long lists are cut."""
    text = help_text(SHOP["createCheckout"])
    assert "Arguments, too: the properties of the body, in place of it: shopping_type, channel, " in text
    assert text.endswith("Other ways to call it: .send, .stream, .pages, .items, .prepare, .curl, .with_options")
    assert "Arguments, too" not in help_text(SHOP["getOrder"])
    many = {f"field{number}": {} for number in range(15)}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": many}}}}
    assert "field11, and 3 more\n" in help_text(operation(requestBody=body))


def test_help_lists_no_members_that_only_the_server_sends() -> None:
    """Nobody has to give them."""
    known = {"name": {"type": "string"}, "id": {"type": "integer", "readOnly": True}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": known}}}}
    found = operation(requestBody=body)
    assert "id" not in [item["name"] for item in operation_data(found)["body"]["contents"][0]["properties"]]
    assert "in place of it: name\n" in help_text(found)
