"""What the user gives for OAuth 2.0, what a document says of it, and which flow the two together allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, NoReturn, Self
from urllib.parse import urljoin, urlsplit

#: A secret, or what gives it when it is needed.
Secret = str | Callable[[], str]

LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: What each flow is called in OpenAPI (OAuth Flows Object), and the grant type that asks for its token.
GRANT_TYPES = {
    "clientCredentials": "client_credentials",
    "password": "password",
    "authorizationCode": "authorization_code",
    "deviceAuthorization": "urn:ietf:params:oauth:grant-type:device_code",
    "refreshToken": "refresh_token",
}

#: The flows that a token URL makes possible when the document says nothing of flows.
_MADE_FROM_URLS = ("clientCredentials", "password", "authorizationCode")

#: The flows in which a person signs in.
INTERACTIVE = frozenset({"authorizationCode", "deviceAuthorization"})


class DeviceCode(NamedTuple):
    """What a person needs to sign in on another device (RFC 8628, section 3.2).

    Attributes:
        verification_uri: The page to open.
        user_code: The code to enter there.
        verification_uri_complete: The page with the code in its address, for a QR code; "" when the server gives none.
        expires_in: For how many seconds the code is good.
    """

    verification_uri: str
    user_code: str
    verification_uri_complete: str
    expires_in: float


class Flow(NamedTuple):
    """A way to a token (OpenAPI, OAuth Flow Object).

    Attributes:
        kind: Its key in the OAuth Flows Object; `refreshToken` for a token that is only ever renewed.
        token_url: The token endpoint.
        authorization_url: Where a person signs in with a browser.
        device_url: Where a device asks for its code (OpenAPI 3.2; RFC 8628, section 3.1).
        refresh_url: The token endpoint for renewal, when it is another one.
    """

    kind: str
    token_url: str = ""
    authorization_url: str = ""
    device_url: str = ""
    refresh_url: str = ""

    def at(self, server: str) -> Self:
        """The same flow with its relative URLs resolved (OpenAPI 3.1, Relative References in API URLs)."""
        return self._replace(
            token_url=resolve(server, self.token_url),
            authorization_url=resolve(server, self.authorization_url),
            device_url=resolve(server, self.device_url),
            refresh_url=resolve(server, self.refresh_url),
        )


class OAuth2:
    """Credentials for a scheme of type oauth2 or openIdConnect, and for a bearer scheme whose tokens come by OAuth 2.0.

    Args:
        client_id: The client's name at the authorization server.
        client_secret: Its secret; None for a public client.
        scopes: The scopes to ask for, always these; when None, those that the called operations need.
        flow: The flow's key in the document, as `clientCredentials`; when None, the first of the document that these fields
            can do, those without a person first unless the way to ask that person is given.
        username: For the password flow.
        password: For the password flow.
        refresh_token: A token from an earlier sign-in. With nothing else but the client's own fields, it is all that is used.
        token_url: The token endpoint, in place of the document's.
        authorization_url: Where a person signs in, in place of the document's.
        device_authorization_url: Where a device asks for its code, in place of the document's; before OpenAPI 3.2 documents
            cannot say it.
        client_auth: How the client shows its secret: `basic` (RFC 6749, section 2.3.1) or `post`; when None, what discovery
            says, else `basic`.
        redirect_uri: Where the browser comes back to: a URL of the loopback as it is registered; port 0 is any that is free
            (RFC 8252, section 7.3).
        parameters: More fields for each request to the authorization server, as `audience`.
        open_browser: What takes a person to the URL to sign in at; Python's `webbrowser.open` when None.
        on_device_code: What shows a DeviceCode to a person; standard error when None.
        sign_in_timeout: Seconds that a person has to sign in.

    Secrets may be callables; they are called when a token is asked for. They show nowhere, and the value cannot be pickled.

    Raises:
        ValueError: A value is none of those that are allowed.
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
        client_id: str,
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
        if not client_id:
            raise ValueError("client_id is empty")
        if flow is not None and flow not in GRANT_TYPES:
            raise ValueError(f"flow is {flow!r}; it is one of {', '.join(GRANT_TYPES)}")
        if client_auth not in (None, "basic", "post"):
            raise ValueError(f"client_auth is {client_auth!r}; it is basic or post")
        back = urlsplit(redirect_uri)
        if back.scheme != "http" or back.hostname not in LOOPBACK:
            raise ValueError(f"redirect_uri is {redirect_uri!r}; it is a http URL of the loopback")
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
        return f"<OAuth2 {self.client_id}{f' by {self.flow}' if self.flow else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("OAuth2 holds secrets and is not pickled")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def covers(self, scopes: Iterable[str]) -> bool:
        """Whether a token by these settings has these scopes."""
        return self.scopes is None or set(scopes) <= set(self.scopes)


def resolve(server: str, url: str) -> str:
    """A URL of the document, made absolute by the server's."""
    return urljoin(server, url) if url else ""


def candidates(settings: OAuth2, documented: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows of the document with the user's URLs in place of its own; those that the URLs make, when it has none."""
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
    made = () if not token_url else (settings.flow,) if settings.flow else () if flows else _MADE_FROM_URLS
    flows += [Flow(kind, token_url, authorization_url, device_url) for kind in made if kind not in known]
    if device_url and "deviceAuthorization" not in {flow.kind for flow in flows}:
        token_url = token_url or next((flow.token_url for flow in flows if flow.token_url), "")
        flows.append(Flow("deviceAuthorization", token_url, authorization_url, device_url))
    return tuple(flows)


def choose(settings: OAuth2, flows: tuple[Flow, ...]) -> Flow | str:
    """The flow to use, or in words why there is none."""
    if settings.flow is None and _only_refreshes(settings):
        source = next((flow for flow in flows if flow.token_url), None)
        return source._replace(kind="refreshToken") if source else "there is no token URL"
    if settings.flow == "refreshToken":
        return choose(_refreshing(settings), flows) if settings.refresh_token else "refreshToken needs refresh_token"
    wanted = [flow for flow in flows if settings.flow in (None, flow.kind)]
    if not wanted:
        known = ", ".join(dict.fromkeys(flow.kind for flow in flows)) or "none"
        return (
            f"the document does not have the flow {settings.flow}; its flows: {known}" if flows else "no flow is known"
        )
    reasons = {flow: _lacks(settings, flow) for flow in wanted}
    able = [flow for flow in wanted if not reasons[flow]]
    if not able:
        return "; ".join(f"{flow.kind} needs {reason}" for flow, reason in reasons.items())
    return min(able, key=lambda flow: _bothers(settings, flow))


def _only_refreshes(settings: OAuth2) -> bool:
    asks = (settings.open_browser, settings.on_device_code, settings.password)
    return settings.refresh_token is not None and asks == (None, None, None)


def _refreshing(settings: OAuth2) -> OAuth2:
    return OAuth2(settings.client_id, settings.client_secret, refresh_token=settings.refresh_token)


def _lacks(settings: OAuth2, flow: Flow) -> str:
    """What is missing for a flow, in words; "" when nothing is."""
    match flow.kind:
        case "clientCredentials":
            wants = {"client_secret": settings.client_secret, "token_url": flow.token_url}
        case "password":
            wants = {"username": settings.username, "password": settings.password, "token_url": flow.token_url}
        case "authorizationCode":
            wants = {"authorization_url": flow.authorization_url, "token_url": flow.token_url}
        case "deviceAuthorization":
            wants = {"device_authorization_url": flow.device_url, "token_url": flow.token_url}
        case _:
            return "what is not offered (a token as text will do)"
    return " and ".join(name for name, value in wants.items() if not value)


def _bothers(settings: OAuth2, flow: Flow) -> int:
    """0 for a flow that the fields were clearly meant for, 1 for one that they do not speak against, 2 for a person to ask."""
    given = {
        "password": settings.username,
        "authorizationCode": settings.open_browser,
        "deviceAuthorization": settings.on_device_code,
    }
    if flow.kind in given and given[flow.kind] is not None:
        return 0
    speaks = any(value is not None for value in given.values())
    return 2 if flow.kind in INTERACTIVE else 1 if speaks else 0
