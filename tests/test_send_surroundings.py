"""The environment: proxies and authorities, the same for every transport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Serve
from servers import document, reply
from transports import KINDS, Sent, exchange, request_to

from dynclient import (
    AsyncAiohttpTransport,
    AsyncHttpxTransport,
    AsyncPyreqwestTransport,
    AuthError,
    Client,
    HttpxTransport,
    OAuth2,
    PyreqwestTransport,
    RequestsTransport,
    TransportError,
)
from dynclient.send.transport import AUTHORITIES


def trusting(kind: str, path: str) -> Any:
    """A transport of a kind that is told which authorities to trust."""
    session = requests.Session()
    session.verify = path
    return {
        "requests": lambda: RequestsTransport(session), "async requests": lambda: RequestsTransport(session),
        "httpx2": lambda: HttpxTransport(verify=path), "async httpx2": lambda: AsyncHttpxTransport(verify=path),
        "pyreqwest": lambda: PyreqwestTransport(verify=path), "async pyreqwest": lambda: AsyncPyreqwestTransport(verify=path),
        "async aiohttp": lambda: AsyncAiohttpTransport(verify=path),
    }[kind]()  # fmt: skip


@pytest.mark.parametrize("name", AUTHORITIES[:3])
def test_a_variable_names_the_authorities_to_trust(
    sent: Sent, tls: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every transport reads the same ones."""
    server, folder = tls
    url = server.url.replace("http:", "https:")
    with pytest.raises(TransportError, match="no connection"):
        sent(request_to(url))
    monkeypatch.setenv(name, str(folder / "ca.pem"))
    assert sent(request_to(url)).content == b"secure"


def test_a_folder_of_authorities_is_read(sent: Sent, tls: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names that OpenSSL gives its files; the first variable that is set counts."""
    server, folder = tls
    place = tmp_path / "authorities"
    place.mkdir()
    hashed = _subject_hash(folder / "ca.pem")
    (place / f"{hashed}.0").write_bytes((folder / "ca.pem").read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(place))
    url = server.url.replace("http:", "https:")
    assert sent(request_to(url)).content == b"secure"
    monkeypatch.setenv("CURL_CA_BUNDLE", str(place / "none"))
    with pytest.raises(TransportError, match="none: No such file"):
        sent(request_to(url))


def _subject_hash(file: Path) -> str:
    import subprocess

    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  our own


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", ["by setting", "by variable"])
def test_authorities_that_are_none_are_told_as_that(
    kind: str, given: str, tls: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing, one without a certificate, and a folder without one; not as a broken connection."""
    server, _ = tls
    empty, folder = tmp_path / "empty.pem", tmp_path / "folder"
    empty.write_text("no certificate")
    folder.mkdir()
    for path, reason in (
        (tmp_path / "missing.pem", "No such file"),
        (empty, "no certificate in PEM"),
        (folder, "no certificate under"),
    ):
        if given == "by variable":
            monkeypatch.setenv("SSL_CERT_FILE", str(path))
        transport = trusting(kind, str(path)) if given == "by setting" else None
        request = request_to(server.url.replace("http:", "https:"))
        with pytest.raises(TransportError, match=f"the certificates cannot be used: {path}: {reason}"):
            exchange(kind, request, transport=transport)
    assert server.received == []


def test_token_endpoints_trust_the_same_authorities(tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is said of them is, too."""
    server, folder = tls
    token_url = server.url.replace("http:", "https:") + "/token"
    schemes = {"O": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": token_url, "scopes": {}}}}}
    get = {"operationId": "get", "security": [{"O": []}], "responses": {}}
    client = Client(
        document({"/a": {"get": get}}, components={"securitySchemes": schemes}),
        server=server.url, auth={"O": OAuth2("c", "s")},
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(AuthError, match=r"the certificates cannot be used: .*missing\.pem: No such file"):
        client.get.prepare()
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    with pytest.raises(AuthError, match="unexpected answer: 200"):  # it was asked
        client.get.prepare()


@pytest.mark.parametrize("exempt", ["*", "127.0.0.0/8", "127.0.0.1", "10.0.0.0/8, 127.0.0.0/24"])
def test_no_proxy_is_read_the_same_way(sent: Sent, exempt: str, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A star, an address, and ranges of addresses."""
    proxy, server = serve(reply(data="by proxy", kind="text/plain")), serve(reply(data="plain", kind="text/plain"))
    monkeypatch.setenv("http_proxy", proxy.url)
    assert sent(request_to(server.url)).content == b"by proxy"
    monkeypatch.setenv("no_proxy", exempt)
    assert sent(request_to(server.url)).content == b"plain"
