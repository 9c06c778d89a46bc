"""One request to an authorization server, sent by the client's own transport.

The request holds only what the flow needs: no header, cookie or key of the API. Redirects are not followed, since the request carries
secrets. Errors repeat the words of the server, without the secrets that it may quote.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from dynclient.errors import AuthError, TransportError
from dynclient.exchange import Headers, LimitAdvice, ReplyLimits, Request, Response
from dynclient.origins import origin
from dynclient.problem import one_line
from dynclient.redaction import REDACTED, SECRET_NAMES, redact_url
from dynclient.security.oauth.settings import GRANT_TYPES, LOOPBACK, OAuth2, OAuthFlow, Secret, absolute_url
from dynclient.wire.servermessage import server_message

#: A blocking transport: a function of the request and the seconds that it may take.
Sender = Callable[[Request, float], Response]

_MAX_QUOTED = 500
#: The most bytes of an answer: it holds a few tokens, or the metadata of a server.
_LARGEST = 1 << 20
#: The largest answer is fixed, and each request has the time of an attempt of a call.
_ADVICE = LimitAdvice(size="", ratio="", total="timeout raises that")
#: User information, and characters that parsers of URLs read in different ways.
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|\A[A-Za-z]+://[^/?#]*@")
_WELL_KNOWN = re.compile(r"(https?://[^/]+)/\.well-known/(?:openid-configuration|oauth-authorization-server)(/.*)?")
_SECRET_FIELDS = frozenset(
    {
        *("client_secret", "password", "refresh_token", "code", "code_verifier", "device_code"),
        *("assertion", "client_assertion", "subject_token", "actor_token"),
    }
)


class NoAnswer(AuthError):
    """An authorization server did not answer at all, so it may be asked again."""


class Provider(NamedTuple):
    """An authorization server.

    Attributes:
        flows: The flows that it supports.
        issuer: Its identifier, or "" if unknown.
        auth_methods: How clients may prove their identity; empty if unknown.
        names_issuer: Whether its answers to sign-ins name the issuer (RFC 9207).
    """

    flows: tuple[OAuthFlow, ...]
    issuer: str = ""
    auth_methods: tuple[str, ...] = ()
    names_issuer: bool = False


class Endpoint:
    """Sends requests to the authorization server of one security scheme.

    Args:
        scheme: The scheme's id, for messages.
        settings: The user's settings.
        sender: The transport.
    """

    def __init__(self, scheme: str, settings: OAuth2, sender: Sender) -> None:
        self.scheme = scheme
        self.settings = settings
        self._sender = sender

    def discover(self, url: str, timeout: float) -> Provider:
        """Read the metadata of an authorization server (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""
        response = self._send(Request("GET", url, Headers([("Accept", "application/json")])), "discovery", timeout)
        found = _json(response)
        if response.status != 200 or found is None:
            raise self.error(f"discovery at {redact_url(url)}: {_unexpected(response)}", status=response.status)
        issuer = str(found.get("issuer", ""))
        if not _is_issuer(issuer, url):
            message = f"the metadata at {redact_url(url)} belongs to another issuer: {self._quoted(issuer)}"
            raise self.error(f"{message}; pass token_url to OAuth2 to do without discovery")
        methods = found.get("token_endpoint_auth_methods_supported")
        return Provider(
            tuple(_discovered(found, url)),
            issuer,
            tuple(map(str, methods)) if isinstance(methods, list) else (),
            found.get("authorization_response_iss_parameter_supported") is True,
        )

    def secret(self, secret: Secret | None) -> str | None:
        """Return the text of a secret; a function is called for it."""
        text = secret() if callable(secret) else secret
        if text is not None and not isinstance(text, str):
            raise self.error(f"a secret of OAuth2 must be text, not {type(text).__name__}")
        return text

    def post(self, url: str, form: Mapping[str, str], provider: Provider, timeout: float) -> dict[str, Any]:
        """Post a form and return the members of the answer (RFC 6749, sections 2.3.1 and 5).

        Raises:
            AuthError: There is no answer, or it is an error.
        """
        secret, encoded = self.secret(self.settings.client_secret), ""
        fields, headers = {**self.settings.parameters, **form}, [("Accept", "application/json")]
        if secret is None or self._posts_secret(provider):
            fields |= {"client_id": self.settings.client_id} if self.settings.client_id else {}
            fields |= {} if secret is None else {"client_secret": secret}
        else:
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(secret)}"
            encoded = base64.b64encode(pair.encode()).decode()
            headers.append(("Authorization", f"Basic {encoded}"))
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request = Request("POST", url, Headers(headers), urlencode(fields).encode())
        response = self._send(request, "token request", timeout)
        known = [value for name, value in fields.items() if name in _SECRET_FIELDS]
        return self._answer(response, url, [*known, *filter(None, (encoded, secret))])

    def error(self, message: str, **facts: Any) -> AuthError:
        """Return an AuthError of this scheme."""
        return AuthError(f"{self.scheme}: {message}", scheme=self.scheme, **facts)

    def refused(self, what: str, error: Any, description: Any, secrets: Iterable[str] = (), **facts: Any) -> AuthError:
        """Return the error for an error of the authorization server, in its words (RFC 6749, sections 4.1.2.1 and 5.2)."""
        code, words = self._quoted(error, secrets), self._quoted(description or "", secrets)
        text = f"{code}: {words}" if words else code
        return self.error(f"{what}: {text}", error=code, description=words, **facts)

    def require_secure(self, url: str) -> None:
        """Refuse a URL that is ambiguous or would carry secrets in clear (RFC 6749, sections 3.1 and 3.2); the loopback may be plain.

        The environment variable is oauthlib's own.

        Raises:
            AuthError: The URL is refused.
        """
        server, shown = origin(url), redact_url(url)
        if "://" not in url:
            raise self.error(f"the URL {shown!r} is relative, but the server is not known")
        if server is None or _ODD.search(url):
            raise self.error(f"{shown!r} must be an https URL without a user name, backslash or control character")
        is_local = server[1] in LOOPBACK or bool(os.environ.get("OAUTHLIB_INSECURE_TRANSPORT"))
        if server[0] == "http" and not is_local:
            raise self.error(f"{shown} would carry secrets unencrypted; it must be an https URL")

    def _posts_secret(self, provider: Provider) -> bool:
        if self.settings.client_auth is not None:
            return self.settings.client_auth == "post"
        methods = provider.auth_methods
        return "client_secret_post" in methods and "client_secret_basic" not in methods

    def _send(self, request: Request, what: str, timeout: float) -> Response:
        self.require_secure(request.url)
        named = replace(
            request,
            operation=f"{self.scheme}: {what}",
            secrets=SECRET_NAMES,
            limits=ReplyLimits(_LARGEST, total=timeout, advice=_ADVICE),
        )
        try:
            response = self._sender(named, timeout)
        except TransportError as error:
            raise NoAnswer(
                str(error), scheme=self.scheme
            ) from None  # the cause keeps the request, and with it the secrets
        if 300 <= response.status < 400:
            server = origin(absolute_url(request.url, response.headers.get("Location", "")))
            target = f"{server[1]}:{server[2]}" if server else "a URL that cannot be read"
            message = f"{what} at {redact_url(request.url)} is redirected to {target}; it was not sent there"
            raise self.error(message, status=response.status)
        return response

    def _answer(self, response: Response, url: str, secrets: list[str]) -> dict[str, Any]:
        found, shown = _json(response), redact_url(url)
        if found is not None and found.get("error"):  # some servers send null beside a token
            what, description = f"{shown} refuses a token ({response.status})", found.get("error_description")
            raise self.refused(what, found["error"], description, secrets, status=response.status)
        if not 200 <= response.status < 300 or found is None:
            said = self._quoted(server_message(response), secrets) if response.status >= 400 else ""
            raise self.error(f"{shown}: {_unexpected(response)}{said and f': {said}'}", status=response.status)
        return found

    def _quoted(self, words: Any, secrets: Iterable[str] = ()) -> str:
        """Return the words of a server for a message: one line, shortened, without secrets, and nothing that a terminal obeys."""
        text = str(words)
        for secret in secrets:
            for form in {secret, quote_plus(secret), json.dumps(secret)[1:-1]} if len(secret) > 2 else ():
                text = text.replace(form, REDACTED)
        return one_line(text[:_MAX_QUOTED])


def _json(response: Response) -> dict[str, Any] | None:
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unexpected(response: Response) -> str:
    return f"unexpected answer: {response.status} {response.headers.get('Content-Type', '')}".strip()


def _is_issuer(issuer: str, url: str) -> bool:
    """Whether the metadata at a URL may belong to an issuer.

    A well-known URL follows from the issuer. OpenAPI 3.2 allows any other URL, too (Security Scheme Object, `oauth2MetadataUrl`); then
    both must be on the same server.
    """
    if "/.well-known/" not in url:
        server = "/".join(url.split("/")[:3])
        return f"{issuer}/".startswith(f"{server}/")
    documented = _WELL_KNOWN.fullmatch(url)
    expected = documented[1] + (documented[2] or "") if documented else url.partition("/.well-known/")[0]
    return issuer.rstrip("/") == expected.rstrip("/")


def _discovered(found: Mapping[str, Any], base: str) -> Iterable[OAuthFlow]:
    grants = found.get("grant_types_supported")

    def url(name: str) -> str:
        return absolute_url(base, str(found.get(name) or ""))

    for kind, grant in GRANT_TYPES.items():
        if kind != "refreshToken" and (not isinstance(grants, list) or grant in grants):
            device = url("device_authorization_endpoint")
            flow = OAuthFlow(kind, url("token_endpoint"), url("authorization_endpoint"), device)
            if kind != "deviceAuthorization" or device:
                yield flow
