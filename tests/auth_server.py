"""An authorization server on the loopback, built with Authlib, which shares no code with the client.

It has every flow that dynclient has: client credentials, password, authorization code with PKCE, device code, refresh with
rotation, and discovery. Tests decide when tokens expire and are revoked, and can read every request that it received.
"""

# ruff: noqa: D102  Authlib documents the methods that it calls

from __future__ import annotations

import json
import secrets
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.request import urlopen

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    OAuth2Payload,
    OAuth2Request,
    grants,
    list_to_scope,
    scope_to_list,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from authlib.oauth2.rfc9207 import IssuerParameter
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

METHODS = ["client_secret_basic", "client_secret_post", "none"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Registered(ClientMixin):
    """A registered client, public if it has no secret; Authlib calls its methods."""

    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("read", "write")
    methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return list_to_scope([name for name in scope_to_list(scope or "") or [] if name in self.scopes])

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:"))

    def check_client_secret(self, client_secret: str) -> bool:
        return self.client_secret == client_secret

    def check_endpoint_auth_method(self, method: str, _: str) -> bool:
        return method in (self.methods if self.client_secret else ("none",))

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, _: str) -> bool:
        return True


@dataclass
class Code:
    """An issued authorization code."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Token:
    """An issued token."""

    client: Registered
    fields: dict[str, Any]
    issued: float = field(default_factory=time.time)
    revoked: bool = False

    def check_client(self, client: Registered) -> bool:
        return self.client is client

    def get_scope(self) -> str:
        return str(self.fields.get("scope", ""))

    def valid(self) -> bool:
        return not self.revoked and time.time() < self.issued + self.fields.get("expires_in", 3600)


class _Payload(OAuth2Payload):
    def __init__(self, request: Request) -> None:
        self._values = request.values

    @property
    def data(self) -> Any:
        return self._values

    @property
    def datalist(self) -> Any:
        return defaultdict(list, {name: self._values.getlist(name) for name in self._values})


class _Request(OAuth2Request):
    def __init__(self, request: Request) -> None:
        super().__init__(request.method, request.url, headers=request.headers)
        self._request = request
        self.payload = _Payload(request)

    @property
    def args(self) -> Any:
        return self._request.args

    @property
    def form(self) -> Any:
        return self._request.form


class _Library(AuthorizationServer):
    """Authlib's server, on the data of the test server."""

    def __init__(self, owner: AuthServer) -> None:
        super().__init__(scopes_supported=["read", "write", "admin"])
        self.owner = owner
        generator = BearerTokenGenerator(
            lambda **_: f"fake-access-{secrets.token_urlsafe(8)}",
            lambda **_: f"fake-refresh-{secrets.token_urlsafe(8)}",
            lambda _client, _grant_type: owner.lifetime,
        )
        self.register_token_generator("default", generator)

    def query_client(self, client_id: str) -> Registered | None:
        return self.owner.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        self.owner.tokens[token["access_token"]] = Token(request.client, token)

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return _Request(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        return Response(json.dumps(body) if isinstance(body, dict) else body, status, dict(headers))

    def send_signal(self, *_: Any, **__: Any) -> None:
        pass


class _ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class _Password(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_user(self, username: str, password: str) -> str | None:
        return username if self.server.owner.users.get(username) == password else None


class _AuthorizationCode(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        self.server.owner.codes[code] = Code(
            code, request.client.client_id, request.payload.redirect_uri, request.scope,
            data.get("code_challenge"), data.get("code_challenge_method"),
        )  # fmt: skip

    def query_authorization_code(self, code: str, client: Registered) -> Code | None:
        found = self.server.owner.codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.owner.codes[authorization_code.code]

    def authenticate_user(self, _: Code) -> str:
        return "alice"


class _Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        for token in self.server.owner.tokens.values():
            if token.fields.get("refresh_token") == refresh_token and refresh_token not in self.server.owner.spent:
                return token
        return None

    def authenticate_user(self, _: Token) -> str:
        return "alice"

    def revoke_old_credential(self, credential: Token) -> None:
        credential.revoked = True
        self.server.owner.spent.add(credential.fields["refresh_token"])


class _DeviceCode(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, device_code: str) -> Any:
        return self.server.owner.devices.get(device_code)

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        granted = self.server.owner.granted.get(user_code)
        return None if granted is None else ("alice", granted)

    def should_slow_down(self, _: Any) -> bool:
        return bool(self.server.owner.slow_downs) and bool(self.server.owner.slow_downs.pop())


class _DeviceEndpoint(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = METHODS
    INTERVAL = 0

    def get_verification_uri(self) -> str:
        return f"{self.server.owner.url}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        credential = DeviceCredentialDict(
            {**data, "client_id": client_id, "scope": scope, "expires_at": time.time() + data["expires_in"]}
        )
        self.server.owner.devices[data["device_code"]] = credential


class _Issuer(IssuerParameter):
    def __init__(self, owner: AuthServer) -> None:
        self.owner = owner

    def get_issuer(self) -> str:
        return self.owner.answering_issuer or self.owner.issuer


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Seen:
    """A request that the server received."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]

    @property
    def grant(self) -> str:
        """Its grant type."""
        return self.form.get("grant_type", "")


class AuthServer:
    """The server; start it with `with`.

    Args:
        tls: Its certificate, for TLS.

    Attributes:
        lifetime: The lifetime of its tokens in seconds.
        seen: The requests that it received, in order.
        answers: Answers by path that replace those of the library.
        metadata: More members of the discovery document.
        issuer: Its name in discovery.
        answering_issuer: Its name in the answers to sign-ins, if different.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.lifetime = 3600
        self.seen: list[Seen] = []
        self.answers: dict[str, Callable[[Request], Response]] = {}
        self.metadata: dict[str, Any] = {}
        self.clients = {
            "app": Registered("app", "fake-client-secret"),
            "odd:app/ü": Registered("odd:app/ü", "fake:client%secret+ü"),
            "poster": Registered("poster", "fake-client-secret", methods=("client_secret_post",)),
            "public": Registered("public"),
        }
        self.users = {"alice": "fake-pässword"}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.devices: dict[str, Any] = {}
        self.granted: dict[str, bool] = {}
        self.slow_downs: list[bool] = []
        self.spent: set[str] = set()
        self._library = _Library(self)
        for grant in (_ClientCredentials, _Password, _Refresh, _DeviceCode):
            self._library.register_grant(grant)
        self._library.register_grant(_AuthorizationCode, [_Challenge(required=True)])
        _Issuer(self)(self._library)
        self._library.register_endpoint(_DeviceEndpoint)
        self._server = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=_Silent, ssl_context=tls
        )
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self.issuer = self.url
        self.answering_issuer = ""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def asked(self) -> list[Seen]:
        """The token requests that it received."""
        return [seen for seen in self.seen if seen.path == "/token"]

    @property
    def flows(self) -> dict[str, Any]:
        """Its flows, as a document describes them."""
        token, authorize = f"{self.url}/token", f"{self.url}/authorize"
        return {
            "clientCredentials": {"tokenUrl": token, "scopes": {}},
            "password": {"tokenUrl": token, "scopes": {}},
            "authorizationCode": {"tokenUrl": token, "authorizationUrl": authorize, "scopes": {}},
            "deviceAuthorization": {
                "tokenUrl": token,
                "deviceAuthorizationUrl": f"{self.url}/device_code",
                "scopes": {},
            },
        }

    def accepts(self, authorization: str) -> bool:
        """Whether an Authorization carries a valid token of this server."""
        kind, _, text = authorization.partition(" ")
        return kind == "Bearer" and text in self.tokens and self.tokens[text].valid()

    def revoke_all(self) -> None:
        """Revoke every access token."""
        for token in self.tokens.values():
            token.revoked = True

    def browse(self, url: str) -> None:
        """Open the sign-in page as a browser would, and follow the redirect back."""
        urlopen(url, timeout=30).close()  # noqa: S310  the loopback

    def _application(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        self.seen.append(Seen(request.path, request.values.to_dict(), dict(request.headers)))
        answer = self.answers.get(request.path)
        return (answer(request) if answer else self._answer(request))(environ, start)

    def _answer(self, request: Request) -> Response:
        match request.path:
            case "/token":
                return self._library.create_token_response(request)
            case "/device_code":
                return self._library.create_endpoint_response(_DeviceEndpoint.ENDPOINT_NAME, request)
            case "/authorize":
                grant = self._library.get_consent_grant(request, "alice")
                return self._library.create_authorization_response(request, "alice", grant)
            case "/.well-known/openid-configuration":
                return self._discovery()
            case _:
                return Response(status=404)

    def _discovery(self) -> Response:
        found = {
            "issuer": self.issuer,
            "token_endpoint": f"{self.url}/token",
            "authorization_endpoint": f"{self.url}/authorize",
            "device_authorization_endpoint": f"{self.url}/device_code",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return Response(json.dumps(found), content_type="application/json")


class _Challenge(CodeChallenge):
    """Only S256, as RFC 9700 requires."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
