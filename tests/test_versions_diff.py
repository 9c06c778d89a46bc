"""Two versions compared: operations, parameters, bodies, replies, security; hard shapes; the command."""

from __future__ import annotations

import copy
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml
from click.testing import CliRunner
from versions_edits import OPERATION_EDITS, SAME, SCHEMA_EDITS, edited, faults

import dynclient
from dynclient.cli.differences import text_report
from dynclient.cli.program import cli
from dynclient.versions import Change, Changes, Policy, diff

TEXT = {"type": "string"}


def shop(**more: Any) -> dict[str, Any]:
    """Return a document of an online shop."""
    order = {
        "type": "object", "required": ["id", "status", "lines"],
        "properties": {
            "id": {"type": "string", "readOnly": True}, "status": {"enum": ["open", "paid"]}, "note": TEXT, "secret": {"type": "string", "writeOnly": True},
            "total": {"type": "number"}, "count": {"type": "integer"}, "tags": {"type": "array", "items": TEXT},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}, "customer": {"$ref": "#/components/schemas/Customer"},
        },
    }  # fmt: skip
    line = {
        "type": "object",
        "required": ["sku"],
        "properties": {"sku": TEXT, "quantity": {"type": "integer"}, "price": {"type": "number"}},
    }
    customer = {
        "type": "object",
        "properties": {
            "name": TEXT,
            "email": TEXT,
            "kind": {"enum": ["person", "company"]},
            "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Customer"}},
        },
    }
    schemas = {
        "Order": order,
        "Line": line,
        "Customer": customer,
        "Problem": {"type": "object", "properties": {"title": TEXT, "code": {"type": "integer"}}},
    }

    def reply(name: str, *, many: bool = False) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{name}"}
        return {
            "description": "ok",
            "content": {"application/json": {"schema": {"type": "array", "items": schema} if many else schema}},
        }

    failed = {
        "400": {
            "description": "bad",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    search = {"name": "q", "in": "query", "schema": TEXT}
    identified = {"name": "orderId", "in": "path", "required": True, "schema": TEXT}
    data = {
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1.0.0"}, "servers": [{"url": "https://shop.example/v1"}],
        "security": [{"Key": []}],
        "paths": {
            "/orders": {
                "get": {"operationId": "listOrders", "parameters": [page, search], "responses": {"200": reply("Order", many=True), **failed}},
                "post": {"operationId": "createOrder", "requestBody": body, "responses": {"201": reply("Order"), **failed}},
            },
            "/orders/{orderId}": {
                "parameters": [identified],
                "get": {"operationId": "getOrder", "responses": {"200": reply("Order")}},
                "put": {"operationId": "putOrder", "requestBody": copy.deepcopy(body), "responses": {"200": reply("Order"), **failed}},
                "delete": {"operationId": "deleteOrder", "responses": {"204": {"description": "gone"}}},
            },
            "/customers/{customerId}": {
                "get": {"operationId": "getCustomer", "parameters": [{"name": "customerId", "in": "path", "required": True, "schema": TEXT}, page], "responses": {"200": reply("Customer")}},
            },
            "/customers": {"post": {"operationId": "addCustomer", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Customer"}}}}, "responses": {"200": reply("Customer")}}},
        },
        "components": {"schemas": schemas, "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "Token": {"type": "http", "scheme": "bearer"}}},
        **more,
    }  # fmt: skip
    made: dict[str, Any] = json.loads(json.dumps(data))  # without shared parts, which an edit would change together
    return made


def old_shop() -> dict[str, Any]:
    """Return the same in OpenAPI 3.0."""
    data = shop(openapi="3.0.3")
    data["components"]["schemas"]["Customer"]["properties"]["name"] = {"type": "string", "nullable": True}
    return data


def breaking(changes: Changes) -> list[Change]:
    """Return the changes that break somebody or may."""
    return [change for change in changes.changes if change.breaking]


DOCUMENTS = {
    "shop": shop, "shop 3.0": old_shop, "order_capture": lambda: dynclient.load("order_capture").data, "pieces_os": lambda: dynclient.load("pieces_os").data,
}  # fmt: skip
#: How many public documents are tried.
PUBLIC = 10
EDITS = {**SCHEMA_EDITS, **OPERATION_EDITS, **SAME}
#: How many seeds each edit gets, by document.
SEEDS = {"shop": 4, "shop 3.0": 2, "order_capture": 1, "pieces_os": 1}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_gets_the_right_verdict(name: str, edit: str) -> None:
    """Whom it breaks, in which direction, where, all operations, one finding, and a witness."""
    data = DOCUMENTS[name]()
    for seed in range(SEEDS[name] * (3 if edit in SAME and name.startswith("shop") else 1)):
        made = edited(data, EDITS[edit], f"{name}/{edit}/{seed}")
        if made is not None:
            assert faults(diff(data, made[0]), made[1]) == []


def test_enough_edits_are_tried() -> None:
    """400 of them, a third of which change nothing; those that a document has no place for do not count."""
    counts = {"same": 0, "breaking": 0}
    for name, make in DOCUMENTS.items():
        data = make()
        for edit, change in EDITS.items():
            for seed in range(SEEDS[name] * (3 if edit in SAME and name.startswith("shop") else 1)):
                made = edited(data, change, f"{name}/{edit}/{seed}")
                if made is not None:
                    counts["breaking" if made[1].victims else "same"] += 1
    assert sum(counts.values()) >= 400
    assert counts["same"] * 3 >= sum(counts.values())


# Operations, parameters and messages, by hand


def changed(change: Any, data: dict[str, Any] | None = None, policy: Any = None) -> list[Change]:
    """Return what breaks when a change is made to the shop."""
    old = data or shop()
    new = copy.deepcopy(old)
    change(new)
    return breaking(diff(old, new, policy))


def rules(found: list[Change]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rules and victims of changes."""
    return [(change.rule, change.victims) for change in found]


def moved(data: dict[str, Any], old: str, new: str) -> None:
    """Rename a path."""
    data["paths"] = {new if path == old else path: item for path, item in data["paths"].items()}


def kinds(*names: str, bark: str = "loud") -> dict[str, Any]:
    """Return the shop with customers that are a cat or a dog, by a discriminator; a cat has properties of these names."""
    tag = {"type": "object", "required": ["is"], "properties": {"is": TEXT, "bark": {"enum": [bark]}}}
    cat = {**tag, "properties": {"is": TEXT, **dict.fromkeys(names, TEXT)}}
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    data = shop()
    data["components"]["schemas"] |= {
        "Cat": cat,
        "Dog": tag,
        "Customer": {"oneOf": branches, "discriminator": {"propertyName": "is"}},
    }
    return data


def test_a_subtype_keeps_its_properties() -> None:
    """A change of another subtype removes none of them; those that are gone are noted."""
    old = kinds("lives", "name")
    removed = [
        change.message for change in diff(old, kinds("lives", "name", bark="low")).changes if not change.breaking
    ]
    assert removed == []
    assert [change.message for change in diff(old, kinds("name")).changes] == [
        "the optional property 'lives' was removed"
    ]


@pytest.mark.parametrize("new", ["/Customers", "/customers/", "/clients"])
def test_a_path_that_is_gone_breaks_callers_and_readers(new: str) -> None:
    """Also when only its case or a slash at its end has changed; the new one is named."""
    (found,) = changed(lambda data: moved(data, "/customers", new))
    assert (found.rule, found.victims, found.operations) == (
        "operation/removed",
        ("callers", "readers"),
        ("addCustomer",),
    )
    assert f"POST {new}" in found.message
    assert found.witness == {"method": "POST", "url": "/customers"}


def test_an_operation_removed_after_it_was_deprecated_breaks_all_the_same() -> None:
    """Nobody can know that the warning was read."""
    old = shop()
    old["paths"]["/customers"]["post"]["deprecated"] = True
    assert rules(changed(lambda data: data["paths"].pop("/customers"), old)) == [
        ("operation/removed", ("callers", "readers", "code"))
    ]


def test_swapped_operation_ids_break_code() -> None:
    """Both calls still work, with the wrong operation."""

    def swap(data: dict[str, Any]) -> None:
        item = data["paths"]["/orders/{orderId}"]
        item["get"]["operationId"], item["delete"]["operationId"] = "deleteOrder", "getOrder"

    found = changed(swap)
    assert rules(found) == [("operation/id", ("code",))] * 2
    assert all("wrong operation" in change.message for change in found)


def test_a_name_that_is_still_taken_breaks_nobody() -> None:
    """`x-dynclient-aliases` keeps old names of operations and arguments."""

    def renamed(data: dict[str, Any], **more: Any) -> None:
        moved(data, "/orders/{orderId}", "/orders/{id}")
        item = data["paths"]["/orders/{id}"]
        item["parameters"][0] |= {"name": "id", **more}
        item["get"] |= {"operationId": "readOrder", **({"x-dynclient-aliases": ["getOrder"]} if more else {})}

    names = [("operation/id", ("code",)), ("path/variable", ("code",))]
    assert sorted(set(rules(changed(renamed)))) == names
    new = shop()
    renamed(new, **{"x-dynclient-aliases": ["orderId"]})
    assert {(change.rule, change.verdict) for change in diff(shop(), new).changes} == {
        (rule, "fine") for rule, _ in names
    }


def test_a_path_prefix_may_move_between_the_server_and_the_paths() -> None:
    """The URL is the same."""

    def move(data: dict[str, Any]) -> None:
        data["servers"] = [{"url": "https://shop.example"}]
        data["paths"] = {f"/v1{path}": item for path, item in data["paths"].items()}

    assert changed(move) == []


def test_another_server_is_a_notice() -> None:
    """Or a break, by the policy."""
    assert changed(lambda data: data.update(servers=[{"url": "https://other.example/v1"}])) == []
    (found,) = changed(
        lambda data: data.update(servers=[{"url": "https://other.example/v1"}]), policy={"server": "breaks"}
    )
    assert found.rule == "server"


def parameters(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters of listOrders."""
    found: list[dict[str, Any]] = data["paths"]["/orders"]["get"]["parameters"]
    return found


def with_parameter(**parameter: Any) -> dict[str, Any]:
    """Return the shop with another parameter of listOrders."""
    data = shop()
    parameters(data).append({"name": "filter", "in": "query", "schema": TEXT, **parameter})
    return data


LIST = {"type": "array", "items": TEXT}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ({"in": "query"}, {"in": "header"}, "parameter/in"),
        ({"schema": LIST}, {"schema": LIST, "style": "pipeDelimited", "explode": False}, "parameter/style"),
        ({"schema": LIST}, {"schema": LIST, "explode": False}, "parameter/style"),
        ({"schema": {"type": "object"}}, {"schema": {"type": "object"}, "style": "deepObject", "explode": True}, "parameter/style"),
        ({}, {"explode": False}, ""),
        ({"schema": TEXT}, {"schema": None, "content": {"application/json": {"schema": TEXT}}}, "parameter/style"),
        ({"required": True}, {}, ""),
        ({}, {"required": True}, "parameter/required"),
        ({"in": "header", "required": True}, {"in": "header", "required": True, "name": "FILTER"}, ""),
        ({"required": True}, {"required": True, "name": "Filter"}, "parameter/required"),
        ({}, {"name": "Filter"}, ""),
        ({"schema": {"type": "integer"}}, {"schema": TEXT}, ""),
        ({"schema": {"type": "boolean"}}, {"schema": {"enum": ["true", "false"]}}, ""),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, {"schema": LIST}, ""),
        ({"schema": TEXT}, {"schema": {"type": "integer"}}, "schema/type"),
        ({"schema": {"enum": ["a", "b"]}}, {"schema": {"enum": ["a"]}}, "schema/enum"),
        ({"schema": {"type": "integer", "maximum": 100}}, {"schema": {"type": "integer", "maximum": 50}}, "schema/bounds"),
        ({"schema": {**TEXT, "default": "a"}}, {"schema": {**TEXT, "default": "b"}}, ""),
        ({"allowEmptyValue": True}, {}, "parameter/empty"),
    ],
)  # fmt: skip
def test_changes_of_a_parameter(old: Any, new: Any, rule: str) -> None:
    """What callers send in the old version must be accepted by the new one; a parameter is text."""
    found = breaking(diff(with_parameter(**old), with_parameter(**new)))
    assert [(change.rule, change.victims, change.operations) for change in found] == (
        [(rule, ("callers",), ("listOrders",))] if rule else []
    )


def test_a_required_parameter_with_a_default_is_a_matter_of_policy() -> None:
    """By default it breaks callers."""
    new = with_parameter(required=True, schema={**TEXT, "default": "a"})
    assert rules(breaking(diff(shop(), new))) == [("parameter/required", ("callers",))]
    assert breaking(diff(shop(), new, Policy(required_with_default="notice"))) == []


def failing(**replies: dict[str, Any]) -> dict[str, Any]:
    """Return the shop whose getOrder fails with these replies."""
    data = shop()
    content = {
        code: {"description": "bad", "content": {"application/json": {"schema": schema}}}
        for code, schema in replies.items()
    }
    data["paths"]["/orders/{orderId}"]["get"]["responses"] |= {
        code.removeprefix("s"): reply for code, reply in content.items()
    }
    return data


@pytest.mark.parametrize("wider", ["default", "s4XX"])
def test_an_error_status_that_a_wider_one_describes_now_may_still_be_sent(wider: str) -> None:
    """With what that one says; where nothing describes it any more, it is not sent, which breaks nobody."""
    coded, named = ({"type": "object", "required": [name], "properties": {name: TEXT}} for name in ("code", "name"))
    (found,) = breaking(diff(failing(s404=coded, **{wider: named}), failing(**{wider: named})))
    assert (found.rule, found.victims) == ("schema/required", ("readers",))
    assert found.witness == {
        "method": "GET", "path": "/orders/{orderId}", "status": 404, "headers": {"Content-Type": "application/json"},
        "body": found.witness["body"] if found.witness else None,
    }  # fmt: skip
    assert breaking(diff(failing(s404=named, **{wider: named}), failing(**{wider: named}))) == []
    assert breaking(diff(failing(s404=coded), failing())) == []


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        ([{"Key": []}], [], False),
        ([], [{"Key": []}], True),
        ([{}], [], False),
        ([{"Key": []}, {}], [{"Key": []}], True),
        ([{"Key": []}, {"Token": []}], [{"Key": []}], True),
        ([{"Key": []}], [{"Key": []}, {"Token": []}], False),
        ([{"Key": []}, {"Token": []}], [{"Key": [], "Token": []}], True),
        ([{"Key": [], "Token": []}], [{"Key": []}], False),
        ([{"Flow": ["a"]}], [{"Flow": ["a", "b"]}], True),
        ([{"Flow": ["a", "b"]}], [{"Flow": ["b"]}], False),
        ([{"Key": []}], [{"Token": []}], True),
        ([{"Key": []}], [{"SameKey": []}], False),
        ([{"Key": []}], [{"MovedKey": []}], True),
        ([{"Key": []}], [{"RenamedKey": []}], True),
        ([{"Flow": []}], [{"OtherUrls": []}], False),
    ],
)  # fmt: skip
def test_changes_of_security(old: Any, new: Any, breaks: bool) -> None:  # noqa: FBT001  a case
    """Each way to be let in must remain one; one finding for all operations that inherit it."""
    urls = {"tokenUrl": "https://id.example/token", "scopes": {}}
    schemes = {
        "Key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "SameKey": {"type": "apiKey", "in": "header", "name": "x-key"},
        "MovedKey": {"type": "apiKey", "in": "query", "name": "X-Key"}, "RenamedKey": {"type": "apiKey", "in": "header", "name": "X-Other"},
        "Token": {"type": "http", "scheme": "bearer"}, "Flow": {"type": "oauth2", "flows": {"clientCredentials": urls}},
        "OtherUrls": {"type": "oauth2", "flows": {"clientCredentials": {**urls, "tokenUrl": "https://other.example"}}},
    }  # fmt: skip
    before, after = shop(security=old), shop(security=new)
    for data in (before, after):
        data["components"]["securitySchemes"] = schemes
    found = breaking(diff(before, after))
    assert rules(found) == ([("security", ("callers",))] if breaks else [])
    if breaks:
        assert len(found[0].operations) == 7
        assert found[0].witness is not None


def test_the_key_of_a_security_witness_is_not_a_secret() -> None:
    """It stands for one."""
    (found,) = changed(lambda data: data.update(security=[{"Token": []}]))
    assert found.witness is not None
    assert found.witness["headers"]["x-key"] == "..."


def headers(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the document with headers of the reply of getOrder."""
    data["paths"]["/orders/{orderId}"]["get"]["responses"]["200"]["headers"] = fields
    return data


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ({"X-Rate": {"required": True, "schema": TEXT}}, {}, "header/removed"),
        ({"X-Rate": {"schema": TEXT}}, {}, ""),
        ({"X-Rate": {"required": True, "schema": TEXT}}, {"X-Rate": {"schema": TEXT}}, "header/optional"),
        ({"X-Rate": {"schema": TEXT}}, {"x-rate": {"required": True, "schema": TEXT}}, ""),
        ({"X-Rate": {"schema": {"type": "integer"}}}, {"X-Rate": {"schema": TEXT}}, "schema/type"),
        ({"X-Rate": {"schema": TEXT}}, {"X-Rate": {"schema": {"type": "integer"}}}, ""),
        ({}, {"X-Rate": {"required": True, "schema": TEXT}}, ""),
    ],
)  # fmt: skip
def test_changes_of_the_headers_of_a_reply(old: Any, new: Any, rule: str) -> None:
    """Readers need what they were promised."""
    found = breaking(diff(headers(shop(), **old), headers(shop(), **new)))
    assert rules(found) == ([(rule, ("readers",))] if rule else [])


def replies(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the document with these statuses of getOrder."""
    owner = data["paths"]["/orders/{orderId}"]["get"]
    reply = owner["responses"]["200"]
    owner["responses"] = dict.fromkeys(keys, reply)
    return data


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (["200"], ["201"], "status/removed"),
        (["200", "201"], ["200"], "status/removed"),
        (["200"], ["200", "404"], "status/added"),
        (["200", "4XX"], ["200", "404"], ""),
        (["200", "default"], ["200", "404", "500"], ""),
        (["200", "404"], ["200"], ""),
        (["200", "default"], ["200"], ""),
        (["2XX"], ["200"], ""),
        (["200"], ["2XX"], "status/added"),
        (["200"], ["2XX", "200"], "status/added"),
    ],
)  # fmt: skip
def test_changes_of_statuses(old: list[str], new: list[str], rule: str) -> None:
    """A success that is gone breaks readers; a new status, too, where the old version has no range or default for it."""
    found = breaking(diff(replies(shop(), *old), replies(shop(), *new)))
    assert rules(found) == ([(rule, ("readers",))] if rule else [])
    assert breaking(diff(replies(shop(), *old), replies(shop(), *new), {"new_status": "notice"})) == (
        [] if rule != "status/removed" else found
    )


def bodies(kind: str, **contents: Any) -> dict[str, Any]:
    """Return the shop with these media types of the body of addCustomer, or of the reply of getCustomer."""
    data = shop()
    content = {name.replace("_", "/"): {"schema": schema} for name, schema in contents.items()}
    if kind == "sent":
        data["paths"]["/customers"]["post"]["requestBody"]["content"] = content
    else:
        data["paths"]["/customers/{customerId}"]["get"]["responses"]["200"]["content"] = content
    return data


@pytest.mark.parametrize(
    ("kind", "old", "new", "rule"),
    [
        ("sent", {"application_json": TEXT}, {"application_xml": TEXT}, "media-type/removed"),
        ("sent", {"application_json": TEXT}, {"application_json": TEXT, "application_xml": TEXT}, ""),
        ("sent", {"application_json": TEXT}, {"application_*": TEXT}, ""),
        ("sent", {"application_*": TEXT}, {"application_json": TEXT}, "media-type/removed"),
        ("received", {"application_json": TEXT}, {"application_xml": TEXT}, "media-type/removed"),
        ("received", {"application_json": TEXT}, {"application_json": TEXT, "application_xml": TEXT}, ""),
        ("received", {"application_json": TEXT}, {}, "body/removed"),
        ("sent", {"application_x-www-form-urlencoded": {"type": "object", "properties": {"a": {"type": "integer"}}}},
         {"application_x-www-form-urlencoded": {"type": "object", "properties": {"a": TEXT}}}, ""),
    ],
)  # fmt: skip
def test_changes_of_media_types(kind: str, old: Any, new: Any, rule: str) -> None:
    """What was sent must be accepted; what was received must still come."""
    found = breaking(diff(bodies(kind, **old), bodies(kind, **new)))
    hurt = "callers" if kind == "sent" else "readers"
    assert rules(found) == ([(rule, (hurt,))] if rule else [])


def hooked(kind: str, schema: Any) -> dict[str, Any]:
    """Return the shop with a webhook or a callback."""
    data = shop()
    call = {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"200": {"description": "ok"}},
        }
    }
    if kind == "webhook":
        data["webhooks"] = {"paid": call}
    else:
        data["paths"]["/orders"]["post"]["callbacks"] = {"paid": {"{$request.body#/url}": call}}
    return data


@pytest.mark.parametrize("kind", ["webhook", "callback"])
def test_what_the_server_calls_is_read_like_a_reply(kind: str) -> None:
    """Wider breaks readers, narrower nobody; one that was added or removed is a notice."""
    wide, narrow = {"type": ["string", "integer"]}, TEXT
    assert breaking(diff(hooked(kind, wide), hooked(kind, narrow))) == []
    (found,) = breaking(diff(hooked(kind, narrow), hooked(kind, wide)))
    assert (found.victims, found.direction) == (("readers",), "response")
    changes = diff(hooked(kind, wide), shop())
    assert breaking(changes) == []
    assert "webhook/removed" in {change.rule for change in changes.changes}


def test_what_cannot_be_compared_is_unknown() -> None:
    """Other operations are compared all the same."""

    def break_it(data: dict[str, Any]) -> None:
        data["components"]["schemas"]["Line"]["properties"]["sku"] = {"$ref": "#/components/schemas/Nowhere"}
        data["components"]["schemas"]["Customer"]["properties"]["email"] = {"type": "integer"}

    found = changed(break_it)
    assert "unknown" in {change.verdict for change in found}
    assert ("schema/type", ("callers", "readers")) in rules(found)


# Witnesses


def test_both_engines_confirm_every_witness() -> None:
    """The old schema of the body accepts it, and the new one refuses it; by the engines themselves."""
    old = shop()
    for seed in range(30):
        made = edited(old, list(SCHEMA_EDITS.values())[seed % len(SCHEMA_EDITS)], f"witness {seed}")
        for change in breaking(diff(old, made[0])) if made is not None else ():
            if change.witness is None or "body" not in change.witness or not change.rule.startswith("schema/"):
                continue
            way = "response" if "status" in change.witness else "request"
            for engine in ("jsonschema-rs", "jsonschema"):
                accepted = [_accepts(data, change, engine) for data in (old, made[0])]
                assert accepted == ([True, False] if way == "request" else [False, True])


def _accepts(data: dict[str, Any], change: Change, engine: str) -> bool:
    """Whether one version accepts a witness, by schemas that are put together here."""
    assert change.witness is not None
    is_request = "status" not in change.witness
    schemas = []
    for path, item in data["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or operation["operationId"] not in change.operations:
                continue
            if not is_request and change.witness["method"] == method.upper():
                reply = operation["responses"].get(str(change.witness["status"]), {})
                schemas += [media["schema"] for media in reply.get("content", {}).values()]
            elif method.upper() == change.witness["method"] and re.fullmatch(
                re.sub(r"\{\w+\}", "[^/?]+", path), change.witness.get("url", "")
            ):
                schemas.append(operation["requestBody"]["content"]["application/json"]["schema"])
    components = json.loads(json.dumps(data["components"]["schemas"]))
    if is_request:
        for schema in components.values():
            schema["required"] = [
                name for name in schema.get("required", []) if not schema["properties"][name].get("readOnly")
            ]
    results = set()
    for schema in schemas:
        whole = {**schema, "components": {"schemas": components}}
        body = change.witness["body"]
        if engine == "jsonschema":
            checker = jsonschema.FormatChecker()
            results.add(jsonschema.Draft202012Validator(whole, format_checker=checker).is_valid(body))
        else:
            results.add(jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(body))
    return True in results


def test_what_is_fine_is_never_contradicted() -> None:
    """Of 200 values that the sender's schema makes for each pair that is called fine, the receiver refuses none."""
    from dynclient.schema.flat import ExampleError
    from dynclient.schema.maker import generate
    from dynclient.schema.schemas import Schemas

    tried = 0
    for name, edits in (("shop", [*SAME, *SCHEMA_EDITS][::2]), ("shop 3.0", ["3.0 to 3.1"])):
        data = DOCUMENTS[name]()
        for edit in edits:
            made = edited(data, EDITS[edit], f"fine {edit}")
            if made is None:
                continue
            hurt = {victim for change in breaking(diff(data, made[0])) for victim in change.victims}
            old, new = dynclient.load(data), dynclient.load(made[0])
            for way, victim in (("request", "callers"), ("response", "readers")):
                if victim in hurt:
                    continue
                nodes = [document.root.child("components", "schemas", "Order") for document in (old, new)]
                if any(node.value is None for node in nodes):
                    continue
                pair = [Schemas(document).compile(node, way) for document, node in zip((old, new), nodes, strict=True)]  # type: ignore[arg-type]
                sent, taken = pair if way == "request" else reversed(pair)
                for seed in range(200):
                    try:
                        value = generate(sent, seed, full=seed % 2 == 0, direction=way)  # type: ignore[arg-type]
                    except ExampleError:
                        continue
                    tried += 1
                    assert taken.is_valid(value), (edit, way, value)
    assert tried > 2000


# Hard shapes: bounded by what is compared, one finding for one cause


def carrying(schemas: dict[str, Any], root: str = "Root", count: int = 1) -> dict[str, Any]:
    """Return a document whose operations send a schema."""
    body = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{root}"}}}}
    paths = {
        f"/things/{number}": {"post": {"operationId": f"send{number}", "requestBody": body, "responses": {}}}
        for number in range(count)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hard", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the questions of a comparison."""
    from dynclient.versions.containment import Containment

    count = [0]
    original = Containment._ask

    def counted(self: Any, pair: Any, answer: Any) -> None:
        count[0] += 1
        original(self, pair, answer)

    monkeypatch.setattr(Containment, "_ask", counted)
    return count


def branch(number: int, **more: Any) -> dict[str, Any]:
    """Return one of many branches."""
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": f"k{number}"}, "value": TEXT, **more},
    }


@pytest.mark.parametrize("size", [500, 10_000])
def test_one_of_many_branches_is_one_finding(size: int, asked: list[int]) -> None:
    """The others are equal, and compared by their identity."""
    old = carrying({"Root": {"oneOf": [branch(number) for number in range(size)]}})
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Root"]["oneOf"][size // 2]["properties"]["value"] = {"type": "integer"}
    (found,) = breaking(diff(old, new))
    assert (found.rule, found.old) == ("schema/type", f"/components/schemas/Root/oneOf/{size // 2}/properties/value")
    assert found.witness is not None
    assert asked[0] < 20


def test_a_change_in_what_many_branches_share_is_one_finding(asked: list[int]) -> None:
    """Each branch is asked about once."""
    size = 400
    schemas = {f"B{number}": branch(number, base={"$ref": "#/components/schemas/Base"}) for number in range(size)}
    root = {"oneOf": [{"$ref": f"#/components/schemas/B{number}"} for number in range(size)]}
    old = carrying({**schemas, "Root": root, "Base": {"type": "object", "properties": {"x": TEXT}}})
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Base"]["properties"]["x"] = {"type": "integer"}
    (found,) = breaking(diff(old, new))
    assert found.old == "/components/schemas/Base/properties/x"
    assert asked[0] < 6 * size


def test_a_long_chain_of_all_of_is_one_finding(asked: list[int]) -> None:
    """300 schemas, each built on the next."""
    size = 300
    schemas: dict[str, Any] = {
        f"S{number}": {"allOf": [{"$ref": f"#/components/schemas/S{number + 1}"}], "properties": {f"p{number}": TEXT}}
        for number in range(size)
    }
    schemas[f"S{size}"] = {"type": "object", "properties": {"end": {"type": "integer"}}}
    old = carrying({**schemas, "Root": {"$ref": "#/components/schemas/S0"}})
    new = copy.deepcopy(old)
    new["components"]["schemas"][f"S{size}"]["properties"]["end"] = {"type": "string"}
    (found,) = breaking(diff(old, new))
    assert found.old == f"/components/schemas/S{size}/properties/end"
    assert asked[0] < 2 * size


def told_of(old: dynclient.Document, new: dynclient.Document) -> str:
    """What a diff says of its changes, or why there is none: Python before 3.12 has no room for the calls of either schema."""
    try:
        return "\n".join(change.message for change in diff(old, new).changes)
    except dynclient.SpecError as error:
        return str(error)


def test_schemas_that_are_nested_too_deeply_are_refused_in_words() -> None:
    """Where the limit of depth was raised, a schema may be too deep for what reads it."""

    def nested(kind: str) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": kind}
        for number in range(600):
            schema = {"allOf": [schema], "properties": {f"p{number}": TEXT}}
        return carrying({"Root": schema})

    old, new = (dynclient.load(nested(kind), limits=dynclient.Limits(depth=2000)) for kind in ("object", "array"))
    assert "nested too deeply" in told_of(old, new)
    with pytest.raises(dynclient.SpecError, match="Root: the schema is nested too deeply to be used"):
        dynclient.Client(old, server="http://127.0.0.1").send0.prepare({})


def test_a_thousand_operations_that_share_a_schema_are_one_finding(asked: list[int]) -> None:
    """With all of them."""
    schemas = {
        "Root": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Inner"}}},
        "Inner": {"type": "object", "properties": {"x": TEXT}},
    }
    old = carrying(schemas, count=1000)
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Inner"]["required"] = ["x"]
    (found,) = breaking(diff(old, new))
    assert len(found.operations) == 1000
    assert asked[0] < 10


def test_schemas_that_refer_to_each_other_are_one_finding(asked: list[int]) -> None:
    """A ring of 100 schemas, each with a way across."""
    size = 100

    def ring(kind: str) -> dict[str, Any]:
        return {
            f"R{number}": {"type": "object", "properties": {
                "next": {"$ref": f"#/components/schemas/R{(number + 1) % size}"}, "far": {"$ref": f"#/components/schemas/R{number * 7 % size}"},
                "v": {"type": kind if number == 50 else "string"},
            }}
            for number in range(size)
        }  # fmt: skip

    (found,) = breaking(diff(carrying(ring("string"), "R0"), carrying(ring("integer"), "R0")))
    assert found.old == "/components/schemas/R50/properties/v"
    assert found.witness is not None
    assert asked[0] < 3 * size


def test_the_report_is_the_same_in_every_process() -> None:
    """Whatever the seed of hashes."""
    code = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from test_versions_diff import OPERATION_EDITS, SCHEMA_EDITS, diff, edited, shop\n"
        "data = shop()\n"
        "for edit in [*SCHEMA_EDITS.values()][:8] + [*OPERATION_EDITS.values()][:6]:\n"
        "    made = edited(data, edit, 'same')\n"
        "    data = made[0] if made else data\n"
        "print(json.dumps(diff(shop(), data).to_dict()))\n"
    )
    texts = set()
    for seed in ("1", "2", "77"):
        command = [sys.executable, "-c", code, str(Path(__file__).parent)]
        done = subprocess.run(  # noqa: S603  our own
            command,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": str(Path(dynclient.__file__).parent.parent)},
        )
        texts.add(done.stdout)
    assert len(texts) == 1
    assert len(json.loads(texts.pop())["changes"]) > 5


# The command


def run(*arguments: str) -> tuple[int, str]:
    """Run the command line; return the exit code and all output."""
    done = CliRunner().invoke(cli, ["diff", *arguments])
    return done.exit_code, done.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two versions in files, of which the second breaks callers and readers."""
    old, new = shop(), shop()
    new["components"]["schemas"]["Line"]["properties"]["quantity"] = {"type": "string"}
    new["components"]["schemas"]["Order"]["properties"].pop("note")
    new["paths"]["/new"] = {"get": {"responses": {"200": {"description": "ok"}}}}
    for name, data in (("old.yaml", old), ("new.yaml", new)):
        (tmp_path / name).write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_the_text_begins_with_the_verdict(files: tuple[str, str]) -> None:
    """Then each cause with its witness and its operations, then what was added."""
    code, text = run(*files)
    lines = text.splitlines()
    assert code == 0
    assert (
        lines[0] == "Shop 1.0.0 -> Shop 1.0.0: breaking (1 breaking change, 1 notice, 1 break callers, 1 break readers)"
    )
    assert lines[2] == "BREAKS callers, readers: the type changed from integer to string"
    assert lines[3].strip() == "/components/schemas/Line/properties/quantity"
    assert '"quantity"' in lines[4]
    assert lines[5].strip() == "4 operations: createOrder, putOrder, listOrders ..."
    assert "Added operations:" in lines
    assert "    GET /new" in lines
    assert "getOrder" in run(*files, "--all")[1]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"a": None}, '{"headers": {"X": "y"}, "body": {"a": null}}'),
        ({"z": "x" * 200, "b": [1, {"a": None}]}, '{…, "body": {…, "b": […, {"a": null}]}}'),
        ({"b" * 200: {"a": None}}, '{…, "body": {"bbbbbbbbbbbbbbbbbbbbb…' + "b" * 89 + '": {"a": null}}}'),
        ({"b": "x" * 200}, '{"headers": {"X": "y"}, "body": {"b": "' + "x" * 101 + "…"),
    ],
)
def test_a_long_witness_is_folded_around_what_it_shows(body: Any, shown: str) -> None:
    """Its end is cut off only when the place is not found in it; what was asked, and the status, are always there."""
    witness = {"method": "GET", "path": "/a/{id}", "status": 200, "headers": {"X": "y"}, "body": body}
    place = "/components/schemas/A/properties/a/items"
    change = Change("breaks", ("readers",), "response", place, place, ("getA",), "null is allowed now", witness)
    line = text_report(Changes("A 1", "A 2", (change,))).splitlines()[4]
    assert line == f"    GET /a/{{id}} -> 200 {shown}"
    assert len(line) <= 164


def test_the_json_is_for_programs(files: tuple[str, str]) -> None:
    """One object for each change."""
    found = json.loads(run(*files, "--json")[1])
    assert set(found["changes"][0]) == {
        "breaking",
        "victims",
        "direction",
        "where",
        "operations",
        "used",
        "message",
        "witness",
        "verdict",
    }
    assert found["changes"][0]["where"] == dict.fromkeys(("old", "new"), "/components/schemas/Line/properties/quantity")
    assert found["changes"][0]["direction"] == "both"


@pytest.mark.parametrize(("limit", "code"), [("breaking", 1), ("unknown", 1), ("notice", 1)])
def test_changes_can_fail_a_build(files: tuple[str, str], limit: str, code: int) -> None:
    """And equal documents do not."""
    assert run(*files, "--fail-on", limit)[0] == code
    assert run(files[0], files[0], "--fail-on", limit)[0] == 0


def test_a_notice_fails_only_where_notices_do(files: tuple[str, str], tmp_path: Path) -> None:
    """And by the policy."""
    new = shop()
    new["components"]["schemas"]["Order"]["properties"].pop("note")
    (tmp_path / "notice.json").write_text(json.dumps(new), "utf-8")
    names = (files[0], str(tmp_path / "notice.json"))
    assert run(*names, "--fail-on", "breaking")[0] == 0
    assert run(*names, "--fail-on", "notice")[0] == 1
    assert run(*names, "--fail-on", "breaking", "--policy", "property-removed=breaks")[0] == 1


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("nonsense=breaks", "there is no policy 'nonsense'"),
        ("server=maybe", "must be one of"),
        ("server", "write NAME="),
    ],
)
def test_a_wrong_policy_is_refused(files: tuple[str, str], setting: str, said: str) -> None:
    """With what would be right."""
    code, text = run(*files, "--policy", setting)
    assert code == 2
    assert said in text


@pytest.mark.parametrize(
    ("versions", "code"), [(("1.0.0", "1.1.0"), 1), (("1.0.0", "2.0.0"), 0), (("0.3.0", "0.3.1"), 1), (("0.3.0", "0.4.0"), 0), (("2024-01-01", "2024-06-01"), 0), (("", ""), 1)]
)  # fmt: skip
def test_the_version_must_move_as_far_as_the_changes_ask(
    files: tuple[str, str], versions: tuple[str, str], code: int
) -> None:
    """By SemVer, where asked for."""
    for name, version in zip(files, versions, strict=True):
        data = yaml.safe_load(Path(name).read_text("utf-8"))
        data["info"]["version"] = version
        Path(name).write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    assert run(*files, "--check-bump")[0] == code
    assert run(*files)[0] == 0


def test_the_markdown_can_be_pasted(files: tuple[str, str]) -> None:
    """With the witness as a block."""
    text = run(*files, "--format", "markdown")[1]
    assert text.startswith("## Shop 1.0.0 → Shop 1.0.0")
    assert "```json" in text


def test_the_annotations_name_file_and_line(files: tuple[str, str]) -> None:
    """Of the new document."""
    text = run(*files, "--format", "github")[1]
    line = next(
        number
        for number, each in enumerate(Path(files[1]).read_text("utf-8").splitlines(), 1)
        if each.strip() == "quantity:"
    )
    assert text.startswith(f"::error file={files[1]},line={line},title=BREAKS callers%2C readers::the type changed")
    assert "%0A" in text.splitlines()[0]


def test_versions_of_the_catalog_have_names() -> None:
    """They are written `api@version`."""
    code, text = run("order_capture@2.0.8", "order_capture@2.0.8")
    assert code == 0
    assert "compatible (no changes)" in text
    code, text = run("order_capture@9.9", "order_capture")
    assert code == 2
    assert "2.0.8" in text


def test_what_breaks_nobody_is_not_called_no_change() -> None:
    """An optional property or an operation that was added is no change of texts."""
    wider, longer = shop(), shop()
    wider["components"]["schemas"]["Line"]["properties"]["colour"] = TEXT
    longer["paths"]["/lines"] = {"get": {"operationId": "listLines", "responses": {"204": {"description": "none"}}}}
    texts = [text_report(diff(shop(), new)) for new in (wider, longer)]
    assert all("compatible (nothing that breaks)" in text for text in texts)
    assert "1 place with changes that need no mention of their own" in texts[0]
    assert "GET /lines" in texts[1]


def test_a_url_needs_permission() -> None:
    """Nothing is fetched without `--fetch`."""
    code, text = run("http://127.0.0.1:9/a.json", "order_capture")
    assert code == 2
    assert "--fetch" in text


def test_a_revision_of_git_is_a_version(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the files beside it that it refers to."""
    data = yaml.safe_load(Path(files[0]).read_text("utf-8"))
    line = data["components"]["schemas"].pop("Line")
    data["components"]["schemas"]["Line"] = {"$ref": "line.yaml"}
    folder = tmp_path / "repository" / "specs"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder.parent)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    (folder / "shop.yaml").write_text(yaml.safe_dump(data), "utf-8")
    (folder / "line.yaml").write_text(yaml.safe_dump(line), "utf-8")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)  # noqa: S603  our own
    line["properties"]["quantity"] = {"type": "string"}
    (folder / "line.yaml").write_text(yaml.safe_dump(line), "utf-8")
    code, text = run("git:HEAD:specs/shop.yaml", "specs/shop.yaml", "--fail-on", "breaking")
    assert code == 1
    assert "line.yaml#/properties/quantity" in text
    assert str(tmp_path) not in text
    assert "there is no revision nothing here" in run("git:nothing:specs/shop.yaml", "specs/shop.yaml")[1]
    for wrong in ("git:HEAD:specs/none.yaml", "git:nothing:specs/shop.yaml", "git:HEAD", "git:--help:x"):
        code, text = run(wrong, "specs/shop.yaml")
        assert code == 2
        assert wrong.split(":")[1] in text


def test_an_edit_of_a_public_document_gets_the_right_verdict() -> None:
    """Ten of the public collection, with a few edits each, a third of which change nothing."""
    from corpus.survey import corpus, default_cache

    if shutil.which("npm") is None and not default_cache().is_dir():
        pytest.skip("npm, which downloads the public documents, is not installed")
    folder = corpus(default_cache())
    files = sorted(path for path in folder.rglob("*.json") if 8_000 < path.stat().st_size < 120_000)
    chosen = random.Random(14).sample(files, 60)  # noqa: S311  repeatable
    tried, found = 0, []
    for path in chosen:
        data = json.loads(path.read_text("utf-8"))
        if tried == PUBLIC:
            break
        if not str(data.get("openapi", "")).startswith("3.") or breaking(diff(data, copy.deepcopy(data))):
            continue
        tried += 1
        for edit in random.Random(path.name).sample(list(EDITS), 9):  # noqa: S311  repeatable
            made = edited(data, EDITS[edit], f"{path.name}/{edit}")
            if made is not None:
                found += [(str(path), edit, *faults(diff(data, made[0]), made[1]))]
    assert tried == PUBLIC
    assert "\n".join(map(str, (each for each in found if len(each) > 2))) == ""
