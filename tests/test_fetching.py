"""Fetching the files of a document: within limits, once each, with the caller's credentials and no others."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from conftest import Serve
from servers import Loopback, Received, reply

from dynclient import AsyncClient, Client, Document, Limits, Request, RequestsTransport, Response, SpecError, load
from dynclient.exchange import Headers

HEAD = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}}


def opened(*references: str) -> dict[str, Any]:
    """A document with these references."""
    return {**HEAD, "paths": {f"/{index}": {"$ref": reference} for index, reference in enumerate(references)}}


class Files:
    """A transport that serves files by URL path, and counts."""

    def __init__(self, files: Any) -> None:
        self.files = files
        self.asked: list[Request] = []

    def __call__(self, request: Request, _: float) -> Response:
        """Answer with the file."""
        self.asked.append(request)
        found = self.files(request.url) if callable(self.files) else self.files.get(request.url)
        content = found if isinstance(found, bytes) else json.dumps(found).encode()
        return Response(404 if found is None else 200, Headers(), content, request=request)


def said(document: Document) -> str:
    """All that a document's problems say."""
    return "\n".join(map(str, document.problems))


def test_a_chain_of_files_ends() -> None:
    """However long it goes on."""
    files = Files(lambda url: {"$ref": f"http://h/{int(url.rpartition('/')[2]) + 1}"})
    document = load(json.dumps(opened("http://h/1")).encode(), fetch=files, limits=Limits(fetch_depth=5))
    assert "is more than 5 files away from the document (limits=Limits(fetch_depth=...) raises that)" in said(document)
    assert len(files.asked) == 5


def test_a_document_makes_a_bounded_number_of_requests() -> None:
    """However many files it names."""
    files = Files(lambda _: {})
    document = load(opened(*(f"http://h/{number}" for number in range(30))), fetch=files, limits=Limits(fetches=7))
    assert "needs more than 7 requests (limits=Limits(fetches=...) raises that)" in said(document)
    assert len(files.asked) == 7


def test_redirects_count_as_requests() -> None:
    """Each is a request, and as many are allowed in all."""

    def around(request: Request, _: float) -> Response:
        asked.append(request.url)
        return Response(302, Headers({"Location": f"http://h/{len(asked)}"}), request=request)

    asked: list[str] = []
    with pytest.raises(SpecError, match="needs more than 3 requests"):
        load("http://h/", fetch=around, limits=Limits(fetches=3))
    assert len(asked) == 3


def test_all_files_together_have_a_size() -> None:
    """It is the limit of one file."""
    files = Files(lambda _: {"x": "y" * 400})
    document = load(opened(*(f"http://h/{number}" for number in range(9))), fetch=files, limits=Limits(size=1000))
    assert "what is fetched for this document is larger than 1000 bytes (limits=Limits(size=...) raises that)" in said(
        document
    )
    assert len(files.asked) == 9


def test_all_files_together_have_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets what is left of it."""
    now = [0.0]
    monkeypatch.setattr("dynclient.fetching.time.monotonic", lambda: now[0])
    given = []

    def slow(request: Request, timeout: float) -> Response:
        given.append(timeout)
        now[0] += 29
        return Response(200, Headers(), b"{}", request=request)

    document = load(opened(*(f"http://h/{number}" for number in range(9))), fetch=slow, limits=Limits(fetch_seconds=60))
    assert "took longer than 60 seconds together (limits=Limits(fetch_seconds=...) raises that)" in said(document)
    assert given == [30, 30, 2]


def test_a_file_that_drips_ends(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though no wait between its bytes is long."""
    monkeypatch.setattr("dynclient.fetching.FILE_SECONDS", 0.2)

    def answer(_: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n{"
        while not server.closing.wait(0.02):
            yield b" "

    server = serve(answer)
    with pytest.raises(SpecError, match=r"did not arrive within 0\.2 seconds|no answer within"):
        load(f"{server.url}/a.json", fetch=True)
    server.closing.set()


@pytest.mark.parametrize("same", ["http://h:80/a#/x", "HTTP://H/a#/x", "http://h/%61#/x", "http://h/b/../a#/x"])
def test_a_url_is_fetched_once(same: str) -> None:
    """However it is spelt, and whatever fragment it has."""
    files = Files(lambda _: {"x": {}})
    document = load(opened("http://h/a#/x", "http://h/a", same), fetch=files)
    assert document.problems == []
    assert len(files.asked) == 1


def test_a_url_that_failed_is_not_asked_for_again() -> None:
    """Every reference to it says why."""
    files = Files({})
    document = load(opened(*["http://h/a"] * 5), fetch=files)
    assert said(document).count("the server answered 404 Not Found") >= 5
    assert len(files.asked) == 1


def test_a_document_that_refers_to_its_own_url_is_fetched_once(serve: Serve) -> None:
    """With a key in its query too, it is the same document."""
    server = serve(lambda request: reply(data=opened(f"http://{request.headers['host']}/a.json#/info")))
    found = load(f"{server.url}/a.json", fetch=True)
    assert found.follow(found.root.child("paths", "/0")).get("title") == "T"
    assert len(server.received) == 1


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Any], Loopback]]:
    """Start a server that speaks TLS, which the program trusts."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    started: list[Loopback] = []

    def start(answer: Any) -> Loopback:
        started.append(Loopback(answer, context=context))
        return started[-1]

    yield start
    for server in started:
        server.close()


def test_https_is_not_redirected_to_http(serve: Serve, secure: Callable[[Any], Loopback]) -> None:
    """Anybody on the way could have written the document."""
    plain = serve(reply(data=opened()))
    server = secure(reply(302, Location=f"{plain.url}/b.json"))
    with pytest.raises(SpecError, match="it is redirected from https to http://127"):
        load(f"https://127.0.0.1:{server.port}/a.json", fetch=True)
    assert plain.received == []


def test_an_https_document_does_not_refer_to_http(serve: Serve, secure: Callable[[Any], Loopback]) -> None:
    """For the same reason."""
    plain = serve(reply(data={}))
    server = secure(reply(data=opened(f"{plain.url}/b.json")))
    document = load(f"https://127.0.0.1:{server.port}/a.json", fetch=True)
    assert "leads from an https document to http" in said(document)
    assert plain.received == []


def test_no_password_of_the_machine_is_sent(serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither to a server that a document names, nor to its own."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login bob password fake-secret")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    other = serve(reply(data={}))
    server = serve(reply(data=opened(f"{other.url}/b.json")))
    _ = load(f"{server.url}/a.json", fetch=True).problems
    assert [request.headers.get("authorization") for request in (*server.received, *other.received)] == [None, None]


@pytest.mark.parametrize("way", ["fields", "userinfo", "session"])
def test_credentials_go_to_the_origin_of_the_document_only(serve: Serve, way: str) -> None:
    """To each of its files there, but nowhere else: neither by a reference nor by a redirect."""
    other = serve(reply(data={}))

    def answer(request: Received) -> bytes:
        if request.target == "/moved.json":
            return reply(302, Location=f"{other.url}/moved.json")
        return reply(data=opened("b.json", "moved.json", f"{other.url}/c.json") if request.target == "/a.json" else {})

    server = serve(answer)
    session = requests.Session()
    session.headers["Authorization"] = "Bearer fake-secret"
    url = server.url.replace("//", "//bob:fake-secret@") if way == "userinfo" else server.url
    fetch = {
        "fields": {"Authorization": "Bearer fake-secret"},
        "userinfo": True,
        "session": RequestsTransport(session),
    }[way]
    document = load(f"{url}/a.json", fetch=fetch)
    assert document.problems == []
    session.close()
    expected = "Basic Ym9iOmZha2Utc2VjcmV0" if way == "userinfo" else "Bearer fake-secret"
    assert [request.headers.get("authorization") for request in server.received] == [expected] * 3
    assert [request.target for request in other.received] == ["/moved.json", "/c.json"]
    assert not any("authorization" in request.headers for request in other.received)


def test_a_reference_cannot_name_a_user() -> None:
    """Its author has no credentials to give."""
    files = Files(lambda _: {})
    assert "credentials of other servers" in said(load(opened("http://bob:fake-secret@h/a"), fetch=files))
    assert files.asked == []


@pytest.mark.parametrize("opener", [load, Client, AsyncClient])
def test_every_opener_fetches_with_header_fields(serve: Serve, opener: Callable[..., Any]) -> None:
    """Which no message shows."""
    server = serve(lambda r: reply(data=opened()) if r.headers.get("x-key") == "fake-secret" else reply(401))
    with pytest.raises(
        SpecError, match=r"answered 401 Unauthorized \(fetch=\{'Authorization': ...\} sends header fields\)"
    ):
        opener(f"{server.url}/a.json", fetch=True)
    found = opener(f"{server.url}/a.json", fetch={"X-Key": "fake-secret"})
    document = getattr(found, "document", found)
    assert document.title == "T"
    assert "fake-secret" not in repr(document.options) + repr(document.origin)


@pytest.mark.parametrize("fetch", ["yes", 1, None, b"", [("a", "b")], {"a": 1}])
def test_fetch_is_one_of_its_values(fetch: Any) -> None:
    """A text would mean yes, whatever it says."""
    with pytest.raises(TypeError, match="fetch must be True, False, a mapping of header fields, or a transport"):
        load(opened(), fetch=fetch)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/o.json?api_key=S3KRET", "http://bob:S3%4bRET@127.0.0.1:1/o.json", "http://bob:S3KRET@@127.0.0.1:1/",
        "http://bob:S3KRET/x@127.0.0.1:1/o.json", "HTTP://bob:S3KRET@127.0.0.1:1/o.json", "http://127.0.0.1:1/?sig=S3KRET",
        "http://bob:S3KRET@[", "http://127.0.0.1:1\\@S3KRET:x@h/?token=S3KRET",
    ],
)  # fmt: skip
@pytest.mark.parametrize("fetch", [True, False])
def test_no_secret_of_a_url_is_shown(url: str, fetch: bool) -> None:  # noqa: FBT001  a parameter of the test
    """Neither in the error, nor in those that it came from, nor in what is said of a reference."""
    with pytest.raises(SpecError) as caught:
        load(url, fetch=fetch)
    shown, error = "", caught.value
    while error is not None:
        shown += f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    shown += said(load(opened(url), fetch=fetch))
    assert "S3KRET" not in shown
    assert "S3%4bRET" not in shown


def test_the_name_of_a_document_shows_no_secret(serve: Serve) -> None:
    """But it is opened again by its whole URL."""
    url = f"{serve(reply(data=opened())).url}/a.json?api_key=S3KRET&v=1"
    document = load(url, fetch=True)
    assert document.name.endswith("/a.json?api_key=REDACTED&v=1")
    assert document.origin is not None
    assert document.origin.spec == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1/a.json", "no connection: Connection refused"),
        ("http://[", "is not a URL that every program reads the same way"),
        ("http://1.2.3.4\\@h/", "is not a URL that every program reads the same way"),
    ],
)  # fmt: skip
def test_a_failure_is_a_plain_sentence(url: str, message: str) -> None:
    """Without the insides of an HTTP library."""
    with pytest.raises(SpecError, match=message) as caught:
        load(url, fetch=True)
    assert "Pool" not in str(caught.value)


def test_an_overlay_can_be_fetched() -> None:
    """If that is allowed."""
    overlay = {"overlay": "1.0.0", "info": {}, "actions": [{"target": "$.info", "update": {"title": "U"}}]}
    assert load(opened(), overlays=["http://h/o"], fetch=Files({"http://h/o": overlay})).title == "U"
    with pytest.raises(SpecError, match="fetch=True allows that"):
        load(opened(), overlays=["http://h/o"])
