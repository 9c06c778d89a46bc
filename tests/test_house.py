"""The house itself: who imports whom, what is public, and what a bare import costs."""

import ast
import functools
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import dynclient

PACKAGE = Path(dynclient.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
THIRD_PARTY = {
    "aiohttp", "backports", "brotli", "click", "compression", "distributed", "fsspec", "httpx2", "idna", "jiter", "jmespath", "jsonpath", "jsonschema", "jsonschema_rs", "jsonschema_specifications", "keyring", "mcp", "oauthlib", "openapi_core", "openapi_spec_validator", "opentelemetry", "platformdirs",
    "pyarrow", "pydantic", "pyreqwest", "pytest", "regress", "requests", "rich", "tomlkit", "urllib3", "uvicorn", "werkzeug", "yaml", "yarl",
}  # fmt: skip
#: The modules (or, of a table that names them as texts, the rooms) that are loaded where they are first used, and why that pays.
LATE = {
    "cli": "imports click, which is an extra",
    "cli.completing": "only a shell that completes needs it, and it imports what makes the options that it completes",
    "cli.demo": "imports the mock server",
    "faults.faults": "the judge of documents: imports a tenth of what a client does, and most programs never ask",
    "mcp.sdk": "imports the MCP SDK, which is an extra",
    "mock.server": "imports a web server",
    "referee": "imports openapi-core",
    "security.oauth.tokens": "imports oauthlib",
    "send": "a table: each transport imports its HTTP library",
    "spec.places": "imports PyYAML",
    "spec.yamlvalue": "imports PyYAML",
    "stubs.modules": "imports both clients, and asyncio with one; only one command writes stubs",
    "telemetry": "imports OpenTelemetry",
    "testing": "pytest loads its fixtures in every run, and most need no client",
    "traffic.checking": "imports the readers of recordings",
    "traffic.reports": "a table: each report is loaded when it is written",
    "traffic.reports.rows": "only the command for recordings writes them",
    "traffic.reports.phrases": "only the command for recordings prints them",
    "traffic.cluster": "imports Dask",
    "traffic.inference": "only --infer writes overlays and documents",
    "traffic.judging": "imports openapi-core",
    "traffic.jury": "every run of pytest loads the plugin, and few name a document",
    "aclient": "as traffic.jury",
    "client": "as traffic.jury",
    "traffic.readers": "a table: each reader is loaded for the first recording of its kind",
    "upgrade.advice": "only one command reads sources",
    "versions.comparing": "only `dynclient diff` compares",
    "versions.policy": "only `dynclient diff` compares",
    "wire": "a table: each codec is loaded for the first body of its media type",
}
#: The longest way from a file down to one that imports nothing of the package.
LONGEST = 22
HEAVY = ["asyncio", "aiohttp", "httpx2", "pyreqwest", "requests", "oauthlib", "keyring", "platformdirs", "openapi_core", "openapi_spec_validator", "werkzeug", "rich", "click", "jsonpath", "jsonschema", "dynclient.cli", "dynclient.mock", "dynclient.traffic", "dynclient.demo"]  # fmt: skip

#: The modules that are interchangeable share the names of their interface: the codecs of wire, and the engines of schema.
INTERFACES = {"encode", "decode", "items", "compile_schema"}
#: The only modules that may write the applicator `allOf`: the walker, those that translate to JSON Schema 2020-12, the one that knows which
#: components build on another, and those that add it to a document.
APPLICATORS = {
    *("dynclient.schema.bundle", "dynclient.schema.translator", "dynclient.schema.discriminator"),
    *("dynclient.schema.subtypes", "dynclient.traffic.tags", "dynclient.traffic.inference"),
}
#: Where each of these is constructed: modules, or rooms with all that is in them.
MAKERS = {
    "Operations": {"dynclient.api.operations"},
    "Matcher": {"dynclient.api.api"},
    "Api": {"dynclient.opening", "dynclient.faults", "dynclient.api", "dynclient.live", "dynclient.calls"},
}


def levels() -> dict[str, int]:
    """The map in the package's docstring: module -> level."""
    rows = re.findall(r"^ {4}(\d+) +(.+?)(?: {2,}|$)", dynclient.__doc__ or "", re.MULTILINE)
    return {name.strip(): int(level) for level, names in rows for name in names.split(",")}


def room(file: Path) -> str:
    """The module or folder of the package that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module(file: Path) -> str:
    """The name of a file as a module."""
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def nodes(tree: ast.AST, *, late: bool = True, types: bool = False) -> Iterator[ast.AST]:
    """The nodes of some code: those inside functions if `late`, those that only type checkers see if `types`."""
    for node in ast.iter_child_nodes(tree):
        skipped = not late and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if not types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            skipped = True
        if not skipped:
            yield node
            yield from nodes(node, late=late, types=types)


def imports(tree: ast.AST, *, late: bool = True, types: bool = False) -> set[str]:
    """The full names of what the code imports: inside functions if `late`, for type checkers alone if `types`."""
    found = set()
    for node in nodes(tree, late=late, types=types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def mentioned(tree: ast.AST) -> set[str]:
    """The modules and rooms that texts name: the arguments of `import_module`, and the tables behind them."""
    texts = {node.value for node in nodes(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text.rstrip(".") for text in texts if re.fullmatch(r"dynclient(\.\w+)+\.?", text)}


def own(names: set[str]) -> set[str]:
    """The package's own modules among imported names."""
    known = {module(file) for file in FILES}
    found = {name if name in known else name.rpartition(".")[0] for name in names if name.startswith("dynclient.")}
    return {name for name in found if name in known and name != "dynclient"}


def room_of(name: str) -> str:
    """The room of a module."""
    return name.split(".")[1]


def longest_chain() -> list[str]:
    """The longest chain of imports at the top of files."""
    below = {module(file): own(imports(ast.parse(file.read_text("utf-8")), late=False)) for file in FILES}

    @functools.cache
    def chain(name: str) -> tuple[str, ...]:
        return (name, *max((chain(each) for each in below[name] - {name}), key=len, default=()))

    return list(max(map(chain, below), key=len))


def test_every_module_has_its_level() -> None:
    """The map in the docstring of `dynclient` is complete and has nothing else."""
    assert levels().keys() == {room(file) for file in FILES} - {"__init__", "__main__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    """A module imports from lower levels only; inside a folder, files may import each other."""
    if room(file) in ("__init__", "__main__"):
        return
    tree = ast.parse(file.read_text("utf-8"))
    known = levels()
    for name in map(room_of, own(imports(tree) | mentioned(tree))):
        assert name == room(file) or known[name] < known[room(file)], f"{room(file)} imports {name}"


def test_the_package_imports_itself_at_the_top() -> None:
    """Except for the listed modules; and every listed one is needed."""
    late = set()
    for file in FILES:
        tree = ast.parse(file.read_text("utf-8"))
        late |= own(imports(tree)) - own(imports(tree, late=False)) | (
            own(mentioned(tree)) if room(file) != "__init__" else set()
        )
    assert {name.removeprefix("dynclient.") for name in late} == LATE.keys()


def test_the_longest_chain_of_imports_is_short() -> None:
    """So a reader of any file has few files below it to know."""
    chain = longest_chain()
    assert len(chain) <= LONGEST, "\n".join(chain)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_only_declared_libraries_are_imported(file: Path) -> None:
    """Those in pyproject.toml, and those that certainly come with them."""
    roots = {name.partition(".")[0] for name in imports(ast.parse(file.read_text("utf-8")), types=True)}
    assert roots - set(sys.stdlib_module_names) - {"dynclient"} <= THIRD_PARTY


def test_the_public_names_are_these() -> None:
    """Adding one is a decision; losing one breaks somebody's code."""
    assert sorted(dynclient.__all__) == [
        "Api", "ApiError", "AsgiTransport", "AsyncAiohttpTransport", "AsyncClient", "AsyncHttpxTransport", "AsyncPyreqwestTransport", "AuthError", "Body", "Client",
        "ConnectError", "Document",
        "DynclientError", "DynclientWarning", "Exchange", "Headers", "HttpxTransport", "InvalidRequest", "InvalidResponse", "Keyring", "Limits", "MockTransport", "Netrc", "OAuth2",
        "Options", "Pagination", "Problem", "PyreqwestTransport", "ReadError", "Request", "RequestTimeout",
        "RequestsTransport", "Response", "Retries", "SpecError", "Throttle", "Transfer", "TransportError", "UnknownOperation", "WsgiTransport", "__version__", "load", "tools",
    ]  # fmt: skip
    assert all(hasattr(dynclient, name) for name in dynclient.__all__)


def test_a_bare_import_loads_nothing_heavy() -> None:
    """A program pays only for what it uses."""
    code = f"import dynclient, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


def test_a_client_loads_only_what_it_calls_with() -> None:
    """A blocking client loads neither asyncio nor an HTTP library that was not asked for."""
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
def test_every_module_has_a_docstring(file: Path) -> None:
    """It says what the module is for."""
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_module_is_in_the_map_of_its_room(file: Path) -> None:
    """A map that lacks some is not read."""
    if file.parent != PACKAGE and file.stem != "__init__":
        room_map = ast.get_docstring(ast.parse((file.parent / "__init__.py").read_text("utf-8"))) or ""
        assert re.search(rf"\b{file.stem}\b", room_map)


def test_every_room_has_its_test_files() -> None:
    """With the same name, or that name and one of its files."""
    tests = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}
    rooms = {room(file) for file in FILES} - {"__init__", "__main__", "_version"}
    assert {name for name in rooms if not any(test == name or test.startswith(f"{name}_") for test in tests)} == set()


def public_names(tree: ast.Module) -> set[str]:
    """The public classes, functions and constants that a module defines."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def test_a_public_name_is_defined_once() -> None:
    """One word, one meaning, one module."""
    homes = defaultdict(set)
    for file in FILES:
        for name in public_names(ast.parse(file.read_text("utf-8"))):
            homes[name].add(module(file))
    assert {name: sorted(found) for name, found in homes.items() if len(found) > 1 and name not in INTERFACES} == {}


def test_applicators_are_walked_in_one_module() -> None:
    """Whoever walks a schema asks the Bundle."""
    writing = {module(file) for file in FILES if re.search(r"""['"]allOf['"]""", file.read_text("utf-8"))}
    assert writing <= APPLICATORS


@pytest.mark.parametrize("made", MAKERS)
def test_a_document_is_compiled_in_one_place(made: str) -> None:
    """Everybody else is given the value."""
    for file in FILES:
        calls = [node.func for node in nodes(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        if any(getattr(call, "id", getattr(call, "attr", "")) == made for call in calls):
            name = module(file)
            assert name in MAKERS[made] or name.rpartition(".")[0] in MAKERS[made], f"{name} makes {made}"
