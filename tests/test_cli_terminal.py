"""Text for people and programs: safe on any terminal, and complete for programs."""

import json
import re

import pytest
from servers import operation

from dynclient.api.plan import server_for
from dynclient.cli.outcomes import reply_data
from dynclient.cli.terminal import json_text, respelt
from dynclient.exchange import Headers, Request, Response
from dynclient.options import Options
from dynclient.problem import printable
from dynclient.security.credentials import Credentials
from dynclient.spec.access import ALLOW_FETCH, ALLOW_ROOTS


def test_control_characters_are_escaped() -> None:
    """No terminal obeys them; line breaks and tabs stay."""
    assert printable("a\x1b[31m\x9b\r\n\tb") == "a\\x1b[31m\\x9b\\x0d\n\tb"


def test_json_is_safe_and_whole() -> None:
    """Control characters and lone surrogates are escaped, and read back unchanged."""
    text = json_text({"a": "\x1b\x9b\ud800é"})
    assert json.loads(text) == {"a": "\x1b\x9b\ud800é"}
    assert not set(text) & set("\x1b\x9b\ud800")


def test_a_reply_for_programs_has_no_credentials() -> None:
    """Neither those of the request nor cookies of the reply."""
    secrets = frozenset({"x-key"})
    request = Request("GET", "http://example.com/?x-key=fake", Headers([("X-Key", "fake")]), None, "get", secrets)
    headers = Headers([("Set-Cookie", "fake"), ("X-Key", "fake"), ("ETag", "1")])
    data = reply_data(Response(200, headers, request=request))
    assert "fake" not in json.dumps(data)
    assert data["headers"] == {"X-Key": "REDACTED", "ETag": "1"}


ADVICE = [
    ALLOW_FETCH,
    ALLOW_ROOTS,
    Credentials({}, "order_capture").hint("Client-Id"),
    server_for(operation(servers=[{"url": "/v1"}]), Options())[1][0].hint,
]


@pytest.mark.parametrize("message", ADVICE)
def test_advice_names_the_options_of_the_command_line(message: str) -> None:
    """Whatever the other rooms say of Python's arguments."""
    assert "--" in respelt(message)
    assert not re.search(r"\w=(?!env:)", respelt(message))
