"""The files of stubs: a module, or a package with a module for each tag; written, and compared with those on disk.

Each module of a package has clients with the operations of its tag, and `everything` has those of all. The package itself imports none of
them, so that a type checker reads only what a program imports: mypy takes half a minute for all of a document of 11,000 operations.
"""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dynclient.aclient import AsyncClient
from dynclient.api.api import Api
from dynclient.client import Client
from dynclient.errors import SpecError
from dynclient.names import is_device, snake_case
from dynclient.problem import Problem
from dynclient.spec.jsonvalue import collection_paused
from dynclient.stubs.definitions import TAKEN, Definitions
from dynclient.stubs.functions import Function, Written, functions_of, namespaces_of, operations_class

#: The first words of every file, by which one that is no longer needed is known.
_MADE = '"""Made by `dynclient stubs`; do not edit. '
#: The attributes of clients.
_TAKEN = frozenset({*dir(Client), *dir(AsyncClient)})
_BUILTINS = frozenset({"bool", "bytes", "dict", "float", "int", "list", "object", "str"})
_CLIENTS = """\
class Client({bases}_typed.Client): ...
class AsyncClient({bases}_typed.AsyncClient): ...
"""
_IMPORTS = """\
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

import dynclient.stubs.typed as _typed
"""
_HOMES = {
    "Iterable": "collections.abc", "UUID": "uuid", "Any": "typing", "Literal": "typing",
    "date": "datetime", "datetime": "datetime", "time": "datetime", "timedelta": "datetime",
}  # fmt: skip


def stub_files(api: Api, target: Path) -> dict[Path, str]:
    """Return the text of every file of the stubs of an Api.

    Args:
        api: The Api.
        target: A `.pyi` file; else the folder of a package.

    Raises:
        SpecError: The name of the target cannot be that of a module.
    """
    name = target.stem if target.suffix == ".pyi" else target.name
    if not name.isidentifier() or keyword.iskeyword(name):
        hint = "name a .pyi file, or a folder, as a module of Python"
        raise SpecError(
            f"cannot write stubs to {target}",
            [Problem("file", (), "name", f"{name!r} is not the name of a module", hint)],
        )
    with collection_paused():  # what is compiled of a document stays with its Api
        return _module(api, target) if target.suffix == ".pyi" else _package(api, target)


def differences(files: Mapping[Path, str], target: Path) -> list[str]:
    """Return what differs between files on disk and what they should be, as lines of unified diffs.

    Args:
        files: The text of every file.
        target: As for `stub_files`.
    """
    lines: list[str] = []
    for path, text in files.items():
        found = path.read_text("utf-8").splitlines() if path.is_file() else []
        lines += difflib.unified_diff(
            found, text.splitlines(), str(path), f"{path} (from the document)", lineterm="", n=1
        )
    return lines + [f"--- {path}: not needed any more" for path in left_over(files, target)]


def left_over(files: Mapping[Path, str], target: Path) -> list[Path]:
    """Return the files of an earlier version of a package that this one does not have."""
    if target.suffix == ".pyi" or not target.is_dir():
        return []
    found = (path for path in sorted(target.iterdir()) if path.suffix in (".py", ".pyi") and path not in files)
    return list(filter(_is_made, found))


def write_files(files: Mapping[Path, str], target: Path) -> None:
    """Write the files, and delete those of an earlier version that are not needed any more.

    Raises:
        SpecError: A file is there that was not made this way, so that none is written; or one cannot be written.
    """
    headline = f"cannot write stubs to {target}"
    problems = [
        Problem("file", (), "name", f"{path} was not made by `dynclient stubs`", "choose another name for the stubs")
        for path in files
        if path.exists() and not _is_made(path)
    ]
    if problems:
        raise SpecError(headline, problems)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        for path in left_over(files, target):
            path.unlink()
    except OSError as error:
        raise SpecError(headline, [Problem("file", (), "name", f"{error.filename}: {error.strerror}")]) from error


def _is_made(path: Path) -> bool:
    return path.is_file() and path.read_text("utf-8", "replace").startswith(_MADE)


def _module(api: Api, target: Path) -> dict[Path, str]:
    definitions = Definitions(api.document)
    functions = [function for _, function in functions_of(api.operations, definitions, _TAKEN)]
    definitions.complete()
    namespaces = namespaces_of(api.operations, functions, api.operations.by_tag, _TAKEN)
    operations = operations_class(functions, definitions, namespaces)
    parts = [
        _head(api),
        _IMPORTS + _renamings(operations, ""),
        *definitions.written(),
        operations.text,
        _CLIENTS.format(bases="Operations, "),
    ]
    runtime = _runtime(api, definitions, clients=True)
    return {target: "\n".join(parts), target.with_suffix(".py"): runtime}


def _package(api: Api, target: Path) -> dict[Path, str]:
    definitions = Definitions(api.document)
    by_tag: dict[str, list[Function]] = {}
    for operation, function in functions_of(api.operations, definitions, _TAKEN):
        by_tag.setdefault(operation.tags[0] if operation.tags else "untagged", []).append(function)
    definitions.complete()
    modules = _module_names(by_tag)
    files = {
        target / "__init__.pyi": _head(api),
        target / "__init__.py": _head(api),
        target / "everything.pyi": _all_of(api, modules.values()),
        target / "everything.py": "\n".join([_head(api), "import dynclient\n", _runtime_clients(api)]),
        target / "types.pyi": "\n".join([_head(api), _IMPORTS, *definitions.written()]),
        target / "types.py": _runtime(api, definitions, clients=False),
    }
    once = set(_TAKEN)
    for tag, functions in by_tag.items():
        own = namespaces_of(api.operations, functions, [snake_case(tag)], once)
        once |= {each.name for each in own}
        operations = operations_class(functions, definitions, own)
        imports = _IMPORTS.replace(", NotRequired, TypeAlias, TypedDict", "") + _renamings(operations, ".types")
        files[target / f"{modules[tag]}.pyi"] = "\n".join(
            [_head(api), imports, operations.text, _CLIENTS.format(bases="Operations, ")]
        )
        files[target / f"{modules[tag]}.py"] = (
            f"{_head(api)}\nfrom .everything import AsyncClient as AsyncClient\nfrom .everything import Client as Client\n"
        )
    return files


def _module_names(tags: Iterable[str]) -> dict[str, str]:
    """Return the name of the module of each tag."""
    found: dict[str, str] = {}
    used = {"types", "everything", "__init__"}
    for tag in tags:
        name, count = snake_case(tag), 2
        candidate = name
        while candidate in used or is_device(candidate):
            candidate, count = f"{name.rstrip('_')}_{count}", count + 1
        used.add(candidate)
        found[tag] = candidate
    return found


def _head(api: Api) -> str:
    title = " ".join(f"{api.title} {api.document.identity}".replace("\\", " ").replace('"', "'").split())
    return f'{_MADE}The operations of {"".join(filter(str.isprintable, title))}."""\n'


def _all_of(api: Api, modules: Iterable[str]) -> str:
    names = {module: f"_{number}" for number, module in enumerate(modules)}
    imports = [f"from .{module} import Operations as {name}" for module, name in names.items()]
    bases = "".join(f"{name}, " for name in names.values())
    lines = ["import dynclient.stubs.typed as _typed", *imports]
    return "\n".join([_head(api), *lines, "", _CLIENTS.format(bases=bases)])


def _renamings(operations: Written, types: str) -> str:
    """Return the imports of a stub's types, under other names where an operation hides them."""
    lines = []
    for name in sorted(operations.names - {"_typed"}):
        new = operations.renamed.get(name)
        if name in _HOMES or name in _BUILTINS:
            home = _HOMES.get(name, "builtins")
            lines += [f"from {home} import {name} as {new}"] if new else []
        elif name not in TAKEN and name != "None" and name[:1] != "_" and types:
            lines += [f"from {types} import {name} as {new or name}"]
        elif new and not types:
            lines += [f"{new}: TypeAlias = {name}"]
    return "".join(f"{line}\n" for line in lines)


def _runtime(api: Api, definitions: Definitions, *, clients: bool) -> str:
    """Return the module beside a stub: its clients, and its types as what stands for them while a program runs."""
    parts = [_head(api), "from typing import Any\n"]
    if clients:
        parts += ["import dynclient\n", _runtime_clients(api)]
    parts.append(
        _names("_OBJECTS", definitions.names(objects=True)) + _names("_OTHERS", definitions.names(objects=False))
    )
    parts.append("""
def __getattr__(name: str) -> Any:
    if name in _OBJECTS:
        return dict
    if name in _OTHERS:
        return Any
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
""")
    return "\n".join(parts)


def _runtime_clients(api: Api) -> str:
    title = _head(api).removeprefix(_MADE).strip().removesuffix('"""')
    classes = [f'class {name}(dynclient.{name}):\n    """{title}"""\n' for name in ("Client", "AsyncClient")]
    return "\n\n" + "\n\n".join(classes) + "\n"


def _names(variable: str, names: Sequence[str]) -> str:
    return "\n".join(
        [
            f"{variable} = frozenset(",
            *(f'    "{" ".join(names[at : at + 8])} "' for at in range(0, len(names), 8)),
            '    "".split()',
            ")",
            "",
        ]
    )
