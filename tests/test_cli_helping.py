"""The help of every command: options in sections, what SPEC may be, examples that are commands, exit codes."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from dynclient.cli.helping import Command
from dynclient.cli.program import cli


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = list(commands(cli))


def found(path: tuple[str, ...]) -> click.Command:
    """The command of these words."""
    command: click.Command = cli
    for word in path:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command


def help_of(path: tuple[str, ...]) -> str:
    """Its help, in one line."""
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    return " ".join(result.stdout.split())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    """What SPEC and OPERATION may be, and its exit codes."""
    text, command = help_of(path), found(path)
    assert text.startswith("Usage: ")
    if isinstance(command, click.Group):
        return
    assert "Exit codes: 0 success" in text
    names = {parameter.name for parameter in command.params}
    assert ("The name of a saved API" in text) == bool(names & {"spec", "specs", "new"})
    assert ("in snake_case or kebab-case" in text) == ("operation" in names)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_examples_are_commands(path: tuple[str, ...]) -> None:
    """With options that are there."""
    command = found(path)
    for line in command.examples if isinstance(command, Command) else ():
        text = re.sub(r"\s+#.*", "", line)
        inner = re.search(r"\$\((.*)\)", text)
        words = shlex.split((inner[1] if inner is not None else text).partition(" | ")[0].partition(" > ")[0])
        assert words[0] == "dynclient", line
        target: click.Command | None = cli
        rest = words[1:]
        while isinstance(target, click.Group) and rest and rest[0] in target.commands:
            target = target.commands[rest.pop(0)]
        if target is not cli:  # else it is that of a saved API
            assert target is not None
            target.make_context("x", rest, resilient_parsing=True)
            options = {option for parameter in target.params for option in parameter.opts}
            assert {word for word in rest if word.startswith("-")} <= options, line


def test_options_are_in_sections() -> None:
    """Those of opening a document are the same everywhere, and stand together."""
    text = help_of(("call",))
    order = [text.index(f"Options of the {what}:") for what in ("server", "request", "output", "document")]
    assert order == sorted(order)
    for path in (("ops",), ("show",), ("mock",), ("stubs",), ("check",)):
        assert "Options of the document: --version V" in help_of(path)


def test_a_command_that_is_not_there_has_a_neighbour() -> None:
    """Which the message names."""
    result = CliRunner().invoke(cli, ["chek"])
    assert (result.exit_code, "'chek' (did you mean check" in result.stderr) == (2, True)


def test_operations_are_listed_by_tags_and_words() -> None:
    """Some of the tags, all of the words; a tag that is not there is an error."""

    def listed(*arguments: str) -> list[str]:
        result = CliRunner().invoke(cli, ["ops", "order_capture", *arguments])
        assert result.exit_code == 0, result.stderr
        return [line.partition("\t")[0] for line in result.stdout.splitlines()]

    assert len(listed("--tag", "checkout")) == 9
    assert listed("--grep", "EXISTING order") == ["create_existing_order_checkout"]
    assert listed("--grep", "getOrder", "--tag", "Checkout") == ["get_order"]
    assert listed("--grep", "no such words") == []
    result = CliRunner().invoke(cli, ["ops", "order_capture", "--tag", "Chekout"])
    assert (result.exit_code, "no tag 'Chekout' (did you mean Checkout?)" in result.stderr) == (2, True)
