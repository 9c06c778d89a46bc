"""A compiled schema: a value in, Problems out; and the schemas of a document."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.schema.bundle import Bundle, Shape
from dynclient.schema.bundler import Bundler
from dynclient.schema.direction import Direction
from dynclient.schema.engine import DEFAULT_ENGINE, ENGINES, compiled
from dynclient.schema.finding import Finding, Path
from dynclient.schema.problems import explain
from dynclient.schema.secrecy import SECRET
from dynclient.schema.shared import Compile, Library
from dynclient.schema.validator import Compiled, NotASchemaError
from dynclient.spec.document import Document
from dynclient.spec.node import Node

__all__ = ["DEFAULT_ENGINE", "ENGINES", "Schema", "Schemas"]


class Schema:
    """A schema that is compiled once, on first use: `problems(value)` says what is wrong with a value.

    Args:
        bundled: Gives the schema as self-contained JSON Schema 2020-12.
        engine: The engine's name; the first that is installed when None.
        note: Is told what the engine cannot take and does not check.
        made: Compiles it, where it shares that with others; it is compiled by itself when left out.

    Attributes:
        notes: What the engine cannot take and does not check.
    """

    def __init__(
        self,
        bundled: Callable[[], dict[str, Any]],
        engine: str | None = None,
        note: Callable[[str], None] | None = None,
        made: Compile | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._bundled = bundled
        self._engine = engine or DEFAULT_ENGINE
        self._note = note
        self._made = made

    @cached_property
    def bundle(self) -> Bundle:
        """The schema as self-contained JSON Schema 2020-12, and the ways through it.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        return Bundle(self._bundled())

    @cached_property
    def shape(self) -> Shape:
        """What it says of a value's kind."""
        return self.bundle.shape(self.bundle.root)

    @cached_property
    def _compiled(self) -> Compiled:
        made, self.notes = self._made() if self._made is not None else self._alone()
        if self._note is not None:
            for note in self.notes:
                self._note(note)
        return made

    def _alone(self) -> tuple[Compiled, list[str]]:
        try:
            return compiled(self.bundle.root, self._engine)
        except NotASchemaError as error:
            raise SpecError(
                "a schema cannot be used", [Problem("document", error.path, "schema", str(error))]
            ) from None

    def is_valid(self, value: Any) -> bool:
        """Whether a plain value is accepted.

        Raises:
            SpecError: The schema is none, or a reference in it leads nowhere.
        """
        made = self._compiled
        try:
            return made.is_valid(value)
        except (ValueError, RecursionError):  # no value that JSON has
            return False

    def problems(self, value: Any, where: str = "body", path: Path = (), *, secret: bool = False) -> list[Problem]:
        """Everything that is wrong with a plain value.

        Args:
            value: Plain data.
            where: The part of the message that the value is, for the problems.
            path: The way from there to the value.
            secret: Whether the value is never to be quoted, whatever the schema says.

        Raises:
            SpecError: The schema is none, or a reference in it leads nowhere.
        """
        made = self._compiled
        try:
            if made.is_valid(value):
                return []
            findings = list(made.findings(value))
            if not all(map(_is_placed, findings)):
                findings = list(compiled(self.bundle.root, "jsonschema")[0].findings(value))
            found = explain(findings, value, where, path, self.bundle, SECRET if secret else self.bundle.root)
        except (ValueError, RecursionError):
            found = []
        return found or [Problem(where, path, "type", "is not a value that JSON has")]


class Schemas:
    """The compiled schemas of a document, each compiled when it is first used and then kept.

    Args:
        document: The document.
        engine: `jsonschema-rs` or `jsonschema`; the first that is installed when left out.

    Raises:
        ValueError: There is no such engine.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        engine = engine or DEFAULT_ENGINE
        if engine not in ENGINES:
            raise ValueError(f"no engine {engine!r}; there are {' and '.join(ENGINES)}")
        self.document = document
        self.engine = engine
        self._kept: dict[Any, Schema] = {}
        self._lock = threading.Lock()
        there = Bundler(document, "request")
        back = Bundler(document, "response", twin=there)
        self._bundlers: dict[Direction, Bundler] = {"request": there, "response": back}
        requests = Library(there, engine)
        self._libraries: dict[Direction, Library] = {
            "request": requests,
            "response": Library(back, engine, twin=requests),
        }

    def compile(self, node: Node, direction: Direction) -> Schema:
        """The schema at a place of the document; it costs nothing until it is used."""
        key = (node.place, direction)
        found = self._kept.get(key)
        if found is None:
            made = Schema(
                lambda: self._bundlers[direction].bundle(node),
                self.engine,
                lambda text: self._note(node, text),
                lambda: self._libraries[direction].compiled(node),
            )
            with self._lock:
                found = self._kept.setdefault(key, made)
        return found

    def _note(self, node: Node, text: str) -> None:
        self.document.note(Problem("document", node.path, "pattern", text))


def _is_placed(finding: Finding) -> bool:
    """Whether an engine named the schema that was broken; jsonschema-rs loses its way behind a property named "", and a dynamic one."""
    if finding.keyword in finding.schema or finding.keyword == "false":
        return all(_is_placed(inner) for branch in finding.branches for inner in branch)
    return not finding.schema and finding.keyword not in ("anyOf", "oneOf")
