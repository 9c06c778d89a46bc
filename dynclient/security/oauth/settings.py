"""The user's settings for OAuth 2.0, the flows of the document, and the flow that both allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, NoReturn, Self
from urllib.parse import urljoin

from dynclient import lazy

#: A secret, or a function that returns it.
Secret = str | Callable[[], str]

#: The host names of the loopback.
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_LOOPBACK_URI = lazy.pattern(r"(?i:http)://(?:127\.0\.0\.1|(?i:localhost)|\[::1\])(?::(\d{0,5}))?(?:/[!-\[\]-~]*)?\Z")

#: The flows by their name in OpenAPI (OAuth Flows Object), each with the grant type of its token request.
GRANT_TYPES = {
    "clientCredentials": "client_credentials",
    "password": "password",
    "authorizationCode": "authorization_code",
    "deviceAuthorization": "urn:ietf:params:oauth:grant-type:device_code",
    "refreshToken": "refresh_token",
}

#: The flows that a token URL makes possible if the document has no flows.
_FROM_TOKEN_URL = ("clientCredentials", "password", "authorizationCode")

#: The flows in which a person signs in.
INTERACTIVE = frozenset({"authorizationCode", "deviceAuthorization"})


class DeviceCode(NamedTuple):
    """The code with which a person signs in on another device (RFC 8628, section 3.2).

    Attributes:
        verification_uri: The page to open.
        user_code: The code to enter there.
        verification_uri_complete: The page with the code in its URL, for a QR code; "" if the server sends none.
        expires_in: The seconds until the code expires.
    """

    verification_uri: str
    user_code: str
    verification_uri_complete: str
    expires_in: float


class OAuthFlow(NamedTuple):
    """A flow that ends with an access token (OpenAPI, OAuth Flow Object).

    Attributes:
        kind: Its key in the OAuth Flows Object, or `refreshToken` if a refresh token is all that is used.
        token_url: The token endpoint.
        authorization_url: The page where a person signs in.
        device_url: The endpoint that issues device codes (OpenAPI 3.2; RFC 8628, section 3.1).
        refresh_url: The endpoint for renewal, if it is not the token endpoint.
    """

    kind: str
    token_url: str = ""
    authorization_url: str = ""
    device_url: str = ""
    refresh_url: str = ""

    def at(self, server: str) -> Self:
        """Return the flow with absolute URLs (OpenAPI 3.1, Relative References in API URLs)."""
        return self._replace(
            token_url=absolute_url(server, self.token_url),
            authorization_url=absolute_url(server, self.authorization_url),
            device_url=absolute_url(server, self.device_url),
            refresh_url=absolute_url(server, self.refresh_url),
        )


class OAuth2:
    """Credentials for a scheme of type oauth2 or openIdConnect, or for a bearer scheme whose tokens come from OAuth 2.0.

    Args:
        client_id: The client's id at the authorization server; "" for a public client without one, which the password flow and
            refresh tokens allow (RFC 6749, sections 4.3 and 6).
        client_secret: The client's secret; None for a public client.
        scopes: The scopes to request; if None, those that the called operations need.
        flow: The name of the flow in the document, for example `clientCredentials`; if None, the first flow of the document that these
            settings allow. Flows that need a person come last, unless `open_browser` or `on_device_code` is set.
        username: The user name for the password flow.
        password: The password for the password flow.
        refresh_token: A token from an earlier sign-in. If only the client's id and secret are set besides, no flow is used.
        token_url: The token endpoint, instead of the document's.
        authorization_url: The page where a person signs in, instead of the document's.
        device_authorization_url: The endpoint that issues device codes, instead of the document's; documents before OpenAPI 3.2 cannot
            name it.
        client_auth: How the client proves its identity: `basic` (RFC 6749, section 2.3.1) or `post`; if None, as discovery says, else
            `basic`.
        redirect_uri: The registered URL that the browser returns to, on the loopback; port 0 picks a free port (RFC 8252, section 7.3).
        parameters: More fields for each request to the authorization server, for example `audience`.
        open_browser: A function that opens the sign-in page; Python's `webbrowser.open` if None.
        on_device_code: A function that shows a DeviceCode to a person; if None, it is printed on standard error.
        sign_in_timeout: The seconds that a person has to sign in.

    Secrets may be functions, which are called when a token is requested. They are never shown, and the object cannot be pickled.

    Raises:
        ValueError: A value is not allowed.
    """

    __slots__ = (
        "authorization_url",
        "client_auth",
        "client_id",
        "client_secret",
        "device_authorization_url",
        "flow",
        "on_device_code",
        "open_browser",
        "parameters",
        "password",
        "redirect_uri",
        "refresh_token",
        "scopes",
        "sign_in_timeout",
        "token_url",
        "username",
    )

    def __init__(
        self,
        client_id: str = "",
        client_secret: Secret | None = None,
        *,
        scopes: Iterable[str] | None = None,
        flow: str | None = None,
        username: str | None = None,
        password: Secret | None = None,
        refresh_token: Secret | None = None,
        token_url: str | None = None,
        authorization_url: str | None = None,
        device_authorization_url: str | None = None,
        client_auth: str | None = None,
        redirect_uri: str = "http://127.0.0.1:0/",
        parameters: Mapping[str, str] | None = None,
        open_browser: Callable[[str], Any] | None = None,
        on_device_code: Callable[[DeviceCode], Any] | None = None,
        sign_in_timeout: float = 300.0,
    ) -> None:
        if not client_id and (client_secret is not None or (username is None and refresh_token is None)):
            raise ValueError("client_id must not be empty: only the password flow and refresh tokens work without it")
        if flow is not None and flow not in GRANT_TYPES:
            raise ValueError(f"flow must be one of {', '.join(GRANT_TYPES)}, not {flow!r}")
        if client_auth not in (None, "basic", "post"):
            raise ValueError(f"client_auth must be 'basic' or 'post', not {client_auth!r}")
        if not _is_loopback(redirect_uri):
            raise ValueError(f"redirect_uri must be an http URL of the loopback, not {redirect_uri!r}")
        self.client_id = client_id
        self.client_secret = client_secret
        self.scopes = None if scopes is None else (scopes,) if isinstance(scopes, str) else tuple(scopes)
        self.flow = flow
        self.username = username
        self.password = password
        self.refresh_token = refresh_token
        self.token_url = token_url
        self.authorization_url = authorization_url
        self.device_authorization_url = device_authorization_url
        self.client_auth = client_auth
        self.redirect_uri = redirect_uri
        self.parameters = dict(parameters or {})
        self.open_browser = open_browser
        self.on_device_code = on_device_code
        self.sign_in_timeout = sign_in_timeout

    def __repr__(self) -> str:
        return f"<OAuth2 {self.client_id or 'without a client id'}{f' by {self.flow}' if self.flow else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("OAuth2 holds secrets and is not pickled")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def covers(self, scopes: Iterable[str]) -> bool:
        """Whether a token with these settings has these scopes."""
        return self.scopes is None or set(scopes) <= set(self.scopes)


def absolute_url(base: str, url: str) -> str:
    """Return a URL relative to a base; a URL that cannot be parsed is returned as it is, and refused when it is used."""
    try:
        return urljoin(base, url) if url else ""
    except ValueError:
        return url


def _is_loopback(redirect_uri: str) -> bool:
    found = _LOOPBACK_URI.match(redirect_uri)
    return found is not None and int(found[1] or 0) < 65536


def candidates(settings: OAuth2, documented: tuple[OAuthFlow, ...]) -> tuple[OAuthFlow, ...]:
    """Return the flows of the document with the user's URLs, or the flows that those URLs allow if it has none."""
    token_url, authorization_url = settings.token_url or "", settings.authorization_url or ""
    device_url = settings.device_authorization_url or ""
    flows = [
        flow._replace(
            token_url=token_url or flow.token_url,
            refresh_url="" if token_url else flow.refresh_url,
            authorization_url=authorization_url or flow.authorization_url,
            device_url=device_url or flow.device_url,
        )
        for flow in documented
    ]
    known = {flow.kind for flow in flows}
    added = () if not token_url else (settings.flow,) if settings.flow else () if flows else _FROM_TOKEN_URL
    flows += [OAuthFlow(kind, token_url, authorization_url, device_url) for kind in added if kind not in known]
    if device_url and "deviceAuthorization" not in {flow.kind for flow in flows}:
        token_url = token_url or next((flow.token_url for flow in flows if flow.token_url), "")
        flows.append(OAuthFlow("deviceAuthorization", token_url, authorization_url, device_url))
    return tuple(flows)


def choose_flow(settings: OAuth2, flows: tuple[OAuthFlow, ...]) -> OAuthFlow | str:
    """Return the flow to use, or the reason why there is none."""
    if settings.flow is None and _only_refreshes(settings):
        source = next((flow for flow in flows if flow.token_url), None)
        return source._replace(kind="refreshToken") if source else "there is no token URL; pass token_url to OAuth2"
    if settings.flow == "refreshToken":
        needs = "the refreshToken flow needs refresh_token"
        return choose_flow(_refreshing(settings), flows) if settings.refresh_token else needs
    if not flows:
        return "the document has no flows; pass token_url to OAuth2"
    wanted = [flow for flow in flows if settings.flow in (None, flow.kind)]
    if not wanted:
        known = ", ".join(dict.fromkeys(flow.kind for flow in flows))
        return f"the document does not have the {settings.flow} flow; it has {known}"
    obstacles = {flow: _obstacle(settings, flow) for flow in wanted}
    possible = [flow for flow in wanted if not obstacles[flow]]
    return min(possible, key=partial(_effort, settings)) if possible else "; ".join(obstacles.values())


def _only_refreshes(settings: OAuth2) -> bool:
    asks = (settings.open_browser, settings.on_device_code, settings.password)
    return settings.refresh_token is not None and asks == (None, None, None)


def _refreshing(settings: OAuth2) -> OAuth2:
    return OAuth2(settings.client_id, settings.client_secret, refresh_token=settings.refresh_token)


def _obstacle(settings: OAuth2, flow: OAuthFlow) -> str:
    """Return the reason why a flow cannot be used, or ""."""
    client = {"client_id": settings.client_id}
    match flow.kind:
        case "clientCredentials":
            wants = {**client, "client_secret": settings.client_secret, "token_url": flow.token_url}
        case "password":
            wants = {"username": settings.username, "password": settings.password, "token_url": flow.token_url}
        case "authorizationCode":
            wants = {**client, "authorization_url": flow.authorization_url, "token_url": flow.token_url}
        case "deviceAuthorization":
            wants = {**client, "device_authorization_url": flow.device_url, "token_url": flow.token_url}
        case _:
            return f"the {flow.kind} flow is not supported; pass a token as text instead"
    missing = [name for name, value in wants.items() if not value]
    return f"the {flow.kind} flow needs {' and '.join(missing)}" if missing else ""


def _effort(settings: OAuth2, flow: OAuthFlow) -> int:
    """Rank a flow: 0 if the settings are clearly meant for it, 1 if they merely allow it, 2 if it needs a person."""
    typical = {
        "password": settings.username,
        "authorizationCode": settings.open_browser,
        "deviceAuthorization": settings.on_device_code,
    }
    if typical.get(flow.kind) is not None:
        return 0
    other_is_meant = any(value is not None for value in typical.values())
    return 2 if flow.kind in INTERACTIVE else 1 if other_is_meant else 0
