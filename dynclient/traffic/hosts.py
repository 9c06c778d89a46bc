"""Hosts: which exchanges are those of a document's servers, scheme aside, whatever the values of their variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from dynclient import lazy
from dynclient.origins import server_rule
from dynclient.redaction import redact_url
from dynclient.wire.servers import Server, path_of

if TYPE_CHECKING:
    from dynclient.api.api import Api

_VARIABLE = lazy.pattern(r"\{[^{}]+\}")
_ANY_PORT = lazy.pattern(r":\{[^{}]+\}\Z")
_DEFAULT_PORT = lazy.pattern(r":(?:80|443)?\Z")
#: A host that a recorder wrote over: nobody knows which it was. An address of IPv6 has brackets, too.
_REPLACED = lazy.pattern(r"(?!\[[0-9a-f:.]+\])[<>{}*\[\]]|\A\Z|.*(?i:redacted|placeholder).*")


class Hosts:
    """The hosts of a document's servers.

    Args:
        api: The Api of the document.
        servers: More servers, as URLs: where the traffic was recorded.

    Attributes:
        named: Whether any server names a host; without one, the document leaves the host to its readers.
        shown: The servers, for messages.

    Raises:
        ValueError: One of the servers is not a URL with a host.
    """

    def __init__(self, api: Api, servers: Sequence[str]) -> None:
        for url in servers:
            if rule := server_rule(url):
                raise ValueError(f"server must be {rule}, not {redact_url(url)!r}")
        owners = {operation.server_owner.place: operation for operation in api.operations.operations}
        documented = [server for operation in owners.values() for server in operation.servers]
        absolute = {found for server in documented if (found := _host_pattern(server.template))}
        self._given = {host_of(url) for url in servers}
        self._patterns = [re.compile(pattern) for pattern in sorted(absolute)]
        self.named = bool(self._given or self._patterns)
        self.shown = tuple(dict.fromkeys([*servers, *_texts(documented)]))
        self.knows = lru_cache(1024)(self._knows)

    def _knows(self, host: str) -> bool:
        """Whether a host, as `host_of` returns it, is one of the servers', or may be any."""
        if _REPLACED.match(host) or host in self._given:
            return True
        return any(pattern.fullmatch(host) for pattern in self._patterns)


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, without its user and a default port; "" when the URL has none.

    >>> host_of("https://me:secret@API.example.com:443/v1"), host_of("/v1")
    ('api.example.com', '')
    """
    start = url.find("://") + 3
    if start == 2 or "/" in url[: start - 3]:
        return ""
    end = url.find("/", start)
    return _host_in(url[start:] if end < 0 else url[start:end])


@lru_cache(1024)
def _host_in(authority: str) -> str:
    host = authority.partition("?")[0].partition("#")[0].rpartition("@")[2].lower()
    return _DEFAULT_PORT.sub("", host)


def base_of(url: str) -> str:
    """Return the path of a server's URL, which is in front of the paths of its operations."""
    return path_of(url).rstrip("/")


def _texts(servers: Iterable[Server]) -> list[str]:
    return [server.template for server in servers if _host_pattern(server.template)]


def _host_pattern(template: str) -> str:
    """Return a pattern of the hosts that the URL of a server may have; "" when it has none."""
    if template.startswith("{"):  # the whole server is a variable, or its scheme is one
        if "://" not in template:
            return ""
        template = _VARIABLE.sub("https", template, count=1) if "://" in template.partition("}")[2][:3] else template
    _, mark, rest = template.partition("://")
    host = rest.partition("/")[0] if mark else ""
    if not host or (template.startswith("//")):
        host = template[2:].partition("/")[0] if template.startswith("//") else host
    if not host:
        return ""
    named, any_port = _ANY_PORT.subn("", _DEFAULT_PORT.sub("", host.lower()))
    literals = _VARIABLE.split(named)
    if literals == ["", ""]:
        return ""
    return r"[^/]*".join(map(re.escape, literals)) + (
        r"(?::\d+)?" if any_port else ""
    )  # recordings leave out default ports
