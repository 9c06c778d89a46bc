"""A request as it grows: the values of its parameters, as they are written, and which parameter has sent which name."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from dynclient.api.described import Parameter
from dynclient.api.operation import Operation
from dynclient.problem import Problem
from dynclient.wire.params import FIELD_NAME, FRAMING, OF_CONNECTION, encode_pairs, encode_query, encode_text, is_open
from dynclient.wire.scalar import Pairs, ParamError, Wire

#: How what the document does not have is written: as OpenAPI writes it by default in each location.
STYLES = {"query": "form", "header": "simple", "cookie": "form"}


class Draft:
    """A request as it grows.

    Args:
        operation: The operation that it calls.

    Attributes:
        path: The text of each path parameter.
        query: Names and values, percent-encoded.
        whole_query: The query of the parameter that is all of it.
        headers: Header fields.
        framing: Header fields that only the connection may set.
        cookies: Names and values of cookies.
        problems: What breaks the document.
        fails: Whether something cannot be put on the wire, so that there will be no request.
    """

    __slots__ = (
        "_owners", "cookies", "fails", "framing", "headers", "operation", "path", "problems", "query", "whole_query",
    )  # fmt: skip

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.path: dict[str, str] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self.whole_query = ""
        self.query: list[tuple[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.framing: list[tuple[str, str]] = []
        self.cookies: list[tuple[str, str]] = []
        self.problems: list[Problem] = []
        self.fails = False

    def fail(self, problems: list[Problem]) -> None:
        """Note problems; with any, there will be no request."""
        self.problems += problems
        self.fails = self.fails or bool(problems)

    def add(self, parameter: Parameter, value: Any) -> None:
        """Put a plain value on the wire.

        Raises:
            ParamError: The style cannot carry the value.
            MediaError: The media type of the parameter cannot.
        """
        wire = parameter.wire
        match wire.location:
            case "path":
                self.path[wire.name] = encode_text(wire, value)
            case "header" if wire.name.lower() in FRAMING:
                self.framing.append((wire.name, encode_text(wire, value)))
            case "header":
                self.headers.append((wire.name, encode_text(wire, value)))
            case "querystring":
                self.whole_query = encode_query(wire, value)
            case location:
                pairs = encode_pairs(wire, value)
                if not pairs and parameter.required:
                    raise ParamError("is required but empty")
                self._claim(wire, pairs)
                place = self.query if location == "query" else self.cookies
                place += pairs

    def add_undocumented(self, location: str, name: str, value: Any) -> None:
        """Put a plain value on the wire that no parameter describes, as OpenAPI writes it by default.

        Raises:
            ParamError: The location cannot carry it.
        """
        wire = Wire(name, location, STYLES[location], location != "header")
        if location != "header":
            pairs = encode_pairs(wire, value)
            self._claim(wire, pairs)
            place = self.query if location == "query" else self.cookies
            place += pairs
        elif name.lower() in FRAMING:
            raise ParamError(f"{OF_CONNECTION}: leave it out")
        elif FIELD_NAME.match(name):
            self.headers.append((name, encode_text(wire, value)))
        else:
            raise ParamError("is not the name of a header field")

    def _claim(self, wire: Wire, pairs: Pairs) -> None:
        """Note which parameter sends these names.

        Raises:
            ParamError: Another parameter sends one of them, or would be taken for having sent it.
        """
        for name, _ in pairs:
            owner = self._owners.setdefault((wire.location, name), wire.name)
            if owner != wire.name:
                raise ParamError(f"clashes with parameter {owner}: both would send the name {name!r}")
            member = unquote(name)
            if name != wire.name and is_open(wire) and (wire.location, member) in self.operation.by_key:
                raise ParamError(f"{member!r} is a separate parameter: pass it as {member}=...")
