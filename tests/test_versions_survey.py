"""Real pairs of versions of the public collection: no exception, one report, and a confirmed witness for whatever breaks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corpus.survey import corpus, default_cache

import dynclient
from dynclient.api.api import Api
from dynclient.api.read import read
from dynclient.exchange import Headers, Request, Response
from dynclient.spec.document import Document
from dynclient.versions import Change, diff

pytestmark = pytest.mark.survey

#: Versions of one API; documents that overlap; and some that have little in common.
PAIRS = [
    ("adyen.com/CheckoutService", "adyen.com/CheckoutService-v71"),
    ("adyen.com/ManagementService", "adyen.com/ManagementService-v3"),
    ("adyen.com/TransferService", "adyen.com/TransferService-v4"),
    ("twilio.com/twilio_chat_v1", "twilio.com/twilio_chat_v2"),
    ("twilio.com/twilio_chat_v2", "twilio.com/twilio_ip_messaging_v2"),
    ("twilio.com/twilio_studio_v1", "twilio.com/twilio_studio_v2"),
    ("github.com/ghes-2.18", "github.com/ghes-2.22"),
    ("github.com/ghes-2.22", "github.com/ghes-3.0"),
    ("github.com/ghes-3.0", "github.com/ghes-3.1"),
    ("github.com/ghes-3.6", "github.com/ghes-3.7"),
    ("github.com/ghes-3.8", "github.com/github.ae"),
    ("appwrite.io/client", "appwrite.io/server"),
    ("letmc.com/free-tier", "letmc.com/basic-tier"),
    ("twitter.com/legacy", "twitter.com/current"),
]
ENGINES = ("jsonschema-rs", "jsonschema")


def files(pair: tuple[str, str]) -> list[Path]:
    """Return the files of a pair."""
    if shutil.which("npm") is None and not default_cache().is_dir():
        pytest.skip("npm, which downloads the public documents, is not installed")
    return [corpus(default_cache()) / f"{name}.json" for name in pair]


def opened(pair: tuple[str, str]) -> list[Document]:
    """Return the documents of a pair."""
    return [dynclient.load(file, cache=False) for file in files(pair)]


def is_confirmed(documents: list[Document], change: Change, engine: str) -> bool:
    """Whether an engine says that one version accepts the body of a witness, and the other refuses it."""
    old, new = (Api(document, engine, bases=("",)) for document in documents)
    witness: Any = change.witness
    content, headers = json.dumps(witness["body"]).encode(), Headers(witness["headers"])
    if "status" not in witness:
        request = Request(witness["method"], "http://h" + witness["url"], headers, content)
        return not refused(old.match(request)) and refused(new.match(request))
    reply = Response(witness["status"], headers, content)
    after = new.operations[f"{witness['method']} {witness['path']}"]
    pairs = [each for each in old.operations.operations if each.wire_name == after.wire_name]
    return not refused(read(after, reply)) and any(refused(read(before, reply)) for before in pairs)


def refused(message: Any) -> bool:
    """Whether the body of a request or a reply, as it was read, breaks its document."""
    return any(each.where == "body" for each in message.problems)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def test_a_real_pair_is_compared(pair: tuple[str, str]) -> None:
    """Whatever breaks a schema has a witness, which both engines confirm through the whole way of a message."""
    old, new = opened(pair)
    for change in diff(old, new).changes:
        if not change.rule.startswith("schema/") or change.verdict != "breaks":
            continue
        assert change.witness is not None, change
        if "json" not in change.witness.get("headers", {}).get("Content-Type", ""):
            continue
        for engine in ENGINES:
            assert is_confirmed([old, new], change, engine), (engine, change)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def test_the_report_on_a_real_pair_is_the_same_in_every_process(pair: tuple[str, str]) -> None:
    """Whatever the seed of hashes."""
    program = "import json, sys, dynclient; from dynclient.versions import diff; print(json.dumps(diff(*(dynclient.load(each, cache=False) for each in sys.argv[1:])).to_dict()))"
    command = [sys.executable, "-c", program, *map(str, files(pair))]
    said = set()
    for seed in ("1", "2"):
        surroundings = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(dynclient.__file__).parent.parent)}
        done = subprocess.run(command, capture_output=True, check=True, env=surroundings)  # noqa: S603  a fixed command
        said.add(done.stdout)
    assert len(said) == 1


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def test_a_real_document_differs_in_nothing_from_itself(pair: tuple[str, str]) -> None:
    """Neither in the same words, nor when the order of its members hides that they are the same."""
    for file in files(pair):
        data = json.loads(file.read_bytes())
        assert diff(data, json.loads(json.dumps(data, sort_keys=True))).changes == ()
