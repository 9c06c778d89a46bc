"""The flows of OAuth 2.0: the requests of each flow, and the sign-in of those that need a person."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

from dynclient.errors import AuthError
from dynclient.extras import MissingAuthExtra, MissingExtra, needs
from dynclient.problem import one_line
from dynclient.security.oauth.endpoint import Endpoint, NoAnswer, Provider
from dynclient.security.oauth.loopback import Loopback
from dynclient.security.oauth.settings import DeviceCode, OAuthFlow

#: Seconds between two requests for a device's token if the server does not say (RFC 8628, section 3.5).
_INTERVAL = 5.0
_SLOWER = 5.0
_MAX_INTERVAL = 60.0
#: Fields of a sign-in that the flow sets itself.
_RESERVED = frozenset({"client_id", "response_type", "uri"})


class Grants:
    """Requests tokens by a flow.

    Args:
        endpoint: The connection to the authorization server.
        provider: The authorization server.
        flow: The flow.
        timeout: Seconds for each request.

    Raises:
        MissingAuthExtra: oauthlib is not installed.
    """

    def __init__(self, endpoint: Endpoint, provider: Provider, flow: OAuthFlow, timeout: float) -> None:
        self.endpoint = endpoint
        self.provider = provider
        self.flow = flow
        self.timeout = timeout
        self._oauthlib = _library(endpoint)
        self._settings = endpoint.settings

    def ask(self, scopes: Sequence[str]) -> dict[str, Any]:
        """Request a new token by the flow, and return the answer."""
        match self.flow.kind:
            case "clientCredentials":
                client = self._oauthlib.BackendApplicationClient(self._settings.client_id)
                return self._post(client.prepare_request_body(scope=list(scopes), include_client_id=False))
            case "password":
                return self._password(scopes)
            case "authorizationCode":
                return self._authorization_code(scopes)
            case _:
                return self._device_code(scopes)

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Request a new token for a refresh token, with the same scopes (RFC 6749, section 6)."""
        client = self._oauthlib.Client(self._settings.client_id)
        form = client.prepare_refresh_body(refresh_token=refresh_token, include_client_id=False)
        return self._post(form, self.flow.refresh_url or self.flow.token_url)

    def _password(self, scopes: Sequence[str]) -> dict[str, Any]:
        """Send the user's own name and password (RFC 6749, section 4.3)."""
        client = self._oauthlib.LegacyApplicationClient(self._settings.client_id)
        username, password = self._settings.username or "", self.endpoint.secret(self._settings.password) or ""
        return self._post(client.prepare_request_body(username, password, scope=list(scopes), include_client_id=False))

    def _authorization_code(self, scopes: Sequence[str]) -> dict[str, Any]:
        """Let a person sign in with a browser, which returns to the loopback (RFC 6749, section 4.1; RFC 7636; RFC 8252)."""
        client = self._oauthlib.WebApplicationClient(self._settings.client_id)
        verifier = client.create_code_verifier(64)
        challenge = client.create_code_challenge(verifier, "S256")
        state = client.state_generator()
        try:
            listening = Loopback(self._settings.redirect_uri, state)
        except OSError as error:
            message = f"cannot listen at {self._settings.redirect_uri}: {error.strerror}"
            raise self.endpoint.error(message) from None
        with listening as back:
            fields = {"redirect_uri": back.uri, "scope": list(scopes), "state": state}
            self._open(client, {**fields, "code_challenge": challenge, "code_challenge_method": "S256"})
            query = back.wait(self._settings.sign_in_timeout)
        if query is None:
            others = f"; answers with another state: {back.others}" if back.others else ""
            raise self.endpoint.error(f"nobody signed in within {self._settings.sign_in_timeout:g} s{others}")
        code = self._code(client, query, state)
        form = client.prepare_request_body(code, redirect_uri=back.uri, code_verifier=verifier, include_client_id=False)
        return self._post(form)

    def _open(self, client: Any, fields: Mapping[str, Any]) -> None:
        url = self.flow.authorization_url
        self.endpoint.require_secure(url)
        # oauthlib accepts only https; an http URL is known to be one of the loopback here
        scheme, _, rest = url.partition(":")
        own = {name: text for name, text in self._settings.parameters.items() if name not in {*fields, *_RESERVED}}
        secure = client.prepare_request_uri(f"https:{rest}", **fields, **own)
        target = f"{scheme}:{secure.partition(':')[2]}"
        if self._settings.open_browser is not None:
            self._settings.open_browser(target)
            return
        import webbrowser  # needed only for sign-ins

        if not webbrowser.open(target):
            raise self.endpoint.error("no browser can be opened; pass open_browser to OAuth2")

    def _code(self, client: Any, query: str, state: str) -> str:
        """Return the code in the answer to a sign-in, after checking who answers it (RFC 6749, section 4.1.2; RFC 9207)."""
        fields = dict(parse_qsl(query))
        issuer = fields.get("iss", "" if self.provider.names_issuer else self.provider.issuer)
        if self.provider.issuer and issuer != self.provider.issuer:
            raise self.endpoint.error("the answer to the sign-in belongs to another issuer")
        try:
            return str(client.parse_request_uri_response(f"https://loopback/?{query}", state)["code"])
        except self._oauthlib.OAuth2Error as error:
            description = fields.get("error_description")
            raise self.endpoint.refused("the sign-in is refused", error.error, description) from None

    def _device_code(self, scopes: Sequence[str]) -> dict[str, Any]:
        """Let a person sign in on another device with a code (RFC 8628)."""
        form = {"scope": " ".join(scopes)} if scopes else {}
        answer = self.endpoint.post(self.flow.device_url, form, self.provider, self.timeout)
        if not all(isinstance(answer.get(name), str) for name in ("device_code", "user_code", "verification_uri")):
            raise self.endpoint.error("the device authorization endpoint sent no code")
        patience = self._settings.sign_in_timeout
        lifetime = min(_seconds(answer.get("expires_in"), patience), patience)
        complete = str(answer.get("verification_uri_complete", ""))
        page, text = one_line(answer["verification_uri"]), one_line(answer["user_code"])
        code = DeviceCode(page, text, one_line(complete), lifetime)
        (self._settings.on_device_code or _print)(code)
        return self._poll(answer["device_code"], _seconds(answer.get("interval"), _INTERVAL), lifetime)

    def _poll(self, device_code: str, interval: float, lifetime: float) -> dict[str, Any]:
        """Request the token until the person has signed in (RFC 8628, sections 3.4 and 3.5)."""
        client = self._oauthlib.DeviceClient(self._settings.client_id)
        form = client.prepare_request_body(device_code, include_client_id=False)
        end = time.monotonic() + lifetime
        while time.monotonic() + interval <= end:
            time.sleep(interval)
            try:
                return self._post(form)
            except AuthError as error:
                if error.error == "slow_down":
                    interval += _SLOWER
                elif isinstance(error, NoAnswer):
                    interval = min(max(2 * interval, 1.0), _MAX_INTERVAL)
                elif error.error != "authorization_pending":
                    raise
        raise self.endpoint.error(f"nobody signed in within {lifetime:g} s")

    def _post(self, form: str, url: str = "") -> dict[str, Any]:
        """Post a form to the token endpoint, and return the answer if it has a bearer token (RFC 6749, sections 5.1 and 7.1).

        Its lifetime is kept from oauthlib, which takes 0 seconds for no limit; a lifetime that is not a number is left out.
        """
        fields = dict(parse_qsl(form, keep_blank_values=True))
        answer = self.endpoint.post(url or self.flow.token_url, fields, self.provider, self.timeout)
        client = self._oauthlib.Client(self._settings.client_id)
        plain = {name: value for name, value in answer.items() if name not in ("error", "expires_in")}
        try:
            token = dict(client.parse_request_body_response(json.dumps(plain)))
        except (self._oauthlib.OAuth2Error, TypeError, ValueError, AttributeError):
            raise self.endpoint.error("the token endpoint sent no token") from None
        if not isinstance(token["access_token"], str) or not token["access_token"]:
            raise self.endpoint.error("the token endpoint sent no token")
        if str(token.get("token_type") or "bearer").strip().lower() != "bearer":
            raise self.endpoint.error("the token is not a bearer token; other kinds are not supported")
        lifetime = _seconds(answer.get("expires_in"), math.inf)
        return token if math.isinf(lifetime) else {**token, "expires_in": lifetime}


def _seconds(value: Any, default: float) -> float:
    """Return a number of seconds, which servers send as a number or as text."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return max(seconds, 0.0) if math.isfinite(seconds) else default


def _print(code: DeviceCode) -> None:
    sys.stderr.write(f"To sign in, open {code.verification_uri} and enter the code {code.user_code}\n")


def _library(endpoint: Endpoint) -> ModuleType:
    try:
        with needs("oauth", "OAuth 2.0"):
            import oauthlib.oauth2  # needed only to request tokens
    except MissingExtra as error:
        raise MissingAuthExtra(f"{endpoint.scheme}: {error}", scheme=endpoint.scheme) from None
    return oauthlib.oauth2
