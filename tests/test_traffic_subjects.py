"""Subjects: names that are values do not fill a report, in whatever parts the traffic is judged."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from recordings import everything
from test_traffic_inspector import PET, exchange, shop

from dynclient.api.api import Api
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.inference import overlay_of
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.recording import Recorded
from dynclient.traffic.report import MOST_HOSTS, OTHER_HOSTS, Report
from dynclient.traffic.settling import settled
from dynclient.traffic.subjects import MOST_SUBJECTS, OTHER_SUBJECTS, Key, Subjects


def key(rule: str, subject: str) -> Key:
    """Return the key of a finding."""
    return rule, "hint", "document", "request", subject, "shop.yaml", "/paths"


def test_the_first_names_of_the_alphabet_are_told_apart_and_all_others_are_one() -> None:
    """Each rule has its own; a name that comes earlier displaces the last one."""
    subjects = Subjects()
    names = [f"{number:04}" for number in range(MOST_SUBJECTS)]
    assert [subjects.take(key("a", name)) for name in names] == [None] * MOST_SUBJECTS
    assert subjects.home(key("a", "0007")) == key("a", "0007")
    assert subjects.home(key("a", "9999")) == key("a", OTHER_SUBJECTS)
    assert subjects.home(key("b", "9999")) == key("b", "9999")
    assert subjects.take(key("a", "0006a")) == key("a", names[-1])


def words(number: int) -> str:
    """Return a name without digits for a number."""
    return "-".join("abcdefghij"[int(digit)] * 2 for digit in str(number))


@pytest.mark.parametrize(
    ("path", "rule"),
    [("/blog/{}", "request/path/unknown"), ("/pets/1?{}=1", "request/query/unknown")],
    ids=["paths", "parameters"],
)
def test_a_report_on_many_names_stays_short(tmp_path: Path, path: str, rule: str) -> None:
    """Nothing is lost from the counts, and the one that stands for many says so; no overlay lists it."""
    number = MOST_SUBJECTS + 100
    recorded = tmp_path / "recorded.json"
    recorded.write_text(
        json.dumps({"interactions": [exchange("GET", path.format(words(each)), 200, PET) for each in range(number)]})
    )
    report = check_recordings([recorded], shop(), infer=True)
    found = [each for each in report.findings if each.rule == rule]
    assert (len(found), sum(each.count for each in found)) == (MOST_SUBJECTS + 1, number)
    (others,) = [each for each in found if each.subject == OTHER_SUBJECTS]
    assert others.count == 100
    assert "have findings of their own" in others.message
    inferred = overlay_of(report, shop())
    assert [why for finding, why in inferred.left if finding is others] == [
        "so many names are values, which no document lists"
    ]
    assert OTHER_SUBJECTS not in json.dumps(inferred.overlay["actions"])


def divided(inspector: Inspector, recorded: list[Recorded], chance: random.Random) -> Report:
    """Judge recordings in parts of any size, and add their reports in any grouping."""
    if len(recorded) < 100 or chance.random() < 0.2:
        return inspector.report(recorded)
    cut = chance.randrange(1, len(recorded))
    return divided(inspector, recorded[:cut], chance) + divided(inspector, recorded[cut:], chance)


def crowd(chance: random.Random) -> list[dict[str, Any]]:
    """Return exchanges with more names than are told apart: of paths, parameters and properties; each name several times."""
    names = [words(number) for number in range(MOST_SUBJECTS + 300)]
    made = []
    for number in range(MOST_SUBJECTS * 3):
        one, two, three = (chance.choice(names) for _ in range(3))
        path = chance.choice([f"/blog/{one}", f"/pets/{number}?{one}=1&{two}=2"])
        made.append(exchange("GET", path, 200, PET | {two: number, three: None}))
    return made


@pytest.mark.parametrize("seed", range(2))
def test_the_report_is_the_same_in_whatever_parts_the_traffic_is_judged(tmp_path: Path, seed: int) -> None:
    """To the byte, and no larger: what a part takes for one of many may be among the first of another part."""
    chance = random.Random(seed)  # noqa: S311  no secret
    inspector = Inspector([Api.of(shop())])
    recorded = everything(tmp_path / "recorded.json", {"interactions": crowd(chance)})
    whole = settled(inspector.report(recorded), inspector)
    parts = settled(divided(inspector, recorded, chance), inspector)
    assert json.dumps(parts.to_dict()) == json.dumps(whole.to_dict())
    assert max(map(len, _groups(whole))) == MOST_SUBJECTS + 1


def _groups(report: Report) -> list[list[Key]]:
    groups: dict[Any, list[Key]] = {}
    for each in report.kept:
        groups.setdefault((*each[:4], *each[5:]), []).append(each)
    return list(groups.values())


def one_exchange() -> Report:
    """Return a report on one exchange."""
    report = Report()
    report.exchanges["total"] = 1
    return report


def test_the_hosts_of_many_parts_are_not_more_than_those_of_one() -> None:
    """Each exchange is still counted once, and the hosts that are named have whole counts."""
    reports = []
    for part in range(3):
        elsewhere = {f"h{number:04}": one_exchange() for number in range(part * 400, part * 400 + 450)}
        reports.append(Report(elsewhere=elsewhere))
    found = sum(reports, Report()).elsewhere
    assert found == (reports[0] + (reports[1] + reports[2])).elsewhere
    assert (len(found), sum(each.exchanges["total"] for each in found.values())) == (MOST_HOSTS + 1, 1350)
    assert found["h0400"].exchanges["total"] == 2
    assert found[OTHER_HOSTS].exchanges["total"] == 1350 - MOST_HOSTS - 50
