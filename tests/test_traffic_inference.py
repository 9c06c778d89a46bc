"""What traffic says of a document: an overlay after which nothing of what it covered is found again, and a first document."""

from __future__ import annotations

import json
import random
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import jsonpath
import pytest
import yaml
from click.testing import CliRunner
from test_traffic_inspector import (
    DEFECTS,
    ERROR,
    GOOD,
    NEW,
    PET,
    SHOP,
    URL,
    Change,
    broken,
    exchange,
    put,
    reply_body,
    reply_field,
    sent_field,
    status,
    url,
)
from test_traffic_occurrences import damaged

from dynclient.cli.checks import check_command
from dynclient.opening import load
from dynclient.spec.document import Document
from dynclient.spec.slices import plain_data
from dynclient.traffic.checking import check_recordings, outlined
from dynclient.traffic.inference import Inferred, overlay_of, write_description
from dynclient.traffic.outline import TrafficOutline

CASSETTES = Path(__file__).parent.parent / "cassettes"

#: The defects of which no overlay says anything: advice, security, what the server refused or failed at, what no document can say.
LEFT = {
    *(
        "request/query/deprecated",
        "request/operation/deprecated",
        "request/body/deprecated",
        "response/body/deprecated",
    ),
    *("response/header/deprecated", "request/body/readOnly", "response/body/writeOnly", "response/body/discriminator"),
    *("request/security/security", "request/header/credential"),
}
LEFT_BY_PLACE = [
    ("request/body/media-type", "/components/schemas/NewPet"),  # not the JSON that it says it is
    ("response/body/media-type", "/components/schemas/Pet"),
    ("request/body/undocumented", "/paths/~1ping/post"),  # without a Content-Type
    ("response/body/required", "/paths/~1pets~1{petId}/get/responses/200/content/application~1json"),  # an empty body
]


def is_left(rule: str, _severity: str, fault: str, place: str) -> bool:
    """Whether no overlay covers a defect."""
    return rule in LEFT or fault in ("client", "server") or (rule, place) in LEFT_BY_PLACE


def recorded(folder: Path, *interactions: dict[str, Any]) -> Path:
    """Write interactions as a cassette."""
    path = folder / "recorded.json"
    path.write_text(json.dumps({"version": 1, "interactions": list(interactions)}))
    return path


def inferred_of(path: Path, document: Document, *, pardons: bool = False) -> Inferred:
    """Return the overlay that a recording gives for a document."""
    return overlay_of(check_recordings([path], document, infer=True), document, pardons=pardons)


def rules_after(path: Path, spec: Any, found: Inferred, folder: Path) -> list[str]:
    """Write an overlay, apply it from its file, and return the rules that the recording breaks then."""
    file = folder / "overlay.yaml"
    write_description(file, found.overlay)
    document = load(spec, overlays=[file])
    assert document.problems == []
    assert plain_data(document.source.data) == strictly_applied(plain_data(load(spec).source.data), found.overlay)
    return [finding.rule for finding in check_recordings([path], document).findings]


def strictly_applied(data: Any, overlay: dict[str, Any]) -> Any:
    """Apply an overlay as a tool does that knows only the version that it says, and refuses what that leaves open."""
    is_first = overlay["overlay"] == "1.0.0"
    data = json.loads(json.dumps(data))
    for action in overlay["actions"]:
        for match in list(jsonpath.finditer(action["target"], data))[::-1]:
            *way, last = match.parts
            holder = reduce(getitem, way, data)
            assert not is_first or isinstance(holder[last], dict | list)
            if action.get("remove"):
                del holder[last]
            else:
                holder[last] = strictly_merged(holder[last], action["update"], is_first=is_first)
    return data


def strictly_merged(here: Any, value: Any, *, is_first: bool) -> Any:
    """Merge one value into another; a list is appended as one item in 1.0, and as several since."""
    if isinstance(here, list):
        return [*here, *([value] if is_first or not isinstance(value, list) else value)]
    assert isinstance(here, dict) == isinstance(value, dict)
    if not isinstance(here, dict):
        return value
    lists = [name for name in here.keys() & value.keys() if isinstance(here[name], list)]
    assert not (lists and is_first)
    return here | {
        name: strictly_merged(here[name], each, is_first=is_first) if name in here else each
        for name, each in value.items()
    }


@pytest.mark.parametrize(
    ("name", "change", "rule"), [(name, change, rule) for name, change, rule, *more in DEFECTS if not is_left(rule, *more)],
    ids=[f"{index}-{each[2]}" for index, each in enumerate(DEFECTS) if not is_left(*each[2:])],
)  # fmt: skip
def test_a_document_with_its_overlay_has_nothing_against_what_was_seen(
    tmp_path: Path, name: str, change: Change, rule: str
) -> None:
    """Each kind of defect, in the good traffic, which stays good."""
    path = recorded(tmp_path, *GOOD.values(), broken(name, change))
    found = inferred_of(path, load(SHOP))
    assert [finding.rule for finding in found.covered] == [rule]
    assert rules_after(path, SHOP, found, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "change", "rule"), [(name, change, rule) for name, change, rule, *more in DEFECTS if is_left(rule, *more)]
)
def test_what_is_no_fact_of_the_server_is_left_with_a_reason(
    tmp_path: Path, name: str, change: Change, rule: str
) -> None:
    """Nothing is loosened for a request that was refused, for security, or where no document could say it."""
    found = inferred_of(recorded(tmp_path, *GOOD.values(), broken(name, change)), load(SHOP))
    assert found.overlay["actions"] == []
    assert [(finding.rule, bool(why)) for finding, why in found.left] == [(rule, True)]


def test_one_overlay_covers_everything_at_once(tmp_path: Path) -> None:
    """Findings about one place do not undo each other."""
    path = recorded(tmp_path, *GOOD.values(), *(broken(name, change) for name, change, *_ in DEFECTS))
    found = inferred_of(path, load(SHOP), pardons=True)
    covered = {finding.rule for finding in found.covered}
    assert {rule for _, _, rule, *more in DEFECTS if not is_left(rule, *more)} <= covered
    left = {finding.rule for finding, _ in found.left}
    assert set(rules_after(path, SHOP, found, tmp_path)) <= left


def test_each_action_has_its_evidence(tmp_path: Path) -> None:
    """How often it was seen, and where first."""
    path = recorded(
        tmp_path, GOOD["get"], *(broken("get", url("/1", f"/{n}"), reply_body(put(name=None))) for n in range(2, 7))
    )
    found = inferred_of(path, load(SHOP))
    assert found.overlay["overlay"] == "1.1.0"  # a text is removed
    remove, update = found.overlay["actions"]
    assert remove["target"] == "$.components.schemas.Pet.properties.name.type"
    assert update["update"] == {"type": ["string", "null"]}
    assert update["description"].startswith("response/body/null: seen 5 times, first in ")
    assert "recorded.json#2 body/name" in update["description"]


def test_every_value_counts_not_only_the_first_ones(tmp_path: Path) -> None:
    """Types, bounds, enum values and the members of an undocumented property that occur late are in the overlay."""
    many = [
        *(broken("get", url("/1", f"/{n}"), reply_body(put(extra={f"m{'abcdefghij'[n]}": 1}))) for n in range(2, 9)),
        *(broken("get", url("/1", f"/{n}"), reply_body(put(weight=-n))) for n in range(20, 29)),
        *(broken("get", url("/1", f"/{n}"), reply_body(put(kind=f"k{n}"))) for n in range(30, 60)),
        *(
            broken("get", url("/1", f"/{n}"), reply_body(put(name=value)))
            for n, value in enumerate([5, None, True, [1]], 70)
        ),
    ]
    path = recorded(tmp_path, *many)
    found = inferred_of(path, load(SHOP), pardons=True)
    assert rules_after(path, SHOP, found, tmp_path) == []
    assert {"minimum": -28} in [action.get("update") for action in found.overlay["actions"]]


def small(version: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with one operation that replies with a schema."""
    reply = {"content": {"application/json": {"schema": schema}}} if version != "2.0" else {"schema": schema}
    operation = {"responses": {"200": {"description": "", **reply}}, **more}
    server = {"openapi": version, "servers": [{"url": URL}]}
    if version == "2.0":
        server = {"swagger": "2.0", "host": "api.example.com", "basePath": "/v1", "schemes": ["https"]}
        operation |= {"produces": ["application/json"]}
    return {**server, "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": operation}}}


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    "values", [[None], [5], [None, 5], ["x", [1]], [{"b": None}]], ids=["null", "type", "both", "array", "object"]
)
def test_each_version_is_written_as_it_has_it(tmp_path: Path, version: str, values: list[Any]) -> None:
    """Type lists from 3.1 on, `nullable` in 3.0, `x-nullable` in Swagger 2.0."""
    spec = small(version, {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False})
    wrong = [exchange("GET", "/a", 200, {"a": value, "more": value}) for value in values]
    wrong.append(exchange("GET", "/a", 404, ERROR))
    wrong.append(exchange("POST", "/a", 201, PET, NEW))
    wrong.append(exchange("GET", "/b/17?q=5", 200, PET))
    path = recorded(tmp_path, *(broken_key(each) for each in wrong))
    found = inferred_of(path, load(spec))
    assert found.left == []
    assert rules_after(path, spec, found, tmp_path) == []


@pytest.mark.parametrize(
    ("version", "schema", "value"),
    [
        ("2.0", {"$ref": "#/definitions/A", "x-nullable": True}, 5),
        ("2.0", {"type": "string", "x-nullable": True, "enum": ["x", None]}, "y"),
        ("3.1.0", {"enum": [[1], "x"]}, [2]),
        ("3.1.0", {"type": ["string", "null"], "enum": ["x", None]}, 5),
    ],
    ids=["beside a reference", "as an extension", "a list as an item", "two lists"],
)
def test_an_overlay_changes_the_file_as_it_is_written(
    tmp_path: Path, version: str, schema: dict[str, Any], value: Any
) -> None:
    """Not the form in which it is read; and each item of a list is appended for itself, also one that is a list."""
    spec = small(version, {"type": "object", "properties": {"a": schema}}) | {"definitions": {"A": {"type": "string"}}}
    if version != "2.0":
        del spec["definitions"]
    path = recorded(tmp_path, broken_key(exchange("GET", "/a", 200, {"a": value})))
    found = inferred_of(path, load(spec))
    assert found.left == []
    assert rules_after(path, spec, found, tmp_path) == []


def broken_key(one: dict[str, Any]) -> dict[str, Any]:
    """Return an exchange without its key, which small documents do not ask for."""
    del one["request"]["headers"]["X-Key"]
    return one


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
        {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
        {"allOf": [{"type": "string"}, {"minLength": 1}]},
        {"$ref": "#/components/schemas/A"},
        {"allOf": [{"$ref": "#/components/schemas/A"}]},
        {"type": "string", "enum": ["x", "y"]},
    ],
)
@pytest.mark.parametrize("value", [None, 5])
def test_the_keyword_that_objects_is_found_behind_references_and_branches(
    tmp_path: Path, schema: dict[str, Any], value: Any
) -> None:
    """In `allOf` and behind `$ref` it is loosened; a choice gets one branch more."""
    spec = small("3.1.0", {"type": "object", "properties": {"a": schema}}) | {
        "components": {"schemas": {"A": {"type": "string"}}}
    }
    path = recorded(tmp_path, broken_key(exchange("GET", "/a", 200, {"a": value})))
    found = inferred_of(path, load(spec))
    assert found.left == []
    assert rules_after(path, spec, found, tmp_path) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"not": {"type": "string", "maxLength": 1}}, "x"),
        ({"type": "array", "contains": {"const": 5}}, [1, 2]),
        ({"type": "array", "contains": {"const": 5}, "minContains": 2}, [5]),
        ({"type": "array", "contains": {"const": 5}, "maxContains": 1}, [5, 5]),
        ({"type": "object", "dependentRequired": {"b": ["c"]}, "properties": {"b": {}}}, {"b": 1}),
        ({"type": "object", "dependentRequired": {"b": ["c", "d"], "e": ["b"]}, "properties": {"b": {}, "c": {}}}, {"b": 1, "c": 2}),
    ],
)  # fmt: skip
def test_what_a_schema_forbids_or_demands_beside_types_is_loosened(
    tmp_path: Path, schema: dict[str, Any], value: Any
) -> None:
    """`not`, `contains`, `dependentRequired`: only what the value breaks."""
    spec = small("3.1.0", {"type": "object", "properties": {"a": schema}})
    path = recorded(tmp_path, broken_key(exchange("GET", "/a", 200, {"a": value})))
    found = inferred_of(path, load(spec))
    assert found.left == []
    assert found.covered
    assert rules_after(path, spec, found, tmp_path) == []
    kept = [action["target"] for action in found.overlay["actions"] if "e" in action["target"].rpartition(".")[2]]
    assert not [target for target in kept if target.endswith("dependentRequired.e")]


def test_a_value_of_a_tag_is_left_with_a_reason(tmp_path: Path) -> None:
    """Which schema it stands for is for people to say."""
    found = inferred_of(recorded(tmp_path, broken("get", reply_body(put(shape={"form": "star"})))), load(SHOP))
    assert [why for _, why in found.left] == ["nobody can see which schema a new value of the tag stands for"]


@pytest.mark.parametrize("seed", [*range(6), 40, 78])
def test_nothing_of_what_an_overlay_covers_is_found_again(tmp_path: Path, seed: int) -> None:
    """Whatever is wrong with the bodies, and however many things are wrong at once."""
    chance = random.Random(seed)  # noqa: S311  repeatable
    recordings = []
    for number in range(40):
        one = broken(chance.choice(["get", "list", "add", "missing"]))
        side = chance.choice(["response", "request"]) if one["request"]["body"] else "response"
        holder, key = (one["response"]["body"], "string") if side == "response" else (one["request"], "body")
        holder[key] = json.dumps(damaged(json.loads(holder[key]), chance))
        one["request"]["uri"] += f"{'&' if '?' in one['request']['uri'] else '?'}sort=name&limit={number + 1}"
        recordings.append(one)
    path = recorded(tmp_path, *recordings)
    found = inferred_of(path, load(SHOP), pardons=True)
    assert len(found.covered) > 10
    file = tmp_path / "overlay.json"
    write_description(file, found.overlay)
    again = check_recordings([path], load(SHOP, overlays=[file]))
    left = {(finding.rule, finding.subject, finding.document) for finding, _ in found.left}
    new = [each for each in again.findings if (each.rule, each.subject, each.document) not in left]
    assert [(each.rule, each.document, each.message) for each in new] == []


def test_ids_as_names_are_a_map(tmp_path: Path) -> None:
    """They are no properties."""
    path = recorded(tmp_path, broken("get", reply_body(put(a81f4c9d00e2=5, b81f4c9d00e3=6))))
    (action,) = inferred_of(path, load(SHOP)).overlay["actions"]
    assert action["update"] == {"additionalProperties": {"type": "integer"}}


def test_no_secret_is_in_an_overlay_or_a_first_document(tmp_path: Path) -> None:
    """Neither a credential nor what a member or its name keeps."""
    secret = "s3cr3t-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    one = broken(
        "list",
        url("limit=5", f"limit=5&token={secret}&sig={secret}"),
        sent_field("Authorization", f"Bearer {secret}"),
        sent_field("X-Api-Key", secret),
        sent_field("X-Key", secret),
        sent_field("Cookie", f"session={secret}; sid={secret}"),
        reply_field("X-Auth-Token", secret),
        reply_body(lambda pets: pets[0].update(password=secret, kind=secret, extra={secret: secret}, weight=-1)),
    )
    path = recorded(tmp_path, one, broken("get", url("/pets/1", f"/other/{secret}"), reply_body(put(password=secret))))
    overlay = inferred_of(path, load(SHOP)).overlay
    document = outlined([path]).api()[1].document("T")
    assert overlay["actions"]
    assert secret not in json.dumps([overlay, document])
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    assert {"type": "apiKey", "in": "query", "name": "token"} in document["components"]["securitySchemes"].values()


@pytest.mark.parametrize("name", ["order_capture", "pieces_os"])
def test_the_first_document_is_right_and_judges_its_own_traffic_clean(tmp_path: Path, name: str) -> None:
    """From the cassettes of the project, in a file that anybody can open."""
    file = tmp_path / "first.yaml"
    write_description(file, outlined([CASSETTES / name]).api()[1].document(name))
    document = load(file)
    assert document.problems == []
    report = check_recordings([CASSETTES / name], document)
    assert report.findings == []
    assert report.exchanges["judged"] == report.exchanges["total"] > 0


def test_the_first_document_says_what_was_seen(tmp_path: Path) -> None:
    """Templates, query parameters, statuses, media types, schemas and security schemes; a refused request adds nothing."""
    refused = exchange("POST", "/refused", 400, ERROR, {"wrong": 1})
    path = recorded(
        tmp_path, *GOOD.values(), refused, exchange("GET", "/pets/22", 200, {**PET, "weight": 3, "nick": "x"})
    )
    document = outlined([path]).api()[1].document("Shop")
    assert document["servers"] == [{"url": "https://api.example.com"}]
    assert "/v1/refused" not in document["paths"]
    assert list(document["paths"]["/v1/pets/{petId}"]) == ["delete", "get"]
    got = document["paths"]["/v1/pets/{petId}"]["get"]
    assert got["operationId"] == "getV1PetsByPetId"
    ids = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    assert len(set(ids)) == len(ids)
    assert got["parameters"][0] == {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}
    assert list(got["responses"]) == ["200", "404"]
    pet = got["responses"]["200"]["content"]["application/json"]["schema"]
    assert "nick" in pet["properties"]
    assert "nick" not in pet["required"]
    assert pet["properties"]["weight"] == {"type": "number"}
    assert pet["properties"]["birthday"] == {"type": "string", "format": "date"}
    assert {each["name"] for each in document["paths"]["/v1/pets"]["get"]["parameters"]} >= {
        "limit",
        "filter[age]",
        "X-Trace",
    }
    assert set(document["components"]["securitySchemes"]) >= {"bearer", "basic", "x-key"}
    assert load(document).problems == []
    assert [each.rule for each in check_recordings([path], load(document)).findings if each.fault != "client"] == []


def test_a_default_port_makes_no_other_server(tmp_path: Path) -> None:
    """Recorders write it or leave it out."""
    plain = exchange("GET", "/pets/22", 200, PET)
    path = recorded(tmp_path, plain)
    text = path.read_text("utf-8")
    (tmp_path / "ports.ndjson").write_text(text + text.replace("api.example.com/", "API.example.com:443/"), "utf-8")
    found = outlined([tmp_path / "ports.ndjson"]).api()[1]
    assert (found.exchanges, found.document("Shop")["servers"]) == (2, [{"url": "https://api.example.com"}])


def test_outlines_add_up_whatever_the_chunks(tmp_path: Path) -> None:
    """The sum over parts is that over the whole."""
    parts = []
    for index, each in enumerate([*GOOD.values(), *(broken(name, change) for name, change, *_ in DEFECTS)]):
        folder = tmp_path / str(index)
        folder.mkdir()
        parts.append(recorded(folder, each))
    whole = outlined(parts)
    split = sum((outlined([part]) for part in parts), TrafficOutline())
    assert whole.api()[1].document("T") == split.api()[1].document("T")


def test_the_command_writes_an_overlay_and_a_first_document(tmp_path: Path) -> None:
    """`--infer FILE` with a document and without one."""
    path = recorded(tmp_path, *GOOD.values(), broken("get", reply_body(put(name=5)), status(203)))
    overlay, first = tmp_path / "overlay.json", tmp_path / "first.yaml"
    run = CliRunner().invoke(check_command, [str(path), "--spec", str(SHOP), "--infer", str(overlay), "--jobs", "1"])
    assert run.exit_code in (0, 1), run.output
    assert json.loads(overlay.read_text())["overlay"] == "1.0.0"
    run = CliRunner().invoke(check_command, [str(path), "--infer", str(first)])
    assert run.exit_code == 0, run.output
    assert "operations" in run.output
    assert yaml.safe_load(first.read_text())["openapi"] == "3.1.0"
    run = CliRunner().invoke(check_command, [str(path)])
    assert run.exit_code == 2
    assert "--infer" in run.output


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    """The rest is described all the same."""
    path = recorded(tmp_path, *GOOD.values())
    (tmp_path / "broken.har").write_text('{"log": {"entries": [{"request": ')
    outline = outlined([path, tmp_path / "broken.har", tmp_path / "none.json"])
    assert outline.broken >= 2
    assert outline.api()[1].exchanges == len(GOOD)


def kind_of_body(one: dict[str, Any], kind: str, text: str) -> dict[str, Any]:
    """Return an exchange whose reply has another media type."""
    one["response"] |= {"headers": {"Content-Type": [kind]}, "body": {"string": text}}
    return broken_key(one)


SWAGGER_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize("own", [True, False], ids=["its own media types", "those of the document"])
@pytest.mark.parametrize("schema", [SWAGGER_SCHEMA, None], ids=["documented", "undocumented"])
def test_media_types_of_swagger_are_those_of_the_operation(
    tmp_path: Path,
    own: bool,  # noqa: FBT001  a column of the table
    schema: dict[str, Any] | None,
) -> None:
    """A reply and a request of another media type; an operation's list replaces the document's, so it keeps those."""
    spec = small("2.0", SWAGGER_SCHEMA)
    operation = spec["paths"]["/a"]["get"]
    if schema is None:
        del operation["responses"]["200"]["schema"]
    post = {"parameters": [{"in": "body", "name": "b", "schema": schema}] if schema else [], "responses": {"200": {"description": ""}}}  # fmt: skip
    spec["paths"]["/a"]["post"] = post
    if own:
        post["consumes"] = ["application/json"]
    else:
        spec |= {"produces": operation.pop("produces"), "consumes": ["application/json"]}
    sent = broken_key(exchange("POST", "/a", 200, None, {"a": "x"}))
    sent["request"]["headers"]["Content-Type"] = ["application/hal+json"]
    received = kind_of_body(exchange("GET", "/a", 200), "application/hal+json", '{"a": "x"}')
    path = recorded(tmp_path, received, sent)
    found = inferred_of(path, load(spec))
    assert (len(found.covered), found.left) == (2, [])
    assert rules_after(path, spec, found, tmp_path) == []
    file = tmp_path / "overlay.yaml"
    mended = load(spec, overlays=[file]).written.value["paths"]["/a"]
    assert list(mended["get"]["produces"]) == ["application/json", "application/hal+json"]
    assert list(mended["post"]["consumes"]) == ["application/json", "application/hal+json"]


def test_what_swagger_cannot_say_of_media_types_is_left(tmp_path: Path) -> None:
    """All bodies of a reply have one schema, and a reply that operations share has none of their media types."""
    csv = kind_of_body(exchange("GET", "/a", 200), "text/csv", "a,b")
    found = inferred_of(recorded(tmp_path, csv), load(small("2.0", SWAGGER_SCHEMA)))
    assert [why for _, why in found.left] == [
        "Swagger 2.0 has one schema for all media types of a body, and text/csv does not fit it"
    ]
    spec = small("2.0", {"type": "string"})
    path = recorded(tmp_path, csv)
    assert rules_after(path, spec, inferred_of(path, load(spec)), tmp_path) == []


def shapes(form: dict[str, Any] | None = None, **discriminator: Any) -> dict[str, Any]:
    """Return a document whose replies hold a circle or a square, told apart by `form`."""
    spec = small("3.1.0", {"type": "object", "properties": {"shape": {"$ref": "#/components/schemas/Shape"}}})
    schemas: dict[str, Any] = {
        name: {"type": "object", "required": ["form", size], "properties": {"form": form or {"type": "string"}, size: {"type": "number"}}}
        for name, size in (("Circle", "radius"), ("Square", "side"))
    }  # fmt: skip
    choice = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    schemas["Shape"] = {"oneOf": choice, "discriminator": {"propertyName": "form", **discriminator}}
    return spec | {"components": {"schemas": schemas}}


MAPPING = {"circle": "#/components/schemas/Circle", "square": "#/components/schemas/Square"}


@pytest.mark.parametrize("mapping", [{}, {"mapping": MAPPING}], ids=["names", "mapping"])
def test_a_new_value_of_a_tag_is_mapped_to_the_only_schema_that_fits(tmp_path: Path, mapping: dict[str, Any]) -> None:
    """Whose properties are all that was seen, and no fewer than it requires."""
    path = recorded(tmp_path, broken_key(exchange("GET", "/a", 200, {"shape": {"form": "disc", "radius": 2}})))
    spec = shapes(**mapping)
    found = inferred_of(path, load(spec))
    (action,) = found.overlay["actions"]
    assert action["update"] == {"mapping": {"disc": "#/components/schemas/Circle"}}
    assert found.left == []
    assert rules_after(path, spec, found, tmp_path) == []


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        ({}, [{"form": "star"}]),
        ({}, [{"form": "star", "radius": 1, "side": 2}]),
        ({"enum": ["circle", "square"]}, [{"form": "disc", "radius": 2}]),
        ({}, [{"form": "disc", "radius": 2}, {"form": "ring", "radius": 2}]),
        ({}, [{"radius": 2}]),
    ],
    ids=["too little", "too much", "closed", "two values", "no tag"],
)
def test_a_tag_that_nobody_can_place_is_left(tmp_path: Path, form: dict[str, Any], shape: list[dict[str, Any]]) -> None:
    """No action pretends to cover it: the discriminator would still object."""
    path = recorded(tmp_path, *(broken_key(exchange("GET", "/a", 200, {"shape": each})) for each in shape))
    found = inferred_of(path, load(shapes(form, mapping=MAPPING)))
    assert (found.covered, found.overlay["actions"]) == ([], [])
    assert "tag" in found.left[0][1] or "discriminator" in found.left[0][1]


def test_head_is_not_added_to_every_get(tmp_path: Path) -> None:
    """HTTP has it wherever it has GET."""
    path = recorded(tmp_path, broken_key(exchange("HEAD", "/a", 200)))
    found = inferred_of(path, load(small("3.1.0", {"type": "object"})))
    assert found.overlay["actions"] == []
    assert [why for _, why in found.left] == ["HTTP has HEAD for whatever has GET"]


def pets(version: str) -> dict[str, Any]:
    """Return a document whose replies hold a pet, by `kind` a cat or a dog, which build on it by `allOf`."""
    where = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    spec = small(version, {"$ref": where + "Pet"})
    tag = "kind" if version == "2.0" else {"propertyName": "kind"}
    kinds = {"type": "string", "enum": ["Cat", "Dog"]}
    base = {
        "type": "object",
        "discriminator": tag,
        "required": ["kind"],
        "properties": {"kind": kinds, "name": {"type": "string"}},
    }
    schemas = {"Pet": base} | {
        name: {"allOf": [{"$ref": where + "Pet"}, {"type": "object", "properties": {more: {"type": "integer"}}}]}
        for name, more in (("Cat", "lives"), ("Dog", "size"))
    }
    return spec | ({"definitions": schemas} if version == "2.0" else {"components": {"schemas": schemas}})


def pet_of(folder: Path, **pet: Any) -> Path:
    """Write the recording of a reply with a pet."""
    return recorded(folder, broken_key(exchange("GET", "/a", 200, pet)))


def kennel(version: str) -> dict[str, Any]:
    """Return a document whose replies hold pets, some of which may be null, and what bounds values."""
    spec = pets(version)
    schemas = spec["definitions"] if version == "2.0" else spec["components"]["schemas"]
    pet = {"$ref": f"#/{'definitions' if version == '2.0' else 'components/schemas'}/Pet"}
    null = {"2.0": {"x-nullable": True}, "3.0.3": {"nullable": True}}.get(version)
    size = {"type": "string", "enum": ["s", "m"]}
    first = {"allOf": [pet]} if version == "3.0.3" else pet
    schemas["Kennel"] = {"type": "object", "required": ["pets", "size"], "properties": {
        "pets": {"type": "array", "items": pet},
        "size": size | null if null else {"anyOf": [size, {"type": "null"}]},
        "first": first | null if null else {"anyOf": [first, {"type": "null"}]},
        "number": {"type": "integer", "minimum": 1, "maximum": 9},
        "map": {"type": "object", "additionalProperties": {"type": "number"}},
        "closed": {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string", "maxLength": 3}}},
    }}  # fmt: skip
    reply = spec["paths"]["/a"]["get"]["responses"]["200"]
    holder = reply if version == "2.0" else reply["content"]["application/json"]
    holder["schema"] = {"$ref": pet["$ref"].replace("/Pet", "/Kennel")}
    return spec


KENNEL = {
    "pets": [{"kind": "Cat", "lives": 3}, {"kind": "Dog", "size": 4, "name": "x"}], "size": "s", "first": {"kind": "Cat", "lives": 1},
    "number": 3, "map": {"a": 1.5}, "closed": {"a": "x"},
}  # fmt: skip


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
@pytest.mark.parametrize("seed", [8, 15, 22, 24])
def test_nothing_of_what_an_overlay_covers_of_subtypes_is_found_again(tmp_path: Path, version: str, seed: int) -> None:
    """Whatever becomes of a base, its subtypes are still found, and object to nothing but objects."""
    chance = random.Random(seed)  # noqa: S311  repeatable
    bodies = [damaged(KENNEL, chance) for _ in range(8)]
    replies = [broken_key(exchange("GET", "/a", 200, body)) for body in bodies if body is not None]
    path = recorded(tmp_path, *replies)
    found = inferred_of(path, load(kennel(version)), pardons=True)
    assert found.overlay["actions"]
    file = tmp_path / "overlay.json"
    write_description(file, found.overlay)
    again = check_recordings([path], load(kennel(version), overlays=[file]))
    left = {(finding.rule, finding.subject, finding.document) for finding, _ in found.left}
    new = [each for each in again.findings if (each.rule, each.subject, each.document) not in left]
    assert [(each.rule, each.document, each.message) for each in new] == []


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_a_property_of_a_subtype_is_documented(tmp_path: Path, version: str) -> None:
    """A base with a discriminator may be any of the schemas that build on it; what is wrong is wrong there."""
    spec = pets(version)
    assert check_recordings([pet_of(tmp_path, kind="Cat", lives=9)], load(spec)).findings == []
    path = pet_of(tmp_path, kind="Cat", lives="x")
    found = inferred_of(path, load(spec))
    assert [str(each.document).rpartition("/")[2] for each in found.covered] == ["lives"]
    assert rules_after(path, spec, found, tmp_path) == []


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_a_new_value_of_a_tag_names_the_only_subtype_that_fits(tmp_path: Path, version: str) -> None:
    """By the mapping; in Swagger 2.0, where a value is the name of a schema, by one more schema."""
    spec = pets(version)
    path = pet_of(tmp_path, kind="Lion", lives=9)
    found = inferred_of(path, load(spec))
    assert found.left == []
    assert rules_after(path, spec, found, tmp_path) == []
    overlaid = load(spec, overlays=[tmp_path / "overlay.yaml"])
    lives = pet_of(tmp_path, kind="Lion", lives="nine")
    (finding,) = check_recordings([lives], overlaid).findings
    assert (finding.rule, str(finding.document).rpartition("/")[2]) == ("response/body/type", "lives")


@pytest.mark.parametrize(
    "pet", [{"kind": "Fish", "name": "x"}, {"kind": "Lion", "lives": "x"}, {"kind": "Pet", "size": 1}]
)
def test_a_new_value_of_a_tag_that_no_subtype_explains_is_left(tmp_path: Path, pet: dict[str, Any]) -> None:
    """Where any of them fits, or none by the types of its members, or the name is taken."""
    found = inferred_of(pet_of(tmp_path, **pet), load(pets("2.0")))
    assert found.overlay["actions"] == []
    assert [finding.rule for finding, _ in found.left] == ["response/body/enum"]


def test_what_is_called_the_fault_of_the_server_changes_no_document(tmp_path: Path) -> None:
    """One reply of twenty; unless that is asked for."""
    good = [exchange("GET", f"/pets/{number}", 200, {**PET, "id": number}) for number in range(2, 21)]
    path = recorded(tmp_path, *good, broken("get", reply_body(put(name=5))))
    found = inferred_of(path, load(SHOP))
    assert (found.covered, found.overlay["actions"]) == ([], [])
    assert [why for _, why in found.left] == ["the server is at fault: its other replies are as documented"]
    pardoned = inferred_of(path, load(SHOP), pardons=True)
    assert len(pardoned.covered) == 1
    assert rules_after(path, SHOP, pardoned, tmp_path) == []
