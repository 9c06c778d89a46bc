"""Operations as functions of a stub, in each of their spellings.

An operation takes its parameters under the names of Python or of the document, and its body under the name of its schema, as `body`, or as its
members. A stub has a signature for each of these six ways that differ; a call that mixes Python's names with the document's is not known to it.
"""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.api.paged import found_in, success
from dynclient.api.typetext import ANY_TYPE, union, words_in
from dynclient.errors import SpecError
from dynclient.names import snake_case
from dynclient.schema.translator import Direction
from dynclient.stubs.definitions import Definitions, docstring, first_paragraph, referred_names

_BODY = "_typed.Body"
#: The signature of an operation that cannot be used.
_UNKNOWN = (("*args", ANY_TYPE, True), ("**kwargs", ANY_TYPE, True))


#: Name, type, and whether it is required of each argument; `*` before those that have no position.
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
        item: The type of the items of its pages.
        doc: What the document says of it.
    """

    name: str
    ids: tuple[str, ...]
    signatures: tuple[Signature, ...]
    result: str
    item: str
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
            yield operation, Function(operation.python_name, ids, (_UNKNOWN,), ANY_TYPE, ANY_TYPE, operation.summary)


def _is_free(operations: Operations, operation: Operation) -> bool:
    """Whether the id of an operation is an attribute of a client that means this operation."""
    name = operation.id
    usable = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    return usable and name != operation.python_name and operations[name] is operation


def _function(operation: Operation, ids: tuple[str, ...], definitions: Definitions) -> Function:
    arguments = list(_arguments(operation, definitions))
    most = max((len(argument.names) for argument in arguments), default=1)
    spellings = [_signature(arguments, index) for index in range(most)]
    spellings += _with_members(operation, arguments, definitions)
    wish = f"{operation.python_name} reply"
    result, item = definitions.types.result(operation, wish), _item(operation, definitions, wish)
    return Function(operation.python_name, ids, tuple(dict.fromkeys(spellings)), result, item, _doc(operation))


def _item(operation: Operation, definitions: Definitions, wish: str) -> str:
    """Return the type of the items of an operation's pages; anything where the document does not tell which array has them."""
    place, content = found_in(operation).items, success(operation)
    if place is None or content is None:
        return ANY_TYPE
    return definitions.types.item(content.node.child("schema"), place, wish)


def _with_members(operation: Operation, arguments: list[Argument], definitions: Definitions) -> Iterator[Signature]:
    """Yield the signatures that take the members of the body, in Python's names and in the document's."""
    content = operation.binding.members_of
    if content is None:
        return
    schema = operation.document.follow(content.node.child("schema"))
    is_component = schema.path[-2:-1] == ("schemas",)
    wish = str(schema.path[-1]) if is_component else f"{operation.python_name} body"
    keywords: dict[str, list[str]] = {}
    for keyword_, name in operation.binding.members.items():
        if _is_name(keyword_):
            keywords.setdefault(name, []).append(keyword_)
    listed = [member for member in definitions.types.members(schema, wish).listed if member.only != "readOnly"]
    if any(member.required and member.name not in keywords for member in listed):
        return  # it cannot be given so
    given = [member for member in listed if member.name in keywords]
    others = [argument for argument in arguments if argument.names[0] != _body_name(operation)]
    for index in (0, 2) if given else ():
        members = [
            Argument((_spelt(member.name, keywords[member.name], index),), member.type, member.required)
            for member in given
        ]
        needed = _signature([each for each in others if each.required], index)
        optional = _signature([each for each in others if not each.required], index)
        yield (*needed, ("*", "", True), *optional, *_signature(members, 0))


def _body_name(operation: Operation) -> str:
    return next((name for name, _, key in operation.binding.slots if key is None), "")


def _spelt(name: str, keywords: list[str], index: int) -> str:
    """Return the keyword of a member: Python's, or where the index is that of the document, the document's."""
    wanted = name if index else snake_case(name)
    return wanted if wanted in keywords else keywords[0]


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
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__") and name != "_self"


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


class Tag(NamedTuple):
    """The operations of a tag, as an attribute of clients.

    Attributes:
        name: The name of the attribute.
        operations: The Python names of its operations, by their names in it.
        whole: Whether these are all operations of the tag.
    """

    name: str
    operations: Mapping[str, str]
    whole: bool


def namespaces_of(
    operations: Operations, functions: list[Function], tags: Iterable[str], taken: Container[str]
) -> list[Tag]:
    """Return those of some tags that are attributes of the clients with these operations.

    Args:
        operations: All operations.
        functions: Those of the class.
        tags: The names of the tags.
        taken: The attributes that no tag replaces.
    """
    known, found = {function.name for function in functions}, []
    for name in tags:
        named = operations.by_tag.get(name, {})
        if _is_name(name) and not name.startswith("_") and name not in taken and name not in operations:
            own = {short: each.python_name for short, each in named.items() if each.python_name in known}
            short = {key: value for key, value in own.items() if _is_name(key)}
            found += [Tag(name, short, len(own) == len(named))] if short else []
    return found


def operations_class(functions: list[Function], definitions: Definitions, tags: list[Tag]) -> Written:
    """Return the class that has these operations, and their tags, as attributes."""
    sent = {text for function in functions for signature in function.signatures for _, text, _ in signature}
    used = referred_names(definitions.rendered(text, "request") for text in sent)
    received = {text for function in functions for text in (function.result, function.item)}
    used |= referred_names(definitions.rendered(text, "response") for text in received)
    attributes = {name for function in functions for name in (function.name, *function.ids)}
    attributes |= {tag.name for tag in tags}
    renamed = {name: _free(name, attributes) for name in sorted(used & attributes)}

    def kind(text: str, direction: Direction = "request") -> str:
        rendered = definitions.rendered(text, direction)
        return words_in(rendered, lambda name: renamed.get(name, name)) if renamed else rendered

    def arguments(signature: Signature) -> str:
        parts = [
            f"{name}: {kind(text)}{'' if required else ' = None'}" if text else name
            for name, text, required in signature
        ]
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
        types = [kind(function.result, "response"), kind(function.item, "response")]
        result = ", ".join(types if types[1] != ANY_TYPE else types[:1])
        lines.append(f"    def {function.name}({arguments(first)}) -> _typed.Reply[{result}]:")
        lines += docstring(function.doc, 8) or ["        ..."]
        lines += [f"    {name} = {function.name}" for name in function.ids]
    lines += [f"    {tag.name}: _typed.Tag[_Tag_{tag.name}, _AsyncTag_{tag.name}]" for tag in tags]
    head = ["class _Spelt:", *spelt, ""] if spelt else []
    namespaces = [line for tag in tags for line in _namespace(tag)]
    return Written("\n".join([*head, "class Operations:", *(lines or ["    ..."]), "", *namespaces]), used, renamed)


def _namespace(tag: Tag) -> Iterator[str]:
    """Yield the lines of the classes of a tag."""
    yield f"class _Operations_{tag.name}:"
    for short, name in tag.operations.items():
        yield f"    {short} = Operations.{name}"
        if name != short and name not in tag.operations:
            yield f"    {name} = Operations.{name}"
    yield ""
    kind = "Namespace" if tag.whole else "OpenNamespace"
    for flavour in ("", "Async"):
        yield f"class _{flavour}Tag_{tag.name}(_Operations_{tag.name}, _typed.{flavour}{kind}): ..."
    yield ""


def _free(name: str, attributes: set[str]) -> str:
    found = f"_{name}"
    while found in attributes:
        found = f"_{found}"
    return found
