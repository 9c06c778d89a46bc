"""What the environment says of every connection, in one way for every HTTP library: proxies, and authorities to trust.

The libraries differ in which variables they read and in what they make of them. `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`,
`SSL_CERT_FILE` and `SSL_CERT_DIR` name the authorities, the first that is set; proxies are found as `requests` finds them,
`no_proxy` with `*` and ranges of addresses included.
"""

from __future__ import annotations

import errno
import os
import re
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from requests.utils import should_bypass_proxies

from dynclient.send.transport import AUTHORITIES, environment

#: How many servers' proxies are remembered, and for how many seconds: those of the system may change without a word.
_MOST = 64
_SECONDS = 10.0
#: How OpenSSL names the files of a folder of authorities.
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")


class Proxies:
    """The proxies of the environment, by server; looked up again when the environment changes, or after some seconds."""

    def __init__(self) -> None:
        self._found: dict[Any, tuple[str | None, float]] = {}

    def of(self, url: str) -> str | None:
        """Return the URL of the proxy for a URL, or None."""
        server = url[: url.find("/", 8)] if "/" in url[8:] else url
        key = server, environment(server)
        proxy, until = self._found.get(key, (None, 0.0))
        if until < time.monotonic():
            if len(self._found) >= _MOST:
                self._found.clear()
            proxy = _look_up(server)
            self._found[key] = proxy, time.monotonic() + _SECONDS
        return proxy


def _look_up(server: str) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(urlsplit(server).scheme) or proxies.get("all")
    if not proxy or should_bypass_proxies(server, None):  # it knows ranges of addresses, as urllib does not
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def trusted(verify: bool | str, url: str = "https:") -> bool | str:  # noqa: FBT001  as in requests
    """Return the setting `verify` of a transport with what the environment says: the authorities to trust, where it is True."""
    if verify is not True or not url.startswith("https"):
        return verify
    return next(filter(None, map(os.environ.get, AUTHORITIES)), True)


def tls_context(verify: bool | str, certificate: Any) -> ssl.SSLContext:  # noqa: FBT001  as in requests
    """Return TLS settings for authorities and a client certificate.

    Args:
        verify: Whether certificates of servers are verified, or the file or folder of the authorities to trust.
        certificate: The client certificate: its file, or its file and that of its key.

    Raises:
        OSError: A file cannot be used; the text names it.
    """
    place = require_authorities(verify) if isinstance(verify, str) else None
    folder = place if place is not None and place.is_dir() else None
    context = ssl.create_default_context(cafile=None if folder else place, capath=folder)
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
    return context


def require_authorities(path: str) -> Path:
    """Return the path of authorities: a file in PEM, or a folder of such files under the names that OpenSSL looks for.

    Raises:
        OSError: It holds no certificate; the text names it.
    """
    place = Path(path)
    reason: str | None = None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(*((None, path) if place.is_dir() else (path,)))
        if place.is_dir() and not authority_files(place):
            reason = "no certificate under a name that OpenSSL looks for (`openssl rehash` makes them)"
    except ssl.SSLError:
        reason = "no certificate in PEM"
    except OSError as error:
        reason = error.strerror
    if reason:
        raise OSError(errno.EINVAL, f"{path}: {reason}")
    return place


def authority_files(place: Path) -> list[Path]:
    """Return the files of authorities at a path: the file itself, or those of the folder."""
    return [file for file in sorted(place.iterdir()) if _HASHED.match(file.name)] if place.is_dir() else [place]
