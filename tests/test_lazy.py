"""A lazy pattern behaves like a compiled one."""

import re

import pytest

from dynclient import lazy


def test_a_pattern_behaves_as_if_it_were_compiled() -> None:
    """Each method, and the flags."""
    found = lazy.pattern(r"(a)-b", re.IGNORECASE)
    assert found.match("A-b") is not None
    assert found.sub(r"\1", "a-b a-B") == "a a"
    assert found.pattern == "(a)-b"


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    """A wrong one is only found then; afterwards its methods are the pattern's own."""
    with pytest.raises(re.error):
        lazy.pattern("(").match("a")
    found = lazy.pattern(b"a+")
    assert found.match is found.match
