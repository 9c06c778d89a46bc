"""An answer: a response, and what the log says of it."""

from __future__ import annotations

import logging
from typing import NamedTuple

from dynclient.exchange import Response

#: A line for each request.
LOG = logging.getLogger(__package__)


class Answer(NamedTuple):
    """A response, and what the log says of it.

    Attributes:
        url: The URL of the request, without credentials.
        response: The response.
        operation: The id of the operation that the request calls; "" when it calls none.
        reason: Why the request was refused; "" when it was not.
        notes: What in the document could not be served as it is.
    """

    url: str
    response: Response
    operation: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The path and query of the URL."""
        return f"/{self.url.partition('://')[2].partition('/')[2]}"
