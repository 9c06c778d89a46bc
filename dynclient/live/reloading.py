"""A client whose document is read again when its file changes, or when another version is pinned.

A thread looks at the files a few times a second; a call costs nothing more. A document that cannot be used takes no place: the client
goes on with the last good one, and says so once for each change.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

from dynclient.catalog.pins import resolved_digest
from dynclient.errors import DynclientError
from dynclient.live.lost import label
from dynclient.opening import reread
from dynclient.options import warn
from dynclient.spec.document import Document

if TYPE_CHECKING:
    from dynclient.live.core import Core

_LOG = logging.getLogger("dynclient")
#: Seconds between two looks.
_PAUSE = 0.5


class FileWatch:
    """Who looks at the files of a client's document, as long as the client lives and is not closed.

    Args:
        core: What all copies of the client share.
        version: The version that was asked for; None for the default, which another pin changes.
    """

    def __init__(self, core: Core, version: str | None) -> None:
        self._core: ReferenceType[Core] = ref(core)
        self._version = version
        self._own: Document = core.api.document
        self._seen = _stamps_when_read(self._own)
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        threading.Thread(target=self._look_on, name="dynclient-watch", daemon=True).start()

    def _look_on(self) -> None:
        while not self._over.wait(_PAUSE):
            core = self._core()
            if core is None or core.life.closed:
                return
            try:
                self.look(core)
            except Warning:  # warnings are errors here, and this one was logged
                continue
            del core  # while this waits, the client may be forgotten

    def look(self, core: Core) -> None:
        """Read the document again if something has changed.

        A client that was told to `use` another version stays with that, and its files are looked at from then on.
        """
        current = core.api.document
        if current is not self._own:
            self._own, self._version, self._seen = current, current.options.version, _stamps_when_read(current)
        stamps = _stamps(current)
        try:
            document = reread(current, self._version, changed=stamps != self._seen)
            if document is not current:
                stamps = _stamps_when_read(document)
                core.swap(document)
                self._own = document
        except (DynclientError, OSError) as error:
            if (stamps, str(error)) != (self._seen, getattr(self, "_error", None)):
                self._seen, self._error = stamps, str(error)
                message = f"{label(core.api)} stays in use, since what has changed cannot be used: {error}"
                _LOG.warning("%s", message)
                warn(message)
            return
        self._seen = stamps


def _stamps_when_read(document: Document) -> dict[Path, Any]:
    """Return the stamps of a document after all its files were read, so that it is whole whatever becomes of them."""
    resolved_digest(document)
    return _stamps(document)


def _stamps(document: Document) -> dict[Path, Any]:
    """Return what shows that a file has changed, for each file of a document."""
    found: dict[Path, Any] = {}
    for source in (*document.files.values(), *document.overlays):
        if source.path is not None:
            try:
                state = source.path.stat()
                found[source.path] = (state.st_mtime_ns, state.st_size, state.st_ino)
            except OSError:
                found[source.path] = None
    return found
