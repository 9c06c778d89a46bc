"""Forms of requests: what the names in a request tell of its parameters and credentials, whatever their values are.

Most requests that call an operation carry the same header fields and query parameters. Which parameters are present, which are missing, how each
is read and whether a security requirement is met is worked out once for these names; of each further request, only the values are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus

from dynclient.problem import Problem
from dynclient.schema.translator import ANNOTATIONS_FOR_READERS
from dynclient.security.requirements import missing_credentials
from dynclient.security.scheme import Requirement, Scheme
from dynclient.wire import params

if TYPE_CHECKING:
    from dynclient.api.described import Parameter

#: The keywords of a schema that any text is valid by.
_OF_ANY_TEXT = frozenset({"type", *ANNOTATIONS_FOR_READERS})


class Expected(NamedTuple):
    """A parameter that a request may hold, or that it lacks.

    Attributes:
        key: Its location and name.
        parameter: The parameter.
        read: Reads its text, where it is a single value in the path, the query or a header field; else None.
        pair: The index of its pair in the query; of several, the last one counts.
        is_valid: Whether its schema accepts a value.
        lacking: The problem that it is missing, where the names tell that.
    """

    key: tuple[str, str]
    parameter: Parameter
    read: Callable[[str], Any] | None
    pair: int
    is_valid: Callable[[Any], bool]
    lacking: Problem | None


class RequestForm(NamedTuple):
    """What the names in a request tell of it.

    Attributes:
        expected: The parameters in the documented order, without the optional ones that are absent.
        is_authorized: Whether the fields and pairs that carry credentials meet a security requirement; a cookie may do so all the same.
    """

    expected: tuple[Expected, ...]
    is_authorized: bool


def request_form(
    parameters: Iterable[Parameter],
    security: tuple[Requirement, ...],
    schemes: Mapping[str, Scheme],
    fields: tuple[str, ...],
    pairs: tuple[str, ...],
) -> RequestForm:
    """Return what the names in a request tell of it.

    Args:
        parameters: The parameters of the operation.
        security: Its security requirements.
        schemes: The document's schemes by id.
        fields: The names of the header fields, in lower case.
        pairs: The names in the query, percent-encoded.
    """
    names = {unquote_plus(name): index for index, name in enumerate(pairs)}
    expected = (_expected(parameter, fields, names) for parameter in parameters)
    carriers = {("header", name) for name in fields} | {("query", name.lower()) for name in names}
    return RequestForm(
        tuple(each for each in expected if each is not None), not missing_credentials(security, schemes, carriers)
    )


def missing(parameter: Parameter) -> Problem | None:
    """Return the problem that a parameter is absent; None if it may be."""
    where, name = parameter.key
    return Problem(where, (name,), "required", "is required") if parameter.required else None


def _expected(parameter: Parameter, fields: tuple[str, ...], names: Mapping[str, int]) -> Expected | None:
    is_absent = _is_absent(parameter, fields, names)
    lacking = missing(parameter) if is_absent else None
    if is_absent and lacking is None:
        return None
    read = params.scalar_reader(parameter.wire)
    return Expected(parameter.key, parameter, read, names.get(parameter.wire.name, -1), _judge_of(parameter), lacking)


def _judge_of(parameter: Parameter) -> Callable[[Any], bool]:
    """Return what accepts the values of a parameter. Most schemas ask for a text and nothing else, which needs no engine."""
    root, is_valid = parameter.schema.bundle.root, parameter.schema.is_valid
    if isinstance(root, Mapping) and root.get("type") == "string" and root.keys() <= _OF_ANY_TEXT:
        return lambda text: text.isascii() or is_valid(text)  # else it may be no Unicode
    return is_valid


def _is_absent(parameter: Parameter, fields: tuple[str, ...], names: Mapping[str, int]) -> bool:
    """Whether the names alone tell that a parameter is absent."""
    wire = parameter.wire
    match wire.location:
        case "header":
            return wire.name.lower() not in fields
        case "cookie":
            return "cookie" not in fields
        case "query":  # what else may belong to an object that is spread is decided where it is read
            is_named = wire.name in names or params.is_spread(wire) or wire.style == "deepObject"
            return not names or not is_named
    return False
