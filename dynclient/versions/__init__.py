"""Versions of an API: what one changes against another, and whom it breaks."""

from dynclient.versions.changes import Change, Changes
from dynclient.versions.comparing import diff
from dynclient.versions.policy import Policy

__all__ = ["Change", "Changes", "Policy", "diff"]
