"""Placeholders: what stands in place of a value, and what only looks like it."""

import pytest

from dynclient.exchange import Headers, Request
from dynclient.traffic.assembly import credentials_of
from dynclient.traffic.placeholders import is_placeholder


@pytest.mark.parametrize(
    "text",
    [
        "<TOKEN>", "<<ENTERPRISE_HOSTNAME>>", "REDACTED", "REDACTED_" + "a1" * 32, "[REDACTED]", "<REDACTED>", "***", "XXXXXXXX",
        "{{request.query.page}}", "${TOKEN}", "<%= ENV['TOKEN'] %>", "DEVELOPER_PUBLIC_KEY", "ntn_...", "192.0.2.0", "2018-01-02T03:04:05",
        "Bearer <TOKEN>", "token [REDACTED]", "Basic ***", "[Filtered]", "<access token>",
        "https://<<ENTERPRISE_HOSTNAME>>/api/v3", "id-{{x}}",
    ],
)  # fmt: skip
def test_a_placeholder_is_told(text: str) -> None:
    """In each form that recorders and their users write."""
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["", "red", "**", "xxx", "<b>bold</b>", "<br>", "[1, 2]", "[a]", "1 < 2 > 0", "USER_ID", "ONLINE", "NO_CONTENT", "a...", "hidden fees", "2018-01-02T03:04:06Z", "$5"],
)  # fmt: skip
def test_a_value_is_not_taken_for_a_placeholder(text: str) -> None:
    """It would not be judged."""
    assert not is_placeholder(text)


def test_the_list_can_be_extended() -> None:
    """With the wildcards of a shell."""
    assert is_placeholder("fake-1", ["fake-*"])
    assert not is_placeholder("fake", ["fake-*"])


@pytest.mark.parametrize(
    ("url", "fields", "state"),
    [
        ("http://h/", {"Authorization": "Bearer abc"}, "shown"),
        ("http://h/", {"Authorization": "Bearer <TOKEN>"}, "redacted"),
        ("http://h/?api_key=abc", {}, "shown"),
        ("http://h/?api_key=%2A%2A%2A", {"Cookie": "REDACTED"}, "redacted"),
        ("http://h/?api_key=", {"Accept": "*/*"}, "missing"),
    ],
)
def test_credentials_are_shown_redacted_or_missing(url: str, fields: dict[str, str], state: str) -> None:
    """Wherever they stand; one that is shown outweighs those that are not."""
    request = Request("GET", url, Headers(fields))
    assert credentials_of(request) == state
    assert credentials_of(request, leaves_out=True) == {"missing": "left out"}.get(state, state)


def test_a_placeholder_of_the_user_redacts_credentials() -> None:
    """As the usual ones do."""
    assert (
        credentials_of(Request("GET", "http://h/", Headers({"X-Api-Key": "fake-1"})), patterns=["fake-*"]) == "redacted"
    )
