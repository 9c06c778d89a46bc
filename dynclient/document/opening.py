"""Opening: whatever a document may be given as, to a Document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike

from dynclient.document.description import Document, Text
from dynclient.document.fetching import fetched, is_url, public_url
from dynclient.errors import Problem, SpecError
from dynclient.source import DEFAULT_LIMITS, Cache, Limits, read


def load(
    spec: Text | Document,
    *,
    fetch: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    roots: Sequence[str | PathLike[str]] = (),
    overlays: Iterable[Text] = (),
    strict: bool = False,
    cache: Cache = None,
) -> Document:
    """Open an OpenAPI document.

    Args:
        spec: A path, an http(s) URL, an open file, the text as bytes, a mapping, or a Document, which is given back; with
            overlays, a new one is.
        fetch: Whether it, and what it refers to, may be fetched from the network.
        limits: How much each file may take.
        roots: Folders and files that references may lead to, beside the document's own folder.
        overlays: OpenAPI Overlays that correct it, in this order: paths, open files, texts as bytes, mappings.
        strict: Whether a document with any fault is refused.
        cache: Whether large files are kept on disk in a form that is quick to open: True, False, the folder, or None for what the
            environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        SpecError: It cannot be read, or is no OpenAPI 3 document, or an overlay cannot be applied, or `strict` refuses it.
    """
    overlays = list(overlays)
    if isinstance(spec, Document):
        return spec.corrected(overlays, strict=strict) if overlays or strict else spec
    if isinstance(spec, str) and is_url(spec):
        if not fetch:
            problem = Problem("document", (), "fetch", f"{public_url(spec)} is on the network; fetch=True allows that")
            raise SpecError(f"cannot read {public_url(spec)}", [problem])
        source = fetched(spec, limits, cache)
    else:
        source = read(spec, limits, cache)
    return Document(source, fetch=fetch, limits=limits, roots=roots, overlays=overlays, strict=strict, cache=cache)
