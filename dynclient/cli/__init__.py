"""The command line: argv in, one call of the library, an exit code out.

    program     the program, and the commands that are short
    calling     `dynclient call`, and `dynclient API` for a saved API
    browsing    `dynclient ops`, `show` and `schema`; page: what they show
    saving      `dynclient api`; saved: the file of saved APIs
    agents      `dynclient mcp`
    connecting  the options of a client, for every command that calls
    differences what `dynclient diff` shows
    checks, diffing, upgrading, shelving, caching     the commands of these names, or nearly so
    shells      `dynclient completion`; completing: what shells offer
    helping     the help of commands: sections, SPEC, examples, exit codes
    flags       options that several commands have; specs: those of opening a document
    given       the arguments and the body of a call; bodyfields: fields of a body; texts: NAME=VALUE as values; inputs: other options
    outcomes    replies as data and as text; rendering: `--query` and `--output`; download: `--save`
    terminal    escaping, short forms of values, rich's texts and tables; paragraphs; pager; bar: progress
    demo        the calls of `dynclient demo`; tour: how the demo looks

Why click: it is maintained, imports in less than a tenth of a second, needs no framework around it, and its CliRunner runs a
command inside a test as a shell does. rich, requests, the mock and openapi-core are imported only by the commands that need them.

Exit codes:

    0    success
    1    the reply or the traffic breaks the document, or the server answered with a status of 400 or more
    2    wrong usage: of the command, or of the document (unknown operation, invalid arguments, unusable document)
    3    no connection, or no complete reply
    130  ended by Ctrl-C
    141  ended because nobody reads the output any more
"""

from dynclient.cli.program import cli, main

__all__ = ["cli", "main"]
