"""Nested values as names with brackets, the style `deepObject`: `a[b][c]=1`, encode beside decode.

The specification defines an object of scalars: `a[b]=1` (OpenAPI, Style Values). What it leaves open is written as the servers read
it that use this notation: an object nests, and an item of an array has its index, `a[0]=1` and `a[b][0][c]=1`, so that an array
of objects can be told apart. Read are also `a[]=1` and a name that is repeated. What is empty has no form, except that an
array's absence stands for an array without items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from dynclient import lazy
from dynclient.problem import show
from dynclient.schema.bundle import Shape
from dynclient.wire.scalar import ParamError, Quote, scalar, value_of

_KEYS = lazy.pattern(r"\[([^\]]*)\]")
_INDEX = lazy.pattern(r"(0|[1-9][0-9]{0,8})?\Z")
_DEEPEST = 64

#: Names inside of names, with the texts of each innermost one.
_Tree = dict[str, "_Tree | list[str]"]


def bracketed(name: str, value: Any, quoted: Quote) -> Iterator[tuple[str, str]]:
    """The pairs of an object or array.

    Raises:
        ParamError: A key holds a bracket, or an object inside of the value is empty.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if "[" in key or "]" in key:
                raise ParamError(f"the key {show(key)} holds a bracket, which this style cannot carry")
            yield from bracketed(f"{name}[{key}]", _not_empty(key, item), quoted)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from bracketed(f"{name}[{index}]", _not_empty(index, item), quoted)
    else:
        yield quote(name, safe=""), quoted(scalar(value))


def _not_empty(key: str | int, item: Any) -> Any:
    if isinstance(item, Mapping) and not item:
        raise ParamError(f"the object at {show(key)} is empty, which this style cannot carry")
    return item


def from_bracketed(name: str, pairs: list[tuple[str, str]], shape: Shape, unquoted: Callable[[str], str]) -> Any:
    """The object or array of the pairs whose names are this one and brackets; None when there are none.

    Raises:
        ParamError: A name stands for a value and for an object, or is nested too deeply.
    """
    tree: _Tree = {}
    for raw, text in pairs:
        full = unquoted(raw)
        if full.startswith(f"{name}["):
            _store(tree, _KEYS.findall(full[len(name) :]), unquoted(text))
    return _value(tree, shape) if tree else None


def _store(tree: _Tree, keys: list[str], text: str) -> None:
    if not 0 < len(keys) <= _DEEPEST:
        raise ParamError(f"has {len(keys)} names in brackets, and 1 to {_DEEPEST} can be read")
    for key in keys[:-1]:
        inner = tree.setdefault(key, {})
        if isinstance(inner, list):
            raise ParamError(f"{show(key)} is given as a value and as an object")
        tree = inner
    texts = tree.setdefault(keys[-1], [])
    if isinstance(texts, dict):
        raise ParamError(f"{show(keys[-1])} is given as a value and as an object")
    texts.append(text)


def _value(tree: _Tree | list[str], shape: Shape) -> Any:
    if isinstance(tree, list):
        if shape.is_only("array") or (shape.may_be("array") and len(tree) > 1):
            return [value_of(text, shape.item) for text in tree]
        return value_of(tree[-1], shape)
    if shape.may_be("array") and all(map(_INDEX.match, tree)) and not shape.is_only("object"):
        return list(_items(tree, shape.item))
    return {key: _value(inner, shape.member(key)) for key, inner in tree.items()}


def _items(tree: _Tree, shape: Shape) -> Iterator[Any]:
    """The items in the order of their indices; those of `a[]` stand where they were given, before them."""
    for key in sorted(tree, key=lambda key: int(key or -1)):
        inner = tree[key]
        if isinstance(inner, list):
            yield from (value_of(text, shape) for text in inner)
        else:
            yield _value(inner, shape)
