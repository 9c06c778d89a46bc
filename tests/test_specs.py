"""The two documents in specs/: valid, complete, and promising no more than what is known.

The judges here are openapi-spec-validator and openapi-schema-validator, never our own package.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT4

SPECS = Path(__file__).parent.parent / "specs"
ORDER_CAPTURE: dict[str, Any] = yaml.safe_load((SPECS / "order_capture" / "2.0.8.yaml").read_text("utf-8"))
PIECES_OS: dict[str, Any] = yaml.safe_load((SPECS / "pieces_os" / "1.0.0.yaml").read_text("utf-8"))
both = pytest.mark.parametrize("document", [ORDER_CAPTURE, PIECES_OS], ids=["order_capture", "pieces_os"])

CHECKOUT = "/{retailUnit}/checkouts/{checkoutId}"
BASIC = "400 404 419 422 500 503 504"
# What the known clients call an operation -> method, path, arguments in order (the body last), statuses.
OPERATIONS: dict[str, tuple[str, str, str, str]] = {
    "create_checkout": ("post", "/{retailUnit}/checkouts", "retail_unit checkout_request", f"201 {BASIC}"),
    "create_existing_order_checkout": (
        "post",
        "/{retailUnit}/existing-order-checkouts",
        "retail_unit existing_order_checkout_request",
        f"201 {BASIC}",
    ),
    "get_checkout": ("get", CHECKOUT, "checkout_id retail_unit checkout", f"200 {BASIC}"),
    "get_consumer_info": ("get", f"{CHECKOUT}/consumerinfo", "checkout_id retail_unit", "200 400 401 404 500 503 504"),
    "get_i_gift_order": ("get", f"{CHECKOUT}/igiftorder", "checkout_id retail_unit", f"200 {BASIC}"),
    "get_order": ("get", f"{CHECKOUT}/order", "checkout_id retail_unit", f"200 {BASIC}"),
    "get_user_contacts": (
        "get",
        "/{retailUnit}/checkouts/user",
        "retail_unit zipcode",
        "200 400 404 410 419 422 500 503 504",
    ),
    "patch_checkout": ("patch", CHECKOUT, "checkout_id retail_unit checkout_patch_request", f"200 {BASIC}"),
    "update_user": (
        "put",
        f"{CHECKOUT}/user",
        "retail_unit checkout_id update_user",
        "200 400 404 410 419 422 500 503 504",
    ),
    "paddle_checkout_update_status": (
        "post",
        "/paddle_checkout/update_status",
        "paddle_checkout_event",
        "200 400 500",
    ),
}
RESPONSES = {
    ("200", "200 - OK"),
    ("200", "OK, checkout in body"),
    ("201", "201 - Created"),
    ("400", "Bad input parameter"),
    ("401", "401 Unauthorized"),
    ("404", "404 Not Found"),
    ("410", "410 Gone"),
    ("419", "Authentication timeout"),
    ("422", "Unprocessable Entity"),
    ("422", "patch would leave the checkout with no items (all quantities 0)"),
    ("500", "Internal Server Error"),
    ("503", "Service Unavailable"),
    ("504", "Gateway Timeout"),
}
EVENTS = ["Loaded", "Closed", "Updated", "Completed", "Warning", "Error"]


def snake(name: str) -> str:
    """The name as the known clients spell it."""
    return re.sub(r"(?<=[a-zA-Z])(?=[A-Z])", "_", name).lower()


def nodes(value: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    """Every value inside a value, itself included, and the JSON pointer to it."""
    yield pointer, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from nodes(child, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from nodes(child, f"{pointer}/{index}")


def follow(document: dict[str, Any], value: Any) -> Any:
    """What a reference stands for; any other value stands for itself."""
    if not (isinstance(value, dict) and "$ref" in value):
        return value
    target: Any = document
    for token in value["$ref"].removeprefix("#/").split("/"):
        target = target[token]
    return target


def reached(document: dict[str, Any]) -> set[str]:
    """The components that the operations lead to."""
    found: set[str] = set()
    waiting: list[Any] = [document["paths"]]
    while waiting:
        refs = {node["$ref"] for _, node in nodes(waiting.pop()) if isinstance(node, dict) and "$ref" in node}
        waiting += [follow(document, {"$ref": ref}) for ref in refs - found]
        found |= refs
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def responses(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Status and response, of all operations."""
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            yield status, follow(document, response)


def schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema, at any depth."""
    waiting: list[dict[str, Any]] = list(document["components"]["schemas"].values())
    waiting += [node["schema"] for pointer, node in nodes(document) if is_described(pointer, node)]
    while waiting:
        schema = waiting.pop()
        yield schema
        waiting += [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
        waiting += [schema[key] for key in ("items", "additionalProperties") if key in schema]


def is_described(pointer: str, node: Any) -> bool:
    """Whether the node is a parameter or a media type with a schema."""
    elsewhere = "/components/schemas/" in pointer or "/examples/" in pointer
    return not elsewhere and isinstance(node, dict) and "schema" in node


def judge(document: dict[str, Any], pointer: str) -> OAS30Validator:
    """A validator for the schema at a JSON pointer."""
    registry: Registry[Any] = Registry().with_resource("urn:document", DRAFT4.create_resource(document))
    return OAS30Validator({"$ref": f"urn:document{pointer}"}, registry=registry, format_checker=oas30_format_checker)


def event(name: str) -> dict[str, Any]:
    """The value of one of the six named events."""
    value: dict[str, Any] = PIECES_OS["components"]["examples"][name]["value"]
    return value


def branches(value: Any) -> list[str]:
    """The kinds of event that a value is one of."""
    refs = [branch["$ref"] for branch in PIECES_OS["components"]["schemas"]["PaddleCheckoutEvent"]["oneOf"]]
    return [ref.rpartition("/")[2] for ref in refs if judge(PIECES_OS, ref).is_valid(value)]


@both
def test_document_is_valid(document: dict[str, Any]) -> None:
    """OpenAPI's own schema and rules accept the document."""
    validate(document)


@both
def test_document_reads_the_same_by_yaml_1_1(document: dict[str, Any]) -> None:
    """A YAML 1.1 reader finds plain JSON: no dates, no keys but text, no enum value but text."""
    for _, node in nodes(document):
        assert isinstance(node, dict | list | str | int | float)
        assert not isinstance(node, dict) or all(isinstance(key, str) for key in node)
    assert all(isinstance(value, str) for schema in schemas(document) for value in schema.get("enum", ()))


def test_order_capture_is_complete() -> None:
    """Nine operations, 96 models, 811 fields."""
    models = ORDER_CAPTURE["components"]["schemas"].values()
    counts = len(list(operations(ORDER_CAPTURE))), len(models), sum(len(model["properties"]) for model in models)
    assert counts == (9, 96, 811)


def test_pieces_os_is_complete() -> None:
    """One operation, 22 models and an enum, 94 fields and the two tags that the operation promises."""
    models = PIECES_OS["components"]["schemas"].values()
    kinds = Counter("enum" if "enum" in model else "model" for model in models)
    assert len(list(operations(PIECES_OS))) == 1
    assert kinds == {"model": 22, "enum": 1}
    assert sum(len(model.get("properties", ())) for model in models) == 94 + 2


def test_operations_are_the_documented_ones() -> None:
    """Names, methods, paths, order of arguments and statuses are those of the known clients."""
    found = {}
    for document in (ORDER_CAPTURE, PIECES_OS):
        for method, path, operation in operations(document):
            arguments = [follow(document, parameter)["name"] for parameter in operation.get("parameters", ())]
            if "requestBody" in operation:
                arguments.append(
                    operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
                )
            names = " ".join(map(snake, arguments))
            found[snake(operation["operationId"])] = (method, path, names, " ".join(operation["responses"]))
    assert found == OPERATIONS


def test_responses_have_the_documented_descriptions() -> None:
    """The description of a response is the documented one, word for word."""
    assert {(status, response["description"]) for status, response in responses(ORDER_CAPTURE)} == RESPONSES
    assert {(status, response["description"]) for status, response in responses(PIECES_OS)} == {
        ("200", "Successfully processed"),
        ("400", "Invalid payload"),
        ("500", "Internal Server Error"),
    }


def test_patching_has_its_own_422() -> None:
    """A patch that leaves no items has a text of its own; only it and getCheckout announce a checkout in the body."""
    texts = {
        snake(each["operationId"]): {
            follow(ORDER_CAPTURE, response)["description"] for response in each["responses"].values()
        }
        for _, _, each in operations(ORDER_CAPTURE)
    }
    announcing = {name for name, found in texts.items() if "OK, checkout in body" in found}
    patching = {name for name, found in texts.items() if any(text.startswith("patch would") for text in found)}
    assert announcing == {"get_checkout", "patch_checkout"}
    assert patching == {"patch_checkout"}


def test_required_inputs_are_the_documented_ones() -> None:
    """Every body is required, and so is every parameter but zipcode."""
    for document in (ORDER_CAPTURE, PIECES_OS):
        for _, _, operation in operations(document):
            assert operation.get("requestBody", {"required": True})["required"]
            for parameter in (follow(document, each) for each in operation.get("parameters", ())):
                assert parameter["required"] is (parameter["name"] != "zipcode")


def test_checkout_argument_travels_as_json_text() -> None:
    """The query parameter `checkout` has a media type, not a style."""
    query = ORDER_CAPTURE["paths"][CHECKOUT]["get"]["parameters"][2]
    assert (query["name"], query["in"]) == ("checkout", "query")
    assert query["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Checkout"}


def test_order_capture_errors_carry_the_error_model() -> None:
    """Every documented error of every operation is an ErrorDetails."""
    for status, response in responses(ORDER_CAPTURE):
        if not status.startswith("2"):
            assert list(response["content"]) == ["application/problem+json"]
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorDetails"}


def test_pieces_os_answers_in_plain_text() -> None:
    """All three answers are bare strings."""
    for _, response in responses(PIECES_OS):
        assert {kind: media["schema"] for kind, media in response["content"].items()} == {
            "text/plain": {"type": "string"}
        }


def test_either_credential_or_both_will_do() -> None:
    """Both schemes, the client id alone, the token alone: whichever is configured."""
    both_schemes: dict[str, list[str]] = {"Client-Id": [], "BearerAuth": []}
    assert ORDER_CAPTURE["security"] == [both_schemes, {"Client-Id": []}, {"BearerAuth": []}]
    assert ORDER_CAPTURE["components"]["securitySchemes"]["Client-Id"]["name"] == "X-Client-Id"
    assert PIECES_OS["components"]["securitySchemes"]["application"]["name"] == "X-Application-ID"


@both
def test_every_body_has_a_named_example(document: dict[str, Any]) -> None:
    """Request bodies, answers and the checkout argument all show what they look like."""
    for pointer, node in nodes(document["paths"]):
        for media in node["content"].values() if isinstance(node, dict) and "content" in node else ():
            assert media.get("examples"), pointer


@both
def test_every_named_example_is_valid(document: dict[str, Any]) -> None:
    """Each example is what the schema beside it asks for."""
    for pointer, node in nodes(document):
        if is_described(pointer, node):
            for name, example in node.get("examples", {}).items():
                value = follow(document, example)["value"]
                problems = [error.message for error in judge(document, f"{pointer}/schema").iter_errors(value)]
                assert problems == [], f"{pointer} {name}"


@both
def test_every_component_is_used(document: dict[str, Any]) -> None:
    """The operations lead to each component but one known model, and every reference leads somewhere."""
    components = {
        f"#/components/{kind}/{name}"
        for kind, members in document["components"].items()
        for name in members
        if kind != "securitySchemes"
    }
    assert components - reached(document) <= {"#/components/schemas/BillingContactRequest"}


@both
def test_nothing_stands_beside_a_reference(document: dict[str, Any]) -> None:
    """OpenAPI 3.0 ignores what stands beside a $ref, so nothing does."""
    assert all(len(node) == 1 for _, node in nodes(document) if isinstance(node, dict) and "$ref" in node)


@both
def test_required_names_are_properties(document: dict[str, Any]) -> None:
    """A schema requires only what it describes."""
    for schema in schemas(document):
        assert set(schema.get("required", ())) <= set(schema.get("properties", ()))


@both
def test_no_constraint_is_invented(document: dict[str, Any]) -> None:
    """Schemas use these keywords and no others: no nullable, no limits, no patterns, no discriminator."""
    allowed = {"$ref", "type", "description", "required", "properties", "items", "enum"}
    rare = {"format", "additionalProperties", "oneOf", "default"}
    assert {keyword for schema in schemas(document) for keyword in schema} <= allowed | rare


def test_rare_keywords_stand_where_they_are_known() -> None:
    """Two date-times and four maps in one document, one default in the other."""
    dates = [schema for schema in schemas(ORDER_CAPTURE) if schema.get("format") == "date-time"]
    maps = [schema["additionalProperties"] for schema in schemas(ORDER_CAPTURE) if "additionalProperties" in schema]
    rare = [schema for schema in schemas(PIECES_OS) if {"format", "additionalProperties", "default"} & set(schema)]
    assert len(dates) == sum("format" in schema for schema in schemas(ORDER_CAPTURE)) == 2
    assert Counter(map(str, maps)) == {
        "{'type': 'string'}": 3,
        "{'$ref': '#/components/schemas/ServiceQuestionRelation'}": 1,
    }
    assert rare == [PIECES_OS["components"]["schemas"]["EmbeddedModelSchemaSemanticVersionEnum"]]


def test_enum_values_are_kept_as_they_are() -> None:
    """Misspelt values stay misspelt, and the words true and false stay text."""
    models = {name: model["properties"] for name, model in ORDER_CAPTURE["components"]["schemas"].items()}
    assert "SHIPPING_CONTATCTS_SET" in models["Checkout"]["state"]["enum"]
    assert models["Checkout"]["state"] == models["CheckoutDto"]["state"]
    assert "IGIFT_RECEIPIENT_DELIVERY" in models["ConsumerInfo"]["checkoutType"]["enum"]
    assert models["Option"]["optionValue"]["enum"] == ["true", "false", "FREETEXT", "NA"]
    assert models["Answer"]["optionValue"]["enum"] == ["true", "false", "FREETEXT", "NA"]


def test_items_hold_items() -> None:
    """The model Item is recursive."""
    item = ORDER_CAPTURE["components"]["schemas"]["Item"]["properties"]
    assert item["childItems"] == {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}


def test_one_name_may_have_several_types() -> None:
    """Quantity is an integer, a number or text, whichever the model says."""
    models = {name: model["properties"] for name, model in ORDER_CAPTURE["components"]["schemas"].items()}
    kinds = {name: fields["quantity"]["type"] for name, fields in models.items() if "quantity" in fields}
    assert {name for name, kind in kinds.items() if kind == "number"} == {
        "Checkout",
        "CheckoutDto",
        "Availability",
        "DeliveryItem",
    }
    assert {name for name, kind in kinds.items() if kind == "string"} == {
        "ItemReference",
        "ItemReferenceRequest",
        "RemovalServiceItemRequest",
    }


@pytest.mark.parametrize("name", EVENTS)
def test_event_is_of_one_kind(name: str) -> None:
    """Each of the six events matches its own schema and no other."""
    assert branches(event(name)) == [f"PaddleCheckout{name}Event"]


@pytest.mark.parametrize("tag", ["name", "type"])
def test_unknown_event_is_of_no_kind(tag: str) -> None:
    """A tag that is not one of the six matches nothing, whatever else the event has."""
    assert branches({**event("Loaded"), "name": "checkout.failed"}) == []
    assert branches({"data": {}, tag: "checkout.failed"}) == []


@pytest.mark.parametrize("name", ["Warning", "Error"])
def test_warnings_and_errors_are_told_by_their_type(name: str) -> None:
    """A name alone makes neither, as the operation promises."""
    value = {key: field for key, field in event(name).items() if key != "type"}
    assert branches({**value, "name": event(name)["type"]}) == []
