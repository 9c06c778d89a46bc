"""Installed without extras: what works, and what is said when an extra is missing."""

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from servers import reply

from dynclient.extras import LIBRARIES, MissingExtra, needs

ROOT = Path(__file__).parent.parent
CACHING = {"DYNCLIENT_CACHE": "", "DYNCLIENT_CACHE_MIN_SIZE": "0"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

#: Hides every module that a plain install does not bring, as if it were not installed.
HIDING = """
import sys

ALLOWED = {allowed!r}

class Hider:
    def __init__(self, finders):
        self.finders = finders

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ALLOWED:
            found = (finder.find_spec(name, path, target) for finder in self.finders)
            return next(filter(None, found), None)

sys.meta_path[:] = [Hider([*sys.meta_path])]
"""
CALLING = """
import asyncio, os
from platformdirs import user_cache_path
from dynclient import AsyncClient, Body, Client, InvalidRequest

url = sys.argv[1]
for engine in ("jsonschema-rs", "jsonschema"):
    with Client("shop.yaml", server=url, engine=engine, auth={"Basic": ("me", "secret")}) as shop:
        for media_type in ("json", "xml", "x-www-form-urlencoded"):
            assert shop.add(body=Body({"name": "a"}, "application/" + media_type)) == {"id": 1}
        assert shop.add(body=Body({"name": "a"}, "multipart/form-data")) == {"id": 1}
        try:
            shop.add(body={"name": "1"})
        except InvalidRequest as error:
            assert "/name" in str(error)
        else:
            raise AssertionError("a wrong body was sent")

async def main():
    async with AsyncClient("shop.yaml", server=url, auth={"Basic": ("me", "secret")}) as shop:
        assert await shop.add(body={"name": "a"}) == {"id": 1}

asyncio.run(main())
assert any(os.scandir(user_cache_path("dynclient", appauthor=False) / "documents")), "the document was not cached"
"""
BODY = {
    "type": "object",
    "xml": {"name": "thing"},
    "required": ["name"],
    "properties": {"name": {"type": "string", "pattern": r"^\p{L}$"}},
}
TYPES = ["application/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"]
ADD = {
    "operationId": "add",
    "security": [{"Basic": []}],
    "requestBody": {"required": True, "content": {name: {"schema": BODY} for name in TYPES}},
    "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}},
}
LOGIN = {
    "type": "oauth2",
    "flows": {"clientCredentials": {"tokenUrl": "http://127.0.0.1:1/token", "scopes": {}}},
}
SHOP = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/things": {"post": ADD, "get": {"operationId": "read", "security": [{"Login": []}]}}},
    "components": {"securitySchemes": {"Basic": {"type": "http", "scheme": "basic"}, "Login": LOGIN}},
}
OVERLAY = {
    "overlay": "1.0.0",
    "info": {"title": "Mine", "version": "1"},
    "actions": [{"target": "$.info", "update": {"title": "My shop"}}],
}
#: Runs each use, and prints what is said.
USING = """
import json, socket, threading
from pathlib import Path
import dynclient
from dynclient.traffic import Report, check_recordings, judge
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.sources import files_at

def recorded(path, **options):
    for file in files_at([path], **options):
        for each in read_recordings(file) if hasattr(file, "store") else [file]:
            raise OSError(each.message)

def answered(coding):
    head = f"HTTP/1.1 200 OK\\r\\nContent-Encoding: {coding}\\r\\nContent-Length: 1\\r\\n\\r\\nx".encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(9999)
                connection.sendall(head)
        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        dynclient.Client('shop.yaml', server=url, auth={'Basic': ('a', 'b')}).add(body={'name': 'a'})

def said(use):
    try:
        exec(use, globals())
    except Exception as error:
        return [str(error), *(kind.__name__ for kind in type(error).__mro__)]
    return ["nothing"]

print(json.dumps([said(use) for use in json.loads(sys.argv[1])]))
"""
#: What needs an extra: the extra, and code that needs it.
USES = [
    ("aiohttp", "dynclient.AsyncClient('shop.yaml', transport='aiohttp')"),
    ("aiohttp", "dynclient.AsyncAiohttpTransport()"),
    ("httpx2", "dynclient.Client('shop.yaml', transport='httpx2')"),
    ("httpx2", "dynclient.HttpxTransport()"),
    ("pyreqwest", "from dynclient import PyreqwestTransport"),
    ("pyreqwest", "dynclient.Client('shop.yaml', transport='pyreqwest')"),
    ("otel", "dynclient.Client('shop.yaml', telemetry=True, auth={'Basic': ('a', 'b')}).add(body={'name': 'a'})"),
    ("overlays", "dynclient.load('shop.yaml', overlays=['overlay.yaml'])"),
    ("referee", "dynclient.load('shop.yaml').problems"),
    ("referee", "dynclient.load('shop.yaml', strict=True)"),
    ("referee", "from dynclient.mock import Mock; Mock(dynclient.load('shop.yaml'), judge='openapi-core')"),
    ("referee", "[*judge(['.'], dynclient.load('shop.yaml'), engine='openapi-core')]"),
    ("dask", "check_recordings(['.'], dynclient.load('shop.yaml'), cluster='tcp://127.0.0.1:1')"),
    ("parquet", "from dynclient.traffic.reports.rows import write_rows; write_rows(Report(), Path('a.parquet'))"),
    ("versions", "from dynclient.catalog.pins import set_pin; set_pin(Path('dynclient.toml'), 'shop', '1', 'ab')"),
    ("keyring", "dynclient.Keyring('shop', 'me')()"),
    ("mcp", "from dynclient.mcp.offer import Offer; Offer(dynclient.Client('shop.yaml'), [], room=1000).server()"),
    ("oauth", "dynclient.Client('shop.yaml', server='http://127.0.0.1:1', auth={'Login': dynclient.OAuth2('me', 'secret')}).read()"),
    ("remote", "recorded('memory://bucket/a.json', remote=True)"),
    ("zstd", "recorded('a.json.zst')"),
    ("keyring", "dynclient.Client('shop.yaml', server='http://127.0.0.1:1', auth={'Basic': dynclient.Keyring('a', 'b')}).add(body={'name': 'a'})"),
    ("zstd", "answered('zstd')"),
    ("brotli", "answered('br')"),
]  # fmt: skip
#: Uses that go on with other files, and report this one.
ONE_OF_MANY = {"recorded('a.json.zst')"}


@cache
def plain_modules() -> frozenset[str]:
    """The modules that a plain install brings, with those of Python."""
    wanted, pending = set(), [*PROJECT["dependencies"]]
    while pending:
        requirement = Requirement(pending.pop())
        name = canonicalize_name(requirement.name)
        if name not in wanted and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            wanted.add(name)
            pending += requires(name) or []
    owners = packages_distributions().items()
    brought = {module for module, names in owners if wanted & {canonicalize_name(name) for name in names}}
    return frozenset(brought | sys.stdlib_module_names | {"dynclient"})


def wanted_here(extra: str) -> set[str]:
    """The distributions that an extra wants of this Python."""
    requirements = map(Requirement, PROJECT["optional-dependencies"][extra])
    return {canonicalize_name(each.name) for each in requirements if each.marker is None or each.marker.evaluate()}


def run(code: str, folder: Path, *arguments: str, allowed: frozenset[str] | None = None) -> Any:
    """Run a program that sees only the modules of a plain install."""
    (folder / "shop.yaml").write_text(json.dumps(SHOP, indent=1), "utf-8")
    (folder / "overlay.yaml").write_text(json.dumps(OVERLAY), "utf-8")
    (folder / "a.json.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    program = HIDING.format(allowed=allowed or plain_modules()) + code
    return subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **CACHING, "XDG_CACHE_HOME": str(folder)},
    )


def test_a_program_that_calls_needs_no_extra(tmp_path: Path, serve: Serve) -> None:
    """Blocking and async, with either engine: JSON, XML, forms, a password, a cached document."""
    shop = serve(reply(200, {"id": 1}))
    done = run(CALLING, tmp_path, shop.url)
    assert done.returncode == 0, done.stderr
    assert len(shop.received) == 9


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What each use raises: the message, and the classes."""
    done = run(USING, tmp_path_factory.mktemp("plain"), json.dumps([use for _, use in USES]))
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("number", range(len(USES)), ids=lambda number: USES[number][0])
def test_a_missing_extra_is_named(number: int, errors: list[list[str]]) -> None:
    """With the command that installs it, and as MissingExtra, but for a recording that is one of many; unless Python brings all of it."""
    extra, use = USES[number]
    message, *kinds = errors[number]
    is_missing = bool(wanted_here(extra))
    assert (f"pip install 'dynclient[{extra}]'" in message) is is_missing
    assert ("MissingExtra" in kinds) is (is_missing and use not in ONE_OF_MANY)


def test_a_credential_without_its_library_is_an_error_of_authentication_too(errors: list[list[str]]) -> None:
    """So that a program that catches AuthError or TransportError has it."""
    kinds = {extra: found for (extra, _), found in zip(USES, errors, strict=True)}
    assert "AuthError" in kinds["oauth"]
    assert "AuthError" in kinds["keyring"]
    assert "TransportError" in kinds["brotli"]


def test_the_command_line_takes_a_missing_extra_for_wrong_usage(tmp_path: Path) -> None:
    """Not for a server that did not answer."""
    allowed = plain_modules() | {"click", "rich", "markdown_it", "mdurl", "pygments"}
    arguments = [
        "call",
        "shop.yaml",
        "add",
        "--server",
        "http://127.0.0.1:1",
        "--body",
        '{"name": "a"}',
        "--auth",
        "Basic=keyring:shop/me",
    ]
    code = f"import runpy; sys.argv[1:] = {arguments}; runpy.run_module('dynclient', run_name='__main__')"
    done = run(code, tmp_path, allowed=allowed)
    assert done.stderr == "Error: the keyring needs an extra: pip install 'dynclient[keyring]'\n"
    assert done.returncode == 2


def test_every_extra_has_a_use_that_names_it() -> None:
    """The command line has a test of its own."""
    assert {extra for extra, _ in USES} == LIBRARIES.keys() - {"cli"}


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_the_command_line_says_what_to_install(missing: str, tmp_path: Path) -> None:
    """In one sentence, also if only half of it is there."""
    allowed = plain_modules() | {"click", "rich", "markdown_it", "mdurl", "pygments"} - {missing}
    code = "import runpy; sys.argv[1:] = ['ops', 'order_capture']; runpy.run_module('dynclient', run_name='__main__')"
    done = run(code, tmp_path, allowed=allowed)
    assert done.stderr == "Error: the command line needs an extra: pip install 'dynclient[cli]'\n"
    assert done.returncode == 2


def test_the_command_mcp_says_what_to_install(tmp_path: Path) -> None:
    """Before it serves."""
    allowed = plain_modules() | {"click", "rich", "markdown_it", "mdurl", "pygments"}
    code = "import runpy; sys.argv[1:] = ['mcp', 'order_capture']; runpy.run_module('dynclient', run_name='__main__')"
    done = run(code, tmp_path, allowed=allowed)
    assert done.stderr == "Error: an MCP server needs an extra: pip install 'dynclient[mcp]'\n"
    assert done.returncode == 2


def test_a_broken_library_is_not_called_missing() -> None:
    """A module that is no library of the extra is another fault."""
    with pytest.raises(ModuleNotFoundError, match="No module named 'numpy'") as caught, needs("parquet", "Parquet"):
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
    assert not isinstance(caught.value, MissingExtra)


def test_the_extras_are_those_of_the_package() -> None:
    """Each brings its libraries, and `all` brings each."""
    extras = PROJECT["optional-dependencies"]
    of_developers = {"all", "docs", "test"}
    assert {name for name in extras if extras[name]} - of_developers == LIBRARIES.keys()
    (everything,) = extras["all"]
    assert Requirement(everything).extras == extras.keys() - of_developers
    owners = packages_distributions()
    for name, modules in LIBRARIES.items():
        brought = wanted_here(name)
        for module in modules if brought else ():
            assert brought & {canonicalize_name(owner) for owner in owners.get(module, [module])}, (name, module)
