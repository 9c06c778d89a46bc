"""One request to an authorization server: sent by the client's own transport, answered, and what went wrong in plain words.

Nothing goes there but what the flow needs: no header, cookie or key of the API. Redirects are not followed, since the request
carries secrets. What the server says is repeated in errors, less the secrets that it may quote.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

from dynclient.errors import AuthError, TransportError
from dynclient.exchange import REDACTED, SECRET_NAMES, Headers, Request, Response, redact_url
from dynclient.security.oauth.settings import GRANT_TYPES, LOOPBACK, Flow, OAuth2, Secret

#: What sends: as `dynclient.transport.Transport`.
Transport = Callable[[Request, float], Response]

_MAX_WORDS = 500
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\uffff]+")
_WELL_KNOWN = re.compile(r"(https?://[^/]+)/\.well-known/(?:openid-configuration|oauth-authorization-server)(/.*)?")
_SECRET_FIELDS = frozenset(
    {
        *("client_secret", "password", "refresh_token", "code", "code_verifier", "device_code"),
        *("assertion", "client_assertion", "subject_token", "actor_token"),
    }
)


class NoAnswer(AuthError):
    """An authorization server did not answer at all, so that it may be asked again."""


class Provider(NamedTuple):
    """An authorization server.

    Attributes:
        flows: The ways to a token.
        issuer: Its identifier, "" when it is not known.
        auth_methods: How clients may show their secret; empty when it does not say.
        names_issuer: Whether its answers to sign-ins name it (RFC 9207).
    """

    flows: tuple[Flow, ...]
    issuer: str = ""
    auth_methods: tuple[str, ...] = ()
    names_issuer: bool = False


class Endpoint:
    """Speaks with an authorization server for one security scheme.

    Args:
        scheme: The scheme's id, for messages.
        settings: What the user gave.
        transport: What sends.
    """

    def __init__(self, scheme: str, settings: OAuth2, transport: Transport) -> None:
        self.scheme = scheme
        self.settings = settings
        self._transport = transport

    def discover(self, url: str, timeout: float) -> Provider:
        """Read what an authorization server publishes of itself (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""
        response = self._send(Request("GET", url, Headers([("Accept", "application/json")])), "discovery", timeout)
        found = _json(response)
        if response.status != 200 or found is None:
            raise self.error(f"discovery at {redact_url(url)} answered {_kind(response)}", status=response.status)
        issuer = str(found.get("issuer", ""))
        if not _is_issuer(issuer, url):
            message = f"discovery at {redact_url(url)} is of another issuer: {self._words(issuer)}"
            raise self.error(f"{message}; a token_url given to OAuth2 needs no discovery")
        methods = found.get("token_endpoint_auth_methods_supported")
        return Provider(
            tuple(_discovered(found, url)),
            issuer,
            tuple(map(str, methods)) if isinstance(methods, list) else (),
            found.get("authorization_response_iss_parameter_supported") is True,
        )

    def secret(self, secret: Secret | None) -> str | None:
        """The text of a secret; a callable is called."""
        text = secret() if callable(secret) else secret
        if text is not None and not isinstance(text, str):
            raise self.error(f"a secret of OAuth2 must be text, not {type(text).__name__}")
        return text

    def post(self, url: str, form: Mapping[str, str], provider: Provider, timeout: float) -> dict[str, Any]:
        """Post a form and give the members of the answer (RFC 6749, sections 2.3.1 and 5).

        Raises:
            AuthError: There is no answer, or it is an error.
        """
        secret, shown = self.secret(self.settings.client_secret), ""
        fields, headers = {**self.settings.parameters, **form}, [("Accept", "application/json")]
        if secret is None or self._posts_secret(provider):
            fields["client_id"] = self.settings.client_id
            fields |= {} if secret is None else {"client_secret": secret}
        else:
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(secret)}"
            shown = base64.b64encode(pair.encode()).decode()
            headers.append(("Authorization", f"Basic {shown}"))
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request = Request("POST", url, Headers(headers), urlencode(fields).encode())
        response = self._send(request, "token request", timeout)
        known = [value for name, value in fields.items() if name in _SECRET_FIELDS]
        return self._answer(response, url, [*known, *filter(None, (shown, secret))])

    def error(self, message: str, **facts: Any) -> AuthError:
        """An AuthError of this scheme."""
        return AuthError(f"{self.scheme}: {message}", scheme=self.scheme, **facts)

    def refused(self, what: str, error: Any, description: Any, secrets: Iterable[str] = (), **facts: Any) -> AuthError:
        """The error for an error of the authorization server, in its words (RFC 6749, sections 4.1.2.1 and 5.2)."""
        code, words = self._words(error, secrets), self._words(description or "", secrets)
        text = f"{code}: {words}" if words else code
        return self.error(f"{what}: {text}", error=code, description=words, **facts)

    def require_secure(self, url: str) -> None:
        """Refuse a URL that would carry secrets in clear (RFC 6749, sections 3.1 and 3.2); the loopback is no network.

        The environment variable is the one that oauthlib has for it.
        """
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return
        if parts.scheme == "http" and os.environ.get("OAUTHLIB_INSECURE_TRANSPORT"):
            return
        if not parts.scheme or not parts.netloc:
            raise self.error(f"the URL {redact_url(url)!r} is relative, and the server's is not known")
        raise self.error(f"{redact_url(url)} would get secrets in clear; it must be https")

    def _posts_secret(self, provider: Provider) -> bool:
        if self.settings.client_auth is not None:
            return self.settings.client_auth == "post"
        methods = provider.auth_methods
        return "client_secret_post" in methods and "client_secret_basic" not in methods

    def _send(self, request: Request, what: str, timeout: float) -> Response:
        self.require_secure(request.url)
        named = Request(
            request.method, request.url, request.headers, request.body, f"{self.scheme}: {what}", SECRET_NAMES
        )
        try:
            response = self._transport(named, timeout)
        except TransportError as error:
            raise NoAnswer(str(error), scheme=self.scheme) from None  # it keeps the request, and with it the secrets
        if 300 <= response.status < 400:
            place = urlsplit(urljoin(request.url, response.headers.get("Location", ""))).netloc.rpartition("@")[2]
            message = f"{what} at {redact_url(request.url)} is redirected to {place}, and not sent there"
            raise self.error(message, status=response.status)
        return response

    def _answer(self, response: Response, url: str, secrets: list[str]) -> dict[str, Any]:
        found, place = _json(response), redact_url(url)
        if found is not None and found.get("error"):  # some write it as null beside a token
            what, description = f"{place} refuses a token ({response.status})", found.get("error_description")
            raise self.refused(what, found["error"], description, secrets, status=response.status)
        if not 200 <= response.status < 300 or found is None:
            raise self.error(f"{place} answered {_kind(response)}", status=response.status)
        return found

    def _words(self, said: Any, secrets: Iterable[str] = ()) -> str:
        """What a server said, fit to be shown: one line, not too long, and without secrets."""
        text = str(said)
        for secret in secrets:
            for form in {secret, quote_plus(secret), json.dumps(secret)[1:-1]} if len(secret) > 2 else ():
                text = text.replace(form, REDACTED)
        return _NOT_PRINTABLE.sub(" ", text)[:_MAX_WORDS].strip()


def _json(response: Response) -> dict[str, Any] | None:
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _kind(response: Response) -> str:
    return f"{response.status} {response.headers.get('Content-Type', '')}".strip() + ", which is not what it should"


def _is_issuer(issuer: str, url: str) -> bool:
    """Whether metadata at a URL are those of an issuer: its own place follows from that, where it is a well-known one.

    OpenAPI 3.2 allows any other place, too (Security Scheme Object, `oauth2MetadataUrl`); then they are of the same server.
    """
    if "/.well-known/" not in url:
        server = "/".join(url.split("/")[:3])
        return f"{issuer}/".startswith(f"{server}/")
    documented = _WELL_KNOWN.fullmatch(url)
    expected = documented[1] + (documented[2] or "") if documented else url.partition("/.well-known/")[0]
    return issuer.rstrip("/") == expected.rstrip("/")


def _discovered(found: Mapping[str, Any], base: str) -> Iterable[Flow]:
    grants = found.get("grant_types_supported")

    def url(name: str) -> str:
        return urljoin(base, str(found[name])) if found.get(name) else ""

    for kind, grant in GRANT_TYPES.items():
        if kind != "refreshToken" and (not isinstance(grants, list) or grant in grants):
            device = url("device_authorization_endpoint")
            flow = Flow(kind, url("token_endpoint"), url("authorization_endpoint"), device)
            if kind != "deviceAuthorization" or device:
                yield flow
