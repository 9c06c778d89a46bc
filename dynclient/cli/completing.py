"""Completion: what a shell offers for SPEC, OPERATION, NAME=VALUE and the options that take names of a document.

click finds out which parameter is being completed (`helping`), `shells` talks to the shells. Nothing is fetched, and nothing that is wrong is
reported: then there is nothing to offer.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from dynclient.api.api import Api
from dynclient.api.inwords import possible_values, property_nodes
from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.catalog.shelves import SUFFIXES, editions
from dynclient.cli.bodyfields import takes_fields
from dynclient.cli.saved import NO_PROFILE, saved_api, saved_names
from dynclient.cli.specs import open_spec
from dynclient.errors import DynclientError
from dynclient.opening import name_and_version
from dynclient.spec.node import Node
from dynclient.wire.scalar import scalar

#: The summaries of more operations are not shown: each of them has to be read.
_MOST_SUMMARIES = 100
_PLACES = ("env:", "file:", "keyring:", "netrc")
_WRONG = (DynclientError, click.ClickException, OSError, ValueError)


def _api(ctx: click.Context) -> Api:
    """Return the document that the words before name."""
    return Api.of(open_spec(ctx.params.get("spec") or "", ctx.params, offline=True))


def _operation(ctx: click.Context) -> Operation:
    return _api(ctx).operations.named(ctx.params.get("operation") or "")


def completions_of(name: str, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]] | None:
    """Return what a shell may offer for a parameter.

    Args:
        name: The name of the parameter.
        ctx: What the words before it say.
        incomplete: The beginning of its value.

    Returns:
        The offers; None for a parameter that nothing is known of.
    """
    if name not in _OFFERS:
        return None
    items: list[CompletionItem[str]] = []
    # whatever is said here would land in the middle of a command line
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(*_WRONG):
        items += (
            item if isinstance(item, CompletionItem) else CompletionItem(item)
            for item in _OFFERS[name](ctx, incomplete)
        )
    found = {item.value: item for item in items if item.value.startswith(incomplete)}
    return list(found.values())


def _specs(_ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Yield saved APIs, names of the catalog (with versions after an @), and files."""
    with contextlib.suppress(*_WRONG):
        yield from saved_names()
    known = editions()
    yield from known
    if "@" in incomplete:
        yield from (f"{api}@{version}" for api, versions in known.items() for version in versions)
    typed, slash, start = incomplete.rpartition("/")
    folder = f"{typed}{slash}"
    for place in sorted(Path(folder).expanduser().iterdir()):
        if place.name.startswith(".") and not start.startswith("."):
            continue
        if place.is_dir():
            yield f"{folder}{place.name}/"
        elif place.suffix in SUFFIXES:
            yield f"{folder}{place.name}"


def _operations(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem[str]]:
    """Yield the operations in the first spelling that fits: snake_case, kebab-case, their ids (`issues/list`), or `GET /path`."""
    operations = _api(ctx).operations
    fitting = ([name for name in names if name.startswith(incomplete)] for names in _spellings(operations))
    found = next(filter(None, fitting), [])
    for name in found:
        summary = operations[name].summary if len(found) <= _MOST_SUMMARIES else ""
        yield CompletionItem(name, help=" ".join(summary.split()) or None)


def _spellings(operations: Operations) -> Iterator[Iterable[str]]:
    yield operations.python_names
    yield (name.replace("_", "-") for name in operations.python_names)
    yield (name for name in operations if " /" not in name)  # `GET /path` names those without an id
    yield (operation.key for operation in operations.operations)


def _arguments(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Yield the names of parameters and of fields of the body, each with its =; after that, the values that the document lists."""
    operation = _operation(ctx)
    schemas = {name: node for name, node in _fields_of(operation).items() if name in operation.binding.members}
    for parameter in operation.parameters:
        node = operation.parameter_nodes[parameter.key]
        content = next((child for _, child in node.child("content").children()), None)
        schemas[parameter.python_name] = (node if content is None else operation.document.follow(content)).child(
            "schema"
        )
    yield from _assignments(operation, schemas, incomplete, ctx.params.get("arguments") or ())


def _fields(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Yield the fields of the body, as `_arguments` does."""
    operation = _operation(ctx)
    yield from _assignments(operation, _fields_of(operation), incomplete, ())


def _fields_of(operation: Operation) -> dict[str, Node]:
    """Return the schemas of the fields of an operation's body."""
    found: dict[str, Node] = {}
    for content in filter(takes_fields, operation.body.contents if operation.body is not None else ()):
        found = {**property_nodes(operation.document, content.node.child("schema")), **found}
    return found


def _assignments(
    operation: Operation, schemas: Mapping[str, Node], incomplete: str, given: Sequence[str]
) -> Iterator[str]:
    """Yield `name=`, or `name=value` for each value that the document lists once there is a name."""
    name, equals, _ = incomplete.partition("=")
    if equals:
        values = possible_values(operation.document, schemas[name]) if name in schemas else []
        yield from (f"{name}={scalar(value)}" for value in values if not isinstance(value, list | dict))
        return
    taken = {text.partition("=")[0] for text in given}
    yield from (f"{name}=" for name in schemas if name not in taken)


def _credentials(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Yield the security schemes, the kinds of places for their credentials, and environment variables."""
    name, equals, place = incomplete.partition("=")
    if not equals:
        yield "none"
        yield from (f"{scheme}=" for scheme in _api(ctx).schemes)
    elif place.startswith("env:"):
        yield from (f"{name}=env:{variable}" for variable in sorted(os.environ))
    else:
        yield from (f"{name}={kind}" for kind in _PLACES)


def _servers(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    servers = (server for operation in _api(ctx).operations.operations for server in operation.servers)
    yield from (server.url({})[0] for server in servers if not server.is_relative)


def _tags(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    yield from (tag for operation in _api(ctx).operations.operations for tag in operation.tags)


def _schemas(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    yield from (name for name, _ in _api(ctx).document.root.child("components", "schemas").children())


def _profiles(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    """Yield the profiles of the saved API that the command is about."""
    found = saved_api(name_and_version(ctx.params.get("spec") or ctx.params.get("api") or "")[0], NO_PROFILE)
    yield from found.profiles if found is not None else ()


def _versions(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    yield from editions().get(ctx.params.get("spec") or "", ())


def _saved(_ctx: click.Context, _incomplete: str) -> Iterator[str]:
    yield from saved_names()


#: What finds the offers for each parameter, by its name.
_OFFERS: Mapping[str, Callable[[click.Context, str], Iterator[Any]]] = {
    "api": _saved,
    "spec": _specs,
    "specs": _specs,
    "old": _specs,
    "new": _specs,
    "operation": _operations,
    "arguments": _arguments,
    "body": _fields,
    "form": _fields,
    "auth": _credentials,
    "server": _servers,
    "tags": _tags,
    "schema": _schemas,
    "profile": _profiles,
    "version": _versions,
}
