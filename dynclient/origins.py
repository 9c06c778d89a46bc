"""The server of a URL: found only where every parser of URLs finds the same one."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, unquote

from dynclient import lazy

#: A server: scheme, host and port (RFC 6454, section 4).
HttpOrigin = tuple[str, str, int]

#: The start of an http(s) URL, up to its path, in characters that every parser of URLs reads the same way (RFC 3986, section 3.2).
_AUTHORITY = lazy.pattern(
    r"(?i:(https?))://(?:[\w.~!$&'()*+,;=:%-]*@)?"
    r"([\w~-]+(?:\.[\w~-]+)*\.?|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\])(?::([0-9]*))?(?=[/?#]|\Z)"
)
#: What user information cannot hold, as some parser of URLs would end it there.
_NOT_IN_USER = lazy.pattern(r"[^\w.~!$&'()*+,;=:%-]")
#: The ports of URLs that name none.
DEFAULT_PORTS = {"http": 80, "https": 443}
#: A host that some parsers read as a number, and so as an address (`127.1`, `0x7f.1`, `2130706433`), as its last part is one.
_NUMERIC_HOST = lazy.pattern(r"(?:\A|\.)(?:[0-9]+|0x[0-9a-f]*)\.?\Z")


def origin(url: str) -> HttpOrigin | None:
    r"""Return the server of an http(s) URL, if every parser of URLs finds the same one.

    Python reads the host `first` from `http://other:1\@first/`, and several HTTP libraries connect to `other`. To compare
    servers is safe only for URLs without such tricks. This is the one test of every URL that is called: servers, the targets of
    links and redirects, token endpoints, and the files of a document.

    Args:
        url: The URL.

    Returns:
        Scheme, host and port (RFC 6454, section 4), the host as it is connected to; None for a URL that is relative, of another
        scheme or ambiguous.
    """
    found = _AUTHORITY.match(url)
    if found is None:
        return None
    scheme, host = found[1].lower(), _host(found[2])
    port = int(found[3] or DEFAULT_PORTS[scheme]) if len(found[3] or "") < 6 else 0
    return (scheme, host, port) if host and 0 < port < 65536 else None


def server_rule(url: str) -> str:
    """What the URL of a server must be, in words that follow "must be", if this one is not; else ""."""
    if origin(url) is None:
        return f"an http(s) URL with a host{odd_in_user(url)}"
    return "a URL without a query and a fragment" if "?" in url or "#" in url else ""


def odd_in_user(url: str) -> str:
    r"""Say which character before the `@` of a URL hinders its reading, as nothing else there is shown; "" if none does.

    >>> odd_in_user("http://user:pass\\word@host/")
    " (character 17 is a backslash; before '@' it is written %5C)"
    """
    scheme, mark, rest = url.partition("://")
    odd = _NOT_IN_USER.search(rest.rpartition("@")[0])
    if odd is None or scheme.lower() not in DEFAULT_PORTS:
        return ""
    place, sign = len(scheme + mark) + odd.start() + 1, "a backslash" if odd[0] == "\\" else repr(odd[0])
    return f" (character {place} is {sign}; before '@' it is written {quote(odd[0], safe='', errors='replace')})"


def without_user(url: str) -> tuple[str, str]:
    """The URL without its user information, and the Authorization field that this makes (RFC 7617), or ""."""
    scheme, mark, rest = url.partition("://")
    end = min(index for sign in "/?#" if (index := f"{rest}/?#".find(sign)) >= 0)
    user, at, _ = rest[:end].rpartition("@")
    if not at:
        return url, ""
    text = user if ":" in user else f"{user}:"
    return f"{scheme}{mark}{rest[len(user) + 1 :]}", f"Basic {b64encode(unquote(text).encode()).decode()}"


@lru_cache(256)
def _host(text: str) -> str | None:
    """The host that is connected to: a name in ASCII (RFC 5891), or an address in its shortest form; None where parsers disagree."""
    try:
        if text.startswith("["):
            address, percent, zone = text[1:-1].partition("%")
            return f"[{IPv6Address(address)}{percent}{zone}]"
        if not text.isascii():
            import idna  # only for names in other scripts

            text = idna.encode(text, uts46=True).decode()
        text = text.lower()
        return str(IPv4Address(text)) if _NUMERIC_HOST.search(text) else text
    except ValueError:
        return None
