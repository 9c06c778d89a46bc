"""Folding: values in paths and pointers as signs that stand for all of them, and the templates of paths.

>>> inferred("/users/42/orders/9f1c2d3e-0000-4000-8000-000000000000")
'/users/{id}/orders/{id}'
"""

from __future__ import annotations

import re

from dynclient import lazy
from dynclient.traffic.masks import looks_random
from dynclient.traffic.placeholders import is_placeholder

#: Segments that are values: numbers, UUIDs, hexadecimal digits, dates, addresses, and names with numbers in them.
_VALUE = lazy.pattern(
    r"(?i)[+-]?\d[\d.,:T+-]*Z?|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{7,}|[^@/]+@[^@/]+\.\w+|(?=\D*\d)[\w.~%-]{16,}"
    r"|(?=.*\d)(?=.*[A-Z])[A-Z0-9_-]{6,}"
)


def inferred(path: str) -> str:
    """Return the template of a path, its values replaced by `{id}`."""
    return "/".join("{id}" if _is_value(segment) else segment for segment in path.split("/"))


def _is_value(segment: str) -> bool:
    if re.fullmatch(r"v\d+(\.\d+)*", segment):  # a version of the API
        return False
    return bool(_VALUE.fullmatch(segment)) or is_placeholder(segment) or looks_random(segment)


def folded_token(token: str | int) -> str:
    """Return a token of a pointer, with array indices and ids as signs that stand for all of them."""
    if isinstance(token, int):
        return "*"
    return "{id}" if any(sign.isdigit() for sign in token) and _is_value(token) else token


def template_of(path: str) -> str:
    """Return the template of a path, its values named after what stands in front of them.

    >>> template_of("/users/42/orders/7/8")
    '/users/{userId}/orders/{orderId}/{id}'
    """
    found: list[str] = []
    used: set[str] = set()
    for segment in inferred(path).split("/"):
        if segment == "{id}":
            name = _id_name(found[-1] if found else "")
            unique = next(each for each in (name, *(f"{name}{number}" for number in range(2, 99))) if each not in used)
            used.add(unique)
            found.append(f"{{{unique}}}")
        else:
            found.append(segment.replace("{", "%7B").replace("}", "%7D"))
    return "/".join(found)


def _id_name(before: str) -> str:
    if not before.isidentifier():
        return "id"
    single = before[:-3] + "y" if before.endswith("ies") else before.removesuffix("s")
    return f"{single}Id" if single else "id"
