"""How grave findings are, and what the user silences or rates anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_traffic_inspector import broken, checked, one, put, reply_body

from dynclient.traffic.ratings import Rated, Ratings, ratings_from

WRONG = broken("get", reply_body(put(name=5, kind="cow")))


@pytest.mark.parametrize(
    ("rated", "left"),
    [
        (Rated("response/body/type", "off"), {"response/body/enum": "error"}),
        (Rated("response/*", "hint"), {"response/body/enum": "hint", "response/body/type": "hint"}),
        (Rated("*", "off", operation="getPet"), {}),
        (Rated("*", "off", operation="other"), {"response/body/enum": "error", "response/body/type": "error"}),
        (Rated("*", "off", path="/pets/{petId}"), {}),
        (Rated("*", "off", place="/kind"), {"response/body/type": "error"}),
    ],
)
def test_rules_are_silenced_and_rated_anew(tmp_path: Path, rated: Rated, left: dict[str, str]) -> None:
    """By rule, operation, path and place; what is silenced is counted."""
    report = checked(tmp_path, WRONG, ratings=Ratings([rated]))
    assert {finding.rule: finding.severity for finding in report.findings} == left
    assert report.not_judged["silenced"] == 2 - len(left)


def test_the_last_rating_that_fits_counts(tmp_path: Path) -> None:
    """As in most files of settings."""
    ratings = Ratings([Rated("*", "off"), Rated("response/body/type", "info")])
    assert one(checked(tmp_path, WRONG, ratings=ratings)).severity == "info"


def test_ratings_are_read_for_every_api_and_for_one(tmp_path: Path) -> None:
    """From the file of settings."""
    file = tmp_path / "dynclient.toml"
    file.write_text(
        '[[traffic]]\nrule = "*"\nseverity = "hint"\n[[apis.shop.traffic]]\nrule = "*"\nseverity = "off"\nplace = "/a"\n'
    )
    assert ratings_from(file, ["shop"]) == (Rated("*", "hint"), Rated("*", "off", place="/a"))
    assert ratings_from(file, ["other"]) == (Rated("*", "hint"),)


@pytest.mark.parametrize("name", ["operation", "path", "place"])
def test_a_rating_without_a_rule_is_of_every_rule(tmp_path: Path, name: str) -> None:
    """Whoever names an operation means everything about it."""
    file = tmp_path / "dynclient.toml"
    file.write_text(f'[[traffic]]\n{name} = "/a*"\nseverity = "off"\n')
    assert ratings_from(file, []) == (Rated("*", "off", **{name: "/a*"}),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("traffic = 5", "not a list of tables"),
        ("[[traffic]]\nrule = 'x'", r"needs a severity \(error, warning, info, hint, off\)"),
        ("[[traffic]]\nseverity = 'off'", r'needs a rule, operation, path or place \(rule = "\*" means every rule\)'),
        ("[[traffic]]\nrule = 'response/body/tpye'\nseverity = 'off'", "did you mean response/body/type"),
        ("[[traffic]]\nrule = '*'\nseverity = 'bad'", "no severity 'bad'"),
        ("[[traffic]]\nrule = '*'\nseverity = 'off'\nwhere = 'x'", "no member 'where'"),
        ("[[traffic]]\nrule = '*'\nseverity = 'off'\nplace = 5", "place must be a text, not 5"),
        ("[", "the settings"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str, words: str) -> None:
    """With the file, and what would be right."""
    file = tmp_path / "dynclient.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        ratings_from(file, [])
    assert str(file) in str(caught.value)


def test_all_problems_of_the_settings_are_told_at_once(tmp_path: Path) -> None:
    """Each with its line."""
    file = tmp_path / "dynclient.toml"
    file.write_text(
        '[[traffic]]\nrule = "x"\nseverity = "bad"\n\n[[traffic]]\nrule = "*"\nseverity = "off"\n'
        '\n[[apis.shop.traffic]]\nrule = "*"\nwhere = 5\n'
    )
    with pytest.raises(ValueError, match="the settings") as caught:
        ratings_from(file, ["shop", "other"])
    found = str(caught.value).removeprefix("the settings ").split("; dyn")[0]
    assert f"{file}:1: traffic: there is no severity 'bad'" in found
    assert f"{file}:1: traffic: there is no rule 'x'" in found
    assert f"{file}:9: traffic: {{'rule': '*', 'where': 5}} needs a severity" in found
    assert f"{file}:9: traffic: there is no member 'where'" in found
    assert f"{file}:5" not in found
