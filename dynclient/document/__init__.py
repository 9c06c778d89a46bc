"""Documents: plain data that is an OpenAPI description, its references followed across files."""

from dynclient.document.description import Document, Text
from dynclient.document.fetching import fetched, is_url
from dynclient.document.node import DATA, NAMES, Combined, Node, is_reference
from dynclient.document.opening import load

__all__ = ["DATA", "NAMES", "Combined", "Document", "Node", "Text", "fetched", "is_reference", "is_url", "load"]
