"""Flow files of mitmproxy, of every version since 0.10, whole and damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECORDINGS, everything, exchanges, in_short, kind, only, reply

from dynclient.traffic.readers import mitmproxy
from dynclient.traffic.recording import BrokenRecording

FLOWS = RECORDINGS / "flows.mitm"


def tnetstring(value: Any) -> bytes:
    """A value in the form in which mitmproxy writes it."""
    if value is None:
        data, sign = b"", b"~"
    elif isinstance(value, bool):
        data, sign = str(value).lower().encode(), b"!"
    elif isinstance(value, int | float):
        data, sign = str(value).encode(), b"#" if isinstance(value, int) else b"^"
    elif isinstance(value, bytes | str):
        data, sign = (value, b",") if isinstance(value, bytes) else (value.encode(), b";")
    elif isinstance(value, list):
        data, sign = b"".join(map(tnetstring, value)), b"]"
    else:
        data, sign = b"".join(tnetstring(each) for pair in value.items() for each in pair), b"}"
    return b"%d:%b%b" % (len(data), data, sign)


def flow(**changes: Any) -> dict[str, Any]:
    """A flow of version 20; members of the request begin with `request_`, those of the response with `response_`."""
    request = {"path": b"/pets?a=1", "scheme": b"https", "method": b"GET", "host": "api.test", "port": 443, "content": b"", "timestamp_start": 1714557600.5, "headers": [[b"Accept", b"*/*"]]}  # fmt: skip
    response = {"status_code": 200, "content": b"{}", "headers": [[b"Content-Type", b"application/json"]]}
    made: dict[str, Any] = {"version": 20, "type": "http", "request": request, "response": response, "websocket": None}
    for name, value in changes.items():
        part, _, member = name.partition("_")
        if member and part in made:
            made[part][member] = value
        else:
            made[name] = value
    return made


def test_flows_are_read_as_the_proxy_kept_them() -> None:
    """Version 21: codings are not undone there, and event streams are kept."""
    found = exchanges(everything(FLOWS))
    replies = {each.exchange.request.url.removeprefix("http://127.0.0.1:8931"): reply(each).content for each in found}
    assert kind(FLOWS) == "mitmproxy"
    assert json.loads(replies["/gzip"]) == {"id": 2, "name": "Grüße"}
    assert json.loads(replies["/br"]) == {"id": 3, "name": "Ärger"}
    assert replies["/events"] == b'data: {"a":1}\n\n'
    assert found[0].credentials == "shown"
    assert b'filename="server.pid"' in next(
        each.exchange.request.content for each in found if each.exchange.request.content[:2] == b"--"
    )


def test_old_versions_are_read(tmp_path: Path) -> None:
    """0.10 and 0.11 say `code`, have lists of numbers as versions, and bytes as names."""
    old = flow(version=[0, 10], response={b"code": 404, b"content": b"", b"headers": []})
    old = {name.encode(): value for name, value in old.items() if name != "websocket"}
    old[b"request"] = {name.encode(): value for name, value in old[b"request"].items()}
    found = everything(tmp_path / "a", b"".join(map(tnetstring, (old, flow(version=[0, 18, 2]), flow(version=7)))))
    url = "https://api.test/pets?a=1"
    assert in_short(found) == [("GET", url, 404), ("GET", url, 200), ("GET", url, 200)]
    assert exchanges(found)[0].time == 1714557600.5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "tcp"}, "not HTTP"),
        ({"type": "dns"}, "not HTTP"),
        ({"websocket": {"messages": []}}, "websocket"),
        ({"response": None}, "no reply"),
        ({"request_method": b"CONNECT", "request_path": b"", "request_authority": b"api.test:443"}, "not HTTP"),
    ],
)
def test_a_flow_that_is_no_exchange_says_why(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    """It is counted apart."""
    assert in_short(everything(tmp_path / "a", tnetstring(flow(**changes)))) == [reason]


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://api.test/pets?a=1"),
        ({"request_port": 8443}, "https://api.test:8443/pets?a=1"),
        ({"request_host": b"10.0.0.1", "request_headers": [[b"host", b"api.test"]]}, "https://api.test/pets?a=1"),
        ({"request_host": "::1", "request_port": 8443}, "https://[::1]:8443/pets?a=1"),
        ({"request_host": "", "request_authority": b"api.test"}, "https://api.test/pets?a=1"),
        ({"request_path": b"http://other.test/x"}, "http://other.test/x"),
    ],
)
def test_the_url_is_put_together(tmp_path: Path, changes: dict[str, Any], url: str) -> None:
    """With the name of the host where a transparent proxy knows only its address."""
    assert only(everything(tmp_path / "a", tnetstring(flow(**changes)))).exchange.request.url == url


def test_a_body_that_was_streamed_is_unknown(tmp_path: Path) -> None:
    """It is null in the file."""
    found = only(everything(tmp_path / "a", tnetstring(flow(request_content=None, response_content=None))))
    assert (found.request_body, found.response_body) == ("unknown", "unknown")


@pytest.mark.parametrize("step", [1, 1000, 1 << 18])
def test_a_file_that_ends_inside_a_flow_keeps_what_is_whole(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does where the proxy was killed."""
    monkeypatch.setattr(mitmproxy, "STEP", step)
    whole = in_short(everything(FLOWS))
    found = everything(tmp_path / "a", FLOWS.read_bytes()[:-700])
    assert in_short(found) == [*whole[:-1], ("recording/syntax", None)]
    assert isinstance(found[-1], BrokenRecording)
    assert (found[-1].message, found[-1].place.entry) == ("the file ends inside it", 12)


@pytest.mark.parametrize(
    "damage", [(b"2094:", b"20x4:"), (b"2094:", b"2054:"), (b"9:websocket", b"8:websocket"), (b"2094:", b"9999999999:")]
)
def test_a_broken_flow_costs_only_itself(tmp_path: Path, damage: tuple[bytes, bytes]) -> None:
    """The next one is found again."""
    raw = FLOWS.read_bytes()
    first = int(raw.partition(b":")[0])
    second = raw[len(str(first)) + first + 2 :]
    damaged = everything(tmp_path / "b", second + raw.replace(*damage, 1))
    shown = in_short(damaged)
    assert shown[:11] == in_short(everything(FLOWS))[1:]
    assert shown[11] == ("recording/syntax", None)
    assert shown[12:] == in_short(everything(FLOWS))[1:]
