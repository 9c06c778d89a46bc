"""The command line: argv in, one call of the library, an exit code out.

Why click: it is maintained, imports in less than a tenth of a second, asks for no framework around it, and its CliRunner runs a
command inside a test as a shell does outside. rich, requests, the mock and openapi-core are imported by the commands that need
them; `dynclient.Client` is loaded when it is first used.

Exit codes:

    0    fine
    1    the answer or the traffic breaks the document, or the server answered with a status of 400 or more
    2    wrong usage: of the command, or of the document (unknown operation, arguments that break it, no usable document)
    3    no connection, or no whole reply
    130  ended by Ctrl-C, 141 ended because nobody reads the output any more

    program   the program: its commands
    caching   `dynclient cache`
    inputs    what is written on the command line, as values
"""

from dynclient.cli.program import cli, main

__all__ = ["cli", "main"]
