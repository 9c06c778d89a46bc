"""The fixture of pytest, in a run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import dynclient

TEST = """
def test_a_checkout(dynclient_mock):
    auth = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
    shop = dynclient_mock("order_capture", auth=auth, timeout=5, version="2.0.8")
    item = {"itemNo": "90000001", "quantity": 2}
    cart = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "no", "items": [item]}
    assert shop.create_checkout("no", cart)["resourceId"]
    assert [each.method for each in dynclient_mock.requests] == ["POST"]
"""


def test_the_fixture_makes_clients_that_the_mock_answers(tmp_path: Path) -> None:
    """By whatever `Client` takes."""
    (tmp_path / "test_shop.py").write_text(TEST, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "dynclient.fixtures", "-W", "error", str(tmp_path)]
    root = Path(dynclient.__file__).parent.parent
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # an installed copy would register it once more
    done = subprocess.run(command, cwd=root, env=alone, capture_output=True, text=True, check=False)  # noqa: S603  our own
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_pytest_finds_the_fixture_by_itself() -> None:
    """By the entry point of the package."""
    project = Path(dynclient.__file__).parent.parent / "pyproject.toml"
    assert 'dynclient_mock = "dynclient.fixtures"' in project.read_text("utf-8")


def test_pytest_loads_next_to_nothing_for_it() -> None:
    """It is loaded in every run of every project of its users."""
    code = "import pytest, sys; before = set(sys.modules); import dynclient.fixtures; print(sorted(set(sys.modules) - before))"
    root = Path(dynclient.__file__).parent.parent
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)  # noqa: S603  our own
    loaded = done.stdout
    assert "dynclient.fixtures" in loaded
    assert "dynclient.client" not in loaded
    assert "dynclient.mock" not in loaded
