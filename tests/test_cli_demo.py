"""The demo: every operation is answered as documented, and one call is refused."""

import json
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from dynclient.api.api import Api
from dynclient.catalog.shelves import apis
from dynclient.cli import demo
from dynclient.cli.demo import DemoStep, steps
from dynclient.cli.program import cli
from dynclient.cli.terminal import shortened
from dynclient.opening import load


@pytest.fixture(scope="module")
def made() -> list[DemoStep]:
    """Run the demo once, and return its steps."""
    return [step for step in steps() if isinstance(step, DemoStep)]


def run(*arguments: str, columns: int = 100) -> Result:
    """Run `dynclient demo`."""
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(cli, ["demo", *arguments], catch_exceptions=False)


def test_every_operation_of_the_catalog_is_called(made: list[DemoStep]) -> None:
    """The demo misses no operation of any API."""
    there = {(api, operation.python_name) for api in apis() for operation in Api(load(api)).operations.operations}
    assert {(step.api, step.operation) for step in made if step.response is not None} == there
    assert len(there) == 10


def test_every_answer_is_as_documented(made: list[DemoStep]) -> None:
    """Each step has the expected outcome, and no answer breaks the document."""
    assert [step for step in made if not step.ok] == []
    assert {step.response.status for step in made if step.response is not None} == {200, 201}


def test_every_event_is_sent(made: list[DemoStep]) -> None:
    """One call for each named example of the body: six events."""
    calls = [step.call for step in made if step.api == "pieces_os"]
    names = ["loaded", "closed", "updated", "completed", "warning", "error"]
    assert calls == [f"client.paddle_checkout_update_status({name})" for name in names]


def test_the_wrong_call_is_refused_with_all_of_its_problems(made: list[DemoStep]) -> None:
    """Three problems, and nothing is sent."""
    (wrong,) = [step for step in made if step.refused]
    assert wrong.ok
    assert {problem.path for problem in wrong.problems} == demo.WRONG_PLACES


@pytest.mark.parametrize("columns", [80, 120])
def test_the_output_fits_the_terminal(columns: int) -> None:
    """No line is longer than the terminal is wide, there are no more than it has, and the summary comes last."""
    for options in ((), ("-v",)):
        result = run(*options, columns=columns)
        lines = result.output.splitlines()
        assert result.exit_code == 0
        assert max(map(len, lines)) <= columns
        assert "10 operations in 17 calls: 16 as documented, 1 refused" in " ".join(lines[-3:])
        assert len(lines) < 24 or options


def test_details_are_shown_on_demand() -> None:
    """The request, the status and the data of every call; without -v, a line for each operation."""
    assert run("-v").output.count("as documented") == 16 + 1
    assert run().output.count("\nok  ") == 11


def test_the_output_shows_no_credential() -> None:
    """Even fake ones are never printed."""
    assert "fake-Client-Id" not in run().output
    assert "fake-Client-Id" not in run("--json").output


def test_json_is_one_document() -> None:
    """Programs get the complete data of every answer."""
    data = json.loads(run("--json").output)
    assert data["ok"] is True
    assert data["calls"][0]["data"] == {"resourceId": "00000000-0000-4000-8000-000000000001"}


def test_a_demo_that_goes_wrong_is_exit_code_1() -> None:
    """An operation that the demo does not call is a visible failure."""
    calls = {"pieces_os": demo.CALLS["pieces_os"], "order_capture": demo.CALLS["order_capture"][:-1]}
    with patch.object(demo, "CALLS", calls):
        result = run()
    assert result.exit_code == 1
    assert "FAIL  client.update_user" in result.output
    assert "the demo does not call it" in result.output


def test_long_data_is_shortened() -> None:
    """The first members, and the number of the others."""
    data = {"id": "a" * 50, "items": [1, 2], "empty": [], "more": {"a": 1}, "rest": True}
    assert shortened(data, 100) == f'{{id: "{"a" * 38}…, items: [2 items], empty: [], more: {{1 member}}, and 1 more}}'
