"""Pages of the documentation as programs: every block of code is run, from top to bottom, in a folder of the page's own.

    python with >>>     a doctest; the blocks of a page share their names
    python without      is run with the same names, as a cell of a notebook
    toml, yaml, json    is read
    sh                  is run; it must succeed
    console             `$ command` lines, each with what it prints below it; as in doctests, `...` is any text
    text, and others    are not run: output, drawings

A block with a caption, `{code-block} python` with `:caption: shop.py`, is a file: it is written to the folder, and checked by its suffix; what comes
later in the page uses it. A command that ends with `&` runs until the page ends; the line that it is to print is awaited. The port 8080 is a free one. The folder
has a copy of the recordings of this repository (`cassettes`). Commands that install are not run; the extras that they name must exist.

`<!-- not run: REASON -->` before a block excuses it: Python is then compiled, and shell commands are parsed.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

HOME = Path(__file__).parent.parent
PAGES = [HOME / "README.md", *sorted(HOME.glob("docs/**/*.md"))]

_DIRECTIVE = re.compile(r"\{code-block\} *(\w+)")
_CAPTION = re.compile(r":caption: *(\S+) *\n")
_EXCUSE = re.compile(r"<!-- not run: (.+?) -->")
_INSTALLS = re.compile(r"(python3 -m venv|\S*pip install)\b")
_EXTRAS = re.compile(r"(?:dynclient|\.)\[([\w,]+)\]")
_PORT = re.compile(r"\b8080\b")
_OPTIONS = doctest.ELLIPSIS
#: How long a command may take, in seconds.
_END = 120
_SHELL = shutil.which("bash") or "/bin/bash"


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        language: Its language.
        text: The code.
        line: The line of the page where the code begins, counted from 0.
        caption: The file that it is, if any.
        excuse: Why it is not run, if so.
    """

    language: str
    text: str
    line: int
    caption: str | None = None
    excuse: str | None = None


def blocks(text: str) -> list[Block]:
    """The blocks of a page."""
    tokens = MarkdownIt().parse(text)
    before = [None, *tokens]
    return [_block(token, last) for last, token in zip(before, tokens, strict=False) if token.type == "fence"]


def _block(token: Token, before: Token | None) -> Block:
    assert token.map is not None
    directive = _DIRECTIVE.match(token.info)
    language, content, line = token.info.strip(), token.content, token.map[0] + 1
    caption = None
    if directive is not None:
        language = directive[1]
        options, _, content = content.partition("\n\n") if content.startswith(":") else ("", "", content)
        line += options.count("\n") + 2 if options else 0
        named = _CAPTION.search(options + "\n")
        caption = named[1] if named is not None else None
    excuse = _EXCUSE.search(before.content) if before is not None and before.type == "html_block" else None
    return Block(language, content, line, caption, excuse[1] if excuse is not None else None)


@dataclass
class Run:
    """A page that is run.

    Args:
        name: Its name, for messages.
        folder: An empty folder.
    """

    name: str
    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    background: list[subprocess.Popen[str]] = field(default_factory=list)

    def page(self, text: str) -> None:
        """Run all blocks of a page.

        Raises:
            AssertionError: One of them does not do what the page says.
        """
        shutil.copytree(HOME / "cassettes", self.folder / "cassettes")
        if "--port 8080" in text:
            text = _PORT.sub(str(_free_port()), text)
        try:
            with _as_a_prompt(self.folder):
                for block in blocks(text):
                    self.block(block)
        finally:
            for process in self.background:
                _end(process)

    def block(self, block: Block) -> None:
        """Run one block."""
        place = f"{self.name}:{block.line + 1}"
        if block.caption is not None:
            file = self.folder / block.caption
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
            sys.modules.pop(file.stem, None)  # a module of a test may have the same name
        if block.language in _READERS:
            _READERS[block.language](block.text)
        elif block.language in ("python", "pycon"):
            self.python(block, place)
        elif block.language == "sh":
            self.script(block, place)
        elif block.language == "console":
            self.console(block, place)

    def python(self, block: Block, place: str) -> None:
        """Run Python: examples with their output, or plain code."""
        if ">>> " not in block.text:
            # a cell of a notebook may await
            code = compile(block.text, place, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            if block.excuse is None and block.caption is None:
                result = eval(code, self.names)  # noqa: S307  it is our own
                if inspect.iscoroutine(result):
                    asyncio.run(result)
            return
        test = doctest.DocTestParser().get_doctest(block.text, self.names, self.name, self.name, block.line)
        if block.excuse is not None:
            for example in test.examples:
                compile(example.source, place, "single")
            return
        test.globs = self.names
        said: list[str] = []
        failed = doctest.DocTestRunner(optionflags=_OPTIONS).run(test, out=said.append, clear_globs=False).failed
        assert not failed, "".join(said)

    def script(self, block: Block, place: str) -> None:
        """Run a script of the shell."""
        lines = block.text.splitlines()
        _check_extras(block.text)
        script = "\n".join(line for line in lines if not _INSTALLS.match(line))
        code, output = self.shell(f"set -e\n{script}", parse_only=block.excuse is not None)
        assert code == 0, f"{place}: exit code {code}\n{output}"

    def console(self, block: Block, place: str) -> None:
        """Run commands, and compare what they print."""
        for command, expected in commands(block.text):
            if _INSTALLS.match(command) or block.excuse is not None:
                _check_extras(command)
                shlex.split(command)
                continue
            if command.endswith("&"):
                output = self.start(command[:-1], speaks=bool(expected))
            else:
                output = self.shell(command)[1]
            matches = doctest.OutputChecker().check_output(expected, output, _OPTIONS)
            assert matches, f"{place}: $ {command}\nexpected:\n{expected}\nprinted:\n{output}"

    def shell(self, script: str, *, parse_only: bool = False) -> tuple[int, str]:
        """Run a script; return its exit code, and all that it printed."""
        command = [_SHELL, *(["-n"] if parse_only else []), "-c", script]
        done = subprocess.run(  # noqa: S603  our own
            command,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_END,
            check=False,
        )
        return done.returncode, _trimmed(done.stdout)

    def start(self, command: str, *, speaks: bool) -> str:
        """Start a command, and return its first line; do not wait for one that is not to say anything."""
        process = subprocess.Popen(  # noqa: S603  our own
            [_SHELL, "-c", command],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.background.append(process)
        assert process.stdout is not None
        return _trimmed(process.stdout.readline()) if speaks else ""


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console, each with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        end = next((at for at, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1) + 1
        yield "\n".join(lines[:end]).strip(), _trimmed("\n".join(lines[end:]))


def environment() -> Mapping[str, str]:
    """The environment of commands: this package and its Python first, a terminal that is the same everywhere, no saved APIs."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    own = {"PATH": path, "PYTHONPATH": str(HOME), "NO_COLOR": "1", "COLUMNS": "100", "KEY": "key"}
    return {**os.environ, **own, "DYNCLIENT_APIS": "apis.toml"}  # where the reader's own saved APIs are left alone


@contextmanager
def _as_a_prompt(folder: Path) -> Iterator[None]:
    """Python in a folder: its modules can be imported, and what is changed for the process is changed back."""
    environ, path, modules = dict(os.environ), list(sys.path), dict(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environ)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
        sys.modules.update(modules)


def _end(process: subprocess.Popen[str]) -> None:
    """End a command in the background, and what it started."""
    os.killpg(process.pid, signal.SIGTERM)  # it leads a group of its own
    process.wait(_END)
    assert process.stdout is not None
    process.stdout.close()


def _trimmed(text: str) -> str:
    """The text without blanks at the ends of lines, and without empty lines at its own end."""
    lines = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).rstrip("\n")
    return f"{lines}\n" if lines else ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _check_extras(text: str) -> None:
    """Extras that a command installs must exist."""
    known = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for names in _EXTRAS.findall(text):
        assert set(names.split(",")) <= known.keys(), text


_READERS = {"toml": tomllib.loads, "json": json.loads, "yaml": lambda text: list(yaml.safe_load_all(text))}
