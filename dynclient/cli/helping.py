"""The help of commands: options in sections, then what SPEC may be, examples, and exit codes.

Every command is a `Command`, so that each says the same in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click
from click.shell_completion import CompletionItem

SPEC_HELP = (
    "The name of a saved API (`dynclient api list`) or of the catalog (`dynclient specs`), there with a version if you like "
    "(order_capture@2.1.0); the path of an OpenAPI 3 or Swagger 2.0 document; or its URL, with --fetch."
)
OPERATION_HELP = (
    'An operationId, the same in snake_case or kebab-case, or "METHOD /path". `dynclient ops SPEC` lists them.'
)

SUCCESS, WRONG_USAGE = "success", "wrong usage, or a document that cannot be used"
NO_REPLY_HELP = "no connection, no token, or no complete reply"


class _Completed:
    """A parameter for which `completing` may know what a shell can offer."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return what a shell may offer for a value that begins so."""
        from dynclient.cli.completing import completions_of  # only a shell that completes needs it

        found = completions_of(getattr(self, "name", None) or "", ctx, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found  # type: ignore[misc]  # click's own


class SectionedOption(_Completed, click.Option):
    """An option that stands in a section of the help.

    Args:
        section: The title of the section.
    """

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class CompletedArgument(_Completed, click.Argument):
    """An argument that shells complete."""


def options_of(section: str) -> Callable[..., Callable[[Any], Any]]:
    """Return `click.option` for the options of a section of the help."""
    return partial(click.option, cls=SectionedOption, section=section)


SPEC = click.argument("spec", cls=CompletedArgument)
OPERATION = click.argument("operation", cls=CompletedArgument)


class Command(click.Command):
    """A command that explains SPEC and OPERATION, shows examples and lists its exit codes.

    Args:
        examples: Command lines, without a prompt.
        codes: The meanings of exit codes beside those of success and of wrong usage.
    """

    def __init__(
        self, *args: Any, examples: Sequence[str] = (), codes: Mapping[int, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.codes = dict(sorted({0: SUCCESS, 2: WRONG_USAGE, **(codes or {})}.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; while one is completed, those before it, of which the last may be an option without its value yet."""
        waiting = ctx.resilient_parsing and args and any(_takes_value(each, args[-1]) for each in self.params)
        return super().parse_args(ctx, args[:-1] if waiting else args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each in its section, those without one last but for --help."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the arguments may be, the examples and the exit codes."""
        names = {parameter.name for parameter in self.params}
        meanings = [("SPEC", SPEC_HELP)] if names & {"spec", "specs", "new"} else []
        meanings += [("OPERATION", OPERATION_HELP)] if "operation" in names else []
        for title, rows in (
            ("Arguments", meanings),
            ("Exit codes", [(str(code), text) for code, text in self.codes.items()]),
        ):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
        super().format_epilog(ctx, formatter)


def _takes_value(parameter: click.Parameter, word: str) -> bool:
    return isinstance(parameter, click.Option) and word in parameter.opts and not parameter.is_flag


class Commands(click.Group):
    """A command with subcommands of its own."""

    command_class = Command
