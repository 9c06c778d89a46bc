"""The engines by name, behind one interface.

What an engine cannot take is handled by one rule: a pattern weakens that one check, with a note; anything else is no JSON Schema.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from dynclient.schema import python
from dynclient.schema.patterns import usable
from dynclient.schema.validator import Compiled, NotASchemaError

try:
    from dynclient.schema import rs
except ImportError:  # no build for this platform
    rs = None  # type: ignore[assignment]

ENGINES = ("jsonschema-rs", "jsonschema")
DEFAULT_ENGINE = ENGINES[0] if rs is not None else ENGINES[1]


def compiled(schema: dict[str, Any], engine: str) -> tuple[Compiled, list[str]]:
    """Compile a self-contained schema, and note what the engine does not check of it.

    Raises:
        NotASchemaError: It is no JSON Schema.
    """
    chosen = _module(engine)
    try:
        return chosen.compile_schema(schema), []
    except NotASchemaError:
        pass
    notes: list[str] = []
    weakened = usable(schema, chosen.takes, notes)
    try:
        return chosen.compile_schema(weakened), notes
    except RecursionError as error:
        raise NotASchemaError(str(error)) from None


def _module(engine: str) -> ModuleType:
    return rs if engine == ENGINES[0] and rs is not None else python
