"""The server of a URL, if all who read it find the same one."""

import pytest

from dynclient.origins import origin, without_user


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://h", ("http", "h", 80)),
        ("HTTPS://H.example:444/a?b#c", ("https", "h.example", 444)),
        ("http://user:pass@h/@x", ("http", "h", 80)),
        ("http://[::1]:8080/", ("http", "[::1]", 8080)),
        ("http://h:/", ("http", "h", 80)),
        ("http://[0:0::1]/", ("http", "[::1]", 80)),
        ("http://B\u00dccher.example/", ("http", "xn--bcher-kva.example", 80)),
        ("http://\u212a.example/", ("http", "k.example", 80)),
        ("http://\uff11\uff12\uff17.0.0.1/", ("http", "127.0.0.1", 80)),
        ("http://0x.example/", ("http", "0x.example", 80)),
    ],
)
def test_the_server_of_a_url(url: str, server: tuple[str, str, int]) -> None:
    """Scheme, host and port (RFC 6454, section 4)."""
    assert origin(url) == server


@pytest.mark.parametrize(
    "url",
    ["http://other:1\\@h/", "http://other\t@h/", "http://h\n.other/", " http://h/", "http:/h/", "http://ot%68er/", "http://a b/",
     "http://h\x00.other/", "http://h:0/", "http://h:65536/", "http://h:99999999/", "http://h..x/", "http://a@b@h/", "//h/", "ftp://h/",
     "http://[::1/", "http://h\u2100.x/", "http://[", "http://[:::1]/", "http://127.1/",
     "http://0x7f.0.0.1/", "http://010.0.0.1/", "http://2130706433/", "http://127.0.0.1./", "http://1.2.3.4.5/", "http://x.0x7f/",
     "http://a\u200db.x/", "http://h:\u0661/"],
)  # fmt: skip
def test_a_url_that_parsers_read_differently_has_no_server(url: str) -> None:
    """Two that disagree on it would compare one host and connect to another."""
    assert origin(url) is None


@pytest.mark.parametrize(
    ("url", "bare", "field"),
    [
        ("http://u:p@h:1/a@b?c@d", "http://h:1/a@b?c@d", "Basic dTpw"),
        ("http://u%3a:%40@h", "http://h", "Basic dTo6QA=="),
        ("http://u@h", "http://h", "Basic dTo="),
        ("http://h/a@b", "http://h/a@b", ""),
    ],
)
def test_user_information_is_an_authorization(url: str, bare: str, field: str) -> None:
    """RFC 7617; and no part of the URL any more."""
    assert without_user(url) == (bare, field)
