"""Operations and their Python side: names, signatures, arguments, help."""

import inspect
from typing import Any

import pytest
from servers import document, operation

from dynclient import SpecError, UnknownOperation
from dynclient.api.api import Api
from dynclient.api.signature import MISSING
from dynclient.opening import load

SHOP = Api(load("order_capture")).operations

# What the known clients of the two APIs call an operation, and its arguments in order.
SIGNATURES = {
    "create_checkout": "(retail_unit, checkout_request)",
    "create_existing_order_checkout": "(retail_unit, existing_order_checkout_request)",
    "get_checkout": "(checkout_id, retail_unit, checkout)",
    "get_consumer_info": "(checkout_id, retail_unit)",
    "get_i_gift_order": "(checkout_id, retail_unit)",
    "get_order": "(checkout_id, retail_unit)",
    "get_user_contacts": "(retail_unit, zipcode=None)",
    "patch_checkout": "(checkout_id, retail_unit, checkout_patch_request)",
    "update_user": "(retail_unit, checkout_id, update_user)",
    "paddle_checkout_update_status": "(paddle_checkout_event)",
}


def parameter(name: str, location: str = "query", **rest: Any) -> dict[str, Any]:
    """A parameter of text."""
    return {"name": name, "in": location, "required": location == "path", "schema": {"type": "string"}, **rest}


def body(**schema: Any) -> dict[str, Any]:
    """A required JSON body."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def test_operations_have_the_documented_names_and_arguments() -> None:
    """Those of the known clients, in their order."""
    found = [*SHOP.operations, *Api(load("pieces_os")).operations.operations]
    assert {each.python_name: str(each.signature) for each in found} == SIGNATURES


@pytest.mark.parametrize("name", ["getIGiftOrder", "get_i_gift_order", "GET /{retailUnit}/checkouts/{checkoutId}/igiftorder"])  # fmt: skip
def test_an_operation_is_found_by_each_of_its_names(name: str) -> None:
    """And is the same each time."""
    assert SHOP[name] is SHOP["getIGiftOrder"]
    assert name in SHOP


@pytest.mark.parametrize("name", ["getOrdr", "get_ordr", "getorder"])
def test_an_unknown_name_is_answered_with_the_nearest(name: str) -> None:
    """Whatever the spelling."""
    with pytest.raises(UnknownOperation, match=r"OrderCapture has no operation .* \(did you mean .*getOrder|get_order"):
        SHOP[name]


def test_an_operation_without_id_is_called_by_method_and_path() -> None:
    """It has an attribute name all the same."""
    registry = Api(document({"/pets/{petId}": {"get": {"responses": {}}}})).operations
    assert list(registry) == ["GET /pets/{petId}"]
    assert registry["get_pets_pet_id"].id == "GET /pets/{petId}"


def test_an_exact_id_is_stronger_than_a_python_spelling() -> None:
    """Two operations of one Python name are both reached by their ids."""
    made = {"/a": {"get": {"operationId": "getPet"}}, "/b": {"get": {"operationId": "get_pet"}}}
    registry = Api(document(made)).operations
    assert (registry["getPet"].path, registry["get_pet"].path) == ("/a", "/b")


def test_only_operations_are_taken_for_operations() -> None:
    """Not the parameters, servers, summary or extensions of a path item."""
    item = {"summary": "s", "parameters": [], "servers": [], "x-get": {}, "get": {"operationId": "a"}}
    assert list(Api(document({"/a": item, "x-paths": {"get": {}}})).operations) == ["a"]


def test_required_arguments_come_first_and_the_body_after_them() -> None:
    """In the documented order otherwise."""
    found = operation(
        parameter("opt"), parameter("b", required=True), parameter("id", "path"), path="/a/{id}",
        method="put", requestBody=body(type="object"),
    )  # fmt: skip
    assert str(found.signature) == "(b, id, body, opt=None)"


def test_an_optional_body_comes_before_optional_parameters() -> None:
    """So that `create({...})` fills the body."""
    found = operation(parameter("a"), method="put", requestBody={**body(), "required": False})
    assert str(found.signature) == "(body=None, a=None)"


def test_parameters_of_one_name_get_their_location_in_front() -> None:
    """And are reached by it."""
    found = operation(parameter("id"), parameter("id", "header"), parameter("Id", "path"), path="/a/{Id}")
    assert str(found.signature) == "(path_id, query_id=None, header_id=None)"
    arguments, _, problems = found.bind(("1",), {"query_id": "2", "header_id": "3"})
    assert arguments == {("path", "Id"): "1", ("query", "id"): "2", ("header", "id"): "3"}
    assert problems == []


def test_a_keyword_that_could_be_several_parameters_is_answered_with_their_names() -> None:
    """The document has it, so it is no typo."""
    _, _, problems = operation(parameter("q"), parameter("q", "header")).bind((), {"q": 1})
    assert list(map(str, problems)) == ["argument /q: is ambiguous (use query_q or header_q)"]


def test_a_parameter_called_body_keeps_its_name() -> None:
    """Then the body has another."""
    found = operation(parameter("body"), method="put", requestBody=body(type="object"))
    name = next(iter(found.signature.parameters))
    arguments, value, _ = found.bind((), {"body": "text", name: {}})
    assert (arguments, value) == ({("query", "body"): "text"}, {})


def test_a_parameter_of_the_path_item_holds_unless_overridden() -> None:
    """By one of the same name and location."""
    item = {
        "parameters": [parameter("id", "path"), parameter("q", required=True)],
        "get": {"operationId": "use", "parameters": [parameter("q"), parameter("r")]},
    }
    assert str(Api(document({"/a/{id}": item})).operations["use"].signature) == "(id, q=None, r=None)"


def test_a_header_is_overridden_in_any_spelling() -> None:
    """Field names are case-insensitive (RFC 9110, section 5.1)."""
    item = {
        "parameters": [parameter("X-Amz-Date", "header")],
        "get": {"operationId": "use", "parameters": [parameter("x-amz-date", "header", required=True)]},
    }
    assert [part.key for part in Api(document({"/a": item})).operations["use"].parameters] == [("header", "x-amz-date")]


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_that_http_itself_governs_are_no_parameters(name: str) -> None:
    """They are ignored (OpenAPI, Parameter Object)."""
    assert operation(parameter(name, "header")).parameters == ()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "a"}, "needs a `name` and an `in`"),
        ({"in": "query"}, "needs a `name` and an `in`"),
        ({"name": "a", "in": "body"}, "needs a `name` and an `in`"),
        (parameter("a", style="matrix"), 'a query parameter cannot have the style "matrix"'),
        (parameter("a", style="cookie"), 'a query parameter cannot have the style "cookie"'),
        (parameter("a", "querystring"), "`in: querystring` needs `content`"),
        ({"$ref": "#/components/parameters/nope"}, "has no target"),
    ],
)
def test_a_wrong_parameter_is_the_documents_fault(wrong: Any, message: str) -> None:
    """And is found when the operation is first used."""
    with pytest.raises(SpecError, match=message):
        _ = operation(wrong).parameters


@pytest.mark.parametrize("path", ["/a/{id}", "/a/{id}/{other}"])
def test_a_path_variable_that_nothing_describes_is_the_documents_fault(path: str) -> None:
    """Else `{id}` itself would be sent."""
    with pytest.raises(SpecError, match="id"):
        _ = operation(path=path).parameters


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("se", {"a": 1}), {}),
        (("se",), {"body": {"a": 1}}),
        (("se",), {"checkout_request": {"a": 1}}),
        ((), {"retail_unit": "se", "body": {"a": 1}}),
        ((), {"retailUnit": "se", "checkout_request": {"a": 1}}),
    ],
)
def test_arguments_may_be_given_in_any_way(args: Any, kwargs: Any) -> None:
    """By position, or by name in both spellings."""
    assert SHOP["createCheckout"].bind(args, kwargs) == ({("path", "retailUnit"): "se"}, {"a": 1}, [])


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        (("se", {}, 3), {}, "argument: 3 positional arguments were given (it takes (retail_unit, checkout_request))"),
        (("se",), {"retailUnit": "no"}, "argument /retailUnit: is given twice"),
        (("se", {}), {"body": {}}, "argument /body: is given twice"),
        ((), {"retail_unt": "se"}, "argument /retail_unt: is not in the document (did you mean retail"),
        (
            (),
            {"timeout": 3},
            "argument /timeout: is not in the document (timeout is an option: with_options(timeout=...))",
        ),
    ],
)
def test_a_wrong_argument_is_named(args: Any, kwargs: Any, said: str) -> None:
    """With what would be right."""
    _, _, problems = SHOP["createCheckout"].bind(args, kwargs)
    assert [str(problem)[: len(said)] for problem in problems] == [said]


def test_none_leaves_out_what_is_optional_and_is_a_value_elsewhere() -> None:
    """As the signature's default says."""
    assert SHOP["getUserContacts"].bind(("se", None), {}) == ({("path", "retailUnit"): "se"}, MISSING, [])
    assert SHOP["getUserContacts"].bind((None,), {})[0] == {("path", "retailUnit"): None}


def test_the_body_has_a_name_of_its_own_whatever_the_parameters_are_called() -> None:
    """No two arguments share one."""
    found = operation(*map(parameter, ("body", "body_", "request_body")), method="put", requestBody=body(type="object"))
    assert str(found.signature) == "(request_body1, query_body=None, query_body_2=None, request_body=None)"


def test_accept_names_every_documented_media_type() -> None:
    """Those of success first."""
    assert SHOP["getOrder"].accept == "application/json, application/problem+json"
    assert operation().accept == "*/*"


@pytest.mark.parametrize(
    ("status", "key"), [(200, "200"), (201, "2XX"), (404, "404"), (418, "default"), (500, "default")]
)
def test_the_closest_documented_response_is_used(status: int, key: str) -> None:
    """A status comes before its range, and that before the default (OpenAPI, Responses Object)."""
    replies = {name: {"description": name} for name in ("default", "2XX", "200", "404", "x-more")}
    found = operation(responses=replies).reply(status)
    assert found is not None
    assert found.status == key


def test_there_may_be_no_documented_response() -> None:
    """Then nothing is promised."""
    assert operation(responses={"200": {"description": "OK"}}).reply(500) is None


@pytest.mark.parametrize(
    ("own", "item", "root", "urls"),
    [
        ([{"url": "/op"}], [{"url": "/item"}], [{"url": "/root"}], ("/op",)),
        (None, [{"url": "/item"}], [{"url": "/root"}], ("/item",)),
        (None, None, [{"url": "https://{env}.x/{v}", "variables": {"env": {"default": "dev"}, "v": {"default": "v1"}}}], ("https://dev.x/v1",)),
        (None, None, None, ("/",)),
        ([], None, [{"url": "/root"}], ("/root",)),
    ],
)  # fmt: skip
def test_the_nearest_servers_are_used(own: Any, item: Any, root: Any, urls: tuple[str, ...]) -> None:
    """With their variables at their defaults (OpenAPI, Server Object)."""
    made = {"get": {"operationId": "use", **({"servers": own} if own is not None else {})}, **({"servers": item} if item else {})}  # fmt: skip
    made_of = Api(document({"/a": made}, **({"servers": root} if root else {}))).operations["use"]
    assert tuple(server.url({})[0] for server in made_of.servers) == urls


def test_opening_a_document_compiles_nothing() -> None:
    """A fault in one operation does not keep the others from being used."""
    paths = {"/a": {"get": {"operationId": "bad", "parameters": [{"$ref": "#/nope"}]}}, "/b": {"get": {"operationId": "good"}}}  # fmt: skip
    registry = Api(document(paths)).operations
    assert str(registry["good"].signature) == "()"
    with pytest.raises(SpecError, match="nope"):
        _ = registry["bad"].signature


def test_a_signature_is_pythons_own() -> None:
    """Editors and `inspect` understand it."""
    assert isinstance(SHOP["getOrder"].signature, inspect.Signature)
    assert repr(SHOP["getOrder"]) == "<Operation getOrder: GET /{retailUnit}/checkouts/{checkoutId}/order>"


def test_the_headers_of_a_part_may_be_components() -> None:
    """Encoding Object, headers: a Header Object or a Reference Object."""
    header = {"required": True, "schema": {"const": "a"}}
    content = {
        "schema": {"type": "object"},
        "encoding": {"x": {"headers": {"X-Kind": {"$ref": "#/components/headers/K"}}}},
    }
    found = document(
        {
            "/x": {
                "post": {
                    "operationId": "x",
                    "requestBody": {"content": {"multipart/form-data": content}},
                    "responses": {},
                }
            }
        },
        version="3.1.0",
        components={"headers": {"K": header}},
    )
    body = Api(found).operations["x"].body
    assert body is not None
    assert body.contents[0].rules.by_name("x")["headers"] == {"X-Kind": header}


def test_the_content_of_a_parameter_may_be_a_media_type_of_the_components() -> None:
    """OpenAPI 3.2, Components Object, mediaTypes; a body's may be as well."""
    content = {"application/json": {"$ref": "#/components/mediaTypes/Numbers"}}
    item = {"get": {"parameters": [{"name": "q", "in": "query", "content": content}], "responses": {}}}
    numbers = {"schema": {"type": "array", "items": {"type": "integer"}}}
    found = document({"/a": item}, version="3.2.0", components={"mediaTypes": {"Numbers": numbers}})
    (parameter,) = Api(found).operations["GET /a"].parameters
    assert [parameter.schema.is_valid(value) for value in ([1], ["a"])] == [True, False]
