"""How many replies could have shown a finding, and who is at fault by their share."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from test_traffic_inspector import (
    GOOD,
    PET,
    Change,
    broken,
    checked,
    drop,
    one,
    put,
    reply_body,
    reply_field,
    status,
    url,
)

from dynclient.api.api import Api
from dynclient.opening import load
from dynclient.traffic.chunks import check_chunk, chunks_of
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.report import Report
from dynclient.traffic.settling import settled

SCHEMA = json.loads((Path(load.__code__.co_filename).parent / "traffic/reports/report.schema.json").read_text())


def replies(number: int, wrong: int, *changes: Change, name: str = "get") -> list[dict[str, Any]]:
    """Return different exchanges, of which the first ones are changed."""
    return [
        broken(name, url("?limit=5", f"?limit={each + 1}") if name == "list" else url("/1", f"/{each + 1}"), *(changes if each < wrong else ()))
        for each in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "wrong", "change", "fault"),
    [
        (20, 20, put(name=5), "document"),
        (20, 19, put(name=5), "document"),
        (20, 10, put(name=5), "unknown"),
        (20, 2, put(name=5), "server"),
        (20, 20, drop("id"), "document"),
        (20, 1, drop("id"), "server"),
        (20, 20, put(name=None), "document"),
        (20, 1, put(name=None), "unknown"),  # data is null now and then
        (20, 1, put(kind="cow"), "unknown"),  # and has values that the document forgot
        (4, 4, put(name=5), "unknown"),  # too few to tell
        (9, 1, put(name=5), "unknown"),
        (20, 20, put(tags=["a", 5]), "document"),
        (20, 2, put(labels={"any": 5}), "server"),
        (20, 2, put(owner={"email": "a@b.example", "age": 5}), "server"),
    ],
)
def test_the_share_of_wrong_replies_tells_who_is_at_fault(
    tmp_path: Path, number: int, wrong: int, change: Any, fault: str
) -> None:
    """Nearly all are wrong: the document; few are: the server; and the message has both numbers."""
    finding = one(checked(tmp_path, *replies(number, wrong, reply_body(change))))
    assert (finding.fault, finding.exchanges, finding.replies) == (fault, wrong, number)
    assert finding.message.endswith(f" (in {wrong} of {number} replies)")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (reply_field("X-Total", None), "response/header/required"),
        (reply_field("X-Total", "x"), "response/header/type"),
        (reply_field("Content-Type", "text/html"), "response/body/media-type"),
    ],
)
def test_shares_are_known_of_header_fields_and_media_types(tmp_path: Path, change: Change, rule: str) -> None:
    """They are compared with the replies of the same status."""
    finding = one(checked(tmp_path, *replies(12, 1, change, name="list")))
    assert (finding.rule, finding.fault, finding.exchanges, finding.replies) == (rule, "server", 1, 12)


def test_only_replies_that_have_the_value_are_compared(tmp_path: Path) -> None:
    """A property that is wrong whenever it is there is described wrongly, however rare it is."""
    bare = [broken("get", url("/1", f"/{100 + each}"), reply_body(drop("weight"))) for each in range(50)]
    finding = one(checked(tmp_path, *bare, *replies(6, 6, reply_body(put(weight=-1)))))
    assert (finding.fault, finding.exchanges, finding.replies) == ("document", 6, 6)


def test_only_replies_of_the_same_operations_are_compared(tmp_path: Path) -> None:
    """The replies of another operation with the same schema may come from other code."""
    finding = one(checked(tmp_path, *replies(50, 0), *replies(6, 6, reply_body(lambda pets: pets[0].update(name=5)), name="list")))  # fmt: skip
    assert (finding.operations, finding.fault, finding.replies) == (("listPets",), "document", 6)


def test_an_undocumented_status_is_compared_with_all_replies(tmp_path: Path) -> None:
    """A status that every reply has was forgotten in the document."""
    wrong = [broken("missing", url("/9", f"/{each + 1}"), status(409)) for each in range(6)]
    assert [(found.fault, found.replies) for found in checked(tmp_path, *wrong).findings] == [("document", 6)]
    report = checked(tmp_path, *replies(30, 0), wrong[0])
    assert [(found.fault, found.replies) for found in report.findings] == [("unknown", 31)]


def test_repeats_are_no_evidence(tmp_path: Path) -> None:
    """A test that ran twenty times shows one reply."""
    finding = one(checked(tmp_path, *[broken("get", reply_body(put(name=5)))] * 20))
    assert (finding.count, finding.exchanges, finding.replies, finding.fault) == (20, 1, 1, "unknown")


def test_values_in_one_reply_are_one_piece_of_evidence(tmp_path: Path) -> None:
    """However many values are wrong."""
    finding = one(checked(tmp_path, *replies(12, 1, reply_body(lambda _: [{**PET, "name": 5}] * 30), name="list")))
    assert (finding.count, finding.exchanges, finding.replies, finding.fault) == (30, 1, 12, "server")


def test_shares_merge(tmp_path: Path) -> None:
    """In any grouping and order, chunk by chunk: the fault is decided when all traffic was seen."""
    api = Api.of(load(Path(__file__).parent / "data" / "petshop.yaml"))
    parts = []
    for part in range(3):
        path = tmp_path / f"{part}.json"
        recorded = [broken("get", url("/1", f"/{part + 1}{each}"), reply_body(put(name=5))) for each in range(2)]
        path.write_text(json.dumps({"interactions": [*recorded, GOOD["list"]]}))
        parts += [check_chunk(chunk, api) for chunk in chunks_of([path])]
    first, second, third = parts
    inspector = Inspector([api])
    sums = [(first + second) + third, first + (second + third), third + first + second]
    found = [one(settled(each, inspector)) for each in sums]
    assert {(each.fault, each.exchanges, each.replies) for each in found} == {("document", 6, 6)}
    assert one(settled(first, inspector)).fault == "unknown"
    assert sums[0].occurred == sums[1].occurred == sums[2].occurred


def damaged(value: Any, chance: random.Random) -> Any:
    """Return a value with a change somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        return chance.choice(
            [{**value, name: damaged(value[name], chance)}, {key: each for key, each in value.items() if key != name}]
        )
    if isinstance(value, list) and value and chance.random() < 0.8:
        return [damaged(value[0], chance), *value[1:]]
    return chance.choice([None, 5, -1, "x", [], {}, [1], {"a": 1}, True])


@pytest.mark.parametrize("seed", range(5))
def test_no_finding_is_in_more_replies_than_could_have_it(tmp_path: Path, seed: int) -> None:
    """Whatever is wrong with a body: what is counted on both sides is the same."""
    chance = random.Random(seed)  # noqa: S311  no secret
    recorded = []
    for number in range(60):
        each = copy.deepcopy(GOOD[chance.choice(["get", "list", "missing"])])
        body = json.loads(each["response"]["body"]["string"])
        each["response"]["body"]["string"] = json.dumps(damaged(body, chance))
        each["request"]["uri"] += f"{'&' if '?' in each['request']['uri'] else '?'}limit={number + 1}"
        recorded.append(each)
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps({"interactions": recorded}))
    api = Api.of(load(Path(__file__).parent / "data" / "petshop.yaml"))
    report = sum((check_chunk(chunk, api) for chunk in chunks_of([path])), Report())
    wrong = [each for each in report.findings if each.side == "response" and each.fault == "unknown"]
    assert len(wrong) > 10
    assert [each for each in wrong if each.among and report.replies_with(each) < each.exchanges] == []
    assert len([each for each in wrong if each.among]) > 0.9 * len(wrong)


def test_the_json_form_has_the_shares(tmp_path: Path) -> None:
    """As its schema says; a request has none."""
    sent = broken("refused", lambda one: one["request"].update(body=json.dumps({"name": 5, "kind": "dog"})))
    report = checked(tmp_path, *replies(12, 1, reply_body(put(name=5))), sent, GOOD["missing"])
    data = report.to_dict()
    jsonschema.validate(data, SCHEMA)
    assert {each["side"]: each["replies"] for each in data["findings"]} == {"response": {"broken": 1, "total": 12}, "request": None}  # fmt: skip
