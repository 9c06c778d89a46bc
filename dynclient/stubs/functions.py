"""Operations as functions of a stub, in each of their spellings.

An operation takes its parameters under the names of Python or of the document, and its body under the name of its schema or as `body`. A stub
has a signature for each of these four ways that differ; a call that mixes Python's names with the document's is not known to it.
"""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.api.typetext import ANY_TYPE, union, words_in
from dynclient.errors import SpecError
from dynclient.schema.translator import Direction
from dynclient.stubs.definitions import Definitions, docstring, first_paragraph, referred_names

_BODY = "_typed.Body"
#: The signature of an operation that cannot be used.
_UNKNOWN = (("*args", ANY_TYPE, True), ("**kwargs", ANY_TYPE, True))


#: Name, type, and whether it is required of each argument.
Signature = tuple[tuple[str, str, bool], ...]


class Argument(NamedTuple):
    """An argument of an operation.

    Attributes:
        names: Its names, that of Python first.
        type: Its type.
        required: Whether it must be given.
    """

    names: tuple[str, ...]
    type: str
    required: bool


class Function(NamedTuple):
    """An operation as a function.

    Attributes:
        name: Its Python name.
        ids: Its other names that are attributes of a client.
        signatures: Its arguments in each spelling, that of Python first; None where they cannot be known.
        result: The type of what a call returns.
        doc: What the document says of it.
    """

    name: str
    ids: tuple[str, ...]
    signatures: tuple[Signature, ...]
    result: str
    doc: str


def functions_of(
    operations: Operations, definitions: Definitions, taken: Container[str]
) -> Iterator[tuple[Operation, Function]]:
    """Yield the operations of a document as functions; their types still have the marks of definitions.

    Args:
        operations: The operations.
        definitions: Defines the types that they refer to.
        taken: The attributes of clients, which no id replaces.
    """
    for operation in operations.operations:
        ids = (operation.id,) if operation.id not in taken and _is_free(operations, operation) else ()
        try:
            yield operation, _function(operation, ids, definitions)
        except SpecError:  # a call of it raises the same; `document.problems` says why
            yield operation, Function(operation.python_name, ids, (_UNKNOWN,), ANY_TYPE, operation.summary)


def _is_free(operations: Operations, operation: Operation) -> bool:
    """Whether the id of an operation is an attribute of a client that means this operation."""
    name = operation.id
    usable = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    return usable and name != operation.python_name and operations[name] is operation


def _function(operation: Operation, ids: tuple[str, ...], definitions: Definitions) -> Function:
    arguments = list(_arguments(operation, definitions))
    most = max((len(argument.names) for argument in arguments), default=1)
    spellings = [_signature(arguments, index) for index in range(most)]
    result = definitions.types.result(operation, f"{operation.python_name} reply")
    return Function(operation.python_name, ids, tuple(dict.fromkeys(spellings)), result, _doc(operation))


def _arguments(operation: Operation, definitions: Definitions) -> Iterator[Argument]:
    nodes, spellings, types = operation.parameter_nodes, operation.binding.spellings, definitions.types
    for python_name, required, key in operation.binding.slots:
        if key is None:
            body = operation.body
            contents = types.body(body.contents if body is not None else (), f"{operation.python_name} body")
            other = "body" if spellings.get("body", ()) is None else python_name
            yield Argument(
                (python_name, other, other, python_name), union([*(contents or [ANY_TYPE]), _BODY]), required
            )
            continue
        written = types.parameter(nodes[key], f"{operation.python_name} {python_name}")
        documented = key[1] if spellings.get(key[1]) == key and _is_name(key[1]) else python_name
        yield Argument((python_name, python_name, documented, documented), written, required)


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def _signature(arguments: list[Argument], index: int) -> Signature:
    """Return the arguments in one of their spellings; an optional one may be None."""
    return tuple(
        (
            argument.names[index],
            argument.type if argument.required else union([argument.type, "None"]),
            argument.required,
        )
        for argument in arguments
    )


def _doc(operation: Operation) -> str:
    paragraph = first_paragraph(operation.description)
    deprecated = "Deprecated: the document advises against it." if operation.node.get("deprecated") is True else ""
    parts = [
        operation.summary,
        paragraph if paragraph != operation.summary else "",
        f"{operation.method} {operation.path}",
        deprecated,
    ]
    lines = [f"    {name}: {text}" for name, text in _argument_docs(operation) if text]
    return "\n\n".join(filter(None, [*parts, "\n".join(["Args:", *lines]) if lines else ""]))


def _argument_docs(operation: Operation) -> Iterator[tuple[str, str]]:
    for parameter in operation.parameters:
        yield parameter.python_name, first_paragraph(parameter.description).replace("\n", " ")
    if operation.body is not None:
        yield operation.body.python_name, first_paragraph(operation.body.description).replace("\n", " ")


class Written(NamedTuple):
    """The class of a stub that has some operations.

    Attributes:
        text: Its text.
        names: The names that its types refer to.
        renamed: New names for those that an operation hides inside the class.
    """

    text: str
    names: set[str]
    renamed: Mapping[str, str]


def operations_class(functions: list[Function], definitions: Definitions) -> Written:
    """Return the class that has these operations as attributes."""
    sent = {text for function in functions for signature in function.signatures for _, text, _ in signature}
    used = referred_names(definitions.rendered(text, "request") for text in sent)
    used |= referred_names(definitions.rendered(function.result, "response") for function in functions)
    attributes = {name for function in functions for name in (function.name, *function.ids)}
    renamed = {name: _free(name, attributes) for name in sorted(used & attributes)}

    def kind(text: str, direction: Direction = "request") -> str:
        rendered = definitions.rendered(text, direction)
        return words_in(rendered, lambda name: renamed.get(name, name)) if renamed else rendered

    def arguments(signature: Signature) -> str:
        parts = [f"{name}: {kind(text)}{'' if required else ' = None'}" for name, text, required in signature]
        return ", ".join(["_self", *parts])

    spelt, lines = [], []
    for function in functions:
        first, *others = function.signatures
        names = [f"{function.name}_{count}" for count in range(2, len(others) + 2)]
        spelt += [
            f"    def {name}({arguments(other)}) -> object: ..." for name, other in zip(names, others, strict=True)
        ]
        decorator = f"spelt({', '.join(f'_Spelt.{name}' for name in names)})" if names else "operation"
        lines.append(f"    @_typed.{decorator}")
        lines.append(f"    def {function.name}({arguments(first)}) -> {kind(function.result, 'response')}:")
        lines += docstring(function.doc, 8) or ["        ..."]
        lines += [f"    {name} = {function.name}" for name in function.ids]
    head = ["class _Spelt:", *spelt, ""] if spelt else []
    return Written("\n".join([*head, "class Operations:", *(lines or ["    ..."]), ""]), used, renamed)


def _free(name: str, attributes: set[str]) -> str:
    found = f"_{name}"
    while found in attributes:
        found = f"_{found}"
    return found
