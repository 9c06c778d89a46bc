"""The token of a scheme: kept in memory, renewed before it ends, and asked for once, however many threads want it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from dynclient.errors import AuthError
from dynclient.security.oauth.endpoint import Endpoint, NoAnswer, Provider, Transport
from dynclient.security.oauth.grants import Grants
from dynclient.security.oauth.settings import INTERACTIVE, Flow, OAuth2, Secret, candidates, choose

#: A token is renewed so many seconds before it ends, or after nine tenths of a short life.
_AHEAD = 30.0


class _Token:
    """An access token and what is known of it; it has no repr of its own, so that it does not show."""

    __slots__ = ("ends", "renewed", "scopes", "text")

    def __init__(self, text: str, scopes: frozenset[str] | None, renewed: float | None, ends: float | None) -> None:
        self.text = text
        self.scopes = scopes  # None: those of a refresh token that the user gave, whatever they are
        self.renewed = renewed  # when it is time to renew it
        self.ends = ends

    def covers(self, scopes: frozenset[str]) -> bool:
        return self.scopes is None or scopes <= self.scopes

    def lasts(self) -> bool:
        return self.renewed is None or time.time() < self.renewed

    def has_ended(self) -> bool:
        return self.ends is not None and time.time() >= self.ends


class TokenSource:
    """Gives the access token of one scheme.

    Args:
        scheme: The scheme's id.
        settings: What the user gave.
        flows: The document's flows, their URLs absolute.
        discovery_url: Where the authorization server says what it has, "" when the document has no such URL.
        transport: What sends.
    """

    def __init__(
        self, scheme: str, settings: OAuth2, flows: tuple[Flow, ...], discovery_url: str, transport: Transport
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._discovery_url = discovery_url
        self._endpoint = Endpoint(scheme, settings, transport)
        self._provider: Provider | None = None
        self._lock = threading.Lock()
        self._flight: Future[_Token] | None = None
        self._flight_for: frozenset[str] = frozenset()
        self._token: _Token | None = None
        self._refresh_token: Secret | None = settings.refresh_token
        self._scopes: frozenset[str] | None = None if settings.refresh_token is not None else frozenset()

    def token(self, scopes: Iterable[str], timeout: float) -> str:
        """An access token for these scopes that has not ended.

        Raises:
            AuthError: The authorization server gives none.
        """
        wanted = frozenset(scopes if self._settings.scopes is None else self._settings.scopes)
        while True:
            with self._lock:
                if self._token is not None and self._token.covers(wanted) and self._token.lasts():
                    return self._token.text
                flight, leads = self._flight, self._flight is None
                if flight is None:
                    flight, self._flight_for = Future(), wanted
                    self._flight = flight
                same = self._flight_for == wanted
            if leads:
                return self._lead(flight, wanted, timeout).text
            try:
                token = flight.result()  # whoever leads has time limits
            except AuthError:
                if same:
                    raise
                continue  # what failed was to get a token for other scopes
            if token.covers(wanted):
                return token.text

    def renew(self, used: str, scopes: Iterable[str], timeout: float) -> str | None:
        """Another token than the one that was refused; None when only a person could get one (RFC 6750, section 3.1).

        Raises:
            AuthError: The authorization server gives none.
        """
        with self._lock:
            if self._token is not None and self._token.text == used:
                self._token = None
            if self._token is None and self._flight is None and self._refresh_token is None and self._asks_person():
                return None
        return self.token(scopes, timeout)

    def _asks_person(self) -> bool:
        flow = choose(self._settings, self._provider.flows if self._provider else ())
        return isinstance(flow, str) or flow.kind in INTERACTIVE

    def _lead(self, flight: Future[_Token], wanted: frozenset[str], timeout: float) -> _Token:
        """Get a token for all who wait for it, or the error."""
        try:
            token = self._obtain_or_keep(wanted, timeout)
        except BaseException as error:
            self._land(None)
            flight.set_exception(error if isinstance(error, Exception) else self._endpoint.error("was interrupted"))
            raise
        self._land(token)
        flight.set_result(token)
        return token

    def _land(self, token: _Token | None) -> None:
        with self._lock:
            self._flight = None
            self._token = token or self._token

    def _obtain_or_keep(self, wanted: frozenset[str], timeout: float) -> _Token:
        """Get a token; or the one that was to be renewed, while it is still good and nobody answers."""
        try:
            return self._obtain(wanted, timeout)
        except NoAnswer:
            kept = self._token
            if kept is None or not kept.covers(wanted) or kept.has_ended():
                raise
            return kept

    def _obtain(self, wanted: frozenset[str], timeout: float) -> _Token:
        if self._provider is None:
            self._provider = self._find_provider(timeout)
        flow = choose(self._settings, self._provider.flows)
        if isinstance(flow, str):
            raise self._endpoint.error(f"OAuth2 has not what it takes: {flow}")
        grants = Grants(self._endpoint, self._provider, flow, timeout)
        token = self._refreshed(grants, wanted)
        if token is not None:
            return token
        scopes = wanted | (self._scopes or frozenset())
        asked = time.time()
        return self._keep(grants.ask(sorted(scopes)), scopes, asked)

    def _find_provider(self, timeout: float) -> Provider:
        documented = candidates(self._settings, self._flows)
        if self._discovery_url and isinstance(choose(self._settings, documented), str):
            found = self._endpoint.discover(self._discovery_url, timeout)
            return found._replace(flows=candidates(self._settings, found.flows))
        return Provider(documented)

    def _refreshed(self, grants: Grants, wanted: frozenset[str]) -> _Token | None:
        """A token by the refresh token; None when there is none for these scopes, or when it has ended and the flow can begin anew."""
        if self._refresh_token is None or not (self._scopes is None or wanted <= self._scopes):
            return None
        asked = time.time()
        try:
            answer = grants.refresh(self._endpoint.secret(self._refresh_token) or "")
        except AuthError as error:
            if error.error != "invalid_grant" or grants.flow.kind == "refreshToken":
                raise
            self._refresh_token, self._scopes = None, frozenset()
            return None
        return self._keep(answer, self._scopes, asked)

    def _keep(self, answer: dict[str, Any], scopes: frozenset[str] | None, asked: float) -> _Token:
        """Keep the answer's refresh token, and give its access token with the time at which to renew it."""
        self._scopes = scopes
        replaced = answer.get("refresh_token")
        self._refresh_token = replaced if replaced and isinstance(replaced, str) else self._refresh_token
        lifetime = answer.get("expires_in")
        ends = None if lifetime is None else asked + lifetime
        renewed = None if lifetime is None else asked + lifetime - min(_AHEAD, lifetime / 10)
        return _Token(answer["access_token"], scopes, renewed, ends)
