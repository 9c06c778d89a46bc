"""HTTP digest: the challenge of a server, and the answer that each request carries (RFC 7616).

No library is used: the available ones leave out half of the RFC (`auth-int`, SHA-512-256, hashed user names), keep challenges per
thread, and work only with the requests and replies of their own HTTP library. The rest is a hash over a hash.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from urllib.request import parse_http_list

from dynclient import lazy
from dynclient.exchange import Headers, Request

_CHALLENGE = lazy.pattern(r"([!#$%&'*+.^_`|~\w-]+)\s+(?=[\w-]+\s*=)")
_SESSION = "-SESS"
#: Python's names of the algorithms (RFC 7616, section 6.1, and two older ones).
_ALGORITHMS = {"MD5": "md5", "SHA": "sha1", "SHA-256": "sha256", "SHA-512": "sha512", "SHA-512-256": "sha512_256"}


class _Challenge(NamedTuple):
    """A challenge that can be answered.

    Attributes:
        parameters: Its parameters as received, by lower-case name.
        algorithm: Python's name of the hash.
        session: Whether the first hash includes the nonces.
        qop: `auth`, `auth-int`, or "" if the server asks for neither.
    """

    parameters: dict[str, str]
    algorithm: str
    session: bool
    qop: str

    @property
    def nonce(self) -> str:
        return self.parameters["nonce"]

    def is_true(self, name: str) -> bool:
        return self.parameters.get(name, "").lower() == "true"

    def hashed(self, *parts: str | bytes) -> str:
        """Return the hash of parts joined by colons; text is UTF-8 (RFC 7616, section 4)."""
        joined = b":".join(part.encode() if isinstance(part, str) else part for part in parts)
        return hashlib.new(self.algorithm, joined, usedforsecurity=False).hexdigest()


class Digest:
    """The last challenge of a server, and how many requests answered it (RFC 7616, section 3.4). Threads may share it."""

    __slots__ = ("_challenge", "_count", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._challenge: _Challenge | None = None
        self._count = 0

    def forked(self) -> None:
        """Forget the lock of the parent process."""
        self._lock = threading.Lock()

    def learn(self, headers: Headers, used: str, url: str = "") -> bool:
        """Keep the challenge of a reply, and return whether a new answer is worth sending.

        It is not if the reply has no challenge that can be answered, or if it refuses an answer to the same challenge.

        Args:
            headers: The header fields of the reply.
            used: The answer that was sent.
            url: The URL that it was sent to; after a redirect, the answer was for another target.
        """
        challenge = next(filter(None, map(_answerable, _challenges(headers))), None)
        if challenge is None:
            return False
        same = f' nonce="{_escaped(challenge.nonce)}"' in used and (
            not url or f' uri="{_escaped(_target(url))}"' in used
        )
        if same and not challenge.is_true("stale"):
            return False
        with self._lock:
            if self._challenge is None or challenge.nonce != self._challenge.nonce:
                self._challenge, self._count = challenge, 0
        return True

    def follow(self, headers: Headers) -> None:
        """Use the nonce that a reply announces for the next request (RFC 7616, section 3.5)."""
        announced = _parameters(parse_http_list(headers.get("Authentication-Info", ""))).get("nextnonce")
        with self._lock:
            if announced and self._challenge is not None and announced != self._challenge.nonce:
                parameters = {**self._challenge.parameters, "nonce": announced}
                self._challenge, self._count = self._challenge._replace(parameters=parameters), 0

    def answer(self, pair: tuple[str, str], request: Request) -> str | None:
        """Return the Authorization of a request, or None before the first challenge or if its body can be read only once."""
        with self._lock:
            self._count += 1
            challenge, count = self._challenge, self._count
        if challenge is None:
            return None
        body = request.body
        can_reread = body is None or isinstance(body, bytes) or getattr(body, "repeatable", False)
        return _answer(challenge, count, pair, request) if can_reread or challenge.qop != "auth-int" else None


def _answer(challenge: _Challenge, count: int, pair: tuple[str, str], request: Request) -> str:
    """Return the Authorization that answers a challenge (RFC 7616, sections 3.4.1 to 3.4.4)."""
    hashed, realm, nonce = challenge.hashed, challenge.parameters["realm"], challenge.nonce
    target, cnonce, counter = _target(request.url), secrets.token_hex(16), f"{count:08x}"
    first = hashed(pair[0], realm, pair[1])
    if challenge.session:
        first = hashed(first, nonce, cnonce)
    content = [_hash_of_body(challenge, request.body)] if challenge.qop == "auth-int" else []
    middle = [counter, cnonce, challenge.qop] if challenge.qop else []
    response = hashed(first, nonce, *middle, hashed(request.method, target, *content))
    fields = [_user(challenge, pair[0])]
    fields += [f'{name}="{_escaped(text)}"' for name, text in (("realm", realm), ("nonce", nonce), ("uri", target))]
    fields.append(f'response="{response}"')
    fields += [f"algorithm={challenge.parameters['algorithm']}"] if "algorithm" in challenge.parameters else []
    fields += [f'opaque="{_escaped(challenge.parameters["opaque"])}"'] if "opaque" in challenge.parameters else []
    fields += [f'qop={challenge.qop}, nc={counter}, cnonce="{cnonce}"'] if challenge.qop else []
    fields += ["userhash=true"] if challenge.is_true("userhash") else []
    return f"Digest {', '.join(fields)}"


def _user(challenge: _Challenge, user: str) -> str:
    """Return the user name: hashed if the server asks for that, or encoded if it is not ASCII and the server supports that."""
    if challenge.is_true("userhash"):
        return f'username="{challenge.hashed(user, challenge.parameters["realm"])}"'
    if not user.isascii() and "charset" in challenge.parameters:
        return f"username*=UTF-8''{quote(user, safe='')}"
    return f'username="{_escaped(user)}"'


def _hash_of_body(challenge: _Challenge, body: Any) -> str:
    state = hashlib.new(challenge.algorithm, usedforsecurity=False)
    for chunk in (body,) if isinstance(body, bytes) else body or ():
        state.update(chunk)
    return state.hexdigest()


def _target(url: str) -> str:
    """Return the target in the request line."""
    from requests.utils import requote_uri  # loaded on first use, like requests itself

    parts = urlsplit(requote_uri(url))
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _challenges(headers: Headers) -> Iterable[dict[str, str]]:
    """Return the digest challenges of a reply (RFC 9110, section 11.6.1)."""
    found: list[tuple[str, dict[str, str]]] = []
    for name, value in headers.fields:
        for item in parse_http_list(value) if name.lower() == "www-authenticate" else ():
            start = _CHALLENGE.match(item)
            if start or "=" not in item:
                found.append(((start[1] if start else item).lower(), {}))
            key, _, text = (item[start.end() :] if start else item).partition("=")
            if found and text:
                found[-1][1][key.strip().lower()] = _unquoted(text.strip())
    return [parameters for scheme, parameters in found if scheme == "digest"]


def _parameters(items: Iterable[str]) -> dict[str, str]:
    pairs = (item.partition("=") for item in items)
    return {name.strip().lower(): _unquoted(text.strip()) for name, _, text in pairs}


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _answerable(parameters: dict[str, str]) -> _Challenge | None:
    """Return the challenge if it can be answered; `auth` is preferred to `auth-int`, which reads the body twice."""
    offered = [item.strip().lower() for item in parameters.get("qop", "").split(",") if item.strip()]
    qop = next((kind for kind in ("auth", "auth-int") if kind in offered), "")
    name = parameters.get("algorithm", "MD5").upper()
    algorithm, session = _ALGORITHMS.get(name.removesuffix(_SESSION), ""), name.endswith(_SESSION)
    usable = {"realm", "nonce"} <= parameters.keys() and algorithm in hashlib.algorithms_available
    is_plain = not offered and not session
    return _Challenge(parameters, algorithm, session, qop) if usable and (qop or is_plain) else None
