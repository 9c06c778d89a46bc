"""Completion: what real shells offer for the words of a command line."""

import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")  # a terminal of Unix
PACKAGE = Path(__file__).parent.parent
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "C", "version": "1"},
    "servers": [{"url": "https://pets.example.com/v1"}],
    "components": {
        "securitySchemes": {"Api-Key": {"type": "apiKey", "in": "header", "name": "Api-Key"}},
        "schemas": {"Pet": {"type": "object"}, "Person": {"type": "object"}},
    },
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "summary": "List: all pets",
                "tags": ["animals"],
                "parameters": [
                    {"name": "sortBy", "in": "query", "schema": {"enum": ["name", "date of birth", "a:b"]}},
                    {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"$ref": "#/x-kinds"}}},
                    {"name": "alive", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {"200": {"description": "OK"}},
            },
            "put": {"operationId": "pets/update-all", "responses": {"200": {"description": "OK"}}},
            "post": {
                "operationId": "createPet",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"kind": {"$ref": "#/x-kinds"}, "name": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "OK"}},
            },
        },
        "/toys": {"put": {"responses": {"200": {"description": "OK"}}}},
    },
    "x-kinds": {"enum": ["cat", "cow", "dog"]},
}
#: The words before the cursor, and what may follow in place of the last.
CASES = [
    ("dynclient sh", ["show", "shop"]),
    ("dynclient ops ord", ["order_capture"]),
    ("dynclient ops order_capture@2.0", ["order_capture@2.0.8"]),
    ("dynclient ops pe", ["pets.json"]),
    ("dynclient ops fo", ["folder/"]),
    ("dynclient ops folder/", ["folder/more.yaml"]),
    ("dynclient call pets.json ", ["list_pets", "pets_update_all", "create_pet", "put_toys"]),
    ("dynclient call pets.json create-", ["create-pet"]),
    ("dynclient call pets.json createP", ["createPet"]),
    ("dynclient call pets.json pets/", ["pets/update-all"]),
    ("dynclient call --timeout 5 pets.json list", ["list_pets"]),
    ("dynclient call pets.json list_pets ", ["sort_by=", "kinds=", "alive="]),
    ("dynclient call pets.json list_pets alive=true so", ["sort_by="]),
    ("dynclient call pets.json list_pets kinds=c", ["kinds=cat", "kinds=cow"]),
    ("dynclient call pets.json list_pets alive=", ["alive=true", "alive=false"]),
    ("dynclient call pets.json create_pet k", ["kind="]),
    ("dynclient call pets.json create_pet --body kind=d", ["kind=dog"]),
    ("dynclient call pets.json list_pets --auth Api", ["Api-Key="]),
    ("dynclient call pets.json list_pets --auth Api-Key=env:SPECIAL_", ["Api-Key=env:SPECIAL_KEY"]),
    ("dynclient call pets.json list_pets --server ", ["https://pets.example.com/v1"]),
    ("dynclient call pets.json list_pets --output ta", ["table"]),
    ("dynclient shop list", ["list_pets"]),
    ("dynclient shop list_pets --profile s", ["staging"]),
    ("dynclient api show s", ["shop"]),
    ("dynclient ops pets.json --tag a", ["animals"]),
    ("dynclient schema pets.json P", ["Pet", "Person"]),
    ("dynclient ops missing.json --tag ", []),
    ("dynclient call https://example.com/spec.json li", []),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with documents, a saved API, and `dynclient` as a program."""
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT), "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "more.yaml").write_text("openapi: 3.0.3\n")
    (tmp_path / "folder" / "more.txt").write_text("")
    spec = json.dumps(str(tmp_path / "pets.json"))
    (tmp_path / "apis.toml").write_text(
        f'[apis.shop]\nspec = {spec}\n[apis.shop.profiles.staging]\nserver = "http://s"\n'
    )
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "dynclient"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m dynclient "$@"\n')
    program.chmod(0o755)
    return tmp_path


def surroundings(place: Path) -> dict[str, str]:
    """The environment of a shell there."""
    path = os.pathsep.join([str(place / "bin"), os.environ["PATH"]])
    own = {"PATH": path, "PYTHONPATH": str(PACKAGE), "DYNCLIENT_APIS": str(place / "apis.toml"), "HOME": str(place)}
    return {**os.environ, **own, "SPECIAL_KEY": "1", "TERM": "xterm"}


def printed(place: Path, *command: str) -> list[str]:
    """The lines that a command prints there."""
    run = {"cwd": place, "env": surroundings(place), "capture_output": True, "text": True}
    done = subprocess.run(command, check=False, **run)  # noqa: S603  our own
    assert done.stderr == ""
    return done.stdout.splitlines()


#: Asks bash's own machinery for the offers of lines, as a TAB would.
BASH = r"""
eval "$(dynclient completion bash)"
while IFS= read -r line; do
    COMP_LINE=$line COMP_POINT=${#line}
    # bash splits at = : @ too
    read -ra COMP_WORDS <<< "$(sed -E 's/([=:@])/ \1 /g' <<< "$line")"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _dynclient_completion dynclient
    (IFS=$'\t'; echo "${COMPREPLY[*]}")
done < lines
"""


def test_bash_offers_what_fits(place: Path) -> None:
    """The rest of the word behind its last `=`, `:` or `@`, which is all that bash replaces."""
    (place / "lines").write_text("".join(f"{line}\n" for line, _ in CASES))
    found = printed(place, shutil.which("bash") or "bash", "--norc", "-c", BASH)
    for (line, offers), shown in zip(CASES, found, strict=True):
        word = line.rpartition(" ")[2]
        kept = re.split(r"[=:@]", word)[-1]
        typed = word.removesuffix(kept)
        assert sorted(filter(None, shown.split("\t"))) == sorted(offer.removeprefix(typed) for offer in offers), line


def test_bash_escapes_what_is_not_text_for_it(place: Path) -> None:
    """A blank in a value; and a colon starts a word for bash."""
    (place / "lines").write_text("dynclient call pets.json list_pets sort_by=d\ndynclient shop list_pets sort_by=a:\n")
    assert printed(place, shutil.which("bash") or "bash", "--norc", "-c", BASH) == [r"date\ of\ birth", "b"]


#: The operation by its method and path, quoted and not; and a value that is quoted.
QUOTED = [
    ('dynclient show pets.json "GET /p', "GET /pets"),
    ("dynclient show pets.json 'GE", "GET /pets"),
    ("dynclient show pets.json 'GET ", "GET /pets"),
    (r"dynclient show pets.json GET\ ", r"GET\ /pets"),
    ("dynclient show pets.json PU", r"PUT\ /pets|PUT\ /toys"),
    ('dynclient call pets.json list_pets sort_by="da', "date of birth"),
]


@pytest.mark.parametrize(("line", "shown"), QUOTED)
def test_bash_keeps_a_quotation_mark(place: Path, line: str, shown: str) -> None:
    """Behind one, nothing is escaped, and the word begins there; an operation may be named by its method and path."""
    talk = {"_DYNCLIENT_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_NAME": "dynclient", "COMP_BREAKS": " =:@"}
    run = {"cwd": place, "env": {**surroundings(place), **talk}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-m", "dynclient"], check=True, **run)
    assert done.stdout.splitlines() == shown.split("|")


def typed_into(place: Path, command: list[str], keys: str, until: str) -> str:
    """What a shell on a terminal shows after these keys, up to a text."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place)
        os.execvpe(command[0], command, surroundings(place))  # noqa: S606  our own
    shown, end = "", time.monotonic() + 60
    try:
        for key in keys.split("|"):
            os.write(terminal, key.encode())
            mark = "ready>" if key.endswith("\n") else until
            start = len(shown)
            while mark not in _plain(shown[start:]) and time.monotonic() < end:
                if select.select([terminal], [], [], 0.2)[0]:
                    shown += os.read(terminal, 4096).decode(errors="replace")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return _plain(shown)


def _plain(shown: str) -> str:
    """What a terminal shows, without what moves the cursor, sets colours or beeps."""
    return re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]|\x07", "", shown)


def test_a_tab_in_bash_completes_a_value(place: Path) -> None:
    """On a real terminal: the only value that fits is put into the line, and the name stays."""
    script = 'PS1="ready>"; bind "set bell-style none" 2>/dev/null; eval "$(dynclient completion bash)"\n'
    keys = f"{script}|dynclient call pets.json create_pet kind=d\t"
    assert "kind=dog" in typed_into(place, ["bash", "--norc", "-i"], keys, "kind=dog")


def test_a_tab_in_bash_completes_a_method_and_a_path(place: Path) -> None:
    """In quotation marks, as help shows it."""
    script = 'PS1="ready>"; bind "set bell-style none" 2>/dev/null; eval "$(dynclient completion bash)"\n'
    keys = f"{script}|dynclient show pets.json 'PO\t"
    assert "'POST /pets' " in typed_into(place, ["bash", "--norc", "-i"], keys, "POST /pets' ")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_offers_what_fits(place: Path) -> None:
    """Whole words, with the summaries of operations."""
    script = "dynclient completion fish | source\nfor line in (cat lines)\n complete -C $line | string join ';'\nend\n"
    (place / "lines").write_text("dynclient call pets.json list_pets kinds=c\ndynclient shop li\n")
    found = printed(place, "fish", "--no-config", "-c", script)
    assert found == ["kinds=cat;kinds=cow", "list_pets\tList: all pets"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_a_tab_in_zsh_completes_a_value(place: Path) -> None:
    """On a real terminal."""
    script = 'PS1="ready>"; autoload -Uz compinit; compinit -u; eval "$(dynclient completion zsh)"\n'
    keys = f"{script}|dynclient call pets.json create_pet kind=d\t"
    assert "kind=dog" in typed_into(place, ["zsh", "-f", "-i"], keys, "kind=dog")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_a_tab_in_zsh_completes_a_method_and_a_path(place: Path) -> None:
    """In quotation marks, as help shows it."""
    script = 'PS1="ready>"; autoload -Uz compinit; compinit -u; eval "$(dynclient completion zsh)"\n'
    keys = f"{script}|dynclient show pets.json 'PO\t"
    assert "'POST /pets" in typed_into(place, ["zsh", "-f", "-i"], keys, "POST /pets")


def test_completion_loads_no_client(place: Path) -> None:
    """So that a TAB is quick: neither rich, nor a client, nor an HTTP library."""
    code = (
        "import sys; from dynclient.cli import main\ntry: main()\nexcept SystemExit: pass\n"
        "print([name for name in ('rich', 'requests', 'asyncio', 'jmespath', 'tomlkit', 'dynclient.mock') if name in sys.modules])"
    )
    talk = {"_DYNCLIENT_COMPLETE": "bash_complete", "COMP_LINE": "dynclient shop create", "COMP_NAME": "dynclient"}
    run = {"env": {**surroundings(place), **talk}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", code], check=True, **run)  # noqa: S603  our own
    assert done.stdout.splitlines() == ["create_pet", "[]"]
