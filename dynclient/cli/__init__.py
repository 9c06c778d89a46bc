"""The command line: argv in, one call of the library, an exit code out.

    program    the commands
    agents     `dynclient mcp`
    caching    `dynclient cache`
    connecting the options of a client
    inputs     the texts of the command line as values
    page       a document's operations, and the page of one
    checks     `dynclient check`: reports on recorded traffic
    outcomes   replies as data and as text
    terminal   escaping, short forms of values, rich's texts and tables
    demo       the calls of `dynclient demo`
    tour       how the demo looks

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
