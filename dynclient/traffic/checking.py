"""Checking: the chunks of recorded traffic, judged by one process or several, and what of the result is new."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from dynclient.api.api import Api
from dynclient.configuration import settings_file
from dynclient.extras import needs
from dynclient.spec.document import Document
from dynclient.traffic.chunks import Chunk, check_chunk, chunks_of
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.judging import TrafficError
from dynclient.traffic.meter import Meter, OnProgress
from dynclient.traffic.outline import TrafficOutline
from dynclient.traffic.ratings import Ratings, ratings_from
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.settling import settled
from dynclient.traffic.sources import Paths, path_list, size_at

#: How many chunks wait for each process.
_AHEAD = 3


def check_recordings(
    paths: Paths,
    documents: Document | Api | Sequence[Document | Api],
    *,
    servers: Sequence[str] = (),
    ratings: Ratings | None = None,
    engine: str = "dynclient",
    placeholders: Sequence[str] = (),
    remote: bool = False,
    jobs: int = 1,
    cluster: str | None = None,
    progress: OnProgress | None = None,
    infer: bool = False,
) -> Report:
    """Judge recorded traffic by one or several documents.

    Args:
        paths: Recordings: files, folders, globs, archives, `-` for standard input, and URLs.
        documents: The documents or their Apis; each exchange goes to the one that it fits.
        servers: More servers of the APIs: where the traffic was recorded.
        ratings: What is silenced or rated anew.
        engine: `dynclient`, or `openapi-core` for an independent opinion.
        placeholders: More texts that stand in place of a value, with the wildcards of a shell.
        remote: Whether URLs may be read.
        jobs: The number of processes. The result is the same for any number. What comes from standard input is judged by this one.
        cluster: The address of a Dask scheduler, in place of processes of this computer.
        progress: Called from time to time with how far it is.
        infer: Whether each finding keeps the evidence that `inference.overlay_of` needs.

    Raises:
        TrafficError: There is no file to read, or a process died.
        ValueError: There is no such engine, a server is not a URL, or `jobs` is below 1.
    """
    if engine not in ("dynclient", "openapi-core"):
        raise ValueError(f"no engine {engine!r}; there are dynclient and openapi-core")
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    given = [documents] if isinstance(documents, Document | Api) else documents
    apis = [each if isinstance(each, Api) else Api.of(each) for each in given]
    inspector = Inspector(
        apis,
        servers=servers,
        ratings=ratings,
        referee=engine == "openapi-core",
        placeholders=placeholders,
        infer=infer,
    )
    paths = path_list(paths)
    if "-" in paths:  # it can be read by this process alone
        jobs, cluster = 1, None
    meter = Meter(progress, size_at(paths)) if progress is not None else None
    report = Report()
    for each in _reports(chunks_of(paths, remote=remote), inspector, jobs, cluster, meter):
        if meter is not None:
            meter.finish(each)
        report = report.taking(each)
    if not report.recordings and not report.exchanges["total"]:
        raise TrafficError(_nothing(report))
    return settled(report, inspector)


def outlined(paths: Paths, *, remote: bool = False) -> TrafficOutline:
    """Return what recorded traffic alone tells of the APIs in it.

    Args:
        paths: Recordings, as for `check_recordings`.
        remote: Whether URLs may be read.

    Raises:
        TrafficError: There is no exchange in any of them.
    """
    outline, trouble = TrafficOutline(), ""
    for chunk in chunks_of(paths, remote=remote):
        if chunk.broken is not None:
            outline.add(chunk.broken)
            trouble = trouble or f"{chunk.broken.place}: {chunk.broken.message}"
        for file in chunk.files:
            for recorded in read_recordings(file):
                outline.add(recorded)
    if not outline.hosts:
        raise TrafficError(trouble or "there is no recorded exchange")
    return outline


def _nothing(report: Report) -> str:
    """Say why there is nothing to judge."""
    found = [f"{example.file}: {finding.message}" for finding in report.kept.values() for example in finding.examples]
    if not report.skipped:
        return "; ".join(found) or "the recordings have no entries"
    return "; ".join(found) or f"there is no recording among {report.skipped} files"


def _reports(
    chunks: Iterator[Chunk], inspector: Inspector, jobs: int, cluster: str | None, meter: Meter | None
) -> Iterator[Report]:
    """Yield the reports of the chunks in their order."""
    first = list(islice(chunks, 2))
    chunks = chain(first, chunks)
    is_small = len(first) < 2 and not any(chunk.shares > 1 for chunk in first)
    if cluster is None and (jobs == 1 or is_small or not _can_leave(inspector)):
        return _in_this_process(chunks, inspector, meter)
    parts = (part for chunk in chunks for part in chunk.split())
    taken = parts if meter is None else meter.taken(parts)
    if cluster is None:
        return _in_processes(taken, inspector, jobs)
    with needs("dask", "a cluster"):
        from dynclient.traffic.cluster import on_cluster

    return on_cluster(cluster, taken, inspector)


def _in_this_process(chunks: Iterator[Chunk], inspector: Inspector, meter: Meter | None) -> Iterator[Report]:
    if meter is None:
        return (check_chunk(chunk, inspector) for chunk in chunks)
    return (check_chunk(meter.followed(chunk), inspector, meter.step) for chunk in meter.taken(chunks))


def _can_leave(inspector: Inspector) -> bool:
    """Whether an inspector reaches another process, which opens its documents again unless it is forked."""
    if _start_method() == "fork":
        return True
    try:
        pickle.dumps(inspector)
    except (TypeError, AttributeError, pickle.PicklingError):
        return False
    return True


def _in_processes(chunks: Iterator[Chunk], inspector: Inspector, jobs: int) -> Iterator[Report]:
    method = _start_method()
    context = multiprocessing.get_context(method)
    if method == "forkserver":  # one import for all; `__main__` is what is loaded by default
        context.set_forkserver_preload(["__main__", __name__])
    told, tell = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(inspector, told))
    waiting: deque[tuple[Chunk, Future[Report]]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, pool.submit(_check_here, chunk)))
            if len(waiting) >= jobs * _AHEAD:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    except BaseException:  # Ctrl-C among them: what is under way may take minutes
        tell.send(None)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_method() -> str:
    """Return how processes are started: forked where that is safe, as a second of imports and the opening of documents are spared.

    It is not where another thread may hold a lock, which nobody would release in the child; nor on macOS, whose own libraries have threads.
    """
    known = multiprocessing.get_all_start_methods()
    if "fork" in known and _has_one_thread():
        return "fork"
    return "forkserver" if "forkserver" in known else "spawn"


def _has_one_thread() -> bool:
    """Whether the process has no other thread, neither of Python nor of a library; only Linux tells."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir()) == 1
    except OSError:
        return False


def _result(chunk: Chunk, future: Future[Report]) -> Report:
    try:
        return future.result()
    except BrokenProcessPool:
        raise TrafficError(
            f"{chunk.name}: a process died while it checked this file or one near it; try --jobs 1"
        ) from None


_inspector: Inspector | None = None


def _begin(inspector: Inspector, told: Any) -> None:
    global _inspector  # noqa: PLW0603  a process of the pool has one
    _inspector = inspector
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it as well, and tells
    threading.Thread(target=_end_when_told, args=(told,), daemon=True).start()
    gc.freeze()  # what is there now stays, and need not be looked through again and again


def _end_when_told(told: Any) -> None:
    """End this process when its parent says so, or has come to an end itself; `told` is the connection by which it says so."""
    parent = multiprocessing.parent_process()
    wait([told] if parent is None else [told, parent.sentinel])
    os._exit(1)


def _check_here(chunk: Chunk) -> Report:
    if _inspector is None:
        raise RuntimeError("the process was not begun")
    return check_chunk(chunk, _inspector)


def user_ratings(environ: Mapping[str, str], documents: Iterable[Document]) -> Ratings:
    """Return how the file of settings rates the rules for these documents.

    Raises:
        ValueError: The file cannot be read, or holds something else.
    """
    file = settings_file(environ)
    names = [name for document in documents for name in (document.placed.name, document.title) if name]
    return Ratings(ratings_from(file, names) if file is not None else ())


def read_baseline(path: Path) -> frozenset[tuple[str, ...]]:
    """Read the file that `write_baseline` wrote.

    Raises:
        TrafficError: It cannot be read, or is something else.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        return frozenset(tuple(map(str, (item[name] for name in _BASELINE))) for item in data["findings"])
    except (OSError, UnicodeDecodeError) as error:
        raise TrafficError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except (ValueError, KeyError, TypeError):
        raise TrafficError(f"{path}: not a baseline (`--write-baseline` writes one)") from None


def write_baseline(path: Path, report: Report) -> None:
    """Write the findings of a report as those that are known.

    Raises:
        TrafficError: The file cannot be written.
    """
    listed = sorted({_fingerprint(finding) for finding in report.kept.values()})
    data = {"findings": [dict(zip(_BASELINE, each, strict=True)) for each in listed]}
    try:
        path.write_text(json.dumps(data, indent=1) + "\n", "utf-8", newline="\n")
    except OSError as error:
        raise TrafficError(f"{path}: cannot be written: {error.strerror or error}") from None


def without_known(report: Report, baseline: frozenset[tuple[str, ...]]) -> Report:
    """Return a report without the findings of a baseline."""
    keys = {key for key, finding in report.kept.items() if _fingerprint(finding) in baseline}
    return report.without(keys)


_BASELINE = ("rule", "side", "subject", "place")


def _fingerprint(finding: TrafficFinding) -> tuple[str, ...]:
    """Return what stays the same of a finding when the document is moved or rated anew."""
    place = finding.document.pointer if finding.document else " ".join(finding.operations[:1])
    return finding.rule, finding.side, finding.subject, place
