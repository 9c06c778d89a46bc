"""One fault of a document."""

from __future__ import annotations

from typing import NamedTuple

from dynclient.spec.node import Node

Path = tuple[str | int, ...]
Place = tuple[str, Path]


class Fault(NamedTuple):
    """One fault of a document.

    Attributes:
        node: Where it is.
        keyword: A short name of the rule that is broken.
        message: What is wrong.
        rule: What the specification says, and in which section.
        refuses: Whether the operations that it touches refuse to run.
        operations: The operations that it touches, as `METHOD /path`.
        unchecked: Those of them that it does not keep from running, though it does from checking the bodies of their replies.
    """

    node: Node
    keyword: str
    message: str
    rule: str = ""
    refuses: bool = False
    operations: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
