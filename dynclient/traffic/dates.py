"""The age of a document: the day that its version names, or the day of the Git commit that last changed its file.

The times of a file say nothing: a checkout, a copy and an installation make them anew. Where neither source knows the day, nobody does.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

from dynclient import lazy
from dynclient.spec.document import Document
from dynclient.traffic.report import JudgingDocument

#: A date in the version of an API: `2022-11-28`, `v2023-10-16.acacia`, `20240131`.
_DAY = lazy.pattern(r"(?<!\d)((?:19|20)\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
#: How long Git may take, in seconds.
_PATIENCE = 5
#: Settings of Git that could start other programs, switched off.
_GIT = ("git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")


def judging_document(document: Document) -> JudgingDocument:
    """Return what a report says of a document that traffic is judged by: title, version, and its day as far as that is known."""
    found: JudgingDocument | None = document.compiled.get(JudgingDocument)
    if found is None:
        version = str(document.info.get("version", ""))
        day, source = _day_of(version), "info.version"
        if not day:
            day, source = _committed(document.source.path), "git"
        found = JudgingDocument(document.title, document.identity, day, source if day else "")
        document.compiled[JudgingDocument] = found
    return found


def is_older(time: float | None, document: JudgingDocument) -> bool:
    """Whether a time, in seconds since 1970, is before the day of a document; False where either is not known."""
    return time is not None and bool(document.day) and _day_at(time) < document.day


def _day_at(time: float) -> str:
    """Return the day of a time, in seconds since 1970, as `2023-05-01`."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def _day_of(version: str) -> str:
    for found in _DAY.finditer(version):
        try:
            return date(int(found[1]), int(found[3]), int(found[4])).isoformat()
        except ValueError:
            continue
    return ""


def _committed(path: Path | None) -> str:
    """Return the day of the commit that last changed a file; "" where Git does not know it, or the file was changed since."""
    if path is None or _git(path, "status", "--porcelain", "--ignored", "--", path.name) != "":
        return ""
    return _git(path, "log", "-1", "--format=%cd", "--date=format:%Y-%m-%d", "--", path.name) or ""


def _git(path: Path, *arguments: str) -> str | None:
    """Return what Git says in the folder of a file; None where it does not answer."""
    command = (*_GIT, "-C", str(path.resolve().parent), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE, stdin=subprocess.DEVNULL)  # noqa: S603  the user's own git
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
