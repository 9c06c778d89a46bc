"""Versions of an API: what one changes against another, and whom it breaks.

comparing     two versions: operations matched, each part of their messages compared
sameness      what both say in the same words, which needs no comparison
sections      what these share: arguments, requestbody, replies, incoming (what the server calls), demands (security), linking
media         how values are written: styling (parameters), formfields (Encoding Objects), xmlnames
messages      schemas compared: what is missing for a receiver to accept what a sender sends becomes causes; remarks on what validates the same
containment   questions about two schemas: asking and questions, answered by scalars, arrays, objects, branches and splitting, to reasons
sides         both documents in one direction: facts of terms, which are schemas as sets of values; jsontypes
identities    which schemas say the same, in their simplest words, patterns by their patternforms; authorship: where they are written
witness       a value that shows a gap, in a whole message by lifting
changes       the report: its causes, their wording, and the policy for what is opinion
"""

from dynclient.versions.changes import Change, Changes
from dynclient.versions.comparing import diff
from dynclient.versions.policy import Policy

__all__ = ["Change", "Changes", "Policy", "diff"]
