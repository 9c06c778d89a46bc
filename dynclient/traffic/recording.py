"""Recordings as values: what a recorder wrote, what it left out, and where it stands.

    path, folder, archive --sources--> RecordedFile --reader--> Recorded --judging--> findings

A recorder is no wire. It leaves headers out, cuts and redacts bodies, and decodes them without saying so. A reader therefore says of each
body whether it is known, and of the credentials what became of them: what is unknown is never judged, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from dynclient.exchange import Exchange

#: `bytes`: the body is in the exchange; `empty`: it is known that there was none; `unknown`: it was left out, cut or is a template.
BodyState = Literal["bytes", "empty", "unknown"]

#: What became of the credentials: they stand there, were replaced by a placeholder, the recorder leaves them out, or there were none.
CredentialState = Literal["shown", "redacted", "left out", "missing"]


@dataclass(frozen=True, slots=True)
class RecordedAt:
    """Where an entry was recorded.

    Attributes:
        file: The file as the user named it; inside an archive, `archive.zip!file`.
        line: The line on which the entry starts, counted from 1; None where lines mean nothing.
        entry: The number of the entry in the file, counted from 1; 0 for the whole file.
    """

    file: str
    line: int | None = None
    entry: int = 0

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file}#{self.entry}" if self.entry else self.file


@dataclass(frozen=True, slots=True)
class Recording:
    """An exchange as a recorder wrote it, its content codings undone.

    Attributes:
        exchange: The request and the reply.
        place: Where it stands.
        request_body: What is known of the request's body.
        response_body: What is known of the reply's body.
        credentials: What became of the credentials.
        has_request_headers: Whether the recorder keeps header fields of requests; access logs, nock and WireMock mostly do not.
        has_response_headers: Whether it keeps those of replies.
        time: When it was recorded, in seconds since 1970; None when that is not said.
        intended: Whether its request breaks the document on purpose, as the negative tests of Schemathesis do.
        by_hand: Whether somebody may have written it, as the saved examples of Postman.
    """

    exchange: Exchange
    place: RecordedAt
    request_body: BodyState = "bytes"
    response_body: BodyState = "bytes"
    credentials: CredentialState = "shown"
    has_request_headers: bool = True
    has_response_headers: bool = True
    time: float | None = None
    intended: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class NoExchange:
    """An entry that is no exchange with an API, which is counted and left alone.

    Attributes:
        reason: Why: `no reply`, `interim reply`, `websocket`, `browser cache`, `CORS preflight`, `not HTTP`, `pattern` ...
        place: Where it stands.
    """

    reason: str
    place: RecordedAt


@dataclass(frozen=True, slots=True)
class BrokenRecording:
    """A file or an entry that cannot be read; whatever else the file holds is read all the same.

    Attributes:
        rule: The id of the rule: `recording/file`, `recording/syntax`, `recording/entry`, `recording/coding` ...
        message: What is wrong, without quoting what may be secret.
        place: Where.
    """

    rule: str
    message: str
    place: RecordedAt


@dataclass(frozen=True, slots=True)
class NoRecording:
    """A file of a folder that is not a recording, which is skipped and counted.

    Attributes:
        place: The file.
    """

    place: RecordedAt


Recorded = Recording | NoExchange | BrokenRecording | NoRecording


class RecordedFile(Protocol):
    """A file of recordings, wherever it is kept, its compression undone."""

    @property
    def name(self) -> str:
        """Its name for people; inside an archive, `archive.zip!file`."""
        ...

    @property
    def named(self) -> bool:
        """Whether the user named the file itself, rather than a folder that has it: then it must be a recording."""
        ...

    @property
    def head(self) -> bytes:
        """Its first 64 KiB."""
        ...

    def open(self) -> BinaryIO:
        """Return its bytes from the start, as a stream that the caller closes."""
        ...

    def beside(self, name: str) -> bytes | None:
        """Return a file that a recording names and that is kept beside it; None when there is none, or it would be outside the folder."""
        ...
