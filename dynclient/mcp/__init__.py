"""An MCP server for a document: three tools, however many operations there are.

    offer      what the tools answer: search, describe, call
    cutting    data in so many characters, still JSON
    sdk        the tools as a server of the official SDK, on standard input and output or over HTTP

Why three tools and not one for each operation: the definitions of 845 operations take a million characters, which no model reads. A
model searches, reads the one description that it needs, and calls.
"""
