"""Read vcrpy cassettes as Exchanges.

Why PyYAML's own loader and not the reader of documents: vcrpy writes with PyYAML, in YAML 1.1, so a text like `1e3` has no quotes and
`!!binary` is bytes. The file must be read as it was written. The safe loader makes plain data only.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dynclient.errors import DynclientError
from dynclient.exchange import Exchange, Headers, Request, Response
from dynclient.spec.jsonvalue import json_fault
from dynclient.spec.source import open_file

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TrafficError(DynclientError, ValueError):
    """Recorded traffic cannot be read. The message names the file, and the line if it is known."""


def read_cassette(path: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a vcrpy cassette, YAML or JSON, in their order.

    Args:
        path: The file of the cassette.

    Raises:
        TrafficError: The file cannot be read, or is not a vcrpy cassette.
    """
    for place, interaction in _interactions(path):
        try:
            yield _exchange(interaction, place)
        except (KeyError, TypeError, ValueError, AttributeError, zlib.error, OSError) as error:
            raise TrafficError(f"{place}: not a vcrpy interaction: {_reason(error)}") from None


def _interactions(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each interaction with its place in the file."""
    try:
        with open_file(path) as file:
            text = file.read().decode()
    except (OSError, ValueError) as error:
        raise TrafficError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    data, lines = _json(path, text) if path.suffix == ".json" else _yaml(path, text)
    listed = data.get("interactions") if isinstance(data, Mapping) else None
    if not isinstance(listed, list):
        raise TrafficError(f"{path}: not a vcrpy cassette (no `interactions` list)")
    for index, interaction in enumerate(listed):
        yield f"{path}:{lines[index]}" if lines else f"{path}#{index + 1}", interaction


def _json(path: Path, text: str) -> tuple[Any, list[int]]:
    try:
        return json.loads(text), []
    except json.JSONDecodeError as error:
        raise TrafficError(
            f"{path}:{error.lineno}:{error.colno}: is not JSON: {json_fault(error)}"
        ) from None  # the original error holds the whole text
    except RecursionError:
        raise TrafficError(f"{path}: nested too deeply") from None


def _yaml(path: Path, text: str) -> tuple[Any, list[int]]:
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        raise TrafficError(
            f"{place}: {reason}"
        ) from None  # the text of the original error quotes the line, which may hold credentials
    except ValueError:
        raise TrafficError(f"{path}: contains an invalid number or date") from None  # the original error quotes it
    except RecursionError:
        raise TrafficError(f"{path}: nested too deeply") from None
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    listed = [
        value.value for key, value in pairs if key.value == "interactions" and isinstance(value, yaml.SequenceNode)
    ]
    return data, [item.start_mark.line + 1 for items in listed[-1:] for item in items]


def _exchange(interaction: Any, place: str) -> Exchange:
    sent, received = interaction["request"], interaction.get("response")
    request = Request(
        str(sent["method"]).upper(), str(sent["uri"]), _headers(sent.get("headers")), _bytes(sent.get("body")) or None
    )
    if received is None:
        return Exchange(request, None, place)
    headers = _headers(received.get("headers"))
    body = received.get("body")
    content = _decoded(_bytes(body.get("string") if isinstance(body, Mapping) else body), headers)
    return Exchange(request, Response(_status(received["status"]["code"]), headers, content, request=request), place)


def _status(code: Any) -> int:
    try:
        return int(code)
    except (TypeError, ValueError):
        raise TypeError("the status code is not a number") from None


def _headers(recorded: Any) -> Headers:
    """Return header fields; vcrpy writes a list of values for each name, older versions a single value."""
    return Headers(
        (str(name), value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, values in (recorded or {}).items()
        for value in (values if isinstance(values, list) else [values])
    )


def _bytes(body: Any) -> bytes:
    if isinstance(body, Mapping):
        body = body.get("string")
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()


def _decoded(content: bytes, headers: Headers) -> bytes:
    """Return the body without its Content-Encoding (RFC 9110, section 8.4)."""
    coding = headers.get("Content-Encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip") and content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if coding == "deflate" and content:
        return zlib.decompress(content)
    return content


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
