"""Overlays: the examples of the Overlay Specification, and what breaks its rules."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from fuzz import mutant
from servers import document

from dynclient import DynclientWarning, Limits, SpecError, load
from dynclient.problem import Problem
from dynclient.spec.overlay import apply_overlay

OK = {"200": {"description": "OK"}}


def overlay(*actions: Any, version: str = "1.1.0") -> dict[str, Any]:
    """An overlay of these actions."""
    return {"overlay": version, "info": {"title": "T", "version": "1"}, "actions": list(actions)}


def problem_at(path: tuple[str | int, ...], message: str) -> Problem:
    """A problem without a line."""
    return Problem("document", path, "overlay", message)


def applied(data: Any, *actions: Any, version: str = "1.1.0") -> Any:
    """The data with an overlay applied; also checks that the original data is unchanged."""
    before = copy.deepcopy(data)
    result = apply_overlay(data, overlay(*actions, version=version), problem_at).data
    assert data == before
    return result


ITEMS = {"paths": {"/items": {"get": {"responses": OK}}, "/some-items": {"delete": {"responses": OK}}}}


def test_a_structured_overlay_mirrors_the_document() -> None:
    """Objects are merged, and what is new is added (Structured Overlay Example)."""
    data = {"info": {"title": "T"}, "paths": {"/": {"get": {"summary": "old"}}}}
    update = {
        "info": {"x-applied": "yes"},
        "paths": {"/": {"summary": "root", "get": {"summary": "new", "x-rate": 100}}},
    }
    assert applied(data, {"target": "$", "update": update}) == {
        "info": {"title": "T", "x-applied": "yes"},
        "paths": {"/": {"summary": "root", "get": {"summary": "new", "x-rate": 100}}},
    }


def test_a_target_may_be_a_primitive_value() -> None:
    """It is replaced (Targeted Overlay Example)."""
    data = {"paths": {"/foo": {"get": {"description": "old"}}}}
    action = {"target": "$.paths['/foo'].get.description", "update": "This is the new description"}
    assert applied(data, action) == {"paths": {"/foo": {"get": {"description": "This is the new description"}}}}


def test_a_wildcard_changes_many() -> None:
    """Wildcard Overlay Example."""
    filter_ = {"name": "filter", "in": "query"}
    data = {"paths": {"/a": {"get": {"parameters": [filter_, {"name": "x", "in": "query"}]}}, "/b": {"get": {}}}}
    actions = [
        {"target": "$.paths.*.get", "update": {"x-safe": True}},
        {
            "target": "$.paths.*.get.parameters[?@.name=='filter' && @.in=='query']",
            "update": {"schema": {"$ref": "#/components/schemas/filterSchema"}},
        },
    ]
    assert applied(data, *actions)["paths"] == {
        "/a": {"get": {"parameters": [{**filter_, "schema": {"$ref": "#/components/schemas/filterSchema"}}, {"name": "x", "in": "query"}], "x-safe": True}},
        "/b": {"get": {"x-safe": True}},
    }  # fmt: skip


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "1.1.7"])
@pytest.mark.parametrize("update", [{"name": "new"}, [{"name": "new"}]])
def test_a_list_grows(update: Any, version: str) -> None:
    """By one item, or by those of a list (Array Modification Examples)."""
    data = {"get": {"parameters": [{"name": "old"}]}}
    grown = applied(data, {"target": "$.get.parameters", "update": update}, version=version)
    assert grown == {"get": {"parameters": [{"name": "old"}, {"name": "new"}]}}


def test_lists_below_a_merged_object_are_joined() -> None:
    """Action Object, the steps of merging."""
    assert applied({"a": {"tags": [1]}}, {"target": "$.a", "update": {"tags": [2]}}) == {"a": {"tags": [1, 2]}}


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$.get.tags[?@ == 'dummy']", {"get": {"tags": ["x"], "parameters": [{"name": "dummy"}, {"name": "b"}]}}),
        (
            "$.get.parameters[?@.name == 'dummy']",
            {"get": {"tags": ["dummy", "x", "dummy"], "parameters": [{"name": "b"}]}},
        ),
        ("$.get.tags", {"get": {"parameters": [{"name": "dummy"}, {"name": "b"}]}}),
        ("$..*", {}),
        ("$['get','get']", {}),
    ],
)
def test_what_a_target_selects_is_removed(target: str, left: Any) -> None:
    """From the object or list around it, each once."""
    data = {"get": {"tags": ["dummy", "x", "dummy"], "parameters": [{"name": "dummy"}, {"name": "b"}]}}
    assert applied(data, {"target": target, "remove": True, "update": {"no": "impact"}}) == left


def test_traits_are_applied_where_they_are_marked() -> None:
    """This is the Traits Example of the Overlay Specification."""
    data = {"paths": {"/items": {"get": {"x-oai-traits": ["paged"]}}, "/other": {"get": {}}}}
    target = "$.paths[?(@.get['x-oai-traits'][?(@ == 'paged')])].get"
    result = applied(data, {"target": target, "update": {"parameters": [{"name": "top", "in": "query"}]}})
    assert result["paths"] == {
        "/items": {"get": {"x-oai-traits": ["paged"], "parameters": [{"name": "top", "in": "query"}]}},
        "/other": {"get": {}},
    }


def test_a_part_is_copied() -> None:
    """This is the Simple Copy of the Overlay Specification."""
    result = applied(ITEMS, {"target": '$.paths["/some-items"]', "copy": '$.paths["/items"]'})
    assert result["paths"]["/some-items"] == {"get": {"responses": OK}, "delete": {"responses": OK}}


def test_a_part_is_moved() -> None:
    """This is the Move Example of the Overlay Specification."""
    actions = [
        {"target": "$.paths", "update": {"/new-items": {}}},
        {"target": '$.paths["/new-items"]', "copy": '$.paths["/items"]'},
        {"target": '$.paths["/items"]', "remove": True},
    ]
    assert applied(ITEMS, *actions)["paths"] == {
        "/some-items": {"delete": {"responses": OK}},
        "/new-items": {"get": {"responses": OK}},
    }


def test_a_copy_does_not_change_with_its_source() -> None:
    """Actions are applied one after the other."""
    actions = [
        {"target": "$.a.x", "update": {"n": 1}},
        {"target": "$.b", "copy": "$.a"},
        {"target": "$.a.x", "update": {"n": 2}},
    ]
    assert applied({"a": {"x": {}}, "b": {}}, *actions) == {"a": {"x": {"n": 2}}, "b": {"x": {"n": 1}}}


def test_only_the_containers_of_a_change_are_copied() -> None:
    """The rest is shared."""
    data = {"a": {"b": {}}, "c": {"d": {}}}
    result = applied(data, {"target": "$.a.b", "update": {"x": 1}})
    assert result["c"] is data["c"]


@pytest.mark.parametrize(
    ("action", "path", "message"),
    [
        ({"update": {}}, (), "a text `target`"),
        ("$.a", (), "a text `target`"),
        ({"target": "$.a["}, ("target",), "JSONPath query"),
        ({"target": "a", "remove": True}, ("target",), "JSONPath query"),
        ({"target": "$.a.*~", "remove": True}, ("target",), "JSONPath query"),
        ({"target": "$", "remove": True}, ("target",), "whole document"),
        ({"target": "$.*", "update": {}}, ("target",), "selects lists and objects and primitive values"),
        ({"target": "$.a", "update": 1}, ("update",), "primitive values cannot be merged into objects"),
        ({"target": "$.n", "update": {}}, ("update",), "objects cannot be merged into primitive values"),
        ({"target": "$", "update": {"a": {"l": {}}}}, ("update", "a", "l"), "objects cannot be merged into lists"),
        ({"target": "$", "update": {"a": None}}, ("update", "a"), "primitive values cannot be merged into objects"),
        ({"target": "$.a", "copy": "$.nope"}, ("copy",), "selects 0 nodes"),
        ({"target": "$.a", "copy": "$.*"}, ("copy",), "selects 3 nodes"),
        ({"target": "$.a", "copy": 1}, ("copy",), "JSONPath query"),
        ({"target": "$.a", "copy": "$.a", "update": {}}, ("copy",), "not both"),
    ],
)
def test_an_action_that_cannot_be_applied_is_refused(action: Any, path: Any, message: str) -> None:
    """With its place in the overlay."""
    with pytest.raises(SpecError, match=message) as caught:
        applied({"a": {"l": []}, "l": [], "n": 1}, action)
    assert [problem.path for problem in caught.value.problems] == [("actions", 0, *path)]


@pytest.mark.parametrize(
    "wrong", [[], {}, {"overlay": "2.0.0"}, {"overlay": 1.1}, {"overlay": "1.0.0"}, {"overlay": "1.0.0", "actions": []}]
)
def test_what_is_not_an_overlay_is_refused(wrong: Any) -> None:
    """It is not an Overlay Object."""
    with pytest.raises(SpecError, match="cannot apply"):
        apply_overlay({}, wrong, problem_at)


def test_copy_exists_since_1_1() -> None:
    """An older overlay with `copy` is an error."""
    with pytest.raises(SpecError, match=r"since Overlay 1\.1"):
        applied({"a": {}}, {"target": "$.a", "copy": "$.a"}, version="1.0.0")


def test_a_document_is_corrected_when_it_is_opened(tmp_path: Path) -> None:
    """By overlays of any form, one after the other; the file is not changed."""
    path = tmp_path / "a.yaml"
    text = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\npaths: {}\n'
    path.write_text(text, "utf-8")
    fix = tmp_path / "fix.overlay.yaml"
    fix.write_text(
        "overlay: 1.0.0\ninfo: {title: F, version: '1'}\nactions: [{target: $.info, update: {title: U}}]", "utf-8"
    )
    more = overlay({"target": "$.info", "update": {"version": "2"}})
    found = load(path, overlays=[fix, more])
    assert (found.title, found.info["version"]) == ("U", "2")
    assert path.read_text("utf-8") == text


def test_an_open_document_is_not_changed() -> None:
    """The correction is a new document."""
    first = document()
    second = load(first, overlays=[overlay({"target": "$.info", "update": {"title": "U"}})])
    assert (first.title, second.title) == ("Small", "U")


def test_a_document_of_the_catalog_can_be_corrected() -> None:
    """The shared document is not changed."""
    changed = load("order_capture", overlays=[overlay({"target": "$.info", "update": {"title": "U"}})])
    assert (changed.title, load("order_capture").title) == ("U", "OrderCapture")


def test_a_target_that_selects_nothing_is_a_problem(tmp_path: Path) -> None:
    """With the line of the overlay."""
    fix = tmp_path / "fix.yaml"
    fix.write_text("overlay: 1.1.0\nactions:\n- target: $.nope\n  remove: true\n", "utf-8")
    said = [str(problem) for problem in load(document(), overlays=[fix]).problems]
    assert [text for text in said if "nope" in text] == [
        f"document /actions/0/target: the target '$.nope' selects nothing [{fix}:3]"
    ]


def test_a_correction_makes_an_operation_run() -> None:
    """That is how to use somebody else's faulty document."""
    broken = document({"/a/{id}": {"get": {"operationId": "use", "responses": OK}}})
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    fix = overlay({"target": "$.paths['/a/{id}'].get", "update": {"parameters": [parameter]}})
    assert len(broken.problems) == 1
    assert load(broken, overlays=[fix]).problems == []


def test_an_overlay_cannot_make_more_values_than_the_limit() -> None:
    """Each action may double the document, though it shares what it copies."""
    double = [{"target": "$.x", "update": {str(number): {}}} for number in range(30)]
    grow = [part for number in range(30) for part in (double[number], {"target": f"$.x['{number}']", "copy": "$.x"})]
    with pytest.raises(SpecError, match=r"/actions/[0-9]+: after this action, the document (contains more|is nested)"):
        apply_overlay({"x": {"a": 1}}, overlay(*grow), problem_at, limits=Limits(nodes=1000))


def test_a_query_visits_a_bounded_number_of_values() -> None:
    """Two descents visit every value for every value around it."""
    data: Any = {}
    for _ in range(60):
        data = {"a": data}
    with pytest.raises(SpecError, match=r"visits more than 1000 values \(limits=Limits\(nodes=...\) raises"):
        apply_overlay(data, overlay({"target": "$..*..*"}), problem_at, limits=Limits(nodes=1000))


@pytest.mark.parametrize("function", ["search", "match"])
def test_regular_expressions_of_a_query_take_linear_time(function: str) -> None:
    """One that a backtracking engine would not finish."""
    data = {"a": {"d": "a" * 5000 + "!"}, "b": {"d": "a" * 5000}}
    action = {"target": f"$[?{function}(@.d, '(a+)+$')]", "update": {"found": True}}
    changed = applied(data, action)
    assert [name for name, value in changed.items() if "found" in value] == ["b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("match(@.d, 'a.c')", ["x"]), ("search(@.d, 'b')", ["x", "y"]), ("match(@.d, 'b')", []), ("match(@.d, 'a[.]c')", ["z"]),
        (r"match(@.d, 'a\\.c')", ["z"]), (r"match(@.d, '\\p{L}+')", ["x"]), ("match(@.d, 'a|abc')", ["x"]), ("match(@.d, 5)", []),
    ],
)  # fmt: skip
def test_regular_expressions_mean_what_rfc_9485_says(query: str, found: list[str]) -> None:
    """A dot is any character but a line break, and `match` takes the whole text."""
    data = {"x": {"d": "abc"}, "y": {"d": "a\nb"}, "z": {"d": "a.c"}, "w": {"d": 1}}
    data["z"]["d"] = "a.c"
    changed = applied(data, {"target": f"$[?{query}]", "update": {"found": True}})
    expected = [*found, "z"] if query == "match(@.d, 'a.c')" else found
    assert [name for name, value in changed.items() if "found" in value] == expected


@pytest.mark.parametrize("pattern", ["(", "(a)\\\\1", "a{1000}{1000}{100}"])
def test_a_wrong_regular_expression_is_refused(pattern: str) -> None:
    """And so is one that is too large."""
    with pytest.raises(SpecError, match="is not a regular expression, or too large"):
        applied({"a": {"d": "x"}}, {"target": f"$[?search(@.d, '{pattern}')]", "remove": True})


@pytest.mark.parametrize("target", ["", " $", "info", "@"])
def test_a_query_begins_with_a_dollar_sign(target: str) -> None:
    """An empty one would be the whole document."""
    with pytest.raises(SpecError, match="/actions/0/target: `target` must be a JSONPath query, which begins with"):
        applied({"info": {}}, {"target": target, "update": {}})


SECURE: dict[str, Any] = {
    "openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": "https://a"}], "security": [{"k": []}],
    "paths": {"/a": {"get": {"security": [{"k": []}]}, "post": {}}}, "components": {"securitySchemes": {"k": {"type": "http", "scheme": "basic"}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"target": "$.security", "remove": True}, "removes the security of the document"),
        ({"target": "$.paths['/a'].get.security", "remove": True}, "removes the security of GET /a"),
        ({"target": "$.paths['/a'].get", "update": {"security": [{}]}}, r"changes the security of GET /a to \[\{\"k\": \[\]\}, \{\}\]"),
        ({"target": "$.paths['/a'].post", "update": {"security": []}}, r"changes the security of POST /a to \[\]"),
        ({"target": "$.components.securitySchemes.k", "remove": True}, "removes the security scheme 'k'"),
        ({"target": "$.components.securitySchemes.k.scheme", "update": "bearer"}, "changes the security scheme 'k'"),
        ({"target": "$.servers[0].url", "update": "http://u:p@b/?token=S"}, "changes the servers of the document to http://b/.token=REDACTED "),
        ({"target": "$.paths['/a']", "update": {"servers": [{"url": "/x"}]}}, "changes the servers of path /a to /x"),
    ],
)  # fmt: skip
def test_a_change_of_servers_or_security_is_said_aloud(tmp_path: Path, action: Any, said: str) -> None:
    """As a warning with the line, and in the document's notices."""
    (tmp_path / "o.json").write_text(json.dumps(overlay(action), indent=0))
    with pytest.warns(DynclientWarning, match=f"an overlay {said}.*o.json:[0-9]+]") as caught:
        found = load(SECURE, overlays=[tmp_path / "o.json"])
    assert len(caught) == len(found.notices) == 1


def test_other_changes_are_not_announced() -> None:
    """Nor is more security."""
    more = {"target": "$.paths['/a'].post", "update": {"security": [{"k": []}], "summary": "s"}}
    assert load(SECURE, overlays=[overlay(more, {"target": "$.info", "update": {"title": "U"}})]).notices == []


@pytest.mark.filterwarnings("ignore::dynclient.DynclientWarning")
def test_no_mutant_of_an_overlay_ends_in_a_foreign_error() -> None:
    """It is applied, or refused with a place."""
    good = overlay(
        {"target": "$.paths['/a']", "update": {"summary": "x"}}, {"target": "$.info", "copy": "$.servers[0]"},
        {"target": "$..[?search(@.scheme, 'a')]", "update": {"x": []}}, {"target": "$.servers", "remove": True},
    )  # fmt: skip
    for seed in range(200):
        try:
            assert load(SECURE, overlays=[mutant(good, seed)]).data
        except SpecError as error:
            assert error.problems  # noqa: PT017  an input may be refused here
