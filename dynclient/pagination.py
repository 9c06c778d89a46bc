"""How an operation is paged, where the document does not say it, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from dynclient.names import explains_arguments

#: `link` and `url` follow a URL: of the Link header, of the body. `token` sends a value of the body back. `page` and `offset` count, `last` sends
#: a member of the last item.
PageStyle = Literal["link", "url", "token", "page", "offset", "last"]

_STYLES = ("link", "url", "token", "page", "offset", "last")
_NEED_PARAMETER = ("token", "page", "offset", "last")


@dataclass(frozen=True, slots=True)
class Pagination:
    """How the pages of an operation follow each other. Places in a reply are names joined by dots (`meta.next`), or JSON pointers (`/meta/next`).

    Attributes:
        style: How the next page is asked for: `link` (Link header), `url` (a URL in the body), `token` (a value of the body, sent back), `page` (a
            number), `offset` (how many items came before), or `last` (a member of the last item). By default `token` for `next` with a
            `parameter`, `url` for `next` alone, and `link` for neither.
        parameter: The parameter, or the member of the request body, that moves on.
        next: The place of the URL or token of the next page.
        items: The place of the array of items; "" for a reply that is an array.
        more: The place of what tells whether there are more pages.
        total: The place of the number of all items.
        pages: The place of the number of all pages.
        size: The parameter for the number of items of a page.
        first: The number of the first page or item, for `page` and `offset`.
        key: The member of the last item, for `last`.

    Raises:
        ValueError: These do not go together.
        TypeError: There is no such argument.
    """

    style: PageStyle | None = None
    parameter: str | None = None
    next: str | None = None
    items: str | None = None
    more: str | None = None
    total: str | None = None
    pages: str | None = None
    size: str | None = None
    first: int | None = None
    key: str = "id"

    def __post_init__(self) -> None:
        for each in fields(self):
            value: Any = getattr(self, each.name)
            kind = int if each.name == "first" else str
            if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
                raise ValueError(f"{each.name} must be {'a whole number' if kind is int else 'text'}, not {value!r}")
        if self.style is None:
            if self.parameter and not self.next:
                raise ValueError(
                    f"say how {self.parameter!r} moves on: style='page', 'offset' or 'last', or next='PLACE'"
                )
            object.__setattr__(self, "style", "link" if not self.next else "token" if self.parameter else "url")
        if self.style not in _STYLES:
            raise ValueError(f"style must be one of {', '.join(_STYLES)}, not {self.style!r}")
        if self.style in _NEED_PARAMETER and not self.parameter:
            raise ValueError(f"the style {self.style!r} needs a parameter")
        if self.style in ("url", "token") and not self.next:
            raise ValueError(f"the style {self.style!r} needs next, the place of the {self.style} in the reply")


Pagination.__init__ = explains_arguments(Pagination.__init__)  # type: ignore[method-assign]  # a dataclass makes its own
