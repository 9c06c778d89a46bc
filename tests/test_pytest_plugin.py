"""The pytest plugin: in real runs of pytest, the exchanges of tests are judged, live or replayed, also by several workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Serve
from servers import reply

SPEC = """openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: "SERVER"}]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: A pet
          content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
  /shops:
    get: {operationId: listShops, responses: {"204": {description: None}}}
"""
#: How each library asks for a pet.
CALLS = {
    "requests": "import requests\n    requests.get(URL + '/pets/1')",
    "httpx2": "import httpx2\n    httpx2.get(URL + '/pets/1')",
    "async httpx2": "import asyncio, httpx2\n    async def ask():\n        async with httpx2.AsyncClient() as client:\n"
    "            await client.get(URL + '/pets/1')\n    asyncio.run(ask())",
    "streamed requests": "import requests\n    requests.get(URL + '/pets/1', stream=True).json()",
    "Client": "import dynclient\n    with dynclient.Client('pets.yaml', auth={}) as pets:\n        pets.get_pet.send(1)",
    "Client, httpx2": "import dynclient\n    dynclient.Client('pets.yaml', transport='httpx2').get_pet.send(1)",
    "AsyncClient": "import asyncio, dynclient\n    async def ask():\n        async with dynclient.AsyncClient('pets.yaml') as pets:\n"
    "            await pets.get_pet.send(1)\n    asyncio.run(ask())",
    "urllib3": "import urllib3\n    urllib3.PoolManager().request('GET', URL + '/pets/1')",
}


def run(folder: Path, server: str, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a test file, with a document of the server beside it."""
    (folder / "pets.yaml").write_text(SPEC.replace("SERVER", server))
    (folder / "test_pets.py").write_text(f"import pytest\nURL = {server!r}\n\n{text}\n")
    command = [sys.executable, "-m", "pytest", "-p", "dynclient.pytest_plugin", "-p", "no:cacheprovider", *options]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603


@pytest.mark.parametrize("library", CALLS)
def test_what_breaks_the_document_fails_the_test_that_did_it(serve: Serve, tmp_path: Path, library: str) -> None:
    """Whatever library it uses; the text is that of `dynclient check`."""
    url = serve(reply(200, {"name": 7})).url
    found = run(
        tmp_path,
        url,
        f"def test_pet():\n    {CALLS[library]}\n\ndef test_other(): pass",
        "--dynclient-spec",
        "pets.yaml",
    )
    assert "1 failed, 1 passed" in found.stdout
    assert "response/body/type: body /name: 7 is not of type string" in found.stdout
    assert "pets.yaml" in found.stdout
    assert "test_pets.py::test_pet" in found.stdout


@pytest.mark.parametrize("library", CALLS)
def test_what_is_as_documented_passes(serve: Serve, tmp_path: Path, library: str) -> None:
    """And counts as covered; one exchange is one, however many libraries it goes through."""
    url = serve(reply(200, {"name": "Rex"})).url
    options = ("--dynclient-spec", "pets.yaml", "--dynclient-coverage")
    found = run(tmp_path, url, f"def test_pet():\n    {CALLS[library]}", *options)
    assert "1 passed" in found.stdout
    assert "1 exchange, 1 judged" in found.stdout
    assert "operations 1/2; never occurred: listShops" in found.stdout


def test_a_mark_names_the_document(serve: Serve, tmp_path: Path) -> None:
    """Only tests with the mark are judged."""
    url = serve(reply(200, {"name": 7})).url
    call = CALLS["requests"]
    text = f"@pytest.mark.dynclient('pets.yaml')\ndef test_pet():\n    {call}\n\ndef test_other():\n    {call}"
    assert "1 failed, 1 passed" in run(tmp_path, url, text, "--strict-markers").stdout
    assert "2 passed" in run(tmp_path, url, text, "--dynclient-fail-on", "never").stdout


def test_redirects_are_judged_one_by_one(serve: Serve, tmp_path: Path) -> None:
    """Each reply beside the request that it answers."""
    url = serve(lambda request: reply(302, Location="/pets/1") if request.target == "/shops" else reply(200, {})).url
    text = "def test_pet():\n    import requests\n    requests.get(URL + '/shops')"
    found = run(
        tmp_path, url, text, "--dynclient-spec", "pets.yaml", "--dynclient-fail-on", "info", "--dynclient-coverage"
    )
    assert "302 is not documented" in found.stdout
    assert "2 exchanges, 2 judged" in found.stdout


def test_what_vcrpy_replays_is_judged(tmp_path: Path) -> None:
    """No connection is made."""
    cassette = {
        "request": "{method: GET, uri: 'http://127.0.0.1:9/pets/1', body: null, headers: {}}",
        "response": "{status: {code: 200, message: OK}, headers: {Content-Type: [application/json]}, body: {string: '{\"name\": 7}'}}",
    }
    lines = "".join(f"  {name}: {value}\n" for name, value in cassette.items())
    (tmp_path / "pets.cassette").write_text(f"version: 1\ninteractions:\n-{lines[1:]}")
    text = (
        "def test_pet():\n    import requests, vcr\n    with vcr.use_cassette('pets.cassette', record_mode='none'):\n"
        "        assert requests.get(URL + '/pets/1').json() == {'name': 7}"
    )
    found = run(tmp_path, "http://127.0.0.1:9", text, "--dynclient-spec", "pets.yaml")
    assert "response/body/type: body /name: 7 is not of type string" in found.stdout


def test_workers_of_xdist_hand_on_what_they_judged(serve: Serve, tmp_path: Path) -> None:
    """The coverage is that of all of them."""
    url = serve(lambda request: reply(204) if request.target == "/shops" else reply(200, {"name": "Rex"})).url
    text = f"def test_pet():\n    {CALLS['requests']}\n\ndef test_shop():\n    import requests\n    requests.get(URL + '/shops')"
    options = ("-p", "xdist", "-n", "2", "--dynclient-spec", "pets.yaml", "--dynclient-coverage")
    found = run(tmp_path, url, text, *options)
    assert "2 passed" in found.stdout
    assert "operations 2/2" in found.stdout


def test_an_error_of_the_test_itself_is_what_is_shown(serve: Serve, tmp_path: Path) -> None:
    """Not the traffic before it."""
    url = serve(reply(200, {"name": 7})).url
    text = f"def test_pet():\n    {CALLS['requests']}\n    assert 1 == 2"
    found = run(tmp_path, url, text, "--dynclient-spec", "pets.yaml")
    assert "assert 1 == 2" in found.stdout
    assert "breaks the document" not in found.stdout


def test_a_document_that_an_option_and_a_mark_name_is_one(serve: Serve, tmp_path: Path) -> None:
    """Its operations are counted once."""
    url = serve(reply(200, {"name": "Rex"})).url
    text = f"@pytest.mark.dynclient('pets.yaml')\ndef test_pet():\n    {CALLS['requests']}"
    found = run(tmp_path, url, text, "--dynclient-spec", "pets.yaml", "--dynclient-coverage")
    assert "operations 1/2; never occurred: listShops" in found.stdout


def test_a_document_that_cannot_be_read_ends_the_run(tmp_path: Path) -> None:
    """As a wrong option does, before any test."""
    found = run(tmp_path, "http://127.0.0.1:9", "def test_pet(): pass", "--dynclient-spec", "nowhere.yaml")
    assert found.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --dynclient-spec: cannot read nowhere.yaml" in found.stderr
    assert "Traceback" not in found.stdout + found.stderr
