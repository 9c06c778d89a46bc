"""The pytest plugin: every exchange that a test makes is judged by OpenAPI documents, and a finding fails the test.

    pytest --dynclient-spec openapi.yaml --dynclient-coverage

    @pytest.mark.dynclient("order_capture")
    def test_an_order_is_placed(): ...

Exchanges of requests, httpx, httpx2 and urllib3 are seen, live or replayed by vcrpy, since these libraries are watched above their connections; and
those of dynclient's own clients, whatever their transport.
Every run of pytest loads this module, so it imports only what pytest has, and the rest when a document is named.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dynclient.traffic.jury import Jury
    from dynclient.traffic.report import Report

_SEVERITIES = ("error", "warning", "info", "hint", "never")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("dynclient", "traffic of tests, judged by OpenAPI documents")
    group.addoption(
        "--dynclient-spec",
        action="append",
        default=[],
        metavar="SPEC",
        help="judge the exchanges of all tests by this document",
    )
    group.addoption(
        "--dynclient-server",
        action="append",
        default=[],
        metavar="URL",
        help="a server of the API that its document does not name",
    )
    group.addoption(
        "--dynclient-fail-on",
        choices=_SEVERITIES,
        default="error",
        help="the severity from which on a finding fails its test",
    )
    group.addoption(
        "--dynclient-coverage", action="store_true", help="print at the end what of the documents was exercised"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark, and keep what belongs to this run."""
    config.addinivalue_line(
        "markers", "dynclient(*specs, servers=()): judge every exchange that the test makes by these documents"
    )
    config.pluginmanager.register(_Judging(config), "dynclient-judging")


class _Judging:
    """What one run of pytest judges.

    Args:
        config: The configuration of the run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._juries: dict[Any, Jury] = {}
        self._handed_on: list[Report] = []

    def pytest_sessionstart(self) -> None:
        """Open the documents of the command line, so that a wrong one ends the run and does not fail each test.

        Raises:
            UsageError: A document cannot be used.
        """
        specs = self._config.getoption("--dynclient-spec")
        try:
            if specs:
                self._jury(specs, self._config.getoption("--dynclient-server"))
        except ValueError as error:
            raise pytest.UsageError(f"--dynclient-spec: {error}") from error

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Watch a test, and fail it for what it did beside the documents."""
        option = self._config.getoption
        marks = list(item.iter_markers("dynclient"))
        named = [*option("--dynclient-spec"), *(spec for mark in marks for spec in mark.args)]
        specs = list({str(spec): spec for spec in named}.values())  # an option and a mark may name the same one
        if not specs:
            return (yield)
        servers = [*option("--dynclient-server"), *(each for mark in marks for each in mark.kwargs.get("servers", ()))]
        jury = self._jury(specs, servers)
        with jury.watching(item.nodeid) as recordings:
            result = yield
        severity = option("--dynclient-fail-on")
        text = jury.objections(recordings, severity) if recordings and severity != "never" else ""
        if text:
            pytest.fail(f"the traffic breaks the document\n{text}", pytrace=False)
        return result

    def _jury(self, specs: list[Any], servers: list[str]) -> Jury:
        key = tuple(map(str, specs)), tuple(servers)
        if key not in self._juries:
            from dynclient import aclient, client  # these only where a document is named
            from dynclient.traffic.jury import Jury

            self._juries[key] = Jury(specs, servers, ((client, "run"), (aclient, "run_async")))
        return self._juries[key]

    def _reports(self) -> list[Report]:
        return [*self._handed_on, *(jury.settled() for jury in self._juries.values())]

    def pytest_sessionfinish(self) -> None:
        """In a worker of xdist, hand on what was judged."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["dynclient"] = pickle.dumps(self._reports())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker of xdist judged."""
        found = getattr(node, "workeroutput", {}).get("dynclient")
        if found is not None:
            self._handed_on += pickle.loads(found)  # noqa: S301  it comes from a worker of this run

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what was judged and, when it is asked for, what never occurred."""
        reports = self._reports() if self._config.getoption("--dynclient-coverage") else []
        if not reports:
            return
        from dynclient.traffic.jury import summary

        terminalreporter.section("traffic judged by OpenAPI documents")
        for line in summary(reports):
            terminalreporter.write_line(line)
