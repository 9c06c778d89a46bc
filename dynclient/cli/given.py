"""The arguments and the body of a call on the command line, as values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.cli.bodyfields import body_of_fields, is_field, is_form, takes_only_fields, with_files
from dynclient.cli.texts import TWICE, TypedText, pairs, read_file, text_value
from dynclient.errors import InvalidRequest
from dynclient.names import snake_case
from dynclient.problem import Problem
from dynclient.wire import codec, mediatype
from dynclient.wire.scalar import Wire

_T = TypeVar("_T")


def given_to(
    function: Callable[..., _T],
    operation: Operation,
    given: tuple[Sequence[str], Sequence[str], Sequence[str]],
    prepare: Callable[..., Any] | None = None,
) -> _T:
    """Give an operation and its arguments to a function; report texts that cannot be read together with values that break the document.

    Args:
        function: Takes the name of the operation, its arguments and its body.
        operation: The operation.
        given: The arguments, the values of `--body` and the values of `--form`.
        prepare: Finds what is wrong with the rest without sending anything; the function itself when None.

    Raises:
        InvalidRequest: A text cannot be read.
    """
    values, payload, problems = read_arguments(operation, *given)
    if not problems:
        return function(operation.key, values, payload)
    unread = {(problem.where, problem.path) for problem in problems}
    try:
        (prepare or function)(operation.key, values, payload)
    except InvalidRequest as error:
        # a value that could not be read is not missing as well
        more = [problem for problem in error.problems if (problem.where, problem.path) not in unread]
        raise InvalidRequest(error.headline, operation.binding.without_misspelt([*problems, *more])) from None
    raise InvalidRequest(f"{operation.id}: the arguments cannot be read", problems)


def read_arguments(
    operation: Operation, texts: Sequence[str], body: Sequence[str], form: Sequence[str]
) -> tuple[dict[Any, Any], Any, list[Problem]]:
    """Read the arguments and the body of a call.

    Args:
        operation: The operation to call.
        texts: The arguments, `NAME=VALUE`: parameters, and fields of the body whose names no parameter has.
        body: The values of the option `--body`: the whole body, or fields of it.
        form: The values of the option `--form`: fields of a form.

    Returns:
        The values by location and name, the body (MISSING if there is none), and what cannot be read.
    """
    named, fields = _sorted_names(operation, pairs(texts, "argument"))
    mistaken = _mistaken(operation, named)
    arguments, given, problems = operation.bind((), named)
    problems += mistaken
    if isinstance(given, Mapping):
        fields = {**given, **fields}
    elif given is not MISSING:
        body = (*given, *body)
    whole = [text for text in body if not is_field(text, operation)]
    more = [*(text for text in body if is_field(text, operation)), *form]
    for name, several in pairs(more, "--form" if form else "--body").items():
        fields[name] = [*fields.get(name, ()), *several]
    if len(whole) + bool(fields) > 1:
        problems.append(Problem("argument", ("body",), "unknown", "is given twice"))
    values: dict[Any, Any] = {}
    for key, several in arguments.items():
        try:
            values[key] = _argument(several, operation.by_key[key].wire)
        except ValueError as error:
            problems.append(Problem(key[0], (key[1],), "type", str(error)))
    payload = MISSING
    try:
        if whole:
            payload = whole_body(whole[0], operation)
        elif fields:
            payload = body_of_fields(fields, operation, as_form=bool(form))
    except ValueError as error:
        problems.append(Problem("body", (), "media type", str(error)))
    return values, payload, problems


def _mistaken(operation: Operation, named: dict[str, list[str]]) -> list[Problem]:
    """Take out what gives the whole body and must be meant for its member of the same name, as it is not an object; return what to write."""
    binding = operation.binding
    problems = []
    for name in [name for name, texts in named.items() if not all(map(_may_be_whole, texts))]:
        member = binding.namesake(name)
        if member is None or operation.body is None or not takes_only_fields(operation.body.contents[0]):
            continue
        del named[name]
        ways = [f"{member}=VALUE"] if member in binding.members else []
        ways += [f"-F {name}=VALUE" if is_form(operation.body.contents[0].media_type) else f"--body {name}=VALUE"]
        message = f"must be an object, and {name}= is the whole body"
        hint = f"its member {member} is written {' or '.join(ways)}"
        problems.append(Problem("body", (), "type", message, hint))
    return problems


def _may_be_whole(text: str) -> bool:
    """Whether a text may be a body that is an object, or names a file that holds one."""
    return isinstance(text, TypedText) or text == "-" or text.startswith("@") or text.lstrip().startswith("{")


def _sorted_names(
    operation: Operation, given: Mapping[str, list[str]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the arguments by the names that an operation has for them, and the fields that are inside members of its body.

    A name in kebab-case, which is a habit of command lines, becomes the snake_case that it means, and a word that Python reserves its
    spelling there.
    """
    binding = operation.binding
    known = {**binding.spellings, **binding.members}
    members = {*map(snake_case, binding.members)}
    named: dict[str, list[str]] = {}
    fields: dict[str, list[str]] = {}
    for name, texts in given.items():
        snake = snake_case(name)
        if name not in known and "." in name and snake_case(name.partition(".")[0]) in members:
            fields[name] = texts
        else:
            spelling = snake if name not in known and snake in known else name
            named[spelling] = [*named.get(spelling, ()), *texts]
    return named, fields


def _argument(texts: list[str], wire: Wire) -> Any:
    if wire.media_type is None:
        return text_value(texts, wire.shape)
    if len(texts) > 1:
        raise ValueError(TWICE)
    return texts[0].value() if isinstance(texts[0], TypedText) else codec.decode(texts[0].encode(), wire.media_type)


def whole_body(text: str, operation: Operation) -> Any:
    """Return the value of a body on the command line: JSON or YAML by the document's media type, else the text or bytes.

    Args:
        text: The body itself, `@FILE`, or `-` for standard input.
        operation: The operation to call.

    Raises:
        ValueError: The body must be JSON or text and is not.
    """
    if isinstance(text, TypedText):
        return text.value()
    if text == "-":
        raw = sys.stdin.buffer.read()
    elif text.startswith("@"):
        raw = read_file(text[1:])
    else:
        raw = text.encode(errors="surrogateescape")  # the bytes as they were typed
    contents = operation.body.contents if operation.body is not None else ()
    kind = mediatype.parse(contents[0].media_type if contents else "text/plain")
    if is_form(kind.kind) and raw.lstrip().startswith(b"{"):
        return with_files(codec.decode(raw, "application/json"), contents[0].rules.shape)
    if kind.is_json:
        return codec.decode(raw, "application/json")
    if kind.is_yaml:
        return codec.decode(raw, kind.text)
    return codec.decode(raw, "text/plain") if kind.is_text else raw
