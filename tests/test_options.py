"""Options: one frozen value that reports mistakes at once."""

import dataclasses
from typing import Any

import pytest
from servers import document, reply

from dynclient import Client, Options


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"validate_requests": "no"}, "validate_requests must be one of strict, warn, off, not 'no'"),
        ({"validate_responses": None}, "validate_responses must be one of strict, warn, off, not None"),
        ({"timeout": 0}, "timeout must be above 0 seconds, or None for no limit, not 0"),
        ({"timeout": -1}, "timeout must be above 0 seconds, or None for no limit, not -1"),
        ({"timeout": float("nan")}, "timeout must be above 0 seconds, or None for no limit, not nan"),
        ({"timeout": True}, "timeout must be above 0 seconds, or None for no limit, not True"),
        ({"timeout": (3, 5)}, r"timeout is one number of seconds, for connecting as .* not \(3, 5\)"),
        ({"total_timeout": "1"}, "total_timeout must be above 0 seconds, or None for no limit, not '1'"),
        ({"max_reply": 0}, "max_reply must be above 0 bytes, or None for no limit, not 0"),
        ({"max_ratio": -1}, "max_ratio must be above 0 times, or None for no limit, not -1"),
        ({"retries": -1}, "retries must be 0 or more, not -1"),
        ({"server": "http://h/a?b=1"}, r"server must be a URL without a query and a fragment, not 'http://h/a\?b=1'"),
        ({"server": "http://h#x"}, "server must be a URL without a query and a fragment, not 'http://h#x'"),
        (
            {"server": "http://a\\@b/"},
            r"with a host \(character 9 is a backslash; before '@' it is written %5C\), not 'http://b/'",
        ),
        ({"server": "http://u:p w@h"}, r"with a host \(character 11 is ' '; before '@' it is written %20\)"),
        ({"server": "http://u:p@w@h"}, r"with a host \(character 11 is '@'; before '@' it is written %40\)"),
        ({"follow_to": ["http://u:p#w@h"]}, r"with a host \(character 11 is '#'; before '@' it is written %23\)"),
        ({"server": "http://["}, r"server must be an http\(s\) URL with a host"),
        ({"redirects": "no"}, "redirects must be True, False or None, not 'no'"),
        ({"extra_query": {1: 2}}, "extra_query must have names that are texts, not 1"),
        ({"extra_body": {None: 2}}, "extra_body must have names that are texts, not None"),
        ({"extra_query": {"a": {"b": 1}}}, "extra_query must hold texts, numbers or lists of them: 'a' is an object"),
        ({"tolerate": None}, "tolerate must be a list of rules, not None"),
        ({"follow_to": None}, "follow_to must be a list of URLs, not None"),
        ({"follow_to": ["h:80"]}, r"follow_to must list http\(s\) URLs with a host, not 'h:80'"),
        (
            {"server": "ftp://localhost:8080"},
            r"server must be an http\(s\) URL with a host, not .ftp://localhost:8080.",
        ),
    ],
)
def test_a_wrong_option_is_refused(wrong: dict[str, Any], message: str) -> None:
    """With the right values, before anything is sent."""
    with pytest.raises(ValueError, match=message):
        Client("order_capture", options=Options(**wrong))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"headers": "Authorization: fake-secret"}, "headers must be a mapping of names to texts, not str"),
        ({"headers": [("A", "fake-secret")]}, "headers must be a mapping of names to texts, not list"),
        ({"headers": None}, "headers must be a mapping of names to texts, not NoneType"),
        ({"server": b"http://fake-secret"}, "server must be a URL, or the index, name or description of a server, not bytes"),
        ({"server": True}, "server must be .*, not bool"),
        ({"server_variables": "x"}, "server_variables must be a mapping of names to values, not str"),
        ({"accept": ["a/b"]}, "accept must be a text, not list"),
        ({"retries": None}, r"retries must be a whole number, or Retries\(...\), not NoneType"),
        ({"retries": 2.5}, r"retries must be a whole number, or Retries\(...\), not float"),
        ({"tiemout": 5}, r"Options\(\) has no argument 'tiemout' \(did you mean 'timeout'"),
    ],
)  # fmt: skip
def test_an_option_of_another_type_is_refused(wrong: dict[str, Any], message: str) -> None:
    """With its name, and without its value, which may be a secret."""
    for attempt in (lambda: Options(**wrong), lambda: Client("order_capture").with_options(**wrong)):
        with pytest.raises(
            (TypeError, ValueError), match=message.replace("Options", "(Options|with_options)")
        ) as caught:
            attempt()
        assert "fake-secret" not in str(caught.value)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Options)])
def test_options_cannot_be_changed(field: str) -> None:
    """Create a copy with other values instead."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Options(), field, None)


def test_options_do_not_show_credentials() -> None:
    """A header may be one, and a server's URL may contain one."""
    options = Options(headers={"Authorization": "fake-secret", "X-A": "1"}, server="http://user:fake-secret@h")
    assert "fake-secret" not in repr(options)
    assert options.safe_headers == {"Authorization": "REDACTED", "X-A": "1"}


@pytest.mark.parametrize("limit", [None, float("inf"), 1e9, 10**400])
@pytest.mark.parametrize("kind", ["requests", "httpx2", "pyreqwest"])
def test_no_limit_is_a_limit(serve: Any, kind: str, limit: Any) -> None:
    """None, infinity and what no clock counts are the same."""
    options = Options(timeout=limit, total_timeout=limit, max_reply=limit, max_ratio=None)
    paths = {"/a": {"get": {"operationId": "get", "responses": {"200": {"description": ""}}}}}
    with Client(document(paths), server=serve(reply(data="a")).url, transport=kind, options=options) as client:
        assert client.get.send().content == b"a"


def test_the_time_of_a_call_follows_the_time_of_a_wait() -> None:
    """Unless it is given."""
    assert Options(timeout=2).limits.total == 20
    assert dataclasses.replace(Options(timeout=2), timeout=3).limits.total == 30
    assert Options(timeout=None).limits.total == float("inf")
    assert Options(timeout=2, total_timeout=5).limits.total == 5


def test_follow_to_is_a_list() -> None:
    """A text would be read letter by letter."""
    with pytest.raises(ValueError, match=r"follow_to must be a list of URLs, not text: write \['http://h'\]"):
        Options(follow_to="http://h")


def test_options_do_not_show_the_variables_of_a_server() -> None:
    """One may be a key."""
    assert "fake-secret" not in repr(Options(server_variables={"tenant": "fake-secret"}))
