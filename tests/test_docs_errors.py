"""The page about errors: it has every error and every warning that a user of the package can meet."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import dynclient
from dynclient.cli import program
from dynclient.extras import LIBRARIES, pip_install

PAGE = (Path(__file__).parent.parent / "docs" / "errors.md").read_text("utf-8")

#: What one module tells another by an exception that is always caught: no user meets it.
INTERNAL = {
    "ActionError", "CodingError", "DamagedError", "DuplicateKeyError", "EntryError", "ExampleError", "JsonTrouble", "MediaError",
    "NotASchemaError", "NotCleanError", "NotFetchedError", "NotJsonError", "NotMended", "NotPlainError", "ParamError", "Problems", "ReferenceFault", "RefusedError",
    "UnknownCodingError", "UnreadError", "Unreadable", "UnreadableError", "YamlError",
}  # fmt: skip


def exceptions() -> Iterator[type[BaseException]]:
    """Every class of exceptions and warnings that the package defines."""
    for module in pkgutil.walk_packages(dynclient.__path__, "dynclient."):
        if module.name != "dynclient.__main__":
            for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(kind, BaseException) and kind.__module__ == module.name:
                    yield kind


def headings() -> set[str]:
    """The headings of the page."""
    return {line.lstrip("# ") for line in PAGE.splitlines() if line.startswith("#")}


def test_every_error_has_a_section() -> None:
    """Or is one that nobody meets; a new one must be put into one of the two."""
    found = {kind.__name__.lstrip("_") for kind in exceptions()}

    assert found - INTERNAL == headings() & found
    assert found >= INTERNAL


def test_internal_errors_are_not_public() -> None:
    """What the package exports, a user can meet."""
    assert not INTERNAL & set(dynclient.__all__)


@pytest.mark.parametrize(
    "name",
    sorted({kind.__name__ for kind in exceptions() if issubclass(kind, dynclient.DynclientError)} - {"_Problems"}),
)
def test_every_error_is_in_the_table_or_under_its_parent(name: str) -> None:
    """A reader in a hurry finds it by its name."""
    assert f"`{name}`" in PAGE


def test_every_exit_code_is_on_the_page() -> None:
    """As the program has them."""
    codes = (program.OK, program.BROKEN, program.USAGE, program.NO_REPLY, program.INTERRUPTED, program.NO_READER)

    assert [code for code in codes if f"\n| {code} | " not in PAGE] == []


def test_the_sentence_of_a_missing_extra_is_that_of_the_package() -> None:
    """And names an extra that exists."""
    assert pip_install("dask") in PAGE
    assert "dask" in LIBRARIES
