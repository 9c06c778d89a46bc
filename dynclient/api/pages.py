"""Pages: the next call, as a function of an operation, its arguments and a reply. Nothing is sent here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.api.links import fitting
from dynclient.api.operation import Operation
from dynclient.api.paged import (
    CURRENT,
    LAST,
    MORE,
    NEXT,
    PAGES,
    SAME,
    TOTAL,
    Found,
    Mover,
    Path,
    arrays,
    at,
    found_in,
    plain,
    search,
    the_array,
    told_of,
)
from dynclient.api.signature import MISSING, Arguments
from dynclient.errors import InvalidRequest, InvalidResponse
from dynclient.exchange import Response
from dynclient.names import nearest
from dynclient.pagination import Pagination
from dynclient.problem import Problem
from dynclient.wire.codec import Body

#: A link of a Link header (RFC 8288, section 3): its URL, and its parameters.
_LINK = lazy.pattern(r'<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)')
_PARAMETER = lazy.pattern(r';\s*([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))')
_URL = lazy.pattern(r"(?:https?:/)?/|\?|https?:")
_HINT = "say it with Options(pagination=Pagination(...))"


class Move(NamedTuple):
    """What comes after a page: a URL, or a new value of the parameter that moves on; neither after the last page.

    Attributes:
        url: The URL as the reply gives it, or None.
        mover: The parameter.
        value: Its next value.
        place: Where in the reply it was found, for messages.
    """

    url: str | None = None
    mover: Mover | None = None
    value: Any = None
    place: Path = ()


_END = Move()


class Paging:
    """The pages of one call. Each reply moves it on to the arguments, or the URL, of the next one.

    Args:
        operation: The operation.
        told: How it is paged; found from the document and its replies when None.
        arguments: The arguments of the first page.
        body: The body of the first page.
        most: How many pages there may be; None for no limit.

    Attributes:
        operation: The operation.
        arguments: The arguments of the next page.
        body: Its body.
        url: Its URL, where the latest reply gave one.
        reply: The latest reply.
        is_counted: Whether the next page is one more, of which no reply said that it exists.

    Raises:
        InvalidRequest: `told` names a parameter that the operation does not have.
    """

    def __init__(
        self, operation: Operation, told: Pagination | None, arguments: Arguments, body: Any, most: int | None
    ) -> None:
        self.operation = operation
        self.arguments = arguments
        self.body = body
        self.url: str | None = None
        self.reply: Response | None = None
        self.is_counted = False
        self._most = most
        self._count = self._items = self._largest = 0
        self._base: int | None = None
        self._seen: set[bytes] = set()
        self._ways: set[str] = set()
        try:
            self._found: Found = found_in(operation) if told is None else told_of(operation, told)
            token = self._found.movers.get("token")
            self._next_names = (*NEXT, plain(token[1])) if token is not None and plain(token[1]) in SAME else NEXT
        except LookupError as error:
            name, known = error.args
            hint = nearest(name, known) or f"it has {', '.join(known) or 'none'}"
            problem = Problem(
                "argument", (name,), "unknown", "is neither a parameter of the query nor a member of the body", hint
            )
            raise InvalidRequest(f"{operation.id}: cannot be paged like this", [problem]) from None

    def turn(self) -> bool:
        """Move on from the latest reply; False when it was the last page.

        Raises:
            InvalidResponse: The reply does not tell what comes next, or leads back to an earlier page.
        """
        if self.reply is None:
            return True
        self.is_counted = False
        if self._count == self._most:
            return False
        move = self._next(self.reply)
        if move == _END:
            return False
        self._once(move, self.reply)
        if move.url is not None:
            self.url = move.url
        elif move.mover is not None:
            self._set(move.mover, move.value)
        return True

    def took(self, reply: Response) -> None:
        """Note the reply that is the latest page."""
        self.reply = reply
        self._count += 1
        self._items += len(self._listed(reply.data) or ())

    def items(self, data: Any) -> list[Any]:
        """The items of a page.

        Raises:
            InvalidResponse: The page has no array of items, or several.
        """
        listed = self._listed(data)
        if listed is None:
            several = ", ".join(".".join(place) for place in arrays(data))
            message = f"has several arrays ({several})" if several else "has no array of items"
            raise self.wrong((), message, "say which with Options(pagination=Pagination(items=...))")
        return listed

    def _listed(self, data: Any) -> list[Any] | None:
        """The items of a page; None when it cannot be told which they are."""
        if isinstance(data, list):
            return data
        if self._found.items:
            value = at(data, self._found.items)
            if isinstance(value, list):
                return value
            if not arrays(data) and value in (MISSING, None):  # many servers leave an empty array out
                return []
        place = the_array(arrays(data), self.operation)
        listed: list[Any] | None = at(data, place) if place else None
        return listed

    def _next(self, reply: Response) -> Move:
        """The page after a reply: found in the way that the caller named, else in the first way that applies."""
        found = self._found
        match found.style:
            case "link":
                return self._linked(reply) or _END
            case "url" | "token":
                return self._given(reply) or _END
            case "page" | "offset":
                return self._ended(reply) or self._counted(reply, found.style)
            case "last":
                return self._ended(reply) or self._after_last(reply)
        move = self._linked(reply) or self._given(reply) or self._ended(reply)
        if move is not None:
            return move
        token = found.movers.get("token")
        if token is not None and (plain(token[1]) in LAST or self._place(reply, found.more, MORE) is not None):
            return self._after_last(reply)
        for style in ("offset", "page"):
            if style in found.movers:
                return self._counted(reply, style)
        if token is not None and not self._is_short(len(self._listed(reply.data) or ())):
            raise self.wrong((), "does not tell what comes next", _HINT)
        return _END

    def _linked(self, reply: Response) -> Move | None:
        """By the Link header (RFC 8288); where one was there, or is documented, its absence is the end."""
        url = next_link(reply.headers.get("Link", ""))
        if url is not None:
            self._ways.add("link")
            return Move(url)
        return _END if self._found.link or "link" in self._ways else None

    def _given(self, reply: Response) -> Move | None:
        """By a URL or a token in the body; where one was there, or is documented, its absence is the end."""
        place = self._place(reply, self._found.next, self._next_names)
        value = at(reply.data, place) if place is not None else MISSING
        if isinstance(value, Mapping):
            place, value = (*(place or ()), "href"), value.get("href")
        if isinstance(value, bool):
            return None if value else _END
        if value in (MISSING, None, "") or not isinstance(value, str | int | float):
            return _END if self._found.next is not None or "next" in self._ways or place is not None else None
        self._ways.add("next")
        is_token = self._found.style == "token"
        if isinstance(value, str) and not is_token and (self._found.style == "url" or _URL.match(value)):
            return Move(value, place=place or ())
        mover = self._taker(value, place or ())
        if mover is None and isinstance(value, str) and not is_token and set(value) & {"/", "?"}:
            return Move(value, place=place or ())  # a relative URL
        if mover is None:
            raise self.wrong(place or (), "no parameter takes the token of the next page", _HINT)
        if mover != self._found.movers.get("token"):
            style = "page" if mover == self._found.movers.get("page") else "offset"
            if int(value) <= self._current(reply, mover, style):  # such as 0
                return _END
        return Move(None, mover, value, place or ())

    def _taker(self, value: Any, place: Path) -> Mover | None:
        """The parameter that takes what a reply says is next."""
        movers = self._found.movers
        number = isinstance(value, int | float) or value.isdigit()
        counting = (
            movers.get("page" if "page" in plain(place[-1]) else "offset") or movers.get("page") or movers.get("offset")
        )
        return movers.get("token") or (counting if number else None)

    def _ended(self, reply: Response) -> Move | None:
        """The end, if the reply says so: nothing more, the last page of all, or all items."""
        more = self._value(reply, self._found.more, MORE)
        return _END if more is False else None

    def _after_last(self, reply: Response) -> Move:
        """By the id of the last item."""
        listed, mover = self._listed(reply.data), self._found.movers["token"]
        if not listed:
            return _END
        value = at(listed[-1], (self._found.key,))
        if not isinstance(value, str | int | float):
            raise self.wrong((), f"the last item has no {self._found.key!r}, which the next page starts after", _HINT)
        return Move(None, mover, value)

    def _counted(self, reply: Response, style: str) -> Move:
        """By a number: of the page, or of the items before it. An empty or short page is the last one."""
        mover, listed = self._found.movers[style], self._listed(reply.data)
        total, pages = self._value(reply, self._found.total, TOTAL), self._value(reply, self._found.pages, PAGES)
        current = self._current(reply, mover, style)
        known = style == "page" and isinstance(pages, int) and not isinstance(pages, bool)
        if known and current - self._start(mover, style) + 1 >= pages:
            return _END
        if listed is None and not known:
            raise self.wrong((), "its items are not known, so that its end is not", _HINT)
        if listed is not None and (not listed or self._is_all(total, current, len(listed), style)):
            return _END
        more = known or isinstance(total, int) or self._value(reply, self._found.more, MORE) is True
        if listed is not None and not more and self._is_short(len(listed)):
            return _END
        self._largest = max(self._largest, len(listed or ()))
        self.is_counted = True
        return Move(None, mover, current + (1 if style == "page" else len(listed or ())))

    def _is_all(self, total: Any, current: int, count: int, style: str) -> bool:
        """Whether a page has the last of all items."""
        if not isinstance(total, int) or isinstance(total, bool) or total < count:
            return False
        before = current if style == "offset" else self._items - count
        return before + count >= total

    def _is_short(self, count: int) -> bool:
        """Whether a page has fewer items than it could: than the one before, or than were asked for and are allowed."""
        if count < max(self._largest, 1):
            return True
        size = self._found.size
        if size is None or size[0] == "body":
            return False
        asked = self.arguments.get(size, self.operation.by_key[size].default)
        allowed = self._limit(size, "maximum")
        return (
            isinstance(asked, int)
            and count < asked
            and (asked <= allowed if allowed is not None else size not in self.arguments)
        )

    def _limit(self, key: Mover, keyword: str) -> Any:
        """A number that the schema of a parameter says."""
        bundle = self.operation.by_key[key].schema.bundle
        root = bundle.root
        value = root.get(keyword) if isinstance(root, Mapping) else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _current(self, reply: Response, mover: Mover, style: str) -> int:
        """The number of the latest page or of its first item: as it was asked for, as the reply says, as the document says."""
        given = (
            self.arguments.get(mover)
            if mover[0] != "body"
            else at(self.body, (mover[1],))
            if self.body is not MISSING
            else None
        )
        if isinstance(given, int) and not isinstance(given, bool):
            return given
        if isinstance(given, str) and given.isdigit():
            return int(given)
        names = [
            name
            for name in CURRENT
            if name == plain(mover[1]) or (style == "page" and name in ("currentpage", "pagenumber", "number"))
        ]
        place = search(reply.data, names)
        said = at(reply.data, place) if place is not None else None
        self._base = said if isinstance(said, int) and not isinstance(said, bool) else self._start(mover, style)
        return self._base

    def _start(self, mover: Mover, style: str) -> int:
        """The number of the first page or item."""
        told = self._found.first if self._found.first is not None else self._base
        if told is not None:
            return told
        usual = 1 if style == "page" or plain(mover[1]) == "startindex" else 0
        if mover[0] == "body":
            return usual
        default, least = self.operation.by_key[mover].default, self._limit(mover, "minimum")
        return default if isinstance(default, int) else least if isinstance(least, int) and least in (0, 1) else usual

    def _value(self, reply: Response, place: Path | None, names: tuple[str, ...]) -> Any:
        place = self._place(reply, place, names)
        return at(reply.data, place) if place is not None else MISSING

    def _place(self, reply: Response, place: Path | None, names: tuple[str, ...]) -> Path | None:
        """A place that is known, else that of the first of these names in the reply."""
        return place if place is not None or self._found.told else search(reply.data, names)

    def _once(self, move: Move, reply: Response) -> None:
        """Refuse to go where the pages were before.

        Raises:
            InvalidResponse: The URL or token repeats, or a page that was counted has the very bytes of the one before.
        """
        counted = move.place == () and move.url is None
        key = hashlib.sha256(
            reply.content if counted else repr((move.url, move.value)).encode("utf-8", "replace")
        ).digest()
        if key in self._seen:
            message = "is the page before once more" if counted else "the next page is one that was there before"
            raise self.wrong(move.place, message, "the pages would never end")
        if counted:
            self._seen.clear()
        self._seen.add(key)

    def _set(self, mover: Mover, value: Any) -> None:
        """Give a parameter, or a member of the body, its next value."""
        self.url = None
        place, name = mover
        if place != "body":
            self.arguments = {**self.arguments, mover: fitting(value, self.operation.by_key[mover].schema.shape)}
        elif isinstance(self.body, Body):
            self.body = Body({**self.body.value, name: value}, self.body.media_type)
        else:
            self.body = {**(self.body or {}), name: value}

    def wrong(self, place: Path, message: str, hint: str) -> InvalidResponse:
        """The error for a reply that does not lead to a next page."""
        if self.reply is None:
            raise AssertionError(message)
        headline = f"{self.operation.id}: page {self._count} ({self.reply.status}) cannot be followed"
        return InvalidResponse(headline, [Problem("body", place, "pagination", message, hint)], self.reply)


def next_link(header: str) -> str | None:
    """The target of the first link of a Link header whose relation is `next` (RFC 8288, section 3); None without one.

    >>> next_link('<https://h/a;b?page=1>; rel="first", </a?page=3>; title="a, b"; rel="last next"')
    '/a?page=3'
    """
    for link in _LINK.finditer(header):
        relations = (part[2] or part[3] for part in _PARAMETER.finditer(link[2]) if part[1].lower() == "rel")
        if "next" in (next(relations, "") or "").lower().split():  # of several, only the first counts
            return link[1].strip()
    return None
