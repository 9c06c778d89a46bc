"""The calls of an API in Python sources, found in the syntax tree: nothing is imported or executed.

    client.get_order("1", retail_unit="se")          client["getOrder"](...)
    client.get_order.send(...), .pages, .items ...   client.call("getOrder", {"checkoutId": "1"})
    get_order = client.get_order; get_order("1")     getattr(client, "get_order")("1")

A client is what `Client(...)` or `AsyncClient(...)` is assigned to, or what is annotated as one. An attribute of anything else counts as a call
if the API has an operation of that name, and the name has two words, so that `session.get` is nobody's operation.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dynclient.opening import name_and_version

_CLIENTS = ("Client", "AsyncClient")
_BY_NAME = ("call", "send", "prepare", "stream")
_OF_OPERATION = ("send", "prepare", "stream", "pages", "items")
_WORDS = re.compile(r"[a-z0-9][_A-Z]")


class _Unknown:
    """A value that only a run of the program would show."""

    def __repr__(self) -> str:
        return "..."


UNKNOWN = _Unknown()


class CodeCall(NamedTuple):
    """A call of an operation in some source.

    Attributes:
        file: The file.
        line: The line.
        name: The name by which the operation is called.
        args: The positional arguments as far as they are constants, else UNKNOWN.
        kwargs: The same for keyword arguments.
        is_open: Whether there are arguments that cannot be known (`*args`, `**kwargs`), or it is no call.
        by_name: Whether it is `client.call(name, arguments, body)`.
        is_certain: Whether it is known to be a call of a client of this API.
        is_named: Whether the name is written down; if not, `name` is the expression that only a run evaluates.
    """

    file: str
    line: int
    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}  # noqa: RUF012  it is never changed
    is_open: bool = False
    by_name: bool = False
    is_certain: bool = True
    is_named: bool = True


def usages(file: Path, api: str, knows: Callable[[str], bool]) -> list[CodeCall]:
    """Return the calls of an API in a Python source, in the order of the lines.

    Args:
        file: The source.
        api: The name of the API in the catalog.
        knows: Whether the API has an operation of a name.

    Raises:
        SyntaxError: It is not Python.
        OSError: It cannot be read.
    """
    tree = ast.parse(file.read_bytes(), str(file))
    clients = _Clients(api)
    clients.visit(tree)
    finder = _Finder(str(file), clients, knows)
    finder.find(tree)
    return sorted(finder.found, key=lambda usage: (usage.line, usage.name))


class _Clients(ast.NodeVisitor):
    """The names of what is a client of the API, and of what is one of another API."""

    def __init__(self, api: str) -> None:
        self._api = api
        self.own: set[str] = set()
        self.others: set[str] = set()

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._note(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._note(node.target, node.value, node.annotation)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._note(node.target, node.value)
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self._note(node.optional_vars, node.context_expr)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        if node.annotation is not None and _ends(node.annotation) in _CLIENTS:
            self.own.add(node.arg)

    def _note(self, target: ast.expr, value: ast.expr | None, annotation: ast.expr | None = None) -> None:
        made = self.made(value) if value is not None else None
        if made is None and annotation is not None and _ends(annotation) in _CLIENTS:
            made = True
        if made is not None:
            (self.own if made else self.others).add(ast.unparse(target))

    def made(self, node: ast.expr) -> bool | None:
        """Whether an expression makes a client of this API; None when it makes no client."""
        if isinstance(node, ast.Await):
            return self.made(node.value)
        if not isinstance(node, ast.Call):
            return None
        if _ends(node.func) in _CLIENTS:
            spec = (
                node.args[0] if node.args else next((each.value for each in node.keywords if each.arg == "spec"), None)
            )
            return not isinstance(spec, ast.Constant) or name_and_version(spec.value)[0] == self._api
        if isinstance(node.func, ast.Attribute) and node.func.attr == "with_options":
            return self.is_client(node.func.value)
        return None

    def is_client(self, node: ast.expr) -> bool | None:
        """Whether an expression is a client of this API; None when that is not known."""
        text = ast.unparse(node)
        if text in self.own or text in self.others:
            return text in self.own
        return self.made(node)


class _Finder(ast.NodeVisitor):
    def __init__(self, file: str, clients: _Clients, knows: Callable[[str], bool]) -> None:
        self._file = file
        self._clients = clients
        self._knows = knows
        self._seen: set[int] = set()
        self._held_as: dict[str, ast.expr | None] = {}
        self.found: list[CodeCall] = []

    def find(self, tree: ast.AST) -> None:
        """Find the calls in a source; first the operations that are held under another name."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    self._hold(ast.unparse(target), node.value)
        self._held_as = {name: held for name, held in self._held_as.items() if held is not None}
        if self._held_as:
            self._follow(tree)
        self.visit(tree)

    def _hold(self, target: str, value: ast.expr) -> None:
        """Note what a name is assigned; one that is assigned several things is not followed."""
        self._held_as[target] = value if target not in self._held_as and self._named(value) is not None else None

    def _follow(self, tree: ast.AST) -> None:
        """Note the assignments that need no look of their own: the names are only called, and each call is looked at."""
        named = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)]
        uses = Counter(ast.unparse(node) for node in named if isinstance(node.ctx, ast.Load))
        calls = Counter(ast.unparse(_callee(node)) for node in ast.walk(tree) if isinstance(node, ast.Call))
        self._seen |= {id(held) for name, held in self._held_as.items() if 0 < uses[name] == calls[name]}

    def visit_Call(self, node: ast.Call) -> None:
        self._look_at(node)
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]):
                self._runtime_name(node, owner, name)
            case ast.Call(func=ast.Attribute(value=owner, attr=attribute), args=[name, *_]) if attribute in _BY_NAME:
                self._runtime_name(node, owner, name)
        if _with_attribute(node) is not node:
            self._held(node)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._held(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._held(node)
        self._runtime_name(node, node.value, node.slice)
        self.generic_visit(node)

    def _runtime_name(self, node: ast.expr, owner: ast.expr, name: ast.expr) -> None:
        """Add an operation of a client whose name is not written down."""
        if not isinstance(name, ast.Constant) and self._clients.is_client(_without_options(owner)):
            self.found.append(CodeCall(self._file, node.lineno, ast.unparse(node), is_open=True, is_named=False))

    def _look_at(self, node: ast.Call) -> None:
        function = _without_options(node.func)
        if isinstance(function, ast.Attribute):
            if function.attr in _BY_NAME and self._is_by_name(function, node):
                return
            if function.attr in _OF_OPERATION and self._meant(function.value):
                function = _without_options(function.value)
        named = self._meant(function)
        if named is not None:
            self._seen.add(id(function))
            self._add(node, *named)

    def _is_by_name(self, function: ast.Attribute, node: ast.Call) -> bool:
        """Add a call `client.call(name, ...)`."""
        name = node.args[0] if node.args else None
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            return False
        is_client = self._clients.is_client(function.value)
        if is_client is False or (is_client is None and not self._knows(name.value)):
            return is_client is False
        self._add(node, name.value, is_client is True, by_name=True)
        return True

    def _held(self, node: ast.Attribute | ast.Subscript | ast.Call) -> None:
        """Add an operation that is not called where it is named."""
        named = self._named(node) if id(node) not in self._seen else None
        if named is not None and not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)):
            name, is_certain = named
            self.found.append(CodeCall(self._file, node.lineno, name, is_open=True, is_certain=is_certain))

    def _meant(self, node: ast.expr) -> tuple[str, bool] | None:
        """Return the operation that an expression names or holds, and whether that is certain."""
        held = self._held_as.get(ast.unparse(node))
        return self._named(node if held is None else held)

    def _named(self, node: ast.expr) -> tuple[str, bool] | None:
        """Return the operation that an expression names, and whether that is certain."""
        node = _with_attribute(_without_options(node))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name, owner, is_sure = node.slice.value, node.value, False
        elif isinstance(node, ast.Attribute):
            name, owner, is_sure = node.attr, node.value, _WORDS.search(node.attr) is not None
        else:
            return None
        is_client = self._clients.is_client(owner)
        if not isinstance(name, str) or is_client is False or name.startswith("__"):
            return None
        if is_client:
            return name, True
        return (name, False) if is_sure and self._knows(name) else None

    def _add(self, node: ast.Call, name: str, is_certain: bool, *, by_name: bool = False) -> None:  # noqa: FBT001  a fact
        given = node.args[1:] if by_name else node.args
        is_open = any(isinstance(each, ast.Starred) for each in given) or any(
            each.arg is None for each in node.keywords
        )
        args = tuple(_constant(each) for each in given if not isinstance(each, ast.Starred))
        kwargs = {each.arg: _constant(each.value) for each in node.keywords if each.arg is not None}
        self.found.append(CodeCall(self._file, node.lineno, name, args, kwargs, is_open, by_name, is_certain))


def _callee(node: ast.Call) -> ast.expr:
    """Return what is called, without `.send` and its like."""
    function = node.func
    return function.value if isinstance(function, ast.Attribute) and function.attr in _OF_OPERATION else function


def _without_options(node: ast.expr) -> ast.expr:
    """Return what `.with_options(...)` is called on."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "with_options":
        node = node.func.value
    return node


def _with_attribute(node: ast.expr) -> ast.expr:
    """Return `getattr(client, "name")` as the attribute that it is."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        match node.args:
            case [owner, ast.Constant(value=str(name)), *_]:
                return ast.Attribute(owner, name, ast.Load())
    return node


def _ends(node: ast.expr) -> str:
    """Return the last part of a dotted name, which may be a text."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    return text.rpartition(".")[2]


def _constant(node: ast.expr) -> Any:
    """Return the value of an expression as far as it is written down; what is not is UNKNOWN."""
    if isinstance(node, ast.Dict):
        names = [key.value if isinstance(key, ast.Constant) else UNKNOWN for key in node.keys]
        return {name: _constant(value) for name, value in zip(names, node.values, strict=True)}
    if isinstance(node, ast.List | ast.Tuple):
        return [_constant(item) for item in node.elts]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN


def sources(paths: list[Path]) -> Iterator[Path]:
    """Yield the Python sources that paths and folders stand for, hidden folders and environments apart."""
    for path in paths:
        if path.is_file():
            yield path
            continue
        for file in sorted(path.rglob("*.py")):
            parts = file.relative_to(path).parts
            if not any(
                part.startswith(".") or part in ("node_modules", "site-packages", "__pycache__") for part in parts
            ):
                yield file
