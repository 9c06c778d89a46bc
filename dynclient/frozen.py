"""Frozen values: the part of `dataclasses` that this package uses, at a fraction of what that costs to import.

Why: to load `dataclasses`, which loads `inspect`, and to make nine classes with it, takes as long as a tenth of `import requests`. These
classes are dataclasses to all who ask: `dataclasses.replace`, `fields`, `asdict` and `is_dataclass` take them, and load what they
need then. Type checkers see the real decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:

    def dataclass(*, eq: bool = True, repr: bool = True, **_: bool) -> Any:  # noqa: A002  their names
        """As `dataclasses.dataclass` with `frozen=True, slots=True`, which every value here has."""
        return lambda cls: _made(cls, eq=eq, shown=repr)

    def field(**settings: Any) -> Any:
        """As `dataclasses.field`: `default`, `default_factory` and `repr`."""
        return _Field(settings)

    def replace(value: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`."""
        return type(value)(**{name: getattr(value, name) for name in value.__match_args__} | changes)


__all__ = ["dataclass", "field", "replace"]

_GIVEN_NOT: Any = type("GivenNot", (), {"__repr__": lambda _: "<made anew>"})()


class _Field:
    """What is said of a field beside its type."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.annotation: Any = Any


class _Fields:
    """`__dataclass_fields__`, as `dataclasses` would have made it, when somebody asks for it."""

    def __get__(self, _: object, owner: type) -> dict[str, Any]:
        import dataclasses  # what this module is there to put off

        known: dict[str, _Field] = owner._fields  # type: ignore[attr-defined]
        specified = [(name, entry.annotation, dataclasses.field(**entry.settings)) for name, entry in known.items()]
        made: Any = dataclasses.make_dataclass(owner.__name__, specified)
        found: dict[str, Any] = made.__dataclass_fields__
        type.__setattr__(owner, "__dataclass_fields__", found)
        return found


def _made(cls: type, *, eq: bool, shown: bool) -> type:
    """The class once more, with slots and the methods of a frozen value."""
    namespace = dict(cls.__dict__)
    inherited: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited |= base.__dict__.get("_fields", {})
    own = {}
    for name, annotation in cls.__annotations__.items():
        default = namespace.pop(name, _GIVEN_NOT)
        if not isinstance(default, _Field):
            default = _Field({} if default is _GIVEN_NOT else {"default": default})
        default.annotation = annotation
        own[name] = default
    fields = inherited | own
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace |= {
        "__slots__": tuple(name for name in own if name not in inherited),
        "__match_args__": tuple(fields),
        "__dataclass_fields__": _Fields(),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__reduce__": _reduced,
        "__replace__": replace,
        "_fields": fields,
    }
    namespace |= {"__eq__": _equal, "__hash__": _hash} if eq else {}
    if shown:
        namespace["__repr__"] = _shown
    made = type(cls)(cls.__name__, cls.__bases__, namespace)
    type.__setattr__(made, "__init__", _initial(made, fields))
    return made


def _initial(cls: type, fields: dict[str, _Field]) -> Any:
    """A constructor that sets each field by its slot."""
    known: dict[str, Any] = {"_given_not": _GIVEN_NOT}
    parameters, lines = [], []
    for name, entry in fields.items():
        known[f"_set_{name}"] = getattr(cls, name).__set__
        value = name
        if "default_factory" in entry.settings:
            known[f"_make_{name}"] = entry.settings["default_factory"]
            parameters.append(f"{name}=_given_not")
            value = f"_make_{name}() if {name} is _given_not else {name}"
        elif "default" in entry.settings:
            known[f"_default_{name}"] = entry.settings["default"]
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    text = "\n".join([f"def __init__(self, {', '.join(parameters)}):", *lines])
    exec(text, known)  # noqa: S102  as `dataclasses` does; the names are those of the fields
    made = known["__init__"]
    made.__annotations__ = {name: entry.annotation for name, entry in fields.items()}
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made


def _values(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__match_args__])


def _equal(self: Any, other: object) -> Any:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _shown(self: Any) -> str:
    known = type(self)._fields.items()
    texts = [f"{name}={getattr(self, name)!r}" for name, entry in known if entry.settings.get("repr", True)]
    return f"{type(self).__qualname__}({', '.join(texts)})"


def _reduced(self: Any) -> Any:
    return type(self), _values(self)


def _refuse(self: Any, name: str, *_: Any) -> None:
    import dataclasses  # as above

    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r} of {type(self).__name__}")
