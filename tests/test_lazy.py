"""What is worked out at first use behaves as if it had been there from the start."""

import re
import subprocess
import sys

import pytest

from dynclient import lazy, oauth


def test_a_pattern_behaves_as_if_it_were_compiled() -> None:
    """Each method, and the flags."""
    found = lazy.pattern(r"(a)-b", re.IGNORECASE)
    assert found.match("A-b") is not None
    assert found.sub(r"\1", "a-b a-B") == "a a"
    assert found.pattern == "(a)-b"


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    """So a wrong one is only found then, and once used its methods are the pattern's own."""
    with pytest.raises(re.error):
        lazy.pattern("(").match("a")
    found = lazy.pattern(b"a+")
    assert found.match is found.match


def test_a_package_loads_a_name_when_it_is_asked_for() -> None:
    """And says so when it has no such name."""
    code = "import sys, dynclient.oauth as oauth; oauth.OAuth2; print('dynclient.oauth.tokens' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout.strip() == "False"
    assert oauth.TokenSource.__name__ == "TokenSource"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = oauth.Nothing
