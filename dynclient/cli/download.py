"""`--save`: the body of a reply as a file, written as it arrives.

Nothing is overwritten unless `--overwrite` says so, as gh does it (curl would). The file appears when the body is whole. In a folder, the name is
the one that the server wishes (Content-Disposition, RFC 6266), less everything that could lead elsewhere or hide the file.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from dynclient.exchange import Response
from dynclient.names import snake_case
from dynclient.streaming import Stream

#: What no file name may contain, on any system.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f<>:\"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
#: The file name in another charset than ASCII (RFC 8187).
_EXTENDED = re.compile(r"filename\*\s*=\s*(?P<charset>[\w.+-]+)'[^']*'(?P<text>[^;\s]*)", re.IGNORECASE | re.ASCII)
#: Names that are devices on Windows.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)
_LONGEST = 200


def check_target(target: str, *, overwrite: bool) -> None:
    """Refuse a place where a reply cannot be saved, before the request is sent.

    Args:
        target: The value of `--save`.
        overwrite: Whether a file may be there.

    Raises:
        UsageError: There is a file already, or no folder.
    """
    path = Path(target)
    if target.endswith(("/", "\\")) and not path.is_dir():
        raise click.UsageError(f"--save: there is no folder {target}")
    if not path.is_dir():
        if not path.parent.is_dir():
            raise click.UsageError(f"--save: there is no folder {path.parent}")
        if path.exists() and not overwrite:
            raise _is_there(path)


def save(stream: Stream, target: str, *, overwrite: bool) -> Path:
    """Write the body of a reply to a file.

    Args:
        stream: The reply.
        target: The file, or the folder for it.
        overwrite: Whether a file that is there may be replaced.

    Returns:
        The file.

    Raises:
        UsageError: There is a file already, or it cannot be written.
        TransportError: The connection broke before the body was whole; nothing is left behind.
    """
    path = Path(target)
    path = path / name_of(stream.response) if path.is_dir() else path
    try:
        with _reserved(path, overwrite=overwrite):
            return stream.save(path)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror or error}") from None


@contextmanager
def _reserved(path: Path, *, overwrite: bool) -> Iterator[None]:
    """Hold a name for a file that is being written, so that nobody else's file is replaced."""
    if overwrite:
        yield
        return
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise _is_there(path) from None
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _is_there(path: Path) -> click.UsageError:
    return click.UsageError(f"{path} exists already (--overwrite replaces it)")


def name_of(response: Response) -> str:
    """Return a safe name for the body of a reply: the server's wish, else the end of the URL, else the operation's name.

    Args:
        response: The reply.
    """
    wished = _safe(_wished(response.headers.get("Content-Disposition", "")))
    if wished:
        return wished
    request = response.request
    last = unquote(urlsplit(request.url).path).rpartition("/")[2] if request is not None else ""
    operation = snake_case(request.operation) if request is not None else ""
    name = _safe(last) or _safe(operation) or "reply"
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return name if "." in name else name + (mimetypes.guess_extension(kind) or "")


def _wished(disposition: str) -> str:
    """Return the file name of a Content-Disposition, `filename*` before `filename` (RFC 6266, section 4.3); "" without one."""
    extended = _EXTENDED.search(disposition)
    if extended is not None:
        try:
            return unquote(extended["text"], extended["charset"], errors="strict")
        except (LookupError, UnicodeDecodeError):  # a charset that nobody knows, or other bytes
            disposition = disposition.replace(extended[0], "")
    message = Message()
    message["Content-Disposition"] = " ".join(disposition.split())
    return message.get_filename("") or ""


def _safe(name: str) -> str:
    """Return a name without folders, without dots at its start or end, and without what a system takes for something else."""
    last = re.split(r"[/\\]", name)[-1]
    plain = _UNSAFE.sub("_", last).strip(". ")[:_LONGEST].rstrip(". ")
    return f"_{plain}" if _DEVICES.match(plain) else plain
