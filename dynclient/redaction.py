"""What carries a secret by its name, and texts, URLs, header fields and bodies without their secrets.

The names that a document declares are given by its security schemes; what its schemas mark as secret is known to `schema.secrecy`.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from dynclient import lazy

#: What messages show in place of a secret.
REDACTED = "REDACTED"

#: A secret of this length or less is not looked for in a text: it could be any word.
_WORD = 3

#: Names that carry credentials in any API; a Request adds those that its document declares. Many documents describe a key as an ordinary
#: parameter, so the usual names of keys are among them.
SECRET_NAMES = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "api_key", "apikey", "x-api-key", "x-auth-token",
    "x-access-token", "private-token", "access_token", "oauth_token", "refresh_token", "id_token", "client_secret", "password",
})  # fmt: skip

#: Words that a name ends in when its value is a secret, pairs of such words, and whole names.
_SECRET_WORDS = frozenset({
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets", "token", "credential", "credentials", "authorization",
    "cookie", "cvv", "cvv2", "cvc", "cvc2", "csc", "pin", "otp", "jwt", "ssn",
})  # fmt: skip
_SECRET_PAIRS = frozenset({
    "api key", "access key", "private key", "secret key", "signing key", "encryption key", "master key", "account key", "shared key",
    "card number", "card pan", "card code", "credit card", "debit card", "pin code", "security code", "verification code", "auth code",
    "authorization code", "session id", "pass word", "pass phrase", "access tokens", "refresh tokens", "auth tokens", "api tokens",
    "api keys", "bearer tokens", "access keys",
})  # fmt: skip
_SECRET_WHOLE = frozenset({"tokens", "passwords", "card", "cards", "bearer", "auth"})
#: How names written as one word without capitals end: `clientsecret`, `accesstoken`.
_SECRET_ENDINGS = (
    "password", "passwd", "passphrase", "clientsecret", "accesstoken", "refreshtoken", "idtoken", "authtoken", "apitoken", "sessiontoken",
    *(pair.replace(" ", "") for pair in _SECRET_PAIRS),
)  # fmt: skip
#: Words that may follow the secret's own: `passwordHash`, `tokenValue`; and words in front that make the value an open one: `pageToken`.
_TRAILING = frozenset({"value", "text", "hash", "hashed", "encrypted", "confirmation", "confirm", "repeat", "base64", "raw", "plain", "old", "new"})  # fmt: skip
_OPENING = frozenset({"page", "next", "previous", "prev", "continuation", "sync", "cursor", "start", "is", "has"})
_NAME_WORD = lazy.pattern(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")

#: Names of header fields that may be keys: documents describe keys as ordinary parameters, and users pass them as extra headers, so
#: no security scheme names them.
_KEY = lazy.pattern(r"(?i:(?<!idempotency-)key|token|secret|auth(?!or)|passw|session|signature|credential|jwt)")

#: Names that often carry credentials, so they are not shown, and often something else, so they are sent on.
_LIKELY = frozenset({"key", "token", "sig", "signature", "x-amz-signature", "x-goog-signature"})


@lru_cache(4096)
def is_secret_name(name: str) -> bool:
    """Whether the name of a member, field or parameter says that its value is a secret.

    The words of the name are compared, so that `tokenCount`, `cardinality` and `author` are not taken for secrets.

    >>> is_secret_name("access_token"), is_secret_name("cardNumber"), is_secret_name("tokenCount")
    (True, True, False)
    """
    words = [word.lower() for word in _NAME_WORD.findall(name)]
    while len(words) > 1 and (words[-1] in _TRAILING or words[-1].isdigit()):
        words.pop()
    if not words or words[0] in _OPENING or (words[-2:-1] and words[-2] in _OPENING):
        return False
    last = words[-1].rstrip("0123456789") or words[-1]
    if len(words) == 1 and (last in _SECRET_WHOLE or last.endswith(_SECRET_ENDINGS)):
        return True
    return last in _SECRET_WORDS or words[-1] in _SECRET_WORDS or " ".join((*words[-2:-1], last)) in _SECRET_PAIRS


def names_a_secret(path: Iterable[str | int]) -> bool:
    """Whether a name on the way to a value says that it is a secret."""
    return any(isinstance(token, str) and is_secret_name(token) for token in path)


def is_hidden(name: str, secrets: frozenset[str] = SECRET_NAMES, *, sent: bool = False) -> bool:
    """Whether messages hide the value of a field or parameter.

    Args:
        name: Its name.
        secrets: Lower-case names that carry credentials.
        sent: Whether it is a header field of a request: users name theirs with less care than documents do.
    """
    if name.lower() in secrets or name.lower() in _LIKELY or is_secret_name(name):
        return True
    return sent and _KEY.search(name) is not None


def redact_fields(
    fields: Iterable[tuple[str, str]], secrets: frozenset[str] = SECRET_NAMES, *, sent: bool = False
) -> tuple[tuple[str, str], ...]:
    """The fields, with the values of secret ones replaced; of those that are sent, any whose name sounds like a key."""
    return tuple((name, REDACTED if is_hidden(name, secrets, sent=sent) else value) for name, value in fields)


def redact_url(url: str, secrets: frozenset[str] = SECRET_NAMES) -> str:
    """The URL without user information, and with the values of secret query parameters replaced."""
    try:
        parts = urlsplit(url)
        if "@" in url:
            _ = parts.port  # in place of the port there may be a password that holds a slash
    except ValueError:
        return "(a URL that cannot be read)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(_redact_pair(pair, secrets) for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def redact_path(url: str, hidden: Iterable[str]) -> str:
    """The URL with these parts of its path hidden.

    >>> redact_path("http://h/reset/abc?a=abc", ["abc"])
    'http://h/reset/REDACTED?a=abc'
    """
    host, mark, rest = url.rpartition("://") if "://" in url.partition("?")[0] else ("", "", url)
    server, slash, path = rest.partition("/")
    end = min(index for sign in "?#" if (index := f"{path}?#".find(sign)) >= 0)
    shown = path[:end]
    for text in filter(None, hidden):
        shown = shown.replace(text, REDACTED)
    return f"{host}{mark}{server}{slash}{shown}{path[end:]}"


def masked_body(body: bytes, content_type: str, names: frozenset[str], secrets: Iterable[Any]) -> bytes:
    """A body with its secrets masked: members by their names, and these values."""
    kind = content_type.partition(";")[0].strip().lower()
    texts = frozenset(filter(is_telling, map(str, secrets)))
    try:
        if kind == "application/json" or kind.endswith("+json"):
            data = json.loads(body)
            hidden = _masked_value(data, names, texts)
            body = body if hidden == data else json.dumps(hidden, ensure_ascii=False).encode()
        elif kind == "application/x-www-form-urlencoded":
            pairs = (_redact_pair(pair, names) for pair in body.decode().split("&"))
            body = "&".join(_masked_pair(pair, texts) for pair in pairs).encode()
    except (ValueError, RecursionError):
        pass  # it is not what its type says
    for text in sorted(texts, key=len, reverse=True):
        body = body.replace(text.encode("utf-8", "surrogatepass"), REDACTED.encode())
    return body


def _masked_pair(pair: str, texts: frozenset[str]) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}{equals}{REDACTED}" if unquote_plus(value) in texts else pair


def _masked_value(value: Any, names: frozenset[str], texts: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: REDACTED if is_hidden(name, names) else _masked_value(each, names, texts)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked_value(each, names, texts) for each in value]
    return REDACTED if str(value) in texts else value


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with these secrets replaced, less those that could be any word."""
    for secret in sorted(filter(is_telling, secrets), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text


def is_telling(secret: str) -> bool:
    """Whether a secret is looked for in texts: a shorter one could be any word."""
    return len(secret) > _WORD


def secret_pairs(url: str, secrets: frozenset[str]) -> list[str]:
    """The query parameters of a URL that carry credentials, as `name=value`."""
    return [pair for pair in url.partition("#")[0].partition("?")[2].split("&") if _is_secret(pair, secrets)]


def credentials_in(fields: Iterable[tuple[str, str]], parts: Iterable[str], secrets: frozenset[str]) -> frozenset[str]:
    """The credentials of a request, as sent and as the user wrote them, less those that could be any word.

    Args:
        fields: Its header fields.
        parts: The secret parts of its URL, percent-encoded.
        secrets: Lower-case names of the fields that carry credentials.
    """
    hidden = [value for name, value in fields if is_hidden(name, secrets, sent=True)]
    sent = {part for value in hidden for part in (value, *_credential_in(value))}
    values = (pair.partition("=")[2] for value in hidden for pair in value.split("; "))
    sent |= {text for value in (*values, *parts) for text in (value, unquote_plus(value))}
    return frozenset(filter(is_telling, sent))


def _credential_in(value: str) -> tuple[str, ...]:
    """The credential behind the scheme of an Authorization field; of Basic (RFC 7617), the user's password too."""
    scheme, _, credential = value.partition(" ")
    if scheme.lower() != "basic":
        return (credential,)
    try:
        return credential, b64decode(credential).decode().partition(":")[2]
    except ValueError:
        return (credential,)


def _is_secret(pair: str, secrets: frozenset[str]) -> bool:
    name, equals, _ = pair.partition("=")
    name = unquote_plus(name)
    return bool(equals) and (name.lower() in secrets or is_secret_name(name))


def _redact_pair(pair: str, secrets: frozenset[str]) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={REDACTED}" if equals and is_hidden(unquote_plus(name), secrets) else pair
