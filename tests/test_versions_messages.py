"""How messages are written, compared: styles, encodings, XML names, headers, links, and what the server calls."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dynclient.versions import Change, diff

TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}
OBJECT = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}


def document(version: str = "3.1.0", **operation: Any) -> dict[str, Any]:
    """Return a document with one operation."""
    made = {"operationId": "send", "responses": {"204": {"description": "done"}}, **operation}
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {"/x": {"post": made}}}


def changes(old: dict[str, Any], new: dict[str, Any], policy: Any = None) -> list[Change]:
    """Return all changes."""
    return list(diff(copy.deepcopy(old), copy.deepcopy(new), policy).changes)


def found(old: dict[str, Any], new: dict[str, Any], policy: Any = None) -> list[tuple[str, tuple[str, ...], str]]:
    """Return rule, victims and verdict of what breaks or may break."""
    return [(each.rule, each.victims, each.verdict) for each in changes(old, new, policy) if each.breaking]


def with_parameter(**parameter: Any) -> dict[str, Any]:
    """Return a document whose operation has a parameter."""
    return document(parameters=[{"name": "p", "in": "query", "schema": LIST, **parameter}])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"style": "spaceDelimited", "explode": True}, {}),
        ({"style": "pipeDelimited", "explode": True}, {"style": "form", "explode": True}),
        ({"in": "header"}, {"in": "header", "explode": True}),
        ({"in": "header", "name": "X-P", "schema": OBJECT}, {"in": "header", "name": "x-p", "schema": OBJECT}),
        ({"schema": TEXT}, {"schema": TEXT, "explode": False}),
        ({"schema": TEXT}, {"schema": TEXT, "style": "pipeDelimited"}),
        ({"schema": TEXT, "allowReserved": False}, {"schema": TEXT}),
        ({"schema": TEXT}, {"schema": TEXT, "allowReserved": True}),
        ({"schema": TEXT, "allowReserved": True}, {"schema": TEXT}),
    ],
)  # fmt: skip
def test_styles_that_write_the_same_are_no_change(old: Any, new: Any) -> None:
    """Whatever they are called; percent-encoding is a notice at most."""
    assert found(with_parameter(**old), with_parameter(**new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"explode": False}),
        ({}, {"style": "spaceDelimited", "explode": False}),
        ({"style": "spaceDelimited", "explode": False}, {"style": "pipeDelimited", "explode": False}),
        ({"schema": OBJECT}, {"schema": OBJECT, "style": "deepObject"}),
        ({"in": "header", "schema": OBJECT}, {"in": "header", "schema": OBJECT, "explode": True}),
        ({"in": "cookie"}, {"in": "cookie", "explode": False}),
    ],
)
def test_styles_that_write_otherwise_break_callers(old: Any, new: Any) -> None:
    """With a request that shows it."""
    (change,) = changes(with_parameter(**old), with_parameter(**new))
    assert (change.rule, change.victims, change.direction) == ("parameter/style", ("callers",), "request")
    assert change.witness is not None
    assert change.old.startswith("/paths/~1x/post/parameters/0")


@pytest.mark.parametrize(("style", "rule"), [("simple", "path/variable"), ("matrix", "parameter/style")])
def test_a_renamed_variable_is_on_the_wire_in_one_style_only(style: str, rule: str) -> None:
    """A matrix parameter carries its name."""

    def at(name: str) -> dict[str, Any]:
        data = document(parameters=[{"name": name, "in": "path", "required": True, "schema": TEXT, "style": style}])
        data["paths"] = {f"/x/{{{name}}}": data["paths"]["/x"]}
        return data

    assert rule in {each.rule for each in changes(at("a"), at("b"))}
    assert ("parameter/style" in {each.rule for each in changes(at("a"), at("b"))}) == (style == "matrix")


def test_reserved_characters_are_a_matter_of_policy() -> None:
    """By default a notice."""
    old, new = with_parameter(schema=TEXT, allowReserved=True), with_parameter(schema=TEXT)
    assert [each.rule for each in changes(old, new)] == ["parameter/reserved"]
    assert found(old, new, {"allow_reserved": "breaks"}) == [("parameter/reserved", ("callers",), "breaks")]


def test_the_whole_query_has_no_name() -> None:
    """Renaming it breaks nobody; its properties are texts."""
    form = {
        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}
    }

    def at(name: str, kind: str) -> dict[str, Any]:
        content = copy.deepcopy(form)
        content["application/x-www-form-urlencoded"]["schema"]["properties"]["a"]["type"] = kind  # type: ignore[index]
        return document("3.2.0", parameters=[{"name": name, "in": "querystring", "content": content}])

    assert changes(at("a", "integer"), at("b", "integer")) == []
    assert found(at("a", "integer"), at("a", "string")) == []
    assert found(at("a", "string"), at("a", "integer")) == [("schema/type", ("callers",), "breaks")]


# Forms


def form(media_type: str, encoding: Any, properties: Any = None) -> dict[str, Any]:
    """Return a document whose operation sends a form."""
    schema = {
        "type": "object",
        "properties": properties or {"a": LIST, "o": OBJECT, "f": {"type": "string", "format": "binary"}, "t": TEXT},
    }
    return document(requestBody={"required": True, "content": {media_type: {"schema": schema, "encoding": encoding}}})  # fmt: skip


URLENCODED, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


@pytest.mark.parametrize(
    ("media_type", "old", "new"),
    [
        (URLENCODED, {}, {"a": {"style": "form"}}),
        (URLENCODED, {}, {"a": {"style": "form", "explode": True}}),
        (URLENCODED, {"a": {"style": "spaceDelimited", "explode": True}}, {"a": {"style": "form"}}),
        (URLENCODED, {}, {"t": {"contentType": "text/plain"}}),
        (URLENCODED, {}, {"missing": {"contentType": "image/png"}}),
        (PARTS, {}, {"o": {"contentType": "application/json"}}),
        (PARTS, {}, {"f": {"contentType": "application/octet-stream"}}),
        (PARTS, {}, {"a": {"contentType": "text/plain"}}),
        (PARTS, {"f": {"contentType": "image/png"}}, {"f": {"contentType": "image/*, text/plain"}}),
        (PARTS, {}, {"f": {"headers": {"X-A": {"schema": TEXT}}}}),
        (PARTS, {"f": {"headers": {"X-A": {"required": True, "schema": TEXT}}}}, {}),
    ],
)
def test_encodings_that_take_what_was_sent_break_nobody(media_type: str, old: Any, new: Any) -> None:
    """Defaults spelled out, more media types, headers that may be left out."""
    assert found(form(media_type, old), form(media_type, new)) == []


@pytest.mark.parametrize(
    ("media_type", "old", "new", "rule"),
    [
        (URLENCODED, {}, {"a": {"explode": False}}, "body/style"),
        (URLENCODED, {"o": {"style": "form"}}, {"o": {"style": "deepObject"}}, "body/style"),
        (URLENCODED, {"o": {"contentType": "application/json"}}, {"o": {"contentType": "application/xml"}}, "body/encoding"),
        (PARTS, {}, {"f": {"contentType": "image/png"}}, "body/encoding"),
        (PARTS, {"f": {"contentType": "image/png, image/jpeg"}}, {"f": {"contentType": "image/png"}}, "body/encoding"),
        (PARTS, {}, {"o": {"contentType": "application/xml"}}, "body/encoding"),
        (PARTS, {}, {"f": {"headers": {"X-A": {"required": True, "schema": TEXT}}}}, "body/header"),
        (PARTS, {"f": {"headers": {"X-A": {"schema": TEXT}}}}, {"f": {"headers": {"X-A": {"schema": {"type": "integer"}}}}}, "schema/type"),
    ],
)  # fmt: skip
def test_encodings_that_refuse_what_was_sent_break_callers(media_type: str, old: Any, new: Any, rule: str) -> None:
    """Each property by itself, with a witness."""
    (change,) = [each for each in changes(form(media_type, old), form(media_type, new)) if each.breaking]
    assert (change.rule, change.victims, change.verdict, change.direction) == (rule, ("callers",), "breaks", "request")
    assert change.witness is not None


def test_a_property_without_an_encoding_of_its_own_stays_as_it_was() -> None:
    """An array of a form is spread by default, and an object is JSON, whatever others are."""
    old = form(URLENCODED, {"a": {"style": "form"}})
    assert found(old, form(URLENCODED, {"a": {"style": "form"}, "t": {"explode": False}})) == []


# XML


def xml(schema: Any, *, way: str = "sent", **components: Any) -> dict[str, Any]:
    """Return a document whose operation sends or receives XML."""
    body = {"content": {"application/xml": {"schema": schema}}}
    made = (
        document(requestBody={"required": True, **body})
        if way == "sent"
        else document(responses={"200": {"description": "ok", **body}})
    )
    return {**made, "components": {"schemas": components}}


def ordered(**of: Any) -> dict[str, Any]:
    """Return the schema of an order whose properties have these XML Objects."""
    return {
        "type": "object",
        "required": ["id", "tags"],
        "properties": {"id": {**TEXT, **of.get("id", {})}, "tags": {**LIST, **of.get("tags", {})}},
        "xml": of.get("root", {"name": "order"}),
    }


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ({}, {"root": {"name": "Order"}}, ""),
        ({}, {"root": {"name": "order", "namespace": "urn:a"}}, ""),
        ({}, {"id": {"xml": {"name": "ID"}}}, "/properties/id"),
        ({}, {"id": {"xml": {"attribute": True}}}, "/properties/id"),
        ({}, {"tags": {"xml": {"wrapped": True}}}, "/properties/tags"),
        ({}, {"tags": {"items": {**TEXT, "xml": {"name": "tag"}}}}, "/properties/tags/items"),
        ({"tags": {"xml": {"wrapped": True}}}, {"tags": {"xml": {"wrapped": True, "name": "list"}, "items": {**TEXT, "xml": {"name": "tags"}}}}, "/properties/tags"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("way", "victim"), [("sent", "callers"), ("received", "readers")])
def test_another_xml_node_breaks_whoever_reads_it(old: Any, new: Any, place: str, way: str, victim: str) -> None:
    """At the schema that names it; the witness is the XML."""
    (change,) = changes(xml(ordered(**old), way=way), xml(ordered(**new), way=way))
    assert (change.rule, change.victims, change.verdict) == ("xml/name", (victim,), "breaks")
    assert change.new.endswith("/schema" + place)
    assert change.witness is not None
    assert change.witness["body"].startswith("<")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"root": {"name": "order", "prefix": "o"}}),
        ({}, {"id": {"xml": {"name": "id"}}}),
        ({}, {"tags": {"xml": {"wrapped": False, "name": "ignored"}}}),
        ({"tags": {"xml": {"wrapped": True}}}, {"tags": {"xml": {"wrapped": True}, "items": {**TEXT, "xml": {"name": "tags"}}}}),
    ],
)  # fmt: skip
def test_the_same_xml_node_in_other_words_breaks_nobody(old: Any, new: Any) -> None:
    """Prefixes, defaults spelled out, names that count for nothing."""
    assert changes(xml(ordered(**old)), xml(ordered(**new))) == []


def test_a_renamed_component_renames_the_root_of_xml_alone() -> None:
    """JSON does not see it."""
    plain = {"type": "object", "properties": {"id": TEXT}}
    old, new = (xml({"$ref": f"#/components/schemas/{name}"}, **{name: plain}) for name in ("Order", "Cart"))
    assert found(old, new) == [("xml/name", ("callers",), "breaks")]
    for data in (old, new):
        content = data["paths"]["/x"]["post"]["requestBody"]["content"]
        content["application/json"] = content.pop("application/xml")
    assert found(old, new) == []


def test_a_name_inside_a_shared_schema_is_one_finding() -> None:
    """Also where schemas refer to themselves."""
    tree = {"type": "object", "properties": {"leaf": TEXT, "next": {"$ref": "#/components/schemas/Tree"}}}
    other = copy.deepcopy(tree)
    other["properties"]["leaf"] = {**TEXT, "xml": {"name": "Leaf"}}  # type: ignore[index]
    root = {"$ref": "#/components/schemas/Tree"}
    (change,) = changes(xml(root, Tree=tree), xml(root, Tree=other))
    assert change.new == "/components/schemas/Tree/properties/leaf"


# Replies


def replied(**reply: Any) -> dict[str, Any]:
    """Return a document whose operation has a reply."""
    return document(responses={"200": {"description": "ok", **reply}})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"schema": OBJECT}, {"schema": OBJECT, "explode": True}),
        ({"schema": TEXT}, {"content": {"application/json": {"schema": TEXT}}}),
        ({"content": {"application/json": {"schema": TEXT}}}, {"content": {"application/xml": {"schema": TEXT}}}),
    ],
)
def test_a_header_that_is_written_otherwise_breaks_readers(old: Any, new: Any) -> None:
    """Its style and its media type count as those of a parameter."""
    assert found(replied(headers={"X-A": old}), replied(headers={"X-A": new})) == [
        ("header/style", ("readers",), "breaks")
    ]


def test_a_range_that_describes_a_success_now_is_compared() -> None:
    """The statuses in it may be new, but what they carry must be what it was."""

    def at(status: str, kind: str) -> dict[str, Any]:
        return document(
            responses={status: {"description": "ok", "content": {"application/json": {"schema": {"type": kind}}}}}
        )

    quiet = {"new_status": "fine"}
    assert found(at("200", "string"), at("2XX", "string"), quiet) == []
    assert found(at("200", "string"), at("2XX", "integer"), quiet) == [("schema/type", ("readers",), "breaks")]


LINK = {"operationId": "send", "parameters": {"p": "$response.body#/id"}}


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ({}, {"next": LINK}, []),
        ({"next": LINK}, {}, ["link/removed"]),
        ({"next": LINK}, {"next": {**LINK, "operationId": "other"}}, ["link/changed"]),
        ({"next": LINK}, {"next": {**LINK, "parameters": {"p": "$response.body#/key"}}}, ["link/changed"]),
        ({"next": LINK}, {"next": {**LINK, "requestBody": "$response.body"}}, ["link/changed"]),
        ({"next": LINK}, {"next": {**LINK, "server": {"url": "https://a.example"}}}, ["link/changed"]),
        ({"next": LINK}, {"next": {**LINK, "description": "d"}}, []),
    ],
)
def test_links_are_a_matter_of_policy(old: Any, new: Any, rules: list[str]) -> None:
    """By default a notice; code calls them by name."""
    before, after = replied(links=old), replied(links=new)
    assert [each.rule for each in changes(before, after)] == rules
    assert found(before, after) == []
    assert found(before, after, {"link": "breaks"}) == [(rule, ("code",), "breaks") for rule in rules]


def test_a_link_follows_an_operation_that_was_renamed() -> None:
    """It leads to the same one."""
    old = replied(links={"next": LINK})
    new = replied(links={"next": {**LINK, "operationId": "post"}})
    new["paths"]["/x"]["post"]["operationId"] = "post"
    assert {each.rule for each in changes(old, new)} == {"operation/id"}


# What the server calls


def hooked(kind: str, **call: Any) -> dict[str, Any]:
    """Return a document with a webhook or a callback."""
    made = {"post": {"responses": {"200": {"description": "ok"}}, **call}}
    if kind == "webhook":
        return {**document(), "webhooks": {"paid": made}}
    return document(callbacks={"paid": {"{$request.body#/url}": made}})


@pytest.mark.parametrize("kind", ["webhook", "callback"])
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ({"required": True}, None, "parameter/removed"),
        ({}, None, ""),
        (None, {"required": True}, ""),
        ({"required": True}, {}, "parameter/optional"),
        ({}, {"required": True}, ""),
        ({"schema": {"type": "integer"}}, {"schema": TEXT}, "schema/type"),
        ({"schema": TEXT}, {"schema": {"type": "integer"}}, ""),
        ({"schema": OBJECT}, {"schema": OBJECT, "explode": True}, "parameter/style"),
    ],
)
def test_parameters_of_what_the_server_calls_are_read(kind: str, old: Any, new: Any, rule: str) -> None:
    """As the headers of a reply are."""

    def at(parameter: Any) -> dict[str, Any]:
        made = [] if parameter is None else [{"name": "X-Event", "in": "header", "schema": TEXT, **parameter}]
        return hooked(kind, parameters=made)

    assert found(at(old), at(new)) == ([(rule, ("readers",), "breaks")] if rule else [])


@pytest.mark.parametrize("kind", ["webhook", "callback"])
def test_a_payload_that_may_be_missing_breaks_readers(kind: str) -> None:
    """And an answer that is refused breaks callers."""
    body = {"content": {"application/json": {"schema": TEXT}}}
    old, new = hooked(kind, requestBody={"required": True, **body}), hooked(kind, requestBody=body)
    assert found(old, new) == [("body/optional", ("readers",), "breaks")]
    assert found(new, old) == []
    answer = {"responses": {"200": {"description": "ok", **body}}}
    other = {"responses": {"200": {"description": "ok", "content": {"text/csv": {"schema": TEXT}}}}}
    assert found(hooked(kind, **answer), hooked(kind, **other)) == [("media-type/removed", ("callers",), "breaks")]


def test_the_witness_of_a_multipart_body_is_the_same_on_every_run() -> None:
    """It names no boundary, which is another one each time."""
    old = form(PARTS, {})
    new = copy.deepcopy(old)
    del new["paths"]["/x"]["post"]
    first, second = (changes(old, new)[0].witness for _ in range(2))
    assert first is not None
    assert first == second
    assert first["headers"] == {"Content-Type": PARTS}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"contentEncoding": "base64"}),
        ({"contentEncoding": "base64"}, {}),
        ({"contentMediaType": "image/png"}, {"contentMediaType": "image/gif"}),
        ({"contentMediaType": "application/json", "contentSchema": TEXT}, {"contentMediaType": "application/json", "contentSchema": LIST}),
    ],
)  # fmt: skip
def test_what_a_text_holds_is_a_notice(old: Any, new: Any) -> None:
    """Nothing checks it, and a reader may depend on it."""
    sent = [with_parameter(schema={**TEXT, **each}) for each in (old, new)]
    received = [replied(content={"application/json": {"schema": {**TEXT, **each}}}) for each in (old, new)]
    for before, after in (sent, received):
        (change,) = changes(before, after)
        assert (change.rule, change.verdict) == ("schema/content", "fine")
        assert changes(before, after, {"format": "fine"}) == []
        assert [each.verdict for each in changes(before, after, {"format": "breaks"})] == ["breaks"]
