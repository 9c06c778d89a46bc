"""The access token of a scheme: kept in memory, renewed before it expires, and requested once for all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from dynclient.errors import AuthError
from dynclient.security.oauth.endpoint import Endpoint, NoAnswer, Provider, Sender
from dynclient.security.oauth.grants import Grants
from dynclient.security.oauth.settings import INTERACTIVE, OAuth2, OAuthFlow, Secret, candidates, choose_flow

#: A token is renewed this many seconds before it expires, or after nine tenths of a short lifetime. One that expires at once
#: serves the call that asked for it, and those that waited for it meanwhile.
_AHEAD = 30.0


class _Token:
    """An access token, with the times at which to renew it and at which it expires; its repr does not show it."""

    __slots__ = ("expires", "renew_at", "scopes", "text")

    def __init__(self, text: str, scopes: frozenset[str] | None, renew_at: float | None, expires: float | None) -> None:
        self.text = text
        self.scopes = scopes  # None: the unknown scopes of the user's own refresh token
        self.renew_at = renew_at
        self.expires = expires

    def covers(self, scopes: frozenset[str]) -> bool:
        return self.scopes is None or scopes <= self.scopes

    def is_fresh(self) -> bool:
        return self.renew_at is None or time.time() < self.renew_at

    def has_expired(self) -> bool:
        return self.expires is not None and time.time() >= self.expires


class TokenSource:
    """The source of the access tokens of one scheme.

    Args:
        scheme: The scheme's id.
        settings: The user's settings.
        flows: The document's flows, with absolute URLs.
        discovery_url: The URL of the authorization server's metadata, or "".
        sender: The transport.
    """

    def __init__(
        self, scheme: str, settings: OAuth2, flows: tuple[OAuthFlow, ...], discovery_url: str, sender: Sender
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._discovery_url = discovery_url
        self._endpoint = Endpoint(scheme, settings, sender)
        self._provider: Provider | None = None
        self._lock = threading.Lock()
        self._pending: Future[_Token] | None = None
        self._pending_scopes: frozenset[str] = frozenset()
        self._token: _Token | None = None
        self._refresh_token: Secret | None = settings.refresh_token
        self._scopes: frozenset[str] | None = None if settings.refresh_token is not None else frozenset()

    def forked(self) -> None:
        """Forget the lock of the parent process, and its request that is under way."""
        self._lock, self._pending = threading.Lock(), None

    def token(self, scopes: Iterable[str], timeout: float) -> str:
        """Return an access token for these scopes that has not expired.

        Raises:
            AuthError: The authorization server refuses one.
        """
        wanted = frozenset(scopes if self._settings.scopes is None else self._settings.scopes)
        while True:
            with self._lock:
                if self._token is not None and self._token.covers(wanted) and self._token.is_fresh():
                    return self._token.text
                pending, is_first = self._pending, self._pending is None
                if pending is None:
                    pending, self._pending_scopes = Future(), wanted
                    self._pending = pending
                has_same_scopes = self._pending_scopes == wanted
            if is_first:
                return self._request(pending, wanted, timeout).text
            try:
                token = pending.result()  # the requesting thread has time limits
            except AuthError:
                if has_same_scopes:
                    raise
                continue  # the request for other scopes failed
            if token.covers(wanted):
                return token.text

    def renew(self, used: str, scopes: Iterable[str], timeout: float) -> str | None:
        """Return another token than the one that was refused, or None if that needs a person (RFC 6750, section 3.1).

        Raises:
            AuthError: The authorization server refuses one.
        """
        with self._lock:
            if self._token is not None and self._token.text == used:
                self._token = None
            is_idle = self._token is None and self._pending is None and self._refresh_token is None
            if is_idle and self._needs_person():
                return None
        return self.token(scopes, timeout)

    def _needs_person(self) -> bool:
        flow = choose_flow(self._settings, self._provider.flows if self._provider else ())
        return isinstance(flow, str) or flow.kind in INTERACTIVE

    def _request(self, pending: Future[_Token], wanted: frozenset[str], timeout: float) -> _Token:
        """Get a token, or an error, for all threads that wait for it."""
        try:
            token = self._obtain_or_keep(wanted, timeout)
        except BaseException as error:
            self._finish(None)
            failure = error if isinstance(error, Exception) else self._endpoint.error("the request was interrupted")
            pending.set_exception(failure)
            raise
        self._finish(token)
        pending.set_result(token)
        return token

    def _finish(self, token: _Token | None) -> None:
        with self._lock:
            self._pending = None
            self._token = token or self._token

    def _obtain_or_keep(self, wanted: frozenset[str], timeout: float) -> _Token:
        """Get a token; if the server does not answer, keep the current one until it expires."""
        try:
            return self._obtain(wanted, timeout)
        except NoAnswer:
            kept = self._token
            if kept is None or not kept.covers(wanted) or kept.has_expired():
                raise
            return kept

    def _obtain(self, wanted: frozenset[str], timeout: float) -> _Token:
        if self._provider is None:
            self._provider = self._find_provider(timeout)
        flow = choose_flow(self._settings, self._provider.flows)
        if isinstance(flow, str):
            raise self._endpoint.error(flow)
        grants = Grants(self._endpoint, self._provider, flow, timeout)
        token = self._refreshed(grants, wanted)
        if token is not None:
            return token
        scopes = wanted | (self._scopes or frozenset())
        requested = time.time()
        return self._keep(grants.ask(sorted(scopes)), scopes, requested)

    def _find_provider(self, timeout: float) -> Provider:
        documented = candidates(self._settings, self._flows)
        if self._discovery_url and isinstance(choose_flow(self._settings, documented), str):
            found = self._endpoint.discover(self._discovery_url, timeout)
            return found._replace(flows=candidates(self._settings, found.flows))
        return Provider(documented)

    def _refreshed(self, grants: Grants, wanted: frozenset[str]) -> _Token | None:
        """Return a token for the refresh token, or None if there is none for these scopes or if it expired and the flow can start again."""
        if self._refresh_token is None or not (self._scopes is None or wanted <= self._scopes):
            return None
        requested = time.time()
        try:
            answer = grants.refresh(self._endpoint.secret(self._refresh_token) or "")
        except AuthError as error:
            if error.error != "invalid_grant" or grants.flow.kind == "refreshToken":
                raise
            self._refresh_token, self._scopes = None, frozenset()
            return None
        return self._keep(answer, self._scopes, requested)

    def _keep(self, answer: dict[str, Any], scopes: frozenset[str] | None, requested: float) -> _Token:
        """Keep the refresh token of an answer, and return its access token."""
        self._scopes = scopes
        replaced = answer.get("refresh_token")
        self._refresh_token = replaced if replaced and isinstance(replaced, str) else self._refresh_token
        lifetime = answer.get("expires_in")
        expires = None if lifetime is None else requested + lifetime
        renew_at = None if lifetime is None else requested + lifetime - min(_AHEAD, lifetime / 10)
        return _Token(answer["access_token"], scopes, renew_at, expires)
