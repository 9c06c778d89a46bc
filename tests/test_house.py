"""The house itself: who imports whom, what is public, and what a bare import costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dynclient

PACKAGE = Path(dynclient.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
THIRD_PARTY = {
    "aiohttp", "click", "httpx2", "jiter", "jsonpath", "jsonschema", "jsonschema_rs", "jsonschema_specifications", "keyring", "oauthlib", "openapi_core", "openapi_spec_validator", "platformdirs",
    "pyreqwest", "regress", "requests", "rich", "urllib3", "werkzeug", "yaml", "yarl",
}  # fmt: skip
#: What may be imported inside a function, because it loads openapi-core, werkzeug or rich.
LATE = {"mock", "referee", "traffic", "security", "cli"}
HEAVY = ["asyncio", "aiohttp", "httpx2", "pyreqwest", "requests", "oauthlib", "keyring", "platformdirs", "openapi_core", "openapi_spec_validator", "werkzeug", "rich", "click", "jsonpath", "jsonschema", "dynclient.cli", "dynclient.mock", "dynclient.traffic", "dynclient.demo"]  # fmt: skip


def levels() -> dict[str, int]:
    """The map in the package's docstring: module -> level."""
    rows = re.findall(r"^ {4}(\d+) +(.+?)(?: {2,}|$)", dynclient.__doc__ or "", re.MULTILINE)
    return {name.strip(): int(level) for level, names in rows for name in names.split(",")}


def room(file: Path) -> str:
    """The module or folder of the package that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> set[str]:
    """The full names of the modules that the code imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def type_only(tree: ast.Module) -> set[str]:
    """What is imported for type checkers alone."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    return set().union(*(imports(block) for block in blocks)) if blocks else set()


def own(names: set[str]) -> set[str]:
    """The rooms of the package among imported names."""
    rooms = {room(file) for file in FILES}
    return {name.split(".")[1] for name in names if name.startswith("dynclient.") and name.split(".")[1] in rooms}


def test_every_module_has_its_level() -> None:
    """The map in the docstring of `dynclient` is complete, and names nothing that is not there."""
    assert levels().keys() == {room(file) for file in FILES} - {"__init__", "__main__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    """A module imports from lower levels only; inside a folder, files may import each other."""
    if room(file) in ("__init__", "__main__"):
        return
    tree = ast.parse(file.read_text("utf-8"))
    known = levels()
    for name in own(imports(tree) - type_only(tree)) - {room(file)}:
        assert known[name] < known[room(file)], f"{room(file)} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_package_imports_itself_at_the_top(file: Path) -> None:
    """Only rooms that need a heavy library are entered where they are used."""
    tree = ast.parse(file.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = set().union(*(own(imports(function)) for function in functions)) if functions else set()
    assert inside <= LATE


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_only_declared_libraries_are_imported(file: Path) -> None:
    """Those in pyproject.toml, and what comes with them for certain."""
    roots = {name.partition(".")[0] for name in imports(ast.parse(file.read_text("utf-8")))}
    assert roots - set(sys.stdlib_module_names) - {"dynclient"} <= THIRD_PARTY


def test_the_public_names_are_these() -> None:
    """To add one is a decision; to lose one breaks somebody."""
    assert sorted(dynclient.__all__) == [
        "ApiError", "AsyncAiohttpTransport", "AsyncClient", "AsyncHttpxTransport", "AsyncPyreqwestTransport", "AuthError", "Body", "Client",
        "ConnectError", "Document",
        "DynclientError", "DynclientWarning", "Exchange", "HttpxTransport", "InvalidRequest", "InvalidResponse", "Keyring", "Netrc", "OAuth2",
        "Options", "Problem", "PyreqwestTransport", "ReadError", "Request", "RequestTimeout",
        "RequestsTransport", "Response", "SpecError", "TransportError", "UnknownOperation", "__version__", "load",
    ]  # fmt: skip
    assert all(hasattr(dynclient, name) for name in dynclient.__all__)


def test_a_bare_import_loads_nothing_heavy() -> None:
    """What a call does not need costs nothing."""
    code = f"import dynclient, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


def test_a_client_loads_only_what_it_calls_with() -> None:
    """The blocking one neither asyncio nor a library that it was not told to send with; HTTP comes with the client itself."""
    code = f"from dynclient import Client; import sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"
    code = "from dynclient import Client; Client('order_capture'); import sys; print([name for name in ('asyncio', 'httpx2') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


def test_a_file_name_has_one_meaning() -> None:
    """No two modules share a name."""
    names = [file.stem for file in FILES if file.stem not in ("__init__", "__main__")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(file: Path) -> None:
    """In its docstring."""
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


def test_every_room_has_its_test_files() -> None:
    """Of the same name, or of that name and one of its files."""
    tests = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}
    rooms = {room(file) for file in FILES} - {"__init__", "__main__", "_version"}
    assert {name for name in rooms if not any(test == name or test.startswith(f"{name}_") for test in tests)} == set()
