"""The documentation: its examples do what it says, its build is strict, and nothing is excused in silence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from pages import HOME, PAGES, Block, Run, blocks

import dynclient
from dynclient import traffic, versions

#: How many blocks of each page are not run; each says why.
NOT_RUN = {"docs/how-to/cluster.md": 2}
#: What a command or an example looks like; such a block has a language that is run.
_LOOKS_RUN = re.compile(r"^(\$ |>>> |dynclient |python |pip )", re.MULTILINE)


def name(page: Path) -> str:
    """The path of a page in the repository."""
    return page.relative_to(HOME).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_do_what_the_page_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python, files, and commands of the shell."""
    monkeypatch.chdir(tmp_path)
    Run(name(page), tmp_path).page(page.read_text("utf-8"))


def test_what_is_not_run_is_counted() -> None:
    """A page cannot excuse a block without being listed here."""
    excused = {name(page): sum(block.excuse is not None for block in blocks(page.read_text("utf-8"))) for page in PAGES}
    assert {page: count for page, count in excused.items() if count} == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_example_hides_as_text(page: Path) -> None:
    """What is typed has a language that is run."""
    plain = [block for block in blocks(page.read_text("utf-8")) if block.language in ("", "text", "bash", "shell")]
    assert not [block.text for block in plain if _LOOKS_RUN.search(block.text)]


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    """No warning: every link inside leads somewhere, every docstring is well-formed, and no page is left out."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-d", str(tmp_path / "trees")]
    done = subprocess.run(  # noqa: S603  our own
        [*command, str(HOME / "docs"), str(tmp_path / "site")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_reference_has_every_public_name() -> None:
    """Of the package, and of its two rooms that are public as well."""
    pages = "".join(page.read_text("utf-8") for page in (HOME / "docs" / "reference").glob("*.md"))
    documented = set(re.findall(r"^\.\. auto\w+:: (?:[\w.]+\.)?(\w+)$", pages, re.MULTILINE))
    assert {*dynclient.__all__, *traffic.__all__, *versions.__all__} - documented == {"__version__"}


def test_the_readme_is_one_page_with_two_commands() -> None:
    """Continuous integration runs both, as they are printed there."""
    text = PAGES[0].read_text("utf-8")
    assert text.count("\n") <= 150
    assert [block.text.split("&&")[-1].strip() for block in blocks(text) if block.language == "sh"] == [
        ".venv/bin/dynclient demo",
        ".venv/bin/pytest -n 2",
    ]


def test_links_of_the_readme_lead_somewhere() -> None:
    """Sphinx checks those of the site."""
    links = re.findall(r"\]\(([^)#]+)", PAGES[0].read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (HOME / link).is_file()] == []


@pytest.mark.parametrize(
    "program", sorted((HOME / "tests" / "data" / "strangers").glob("*.py")), ids=lambda file: file.stem
)
def test_the_programs_of_strangers_stand_in_the_documentation(program: Path) -> None:
    """They are run, and their types are checked, by the tests of stubs."""
    shown = f"{{literalinclude}} ../../{name(program)}\n"
    assert any(shown in page.read_text("utf-8") for page in PAGES)


def run(folder: Path, text: str) -> None:
    """Run a page of a test's own."""
    Run("page", folder).page(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("```python\n>>> 1 + 1\n3\n```", AssertionError),
        ("```python\nraise KeyError\n```", KeyError),
        ("```{code-block} python\n:caption: a.py\n\nnot = python\n```", SyntaxError),
        ("```console\n$ echo a\nb\n```", AssertionError),
        ("```console\n$ echo a\n```", AssertionError),
        ("```sh\nfalse\ntrue\n```", AssertionError),
        ("```sh\npip install 'dynclient[cli,bogus]'\n```", AssertionError),
        ("```toml\na = \n```", tomllib.TOMLDecodeError),
        ("```yaml\n{\n```", yaml.YAMLError),
        ("```json\n{\n```", json.JSONDecodeError),
        ("<!-- not run: a reason -->\n\n```python\nnot = python\n```", SyntaxError),
    ],
)
def test_an_example_that_is_wrong_fails(text: str, error: type[Exception], tmp_path: Path) -> None:
    """Each kind of block is looked at."""
    with pytest.raises(error):
        run(tmp_path, text)


def test_blocks_of_a_page_build_on_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of Python, files with captions, and commands in the background."""
    monkeypatch.chdir(tmp_path)
    run(
        tmp_path,
        "```python\nnumber = 2\n```\n\n```{code-block} python\n:caption: a.py\n\nprint('a')\n```\n\n"
        "```python\n>>> number, __import__('pathlib').Path('a.py').is_file()\n(2, True)\n```\n\n"
        "```console\n$ sleep 0; echo ready; sleep 60 &\nready\n$ python a.py\na\n$ ls -d \\\n    cass*\ncass...\n```",
    )


def test_a_block_is_found_with_its_caption_line_and_excuse() -> None:
    """What the runner goes by."""
    text = "<!-- not run: a reason -->\n\n```{code-block} toml\n:caption: a/b.toml\n\nx = 1\n```\n"
    assert blocks(text) == [Block("toml", "x = 1\n", 5, "a/b.toml", "a reason")]
