"""The Python side of an operation: its signature, and Python arguments sorted into parameters and the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dynclient.names import nearest, nearest_name, snake_case
from dynclient.options import Options, warn
from dynclient.problem import Problem

if TYPE_CHECKING:
    import inspect

    from dynclient.api.described import Content, Parameter, RequestBody

#: An argument or value that is absent; None is a value.
MISSING: Any = type("MISSING", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()

#: Arguments as the programmatic form takes them: (location, name) to value.
Arguments = dict[tuple[str, str], Any]


class Binding:
    """How an operation is called from Python.

    Args:
        parameters: Its parameters in the documented order.
        body: Its body; None when it has none.
    """

    def __init__(self, parameters: tuple[Parameter, ...], body: RequestBody | None) -> None:
        self._parameters = parameters
        self._body = body
        self._optional = frozenset(parameter.key for parameter in parameters if not parameter.required)
        slots = [(parameter.python_name, parameter.required, parameter.key) for parameter in parameters]
        last = [] if body is None else [(body.python_name, body.required, None)]
        needed = [slot for slot in slots if slot[1]]
        #: Name, whether it is required, and key (None for the body) of each argument, in the order of the signature.
        self.slots = (*needed, *last, *(slot for slot in slots if not slot[1]))
        self._keys = tuple(key for _, _, key in self.slots)

    @cached_property
    def signature(self) -> inspect.Signature:
        """The Python signature: the required parameters in the documented order, the body, then the optional parameters."""
        import inspect  # slow to import, and a call does not need it

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            [
                inspect.Parameter(name, kind, default=inspect.Parameter.empty if required else None)
                for name, required, _ in self.slots
            ]
        )

    @cached_property
    def spellings(self) -> dict[str, tuple[str, str] | None]:
        """Every spelling of an argument, with its key; None is the body's."""
        spellings: dict[str, tuple[str, str] | None] = {}
        for parameter in self._parameters:
            spellings[parameter.python_name] = parameter.key
        if self._body is not None:
            spellings.setdefault(self._body.python_name, None)
            spellings.setdefault("body", None)
        names = [parameter.wire.name for parameter in self._parameters]
        for parameter in self._parameters:
            if names.count(parameter.wire.name) == 1:
                spellings.setdefault(parameter.wire.name, parameter.key)
        return spellings

    @cached_property
    def _former(self) -> dict[str, tuple[str, str] | None]:
        """The former names of the arguments, with the key of each; None is the body's."""
        names: dict[str, tuple[str, str] | None] = {}
        for aliases, key in [
            *((parameter.aliases, parameter.key) for parameter in self._parameters),
            *([(self._body.aliases, None)] if self._body is not None else []),
        ]:
            for name in aliases:
                names.setdefault(name, key)
                names.setdefault(snake_case(name), key)
        return names

    def had(self, name: str) -> bool:
        """Whether an argument was called so (`x-dynclient-aliases`)."""
        return name in self._former

    def renamed(self, name: str) -> str | None:
        """Return the present name of an argument that was called so, and warn of it; None when none was."""
        if name not in self._former:
            return None
        key = self._former[name]
        now = next(current for current, _, other in self.slots if other == key)
        warn(f"the argument {name} is called {now} now", DeprecationWarning)
        return now

    @cached_property
    def members_of(self) -> Content | None:
        """The content of the body whose members may be given as arguments: its first that is an object with known properties."""
        contents = self._body.contents if self._body is not None else ()
        return next((content for content in contents if content.schema.shape.properties), None)

    @cached_property
    def members(self) -> dict[str, str]:
        """The members of the body by the keywords that give them: in the document's spelling or in snake_case, where nothing else has that name."""
        properties = list(self.members_of.schema.shape.properties) if self.members_of is not None else []
        found = {name: name for name in properties}
        for name in properties:
            found.setdefault(snake_case(name), name)
        return {keyword: name for keyword, name in found.items() if keyword not in self.spellings}

    def namesake(self, name: str) -> str | None:
        """Return the member of the body for which an argument that gives the whole body may be mistaken, as both have this name; else None."""
        if self.members_of is None or self.spellings.get(name, name) is not None:
            return None
        wanted = snake_case(name)
        return next(
            (member for member in self.members_of.schema.shape.properties if snake_case(member) == wanted), None
        )

    def _whole_or_member(self, name: str) -> str:
        """Say what to do about a body that is given beside its members: it may be meant as the member of the same name."""
        member = self.namesake(name)
        if member is None:
            return "put them there"
        written = f"{member}=..." if member in self.members else f"{name}={{{member!r}: ...}}, with the others"
        return f"{name}= is the whole body; its member {member} is given as {written}"

    def _unknown(self, name: str) -> Problem:
        """The problem of a keyword that is not an argument."""
        same = [parameter.python_name for parameter in self._parameters if parameter.wire.name == name]
        if same:
            return Problem("argument", (name,), "unknown", "is ambiguous", f"use {' or '.join(same)}")
        hint = nearest(name, [*self.spellings, *self.members]) or f"it takes {self.signature}"
        if self._body is not None and self.members_of is None and any(each.json_type for each in self._body.contents):
            hint += f"; a member of the body is given as body={{{name!r}: ...}}"
        return unknown_argument(name, hint)

    def without_misspelt(self, problems: Sequence[Problem]) -> list[Problem]:
        """Leave out what is only missing because its name is misspelt: the wrong name says it all.

        Args:
            problems: Everything that is wrong with a request.
        """
        names = [str(each.path[0]) for each in problems if each.where == "argument" and each.path]
        return [
            problem
            for problem in problems
            if problem.keyword != "required"
            or not any(nearest_name(name, self._keywords_for(problem)) for name in names)
        ]

    def _keywords_for(self, problem: Problem) -> list[str]:
        """Return the keywords that give what a problem is about: a parameter, the body, or a member of it."""
        place = (problem.where, *problem.path)
        found = [name for name, key in self.spellings.items() if (key or ("body",)) == place]
        if problem.where == "body":
            found += [name for name, member in self.members.items() if problem.path in ((), (member,))]
        return found

    def _with_member(self, name: str, value: Any, found: dict[Any, Any], members: dict[str, Any]) -> Problem | None:
        """Add a member of the body that is given as an argument; return what is wrong with that."""
        if name not in self.members or self.members_of is None:
            return self._unknown(name)
        if None in found:
            return Problem(
                "argument", (name,), "unknown", "is a member of the body, which is given as a whole", "put it there"
            )
        member = self.members[name]
        if member in members:
            return Problem("argument", (name,), "unknown", "is given twice")
        if value is not None or self.members_of.schema.shape.member(member).may_be("null"):
            members[member] = value
        return None

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Arguments, Any, list[Problem]]:
        """Sort Python arguments into parameters and the body.

        Args:
            args: Positional arguments, in the order of `signature`.
            kwargs: Keyword arguments, in the document's spelling or in snake_case: parameters, the body, and members of the body whose names nothing
                else has.

        Returns:
            The arguments, the body (MISSING when there is none), and what is wrong: names that the document does not have,
            arguments given twice or too many.
        """
        found: dict[Any, Any] = dict(zip(self._keys, args, strict=False))
        problems: list[Problem] = []
        members: dict[str, Any] = {}
        if len(args) > len(self._keys):
            message = f"{len(args)} positional arguments were given"
            problems.append(Problem("argument", (), "unknown", message, f"it takes {self.signature}"))
        for name, value in kwargs.items():
            spelling = name if name in self.spellings else self.renamed(name)
            if spelling is None:
                problem = self._with_member(name, value, found, members)
                problems += [problem] if problem is not None else []
                continue
            key = self.spellings[spelling]
            if key in found:
                problems.append(Problem("argument", (name,), "unknown", "is given twice"))
            if key is None and members:
                message = f"is given beside its members {', '.join(members)}"
                problems.append(Problem("argument", (name,), "unknown", message, self._whole_or_member(name)))
            found[key] = value
        body = found.pop(None, members or MISSING)
        if body is None and self._body is not None and not self._body.required:
            body = MISSING
        for key in self._optional:  # None leaves an optional parameter out, as the default in the signature says
            if key in found and found[key] is None:
                del found[key]
        return found, body, problems


#: How the header fields are set that a document cannot describe as parameters, by their names without separators.
_OTHER_WAYS = {
    "accept": "choose the media type with Options(accept=...)",
    "contenttype": "choose the media type with Body(value, media_type)",
    "authorization": "pass credentials with auth=..., or the field with Options(headers={'Authorization': ...})",
}


def unknown_argument(name: str, hint: str) -> Problem:
    """Return the problem of an argument that the operation does not have."""
    other_way = _OTHER_WAYS.get(name.lower().replace("-", "").replace("_", ""))
    if other_way is not None:
        message = "is not a parameter: header parameters of this name are ignored (OpenAPI, Parameter Object)"
        return Problem("argument", (name,), "unknown", message, other_way)
    if name in Options.__dataclass_fields__:
        hint = f"{name} is an option: with_options({name}=...)"
    return Problem("argument", (name,), "unknown", "is not in the document", hint)
