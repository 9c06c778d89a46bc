"""What people and programs read: operations, replies, verdicts and the demo's steps, as plain data and as text.

    escaping      text and JSON that do nothing to a terminal
    phrases       a name, a number of things, a value: in a few words
    terminal      rich's texts and tables, printed; columns for pipes
    kinds         the type of a schema in a few words
    details       all that a caller needs to know of an operation, as plain data
    manual        operations for people: a document's list, and the page of one
    outcomes      what came of a call or a recording: problems, replies, verdicts
    tour          the demo: its steps as they go by, and what they come to

Nothing is decided here. Whatever comes from a document or a server is shown with its control characters written out, since a
terminal would obey them.
"""

from dynclient.render.details import operation_data, summary_data
from dynclient.render.escaping import json_text, printable
from dynclient.render.manual import operation_text, operations_table
from dynclient.render.outcomes import problem_data, reply_data, verdict_data, verdict_lines
from dynclient.render.phrases import brief, count, name_of
from dynclient.render.terminal import columns
from dynclient.render.tour import demo_intro, demo_summary, server_text, step_data, step_text

__all__ = [
    "brief",
    "columns",
    "count",
    "demo_intro",
    "demo_summary",
    "json_text",
    "name_of",
    "operation_data",
    "operation_text",
    "operations_table",
    "printable",
    "problem_data",
    "reply_data",
    "server_text",
    "step_data",
    "step_text",
    "summary_data",
    "verdict_data",
    "verdict_lines",
]
