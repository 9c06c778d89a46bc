"""Formats, against tables of what the standards accept and refuse."""

import pytest

from dynclient.schema.formats import FORMATS

ACCEPTED = {
    "date": ["2026-01-02", "2024-02-29", "0001-01-01"],
    "date-time": ["2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123z", "2026-01-02T03:04:05+02:00"],
    "time": ["03:04:05Z", "23:59:60Z", "03:04:05.5-01:00"],
    "duration": ["P1D", "PT1H", "P1Y2M3DT4H5M6S", "P2W", "PT0.5S"],
    "email": ["a@example.com", "a.b+c@example.co", '"a b"@example.com'],
    "hostname": ["example.com", "localhost", "a-b.c", "1.2.3.4"],
    "ipv4": ["127.0.0.1", "255.255.255.255"],
    "ipv6": ["::1", "2001:db8::1"],
    "uri": ["https://example.com/a?b#c", "urn:isbn:1", "mailto:a@b"],
    "uri-reference": ["/a", "a/b", "#x", "", "https://example.com"],
    "uuid": ["00000000-0000-4000-8000-000000000001", "ABCDEF00-0000-4000-8000-000000000001"],
    "byte": ["", "YQ==", "YWJj"],
    "json-pointer": ["", "/a/b~1c~0d", "/"],
    "base64url": ["", "YQ", "YQ==", "_-8"],
    "char": ["a", "ä"],
    "date-time-local": ["2026-01-02T03:04:05", "2026-01-02T03:04:05.5"],
    "decimal": ["0", "-1.50", "1e3"],
    "decimal128": ["1.5", "NaN", "-INF"],
    "http-date": ["Sun, 06 Nov 1994 08:49:37 GMT"],
    "media-range": ["*/*", "text/*", "application/json; charset=utf-8"],
    "sf-binary": [":YQ==:", "::"],
    "sf-boolean": ["?0", "?1"],
    "sf-decimal": ["1.5", "-0.125"],
    "sf-integer": ["0", "-42"],
    "sf-string": ['"a b"', '"a\\"b"'],
    "sf-token": ["a/b", "*x"],
    "time-local": ["03:04:05", "23:59:59.9"],
    "relative-json-pointer": ["0", "1/a", "2#"],
    "idn-email": ["ü@bücher.example", "a@b.c"],
    "idn-hostname": ["bücher.example", "हिन्दी.example", "localhost"],
    "iri": ["https://bücher.example/ü?q=ü#ü", "urn:a"],
    "iri-reference": ["/ü", "", "?ü"],
    "uri-template": ["", "/a/{b}", "{+base}/x{?q,r*,s:3}", "/ü%20{a.b}{#frag}"],
}
REFUSED = {
    "date": ["2026-02-30", "26-01-02", "2026-1-2", "2026-01-02T00:00:00Z", "20260102", "2026-01-02\n"],
    "date-time": ["2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-13-01T00:00:00Z", "x"],
    "time": ["03:04", "24:00:00Z", "03:04:05"],
    "duration": ["P", "PT", "1D", "P1D2W", "P1S"],
    "email": ["a", "a@", "@b", "a b@c"],
    "hostname": ["", "-a", "a-", "a..b", "a_b", "x" * 64, "é.com"],
    "ipv4": ["1.2.3", "256.1.1.1", "01.1.1.1"],
    "ipv6": [":::", "1::2::3", "12345::"],
    "json-pointer": ["a", "/~", "/a~2"],
    "base64url": ["a", "a+b=", "YQ="],
    "char": ["", "ab"],
    "idn-email": ["ü", "ü@"],
    "idn-hostname": ["", "-ü", "ü..a", "a b"],
    "iri": ["/ü", "https://a b", "https://[ü"],
    "iri-reference": ["\\\\a", "<ü>", "%zz"],
    "uri-template": ["/a/{b", "{}", "a}b", "{a b}", "a b", "%zz"],
    "date-time-local": ["2026-01-02T03:04:05Z", "2026-01-02"],
    "decimal": ["", "1,5", ".5"],
    "decimal128": ["x"],
    "http-date": ["1994-11-06", "Sun, 6 Nov 1994 08:49:37 GMT"],
    "media-range": ["text", "*/html", "a b/c"],
    "sf-binary": ["YQ==", ":"],
    "sf-boolean": ["true", "?2"],
    "sf-decimal": ["1", "1.2345"],
    "sf-integer": ["1.5", "1234567890123456"],
    "sf-string": ["a", '"ä"'],
    "sf-token": ["1a", "a b", ""],
    "time-local": ["03:04:05Z", "3:04:05"],
    "relative-json-pointer": ["", "/a", "01", "1a"],
    "uri": ["/a", "a b", "http://a b", "", "http://[", "http://a/%zz"],
    "uri-reference": ["a b", "\\", "%"],
    "uuid": ["00000000000040008000000000000001", "x", "{00000000-0000-4000-8000-000000000001}"],
    "byte": ["a", "YQ", "Y Q=", "!!!!"],
}


def rows(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The table's entries, one by one."""
    return [(name, text) for name, texts in table.items() for text in texts]


def test_every_format_has_its_table() -> None:
    """None goes untested."""
    assert FORMATS.keys() == ACCEPTED.keys() == REFUSED.keys()


@pytest.mark.parametrize(("name", "text"), rows(ACCEPTED))
def test_a_text_of_the_format_is_accepted(name: str, text: str) -> None:
    """As the standard of the format says."""
    assert FORMATS[name](text)


@pytest.mark.parametrize(("name", "text"), rows(REFUSED))
def test_a_text_that_is_not_of_the_format_is_refused(name: str, text: str) -> None:
    """As the standard of the format says."""
    assert not FORMATS[name](text)
