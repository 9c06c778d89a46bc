"""HTTP digest: the challenge of a server, and the answer to it that each request carries (RFC 7616)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from urllib.request import parse_http_list

from dynclient import lazy
from dynclient.exchange import Headers

_CHALLENGE = lazy.pattern(r"([!#$%&'*+.^_`|~\w-]+)\s+(?=[\w-]+\s*=)")
_ALGORITHMS = ("MD5", "MD5-SESS", "SHA", "SHA-256", "SHA-512")


class Digest:
    """What a server's last challenge said; every request that answers it is counted (RFC 7616, section 3.4).

    `requests` computes the answers. It keeps challenges by thread, and learns them from its own replies; here they are kept
    for all threads, and learnt from the replies of any transport.
    """

    __slots__ = ("_challenge", "_count", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._challenge: dict[str, str] = {}
        self._count = 0

    def learn(self, headers: Headers, used: str) -> bool:
        """Keep the challenge of a reply; False when it has none that can be answered, or refuses the last answer."""
        challenge = next(filter(_answerable, _challenges(headers)), None)
        if challenge is None:
            return False
        if challenge.get("stale", "").lower() != "true" and f'nonce="{challenge["nonce"]}"' in used:
            return False
        with self._lock:
            if challenge["nonce"] != self._challenge.get("nonce"):
                self._challenge, self._count = challenge, 0
        return True

    def answer(self, pair: tuple[str, str], method: str, url: str) -> str | None:
        """The Authorization of a request; None before the first challenge."""
        from requests.auth import HTTPDigestAuth  # needed only where it is used, like requests itself
        from requests.utils import requote_uri

        with self._lock:
            self._count += 1
            challenge, count = self._challenge, self._count
        if not challenge:
            return None
        made: Any = HTTPDigestAuth(pair[0], pair[1])
        made.init_per_thread_state()
        state = made._thread_local  # noqa: SLF001  the only place that takes a challenge
        state.chal, state.last_nonce, state.nonce_count = challenge, challenge["nonce"], count - 1
        # under a scheme that it does not know, urllib leaves `;` in the path alone
        text: str | None = made.build_digest_header(method, f"request:{requote_uri(url).partition(':')[2]}")
        return text


def _challenges(headers: Headers) -> Iterable[dict[str, str]]:
    """The digest challenges of a reply (RFC 9110, section 11.6.1)."""
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


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _answerable(challenge: dict[str, str]) -> bool:
    """Whether `requests` can answer a challenge; of several qualities of protection, `auth` is left."""
    offered = [item.strip().lower() for item in challenge.get("qop", "").split(",") if item.strip()]
    if "auth" in offered:
        challenge["qop"] = "auth"
    algorithm = challenge.get("algorithm", "MD5").upper()
    whole = {"realm", "nonce"} <= challenge.keys() and algorithm in _ALGORITHMS
    return whole and ("auth" in offered or (not offered and not algorithm.endswith("-SESS")))
