"""The pytest fixture `dynclient_mock`, which pytest finds by itself where this package is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dynclient.testing import MockClients


@pytest.fixture
def dynclient_mock() -> Iterator[MockClients]:
    """Clients that the mock of their document answers, made by `dynclient_mock("openapi.yaml", auth={...})`."""
    from dynclient.testing import MockClients  # pytest loads this module in every run, and most need no client

    with ExitStack() as stack:
        yield MockClients(stack)
