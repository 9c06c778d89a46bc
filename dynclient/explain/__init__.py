"""What a schema objects to, in words.

    finding     what an engine reports: which keyword of which schema failed at which place
    problems    findings in words
    wording     the words for each keyword
    branches    which branch of a choice was meant
    members     what a schema says of the members of a value
    secrecy     what of a value may be quoted

A JSON Schema engine only says which keyword of which schema failed at which place (a `Finding`). The words come from one table here,
so every engine says the same; a choice of schemas is explained by the one branch that was meant; and a value that
the schema marks as a secret (`format: password`, `writeOnly`) is never quoted, nor one that holds such a value.
"""

from dynclient.explain.finding import Finding, Path, Resolve, at
from dynclient.explain.problems import explain
from dynclient.explain.secrecy import SECRET

__all__ = ["SECRET", "Finding", "Path", "Resolve", "at", "explain"]
