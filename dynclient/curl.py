"""A request as a command line of curl, quoted for a POSIX shell."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

#: What curl would read as a pattern of several URLs.
_GLOB = "[]{}"
#: A placeholder for a body that is read while it is sent.
STREAM = "@BODY"


def curl_command(method: str, url: str, fields: Iterable[tuple[str, str]], body: bytes | str | None) -> str:
    r"""Return the command line that sends a request.

    Args:
        method: The method.
        url: The URL.
        fields: The header fields.
        body: The body; text is the name of a file with an @ in front.

    >>> curl_command("POST", "http://h/a?b=1", [("Accept", "*/*")], b"it's")
    'curl --data-raw \'it\'"\'"\'s\' -H \'Accept: */*\' -H Content-Type: \'http://h/a?b=1\''
    """
    fields = list(fields)
    words = ["curl", *_method(method, has_body=body is not None)]
    words += ["--globoff"] if set(url) & set(_GLOB) else []
    words += ["--path-as-is"] if "/." in url else []
    front, data = _data(body)
    words += data
    words += [word for name, value in fields for word in ("-H", f"{name}: {value}" if value else f"{name};")]
    present = {name.lower() for name, _ in fields}
    added = ["Accept", *(["Content-Type"] if body is not None else [])]  # curl has values of its own for them
    words += [word for name in added if name.lower() not in present for word in ("-H", f"{name}:")]
    return front + " ".join(map(quote, [*words, url]))


def _method(method: str, *, has_body: bool) -> list[str]:
    if method == "HEAD" and not has_body:
        return ["--head"]
    usual = "POST" if has_body else "GET"
    return [] if method == usual else ["-X", method]


def _data(body: bytes | str | None) -> tuple[str, list[str]]:
    """What stands in front of the command, and the options for a body: bytes that are no text go through a pipe."""
    if body is None:
        return "", []
    if isinstance(body, str):
        return "", ["--data-binary", body]
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "", ["--data-raw", text]
    return f"printf {quote(''.join(map(_octal, body)))} | ", ["--data-binary", "@-"]


def _octal(byte: int) -> str:
    """A byte as `printf` reads it."""
    char = chr(byte)
    return char if char.isascii() and (char.isalnum() or char in " .,:;/=_-") else f"\\{byte:03o}"
