"""A compiled schema, which says what is wrong with a value; and the schemas of a document."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.schema.bundle import Bundle, Shape
from dynclient.schema.bundler import Bundler
from dynclient.schema.engine import DEFAULT_ENGINE, ENGINES, compiled
from dynclient.schema.finding import Compiled, Finding, NotASchemaError, ValuePath
from dynclient.schema.problems import explain
from dynclient.schema.secrecy import SECRET
from dynclient.schema.shared import Compile, Made, SharedSchemas
from dynclient.schema.translator import Direction
from dynclient.spec.document import Document
from dynclient.spec.node import Node

__all__ = ["DEFAULT_ENGINE", "ENGINES", "Schema", "Schemas"]


class Schema:
    """A schema that is compiled on first use.

    Args:
        bundled: Returns the schema as self-contained JSON Schema 2020-12.
        engine: The engine's name; the first installed one when None.
        note: Called with each note.
        made: Compiles the schema together with others; by default it is compiled by itself.
        shapes: The shapes that it shares with others, as for `Bundle`.

    Attributes:
        notes: What the engine cannot read and does not check.
    """

    def __init__(
        self,
        bundled: Callable[[], dict[str, Any]],
        engine: str | None = None,
        note: Callable[[str], None] | None = None,
        made: Compile | None = None,
        shapes: dict[str, Shape] | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._bundled = bundled
        self._engine = engine or DEFAULT_ENGINE
        self._note = note
        self._made = made
        self._shapes = shapes

    @cached_property
    def bundle(self) -> Bundle:
        """The schema as self-contained JSON Schema 2020-12, and the ways through it.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        return Bundle(self._bundled(), shapes=self._shapes)

    @cached_property
    def shape(self) -> Shape:
        """The shape of the values that it accepts."""
        return self.bundle.shape(self.bundle.root)

    @cached_property
    def _compiled(self) -> Compiled:
        made, self.notes = self._made() if self._made is not None else self._alone()
        if self._note is not None:
            for note in self.notes:
                self._note(note)
        return made

    def _alone(self) -> Made:
        try:
            return compiled(self.bundle.root, self._engine)
        except NotASchemaError as error:
            raise SpecError(
                "a schema cannot be used", [Problem("document", error.path, "schema", str(error))]
            ) from None

    def is_valid(self, value: Any) -> bool:
        """Whether a plain value is accepted.

        Raises:
            SpecError: It is not a JSON Schema, or a reference in it cannot be resolved.
        """
        made = self._compiled
        try:
            return made.is_valid(value)
        except SpecError:  # which is a ValueError, too
            raise
        except (ValueError, RecursionError):  # JSON cannot hold the value
            return False

    def problems(self, value: Any, where: str = "body", path: ValuePath = (), *, secret: bool = False) -> list[Problem]:
        """Return everything that is wrong with a plain value.

        Args:
            value: Plain data.
            where: The part of the message that holds the value.
            path: The path from there to the value.
            secret: Whether messages must not quote the value, whatever the schema says.

        Raises:
            SpecError: It is not a JSON Schema, or a reference in it cannot be resolved.
        """
        made = self._compiled
        try:
            if made.is_valid(value):
                return []
            return self.explained(self.findings(value), value, where, path, secret=secret)
        except SpecError:
            raise
        except (ValueError, RecursionError):
            return [Problem(where, path, "type", _not_json(value))]

    def findings(self, value: Any) -> list[Finding]:
        """Return the keywords that a plain value breaks, not yet in words.

        Raises:
            SpecError: As for `problems`.
            ValueError: JSON cannot hold the value.
            RecursionError: It is nested too deeply.
        """
        made = self._compiled
        if made.is_valid(value):
            return []
        found = list(made.findings(value))
        if not all(map(_is_placed, found)):
            found = list(compiled(self.bundle.root, "jsonschema")[0].findings(value))
        if not found:
            raise ValueError("JSON cannot hold the value")
        return found

    def explained(
        self,
        findings: Iterable[Finding],
        value: Any,
        where: str = "body",
        path: ValuePath = (),
        *,
        secret: bool = False,
    ) -> list[Problem]:
        """Put what `findings` returns into words; arguments as for `problems`."""
        found = explain(findings, value, where, path, self.bundle, SECRET if secret else self.bundle.root)
        return found or [Problem(where, path, "type", _not_json(value))]


class Schemas:
    """The schemas of a document, each compiled on first use and kept.

    Args:
        document: The document.
        engine: `jsonschema-rs` or `jsonschema`; the first installed one by default.

    Raises:
        ValueError: The engine does not exist.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        engine = engine or DEFAULT_ENGINE
        if engine not in ENGINES:
            raise ValueError(f"there is no engine {engine!r} (choose {' or '.join(ENGINES)})")
        self.document = document
        self.engine = engine
        self._kept: dict[Any, Schema] = {}
        self._lock = threading.Lock()
        requests = Bundler(document, "request")
        responses = Bundler(document, "response", requests)
        shared = SharedSchemas(requests, engine)
        self._bundlers: dict[Direction, Bundler] = {"request": requests, "response": responses}
        self._shapes: dict[Direction, dict[str, Shape]] = {"request": {}, "response": {}}
        self._shared: dict[Direction, SharedSchemas] = {
            "request": shared,
            "response": SharedSchemas(responses, engine, shared),
        }

    def compile(self, node: Node, direction: Direction) -> Schema:
        """Return the schema at a place of the document; it costs nothing until it is used."""
        key = (node.place, direction)
        found = self._kept.get(key)
        if found is None:
            made = Schema(
                lambda: self._bundlers[direction].bundle(node, lenient=True),
                self.engine,
                lambda text: self._note(node, text),
                lambda: self._shared[direction].compiled(node),
                self._shapes[direction],
            )
            with self._lock:
                found = self._kept.setdefault(key, made)
        return found

    def _note(self, node: Node, text: str) -> None:
        self.document.note(Problem("document", node.path, "pattern", text))


def _is_placed(finding: Finding) -> bool:
    """Whether the engine named the broken schema; jsonschema-rs loses it behind a property named "" and behind dynamic references."""
    if finding.keyword in finding.schema or finding.keyword == "false":
        return not finding.branches or all(_is_placed(inner) for branch in finding.branches for inner in branch)
    return not finding.schema and finding.keyword not in ("anyOf", "oneOf")


#: How many levels of a value jsonschema-rs reads.
_DEEPEST = 255


def depth_of(value: Any) -> int:
    """Return how many objects and arrays are inside of each other in plain data."""
    level, depth = [value], 0
    while level := [holder for holder in level if isinstance(holder, dict | list)]:
        level = [item for holder in level for item in (holder.values() if isinstance(holder, dict) else holder)]
        depth += 1
    return depth


def _not_json(value: Any) -> str:
    """Say why JSON cannot hold a value."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        return f"contains an unpaired surrogate (U+{ord(error.object[error.start]):04X})"
    except RecursionError:
        return "is nested too deeply"
    except (TypeError, ValueError):
        return "contains a value that JSON does not have"
    if depth_of(value) > _DEEPEST:
        return "is nested too deeply"
    return "contains a number that is too large"
