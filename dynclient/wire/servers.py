"""Servers: the URL to call an operation at (OpenAPI, Server Object and Server Variable Object)."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin

from dynclient import lazy
from dynclient.names import nearest
from dynclient.problem import Problem
from dynclient.redaction import is_secret_name

#: What starts like a host: with a port, a dot inside, or a path behind it.
_HOST = lazy.pattern(r"(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w.-]+:[0-9]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?(?:/\S*)?\Z")
_SCHEME = lazy.pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_VARIABLE = lazy.pattern(r"\{([^{}]+)\}")
#: A variable may contain a port, a host name or a path, so only characters that no URL may contain are percent-encoded.
_SAFE = "/:@!$&'()*+,;=-._~[]%"
#: The number of combinations of variables that are tried when a URL is matched.
_MAX_COMBINATIONS = 64
_SURROGATE = lazy.pattern(r"[\ud800-\udfff]")
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9A-Fa-f]{2})")


class Variable(NamedTuple):
    """A variable of a server's URL.

    Attributes:
        default: The value to use when the caller passes none; None where the document has none, against the specification.
        allowed: The allowed values; any when empty.
    """

    default: str | None
    allowed: tuple[str, ...] = ()


class Server(NamedTuple):
    """A server of a document.

    Attributes:
        template: The URL with its variables in braces.
        name: Its name (3.2), or "".
        description: The description in the document.
        variables: Its variables by name.
        is_relative: Whether the document leaves the host to its readers.
    """

    template: str
    name: str
    description: str
    variables: Mapping[str, Variable]
    is_relative: bool = False

    def url(self, values: Mapping[str, Any]) -> tuple[str, list[Problem]]:
        """Return the URL with its variables replaced, and the problems of the values."""
        problems = []
        for name, value in values.items():
            variable, text = self.variables.get(name), str(value)
            if variable is not None and variable.allowed and text not in variable.allowed:
                allowed = ", ".join(variable.allowed)
                shown = "the value" if is_secret_name(name) else repr(text)
                problems.append(Problem("server", (name,), "enum", f"{shown} is not one of {allowed}"))

        def replaced(found: re.Match[str]) -> str:
            name = found.group(1)
            variable = self.variables.get(name)
            text = values.get(name, variable.default if variable is not None else None)
            if text is None:
                problems.append(Problem("server", (name,), "required", "has no value and no default"))
                return found.group()
            if _SURROGATE.search(str(text)):
                problems.append(Problem("server", (name,), "type", "contains an unpaired surrogate"))
            return _quoted(str(text), _SAFE)

        return _encoded(_VARIABLE.sub(replaced, self.template)), problems

    @property
    def names(self) -> set[str]:
        """The names of its variables, and of those that only occur in its URL."""
        return {*self.variables, *_VARIABLE.findall(self.template)}

    def paths(self) -> Iterator[str]:
        """Yield the paths that its URL may have, with the allowed values of its variables."""
        names = list(dict.fromkeys(_VARIABLE.findall(self.template)))
        choices = [self._values(name) for name in names]
        for values in itertools.islice(itertools.product(*choices), _MAX_COMBINATIONS):
            url, _ = self.url(dict(zip(names, values, strict=True)))
            yield _path_in(url)

    def path_pattern(self, normal: Callable[[str], str]) -> re.Pattern[str] | None:
        """Return a pattern of its path, where a variable in it may have any value; None when no variable may.

        Args:
            normal: Normalises the text between the variables, as the compared paths are.
        """
        literals = _VARIABLE.split(_path_in(self.template))
        names = literals[1::2]
        if all(map(self._limits, names)):
            return None
        any_of = (map(re.escape, map(normal, self._values(name))) if self._limits(name) else [".*"] for name in names)
        pieces = [re.escape(normal(literal)) for literal in literals[::2]]
        between = [f"(?:{'|'.join(values)})" for values in any_of]
        return re.compile("".join(itertools.chain(*zip(pieces, [*between, ""], strict=True))), re.DOTALL)

    def _limits(self, name: str) -> bool:
        return name in self.variables and bool(self.variables[name].allowed)

    def _values(self, name: str) -> tuple[str, ...]:
        variable = self.variables.get(name)
        if variable is None:
            return ("",)
        return (variable.default or "", *(value for value in variable.allowed if value != variable.default))


def server_of(data: Mapping[str, Any], base: str) -> Server:
    """Read a Server Object.

    Args:
        data: The Server Object.
        base: The URL of the document, for a relative server; empty when it has none.
    """
    url = str(data.get("url", "/")).strip(string.whitespace)
    variables = data.get("variables")
    known = {
        str(name): Variable(
            str(entry["default"]) if entry.get("default") is not None else None,
            tuple(map(str, enum)) if isinstance(enum := entry.get("enum"), list) else (),
        )
        for name, entry in (variables if isinstance(variables, Mapping) else {}).items()
        if isinstance(entry, Mapping)
    }
    is_relative = not url.startswith("{") and not _SCHEME.match(_VARIABLE.sub("x", url))
    if base and is_relative:
        with suppress(ValueError):  # it stays as it is, and is refused when it is called
            url = urljoin(base, url)
    return Server(url, str(data.get("name") or ""), str(data.get("description") or ""), known, is_relative)


def choose_server(
    servers: Iterable[Server], wanted: str | int | None, values: Mapping[str, Any]
) -> tuple[str, list[Problem]]:
    """Return the URL of the wanted server, and the problems of that choice.

    Args:
        servers: The servers of the operation, in the order of the document.
        wanted: The index, name or description of a server; None for the first; or a URL. A URL without a path gets that of the
            document's first server if that is relative; one that ends in a slash is used as it is.
        values: Values for the variables.
    """
    listed = list(servers)
    if wanted is None:
        return listed[0].url(values)
    if isinstance(wanted, int):
        if 0 <= wanted < len(listed):
            return listed[wanted].url(values)
        return "", [Problem("server", (), "unknown", f"there is no server {wanted}", f"there are {len(listed)}")]
    for server in listed:
        if wanted and wanted in (server.name, server.description):
            return server.url(values)
    if "://" in wanted:
        return _with_base_path(wanted, listed[0], values)
    if wanted.startswith("/"):
        message = f"{wanted!r} is relative"
        return "", [Problem("server", (), "server", message, f"write the whole URL: 'https://example.com{wanted}'")]
    shown = wanted.rpartition("@")[2]  # what is in front may be a password
    if _HOST.match(shown):
        hint = f"write 'http://{shown}' or 'https://{shown}'"
        return "", [Problem("server", (), "server", f"{shown!r} lacks the scheme of a URL", hint)]
    known = [server.name or server.description or server.template for server in listed]
    hint = nearest(shown, known) or f"there are {', '.join(known)}"
    return "", [Problem("server", (), "unknown", f"there is no server {shown!r}", hint)]


def secret_texts(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a server's URL holds for the variables whose names say that their values are secrets."""
    return tuple(_quoted(str(value), _SAFE) for name, value in values.items() if is_secret_name(name))


def _with_base_path(url: str, first: Server, values: Mapping[str, Any]) -> tuple[str, list[Problem]]:
    """Return a URL of the user's; without a path, with that of the document's first server, if that leaves the host to the user."""
    if not first.is_relative or "/" in url.partition("://")[2]:
        return url, []
    base, problems = first.url(values)
    return url + _path_in(base), problems


def _encoded(url: str) -> str:
    """Percent-encode the path of a URL where it must be."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host}{slash}{_quoted(path, f'{_SAFE}?#{{}}')}"


def _quoted(text: str, safe: str) -> str:
    return _LOOSE_PERCENT.sub("%25", quote(text, safe=safe, errors="surrogatepass"))


def _path_in(url: str) -> str:
    """Return the path of a server's URL, which may lack its scheme or be relative to the root (RFC 3986, section 4.2)."""
    path = path_of(f"https:{url}" if url.startswith("//") else url).rstrip("/")
    return path if path[:1] in ("", "/", "{") else path_of(urljoin("http://h/", path))


def path_of(url: str) -> str:
    """Return the path of a URL or of a reference, unchanged."""
    rest = url.partition("#")[0].partition("?")[0]
    start = rest.find("://")
    if start < 0:
        return rest
    slash = rest.find("/", start + 3)
    return rest[slash:] if slash >= 0 else ""
