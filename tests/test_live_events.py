"""Webhooks of a client: what arrives is judged by the version that it names."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynclient import Client, Request, UnknownOperation
from dynclient.catalog import shelves
from dynclient.exchange import Headers


def spec(kind: str) -> dict[str, Any]:
    """A version with two webhooks."""

    def hook(event: str) -> dict[str, Any]:
        schema = {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"const": event}, "id": {"type": kind}},
        }
        return {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                "responses": {},
            }
        }

    return {
        "openapi": "3.1.0",
        "info": {"title": "Pay", "version": "same"},
        "paths": {},
        "webhooks": {"paid": hook("paid"), "lost": hook("lost")},
    }


@pytest.fixture
def pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the first of two versions; events name theirs."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs" / "pay").mkdir(parents=True)
    for name, kind in (("2024-06-20", "integer"), ("2025-01-01", "string")):
        (tmp_path / "specs" / "pay" / f"{name}.yaml").write_text(yaml.safe_dump(spec(kind)), "utf-8")
    (tmp_path / "specs" / "dynclient.toml").write_text(
        '[apis.pay]\nversion = "2024-06-20"\nwebhook_version = "/meta/version"', "utf-8"
    )
    return Client("pay", server="http://h")


def event(data: Any, method: str = "POST") -> Request:
    """A request to a webhook."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Request(method, "http://me/hook", Headers({"Content-Type": "application/json"}), body)


@pytest.mark.parametrize(
    ("version", "value", "ok"),
    [("2024-06-20", 1, True), ("2024-06-20", "a", False), ("2025-01-01", "a", True), ("2025-01-01", 1, False), (None, 1, True)],
)  # fmt: skip
def test_an_event_is_judged_by_the_version_that_it_names(
    pay: Client, version: str | None, value: Any, *, ok: bool
) -> None:
    """And by the client's own, when it names none; the webhook is found by the body."""
    meta = {"meta": {"version": version}} if version else {}
    verdict = pay.webhooks.judge(event({"type": "paid", "id": value, **meta}))
    assert (verdict.ok, verdict.operation) == (ok, "POST paid")
    assert pay.webhooks.judge(event({"type": "lost", **meta})).operation == "POST lost"


def test_what_cannot_be_judged_is_a_problem(pay: Client) -> None:
    """An unknown version, another method, a body that is no JSON; an unknown name is an error."""
    said = [
        pay.webhooks.judge(request).request_problems[0].message
        for request in (event({"meta": {"version": "1999-01-01"}}), event({}, "PUT"), event(b"{"))
    ]
    assert "cannot find pay 1999-01-01: the catalog has 2024-06-20, 2025-01-01" in said[0]
    assert said[1] == "the document has no webhook for PUT"
    assert "JSON" in said[2]
    with pytest.raises(UnknownOperation, match="has no webhook 'paidd'"):
        pay.webhooks.judge(event({}), "paidd")


def test_an_event_names_a_version_and_no_range(pay: Client) -> None:
    """Whoever sends it must not choose among the versions."""
    verdict = pay.webhooks.judge(event({"type": "paid", "id": 1, "meta": {"version": ">=2020"}}))
    assert [str(problem) for _, problem in verdict.problems] == [
        'document: cannot judge the event: it names ">=2020" as its version'
    ]


def test_webhooks_are_still_a_mapping(pay: Client) -> None:
    """Of the version that the client has."""
    assert sorted(pay.webhooks) == ["POST lost", "POST paid"]
    assert ("paid" in pay.webhooks, len(pay.webhooks), pay.webhooks.get("x")) == (True, 2, None)
    first = pay.webhooks["paid"]
    pay.use("2025-01-01")
    assert pay.webhooks["paid"] is not first
