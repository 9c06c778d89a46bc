"""What every test starts from: no proxies, no netrc, a folder of its own for what is kept of documents, and servers that are closed again.

`DYNCLIENT_TEST_CACHE` runs the whole suite with every document, however small, going through the cache: `cold` (written by every test
anew), `warm` (always read back), `damaged` (read back from a damaged file), or without it: `off`.
`DYNCLIENT_TEST_ENGINE` and `DYNCLIENT_TEST_TRANSPORT` run it with another JSON Schema engine, or another HTTP library, where a test asks
for none by name.
"""

from __future__ import annotations

import functools
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import trustme
from servers import Answer, Loopback, reply
from transports import KINDS, Sent, exchange

from dynclient import Client
from dynclient.schema import schemas
from dynclient.schema.engine import ENGINES
from dynclient.send import transport
from dynclient.spec.slices import HEADER
from dynclient.spec.store import StoreEntry

# A red suite is the fault of what was changed: neither of a busy machine nor of new examples, which `--hypothesis-profile=search` looks for.
PATIENT = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("dynclient", PATIENT, derandomize=True)
hypothesis.settings.register_profile("search", PATIENT)
hypothesis.settings.load_profile("dynclient")

Serve = Callable[[bytes | Answer], Loopback]


MODE = os.environ.get("DYNCLIENT_TEST_CACHE", "")
FOLDER = Path(tempfile.mkdtemp(prefix="dynclient-tests-"))
# before any module of tests is imported: some open documents at once
os.environ["DYNCLIENT_CACHE"] = "off" if MODE == "off" else str(FOLDER)
if MODE in ("cold", "warm", "damaged"):
    os.environ["DYNCLIENT_CACHE_MIN_SIZE"] = "0"


schemas.DEFAULT_ENGINE = os.environ.get("DYNCLIENT_TEST_ENGINE", schemas.DEFAULT_ENGINE)
transport.DEFAULT = os.environ.get("DYNCLIENT_TEST_TRANSPORT", transport.DEFAULT)


def pytest_unconfigure() -> None:
    """Nothing stays."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def damage(path: Path) -> None:
    """Spoil what a file of slices holds behind its header, but for its last part, as a bad disk would."""
    raw = bytearray(path.read_bytes())
    spoilt = slice(HEADER, HEADER + (len(raw) - HEADER) // 2, 16)
    raw[spoilt] = b"\0" * len(raw[spoilt])
    path.write_bytes(raw)


@pytest.fixture(autouse=True)
def _kept_documents(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the mode asks for."""
    if MODE == "cold":
        monkeypatch.setenv("DYNCLIENT_CACHE", str(tmp_path_factory.mktemp("kept")))
    if MODE not in ("warm", "damaged"):
        return
    first = StoreEntry.load

    @functools.wraps(first)
    def again(self: Any, raw: bytes, parse: Any) -> Any:
        found = first(self, raw, parse)
        kept = self.store.folder / f"{self.key}.slices"
        if not kept.is_file():
            return found
        if MODE == "damaged":
            damage(kept)
        return first(self, raw, parse)

    monkeypatch.setattr(StoreEntry, "load", again)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings reaches a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in transport.AUTHORITIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a loopback server with an answer; it is closed when the test ends."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(Loopback(answer))


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[Loopback, Path]]:
    """A TLS server that takes client certificates, and the folder with the certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = authority.issue_cert("alice@example.com")
    client.private_key_pem.write_to_path(tmp_path / "key.pem")
    client.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL

    with Loopback(reply(data="secure", kind="text/plain"), context=context) as server:
        yield server, tmp_path


@pytest.fixture(params=KINDS)
def sent(request: pytest.FixtureRequest) -> Sent:
    """Send a request and give its reply, by each transport in turn."""
    return partial(exchange, request.param)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which are not waited for."""
    found: list[float] = []

    async def pause(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("dynclient.send.flow.sleep", found.append)
    monkeypatch.setattr("dynclient.aclient.sleep", pause)
    return found


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each JSON Schema engine in turn."""
    return str(request.param)


@pytest.fixture
def shop_at() -> Iterator[Callable[..., Client]]:
    """Make a client of Order Capture for a server; it is closed when the test ends."""
    with ExitStack() as stack:

        def make(server: str, spec: str = "order_capture", **rest: object) -> Client:
            auth = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
            settings = {"auth": auth if spec == "order_capture" else {"application": "fake-app"}, **rest}
            return stack.enter_context(Client(spec, server=server, **settings))  # type: ignore[arg-type]

        yield make
