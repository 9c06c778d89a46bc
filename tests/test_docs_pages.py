"""Facts on pages of the documentation that the repository knows better: the files that they name, and the table that is pasted."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
sys.path.insert(0, str(HOME / "tests" / "benchmarks"))

import run  # noqa: E402  the benchmarks are a command, and Python adds its folder to the path

sys.path.remove(str(HOME / "tests" / "benchmarks"))

_FILE = re.compile(r"`([\w./-]+(?:\.py|\.md|\.toml|/))`")


def page(name: str) -> str:
    """The text of a page."""
    return (HOME / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("name", sorted(set(_FILE.findall(page("contributing.md")))))
def test_contributing_names_files_that_exist(name: str) -> None:
    """From the top of the repository, or inside the package."""
    assert (HOME / name).exists() or (HOME / "dynclient" / name).exists()


def test_contributing_names_what_the_files_hold() -> None:
    """Tables and classes that somebody adds to are where the page says."""
    places = {
        "CODECS": "wire/codec.py", "Family": "wire/codec.py", "READERS": "traffic/readers/kinds.py", "Kind": "traffic/readers/kinds.py",
        "MediaError": "wire/mediatype.py", "BrokenRecording": "traffic/recording.py", "Fault": "faults/rules.py", "OptionKeywords": "options.py",
    }  # fmt: skip
    text = page("contributing.md")

    for name, file in places.items():
        assert f"`{name}`" in text or f"`{name}`s" in text
        assert re.search(rf"^(class )?{name}\b", (HOME / "dynclient" / file).read_text("utf-8"), re.MULTILINE), name


def test_the_page_of_benchmarks_has_the_table_that_the_program_prints() -> None:
    """Between its two marks, so that a new one can be pasted."""
    table = page("benchmarks.md").partition(": begin -->")[2].partition("<!-- end -->")[0].strip().splitlines()

    assert table[0] == "| " + " | ".join(run._HEADINGS) + " |"
    assert {line.count("|") for line in table[:2]} == {len(run._HEADINGS) + 1}
    assert all(line.startswith("| ") for line in table[2:-2])
    assert table[-1].startswith("CPython ")
