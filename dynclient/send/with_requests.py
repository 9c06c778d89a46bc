"""The default transport: `requests`, whose users' sessions, adapters and recorders go on working."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse

from dynclient import forks
from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send import failures
from dynclient.send.codings import accepted
from dynclient.send.connections import Connections, SessionReply, trusted_by
from dynclient.send.cookies import cookie_field
from dynclient.send.failures import ArrivingBody
from dynclient.send.final import Live
from dynclient.send.surroundings import require_authorities
from dynclient.send.transport import CHUNK, Pooled
from dynclient.wire.mediatype import MediaError

#: http.client raises a ValueError for a chunk of negative size.
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)

failures.redact("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")


class RequestsTransport(Pooled):
    """Sends with `requests`: connections are kept, proxies, TLS settings, cookies and mounted adapters are the session's.

    Args:
        session: The session to send with; by default one of its own, which `close` closes.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._own: Connections | None = None
        if session is None:
            session, self._own = _session(requests.Session()), Connections()
            session.mount("https://", self._own)
            session.mount("http://", self._own)
        self.session = session
        forks.join(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        forks.join(self)

    def forked(self) -> None:
        """Let the adapters of the session, own or not, make connections of their own."""
        for adapter in set(self.session.adapters.values()):
            if isinstance(adapter, HTTPAdapter):
                adapter.__setstate__(adapter.__getstate__())  # type: ignore[attr-defined]  # as after a pickle

    @property
    def certificate(self) -> Any:
        """The client certificate of the session."""
        return self.session.cert

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        reply = self._send(request, timeout, started)
        raw: Any = reply.live if type(reply) is SessionReply else reply.raw
        status = reply.status_code
        if (
            100 <= status < 200 and status != 101
        ):  # http.client took it for the reply, which would answer the next request
            raw.close()
            raise failures.not_answered(request, f"the session takes the interim response {status} for the reply")
        fields: Any = getattr(raw, "headers", None) or reply.headers
        listed, coded = partial(_listed, fields), fields.get("Content-Encoding")
        pieces: Iterator[bytes] | None
        if type(raw) is Live and not raw.closed:
            pieces, listed = raw.pieces(CHUNK), fields.items if raw.final.is_ascii else listed
        else:
            pieces = _pieces(raw, reply)
        if pieces is None:
            pieces, coded = reply.iter_content(CHUNK), None
        return ArrivingBody(
            request, timeout, started, status, listed, pieces, reply.close, _BROKEN, _is_late, coded
        ).response()

    def close(self) -> None:
        """Close the session's connections, if the session is this transport's own."""
        if self._own is not None:
            self.session.close()

    def _send(self, request: Request, timeout: float, started: float) -> requests.Response:
        if request.stray:
            return self._apart()._send(replace(request, stray=False), timeout, started)  # noqa: SLF001  of this class
        token, mark = failures.sending.set(request), failures.ending.set(request.limits.end(started))
        wait = failures.wait(request, timeout, started)
        try:
            ready = None if self._own is None else self._own.ready(self.session, request)
            if ready is None:
                return self._prepare_and_send(request, wait)
            return self.session.send(
                ready, stream=True, timeout=wait, verify=ready.verify, cert=ready.cert, proxies={}, allow_redirects=False
            )  # fmt: skip
        except MediaError as error:
            raise failures.no_body(request, error) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            unusable = self._unusable(request)
            if unusable is not None:
                raise failures.no_certificates(request, unusable) from None
            raise _translated(error, request, timeout, started) from None  # its text may quote credentials
        except ValueError:
            raise failures.no_url(request) from None
        finally:
            failures.sending.reset(token)
            failures.ending.reset(mark)

    def _prepare_and_send(self, request: Request, wait: float | None) -> requests.Response:
        request = failures.ready(request)
        fields = _fields(request)
        cookies = cookie_field(self.session.cookies, request)
        if cookies and cookies.isascii():
            fields = {name: value for name, value in fields.items() if name.lower() != "cookie"} | {"Cookie": cookies}
        return self.session.request(
            request.method,
            request.url,
            headers=fields,
            data=request.body,
            timeout=wait,
            allow_redirects=False,
            stream=True,
            auth=_leave,
            cert=request.certificate,
            verify=trusted_by(self.session, request.url),
        )

    def _unusable(self, request: Request) -> OSError | None:
        """Return what is wrong with the authorities to trust; requests tells of it as of a broken connection."""
        verify = trusted_by(self.session, request.url) if request.url.startswith("https") else None
        try:
            _ = require_authorities(verify) if isinstance(verify, str) else None
        except OSError as error:
            return OSError(error.errno, error.strerror)  # without the error of requests behind it
        return None

    def _apart(self) -> RequestsTransport:
        """Return a transport with the session's connections, proxies and trusted authorities, and nothing else of it."""
        session, users = _session(_Apart()), self.session
        session.adapters = users.adapters
        session.verify, session.proxies, session.trust_env = users.verify, users.proxies, users.trust_env
        return RequestsTransport(session)


class _Apart(requests.Session):
    """A session that leaves redirects alone; requests would parse their targets even when it does not follow them."""

    def get_redirect_target(self, _: requests.Response) -> None:
        return None


def _session(session: requests.Session) -> requests.Session:
    session.headers["User-Agent"] = f"dynclient/{__version__}"
    session.headers["Accept-Encoding"] = accepted()
    return session


def _leave(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Replace credentials from a netrc file, which `requests` would prefer to those of the document."""
    return prepared


def _fields(request: Request) -> dict[str, Any]:
    """Return header fields as `requests` takes them; text beyond ASCII is sent as UTF-8."""
    headers = request.headers
    return {name: value if (value := headers[name]).isascii() else value.encode() for name in headers}


def _listed(fields: Any) -> list[tuple[str, str]]:
    return [(name, value if value.isascii() else failures.field_text(value)) for name, value in fields.items()]


def _pieces(raw: Any, reply: requests.Response) -> Iterator[bytes] | None:
    """Return the bytes of the body as they arrive, with their codings; None for what a hook or a recorder has read."""
    ours = type(reply) is SessionReply
    if isinstance(raw, BaseHTTPResponse) and (ours or not raw.closed):
        if raw.chunked:
            return raw.stream(CHUNK, decode_content=False)
        return iter(partial(raw.read1, CHUNK, decode_content=False), b"")
    return raw.stream(CHUNK, decode_content=False) if ours else None  # a recorder's


def _is_late(error: BaseException) -> bool:
    late = requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError
    return isinstance(error, late) or "timed out" in str(error)


def _translated(error: Exception, request: Request, timeout: float, started: float) -> TransportError:
    """Return this package's error for one of requests'."""
    names = {type(cause).__name__ for cause in failures.causes(error)}
    if "ConnectTimeoutError" in names and "NewConnectionError" not in names:
        return failures.not_connected_in_time(request, timeout, started)
    if _is_late(error):
        return failures.too_late(request, timeout, started)
    if names & {"InvalidSchema", "InvalidURL", "MissingSchema", "LocationValueError", "LocationParseError"}:
        return failures.no_url(request)
    reason = failures.reason_of(error)
    if names & {"NewConnectionError", "NameResolutionError", "ProxyError", "SSLError"}:
        return failures.not_connected(request, reason)
    return failures.not_answered(request, reason)
