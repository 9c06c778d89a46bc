"""Every row of the benchmarks runs. The tests check that there is a figure, not its value."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "benchmarks"
sys.path.insert(0, str(HERE))

import rounds  # noqa: E402  the benchmarks are a command, and Python adds its folder to the path
import rows  # noqa: E402
import run  # noqa: E402
import work  # noqa: E402

sys.path.remove(str(HERE))


@pytest.fixture
def setting(tmp_path: Path) -> rows.Setting:
    """One round of one call, and a small document instead of the public ones."""
    file = tmp_path / "orders.json"
    data = work.document()
    user = {"$ref": "#/components/schemas/microsoft.graph.user"}
    data["components"]["schemas"]["microsoft.graph.user"] = {"type": "object"}
    content = {"application/json": {"schema": user}}
    create = {
        "operationId": "users.user.CreateUser",
        "requestBody": {"content": content},
        "responses": {"2XX": {"description": "made", "content": content}},
    }
    data["paths"]["/users"] = {"post": create, "get": {"responses": {"200": {"description": "all"}}}}
    del data["security"]
    file.write_text(json.dumps(data), "utf-8")
    opened = rows.Opened(file, "GET /users", {})
    return rows.Setting(1, 1, tmp_path, {"github": opened, "graph": opened}, tmp_path, slow=True)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", rows.ROWS)
def test_every_row_yields_figures_or_names_what_is_missing(name: str, setting: rows.Setting) -> None:
    """On small inputs; each row says what takes its time."""
    lines = list(rows.measured([name], setting))
    assert lines
    for row, line in lines:
        assert rows.bound(row)
        if isinstance(line.figure, str):
            assert line.figure.startswith("not measured: ")
        else:
            assert line.figure.ratio > 0


def test_missing_public_documents_are_reported(setting: rows.Setting) -> None:
    """With the command that downloads them."""
    ((_, line),) = rows.measured(["github"], setting._replace(documents={}))
    assert "survey.py" in str(line.figure)


def test_a_figure_is_the_ratio_of_medians() -> None:
    """With the lowest and the highest ratio of a round."""
    found = rounds.figure([1.0, 9.0, 2.0], [2.0, 3.0, 4.0])
    assert found == (2 / 3, 0.5, 3.0)


def test_a_line_becomes_cells_of_the_table() -> None:
    """The name, the baseline, the goal, the figure, and what takes the time."""
    line = rows.Line("a", "b", 1.2, rounds.Figure(0.05, 0.04, 0.06))
    assert run.cells(rows.building, line)[:4] == ("a", "b", "<= 1.2 x", "0.050 x (0.040 to 0.060)")


def test_the_order_of_the_benchmarks_has_twenty_fields() -> None:
    """Each with a value of its own."""

    def leaves(value: object) -> int:
        if isinstance(value, dict):
            return sum(map(leaves, value.values()))
        return sum(map(leaves, value)) if isinstance(value, list) else 1

    assert leaves(work.order()) == 20
