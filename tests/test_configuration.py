"""The file of settings: errors name the file and the line."""

from pathlib import Path

import pytest

from dynclient.configuration import SettingsError, read_settings

TEXT = """
tolerate = []

[apis.shop]
version = "1"
operations = {get = "2"}
[apis."other".sends]
header = "X"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("tolerate",), 2),
        (("apis", "shop"), 4),
        (("apis", "shop", "version"), 5),
        (("apis", "shop", "operations", "get"), 6),
        (("apis", "shop", "sha256"), 4),
        (("apis", "other", "sends", "header"), 8),
    ],
)
def test_the_line_of_a_member_is_known(tmp_path: Path, keys: tuple[str, ...], line: int) -> None:
    """Or that of the table around it."""
    path = tmp_path / "dynclient.toml"
    path.write_text(TEXT, "utf-8")
    assert read_settings(path).place(*keys) == f"{path}:{line}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = [\n", r"dynclient\.toml:2: .*\(at "),
        ("[apis]\nshop = 5", r"dynclient\.toml:2: apis must be tables"),
        ('[apis.shop]\nversoin = "1"', r"dynclient\.toml:2: .*did you mean version\?"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    """With its place."""
    path = tmp_path / "dynclient.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        read_settings(path).api("shop")


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    """And only then."""
    path = tmp_path / "dynclient.toml"
    path.write_text("a = 1", "utf-8")
    first = read_settings(path)
    assert read_settings(path) is first
    path.write_text("a = 22", "utf-8")
    assert read_settings(path).data == {"a": 22}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(SettingsError, match=r"no\.toml cannot be read: No such file"):
        read_settings(tmp_path / "no.toml")
