"""Options: one frozen value, whose mistakes are found at once."""

import dataclasses
from typing import Any

import pytest

from dynclient import Client, Options


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"validate_requests": "no"}, "validate_requests is 'no'; it is one of strict, warn, off"),
        ({"validate_responses": None}, "validate_responses is None"),
        ({"timeout": 0}, "timeout is 0; it is a number of seconds above 0"),
        ({"timeout": -1}, "timeout is -1"),
        ({"timeout": float("nan")}, "timeout is nan"),
        ({"retries": -1}, "retries is -1; it is 0 or more"),
        ({"server": "ftp://localhost:8080"}, "server is .ftp://localhost:8080.; it starts with http:// or https://"),
    ],
)
def test_a_wrong_option_is_refused(wrong: dict[str, Any], message: str) -> None:
    """With what would be right, before anything is sent."""
    with pytest.raises(ValueError, match=message):
        Client("order_capture", options=Options(**wrong))


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Options)])
def test_options_cannot_be_changed(field: str) -> None:
    """A copy with other values is made instead."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Options(), field, None)


def test_options_do_not_show_credentials() -> None:
    """An extra header may be one, and a server's URL may hold one."""
    options = Options(headers={"Authorization": "fake-secret", "X-A": "1"}, server="http://user:fake-secret@h")
    assert "fake-secret" not in repr(options)
    assert options.safe_headers == {"Authorization": "REDACTED", "X-A": "1"}
