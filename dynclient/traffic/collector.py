"""A Collector: exchanges as they happen, judged as recorded traffic is, so that a shadow of another version gives the report of `dynclient check`.

found = Collector()
client.shadow("2.1.0", report=found)
...
print(found.report())
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from dynclient.api.api import Api
from dynclient.exchange import Exchange
from dynclient.origins import server_rule
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.pairs import recorded
from dynclient.traffic.ratings import Ratings
from dynclient.traffic.report import Report
from dynclient.traffic.settling import settled


class Collector:
    """Judges one exchange after another, and keeps only the report, however many there are. Threads may share it.

    Args:
        servers: More servers of the API: where the exchanges are made, if its document does not name that server.
        ratings: What is silenced or rated anew.

    Raises:
        ValueError: One of the servers is not a URL with a host.
    """

    def __init__(self, servers: Sequence[str] = (), ratings: Ratings | None = None) -> None:
        for url in servers:
            if rule := server_rule(url):
                raise ValueError(f"server must be {rule}, not {url!r}")
        self._servers = tuple(servers)
        self._ratings = ratings
        self._lock = threading.Lock()
        self._judges: dict[str, tuple[Inspector, Report]] = {}

    def take(self, api: Api, exchange: Exchange, /) -> None:
        """Judge an exchange.

        Args:
            api: The version that judges it.
            exchange: The exchange; its bodies are kept by nobody.
        """
        with self._lock:
            inspector, report = self._judges.get(api.digest) or (self._inspector(api), Report())
            self._judges[api.digest] = inspector, report.taking(inspector.report([recorded(exchange)]))

    def report(self) -> Report:
        """Return what was found until now, of all versions together."""
        with self._lock:
            found = [settled(report.copy(), inspector) for inspector, report in self._judges.values()]
        return sum(found, Report())

    def _inspector(self, api: Api) -> Inspector:
        return Inspector([api], servers=self._servers, ratings=self._ratings)
