"""The chunks of recorded traffic on a Dask cluster: each worker opens the documents once, results come in the order of the chunks.

A worker gets with each chunk only where the documents can be read again and their digests, and keeps what it made of them. So nothing is lost
with a worker: Dask runs its chunks on another one. The workers must be able to read the recordings and the documents at the same paths.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from distributed import Client

from dynclient.traffic.chunks import Chunk, check_chunk
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.judging import TrafficError
from dynclient.traffic.report import Report

#: How many chunks wait for each thread of the cluster, and how often a chunk is tried before the run fails.
_AHEAD, _TRIES = 3, 5
#: How many seconds the scheduler has to answer.
_PATIENCE = 10.0


def on_cluster(address: str, chunks: Iterator[Chunk], inspector: Inspector) -> Iterator[Report]:
    """Yield the reports of chunks in their order.

    Args:
        address: The address of the scheduler: `tcp://host:8786`.
        chunks: The chunks.
        inspector: The documents to judge by.

    Raises:
        TrafficError: There is no such cluster, or the documents cannot be opened by its workers.
    """
    try:
        made = pickle.dumps(inspector)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise TrafficError(f"the document cannot be sent to a cluster: {error}") from None
    try:
        client: Any = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise TrafficError(f"{address}: no Dask scheduler answers ({type(error).__name__})") from None
    with client:
        waiting: deque[Any] = deque()
        for chunk in chunks:
            waiting.append(client.submit(check_there, chunk, made, pure=False, retries=_TRIES))
            if len(waiting) >= max(1, sum(client.nthreads().values())) * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def check_there(chunk: Chunk, made: bytes) -> Report:
    """Judge a chunk on a worker.

    Args:
        chunk: The chunk.
        made: The pickled Inspector.
    """
    return check_chunk(chunk, _opened(made))


@lru_cache(4)
def _opened(made: bytes) -> Inspector:
    found: Inspector = pickle.loads(made)  # noqa: S301  from the own client, over the cluster that it trusts
    return found
