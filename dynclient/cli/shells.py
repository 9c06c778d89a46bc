"""`dynclient completion`: the scripts for shells, and how they talk with this program.

The scripts replace those of click where these fall short: bash splits words at `=`, `:` and `@`, so that `unit=metric` would be three of them; and a
shell must not add a blank after `unit=` or a folder. What is offered is in `completing`.
"""

from __future__ import annotations

import os
import re
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    FishComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from dynclient.cli.helping import Command

PROGRAM, _VARIABLE = "dynclient", "_DYNCLIENT_COMPLETE"
#: What bash takes for something else than text.
_SPECIAL = re.compile(r"""([\s"'\\$`&|;()<>*?\[\]{}!#])""")

_BASH = r"""%(complete_func)s() {
    local value
    COMPREPLY=()
    while IFS= read -r value; do
        [[ -n $value ]] && COMPREPLY+=("$value")
    done < <(env COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_NAME="${COMP_WORDS[0]}" COMP_BREAKS="$COMP_WORDBREAKS" \
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    # no blank after a name whose value follows, or after a folder
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

_ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain open described response
    local type key descr
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")

    for type key descr in ${response}; do
        if [[ "$key" == *[=/:] ]]; then
            open+=("$key")
        elif [[ "$descr" == "_" ]]; then
            plain+=("$key")
        else
            described+=("$key":"$descr")
        fi
    done

    [[ -n "$described" ]] && _describe -V unsorted described -U
    [[ -n "$plain" ]] && compadd -U -V unsorted -a plain
    # no blank after a name whose value follows, or after a folder
    [[ -n "$open" ]] && compadd -U -V unsorted -S '' -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = r"""function %(complete_func)s
    for completion in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) %(prog_name)s 2>/dev/null)
        string replace -r '^[a-z]+,' '' -- $completion
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Bash(BashComplete):
    """bash, which is told the line and not the words: it splits them at `=`, `:` and `@`, and replaces only what stands behind the last of these."""

    source_template = _BASH

    @staticmethod
    def _check_version() -> None:
        """Run no bash: the script suits old ones, too."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one at it."""
        line, name = os.environ["COMP_LINE"], os.environ["COMP_NAME"]
        words = split_arg_string(line)
        if not words or (line[-1:].isspace() and line[-2:-1] != "\\" and _quoted(line) is None):
            words.append("")
        return words[words.index(name) + 1 if name in words else 1 : -1], words[-1]

    def complete(self) -> str:
        """Return the offers as they go into the line: without what bash keeps of the word, and with backslashes."""
        args, incomplete = self.get_completion_args()
        quoted = _quoted(os.environ["COMP_LINE"])
        if quoted is not None:
            kept = max(0, len(incomplete) - len(quoted))
        else:
            breaks = "".join(os.environ.get("COMP_BREAKS", "").split())  # a blank in a word is escaped
            kept = max((incomplete.rfind(mark) + 1 for mark in breaks), default=0)
        values = (str(item.value)[kept:] for item in self.get_completions(args, incomplete))
        return "\n".join(_SPECIAL.sub(r"\\\1", value) if quoted is None else value for value in values)


def _quoted(line: str) -> str | None:
    """Return what stands behind a quotation mark that nothing closes; None without one."""
    found: tuple[str, int] | None = None
    escaped = False
    for at, mark in enumerate(line):
        if escaped:
            escaped = False
        elif mark == "\\" and (found is None or found[0] == '"'):
            escaped = True
        elif found is None and mark in "'\"":
            found = mark, at + 1
        elif found is not None and mark == found[0]:
            found = None
    return None if found is None else line[found[1] :]


class _Zsh(ZshComplete):
    source_template = _ZSH


class _Fish(FishComplete):
    source_template = _FISH


for _shell in (_Bash, _Zsh, _Fish):
    add_completion_class(_shell)


@click.command(
    "completion",
    cls=Command,
    examples=(
        'eval "$(dynclient completion bash)"                                     # in ~/.bashrc',
        'eval "$(dynclient completion zsh)"                                      # in ~/.zshrc',
        "dynclient completion fish > ~/.config/fish/completions/dynclient.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete the commands of dynclient.

    It completes commands, SPEC, OPERATION, the names of arguments and the values that the document lists for them.
    """
    found: Any = get_completion_class(shell)
    click.echo(found(ctx.find_root().command, {}, PROGRAM, _VARIABLE).source(), nl=False)
