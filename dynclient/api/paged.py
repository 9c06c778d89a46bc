"""What a document says of an operation's pages: extensions, and the names of parameters and properties.

Names count without case and punctuation: `page[number]` is `pageNumber`, `@odata.nextLink` is `nextLink`. Weak names (`from`, `after`) count only
beside a parameter for the size, or a place for what is next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.pagination import Pagination
from dynclient.schema.shape import Shape

#: The member that moves on: (location, name); the location of a member of the body is "body".
Mover = tuple[str, str]
Path = tuple[str, ...]

_PUNCTUATION = lazy.pattern(r"[^a-z0-9]")

NEXT = (
    "odatanextlink", "nextlink", "nextpagelink", "nexturl", "nexturi", "nextpageurl", "nextpageuri", "nexthref",
    "nextpagetoken", "nexttoken", "nextcursor", "nextpagecursor", "nextmarker", "nextcontinuationtoken", "continuationtoken",
    "paginationtoken", "nextpage", "next", "nextoffset", "nextstart", "nextkey", "nextpagekey", "nextpageid", "endcursor", "scrollid", "continue",
)  # fmt: skip
#: Places that say what is next only where a parameter has the same name.
SAME = ("cursor", "marker", "after", "pagetoken", "startkey", "offset")
MORE = ("hasmore", "hasnext", "hasnextpage", "hasmoreitems", "more", "istruncated", "moreresults", "moreitems")
TOTAL = (
    "odatacount", "totalcount", "totalitems", "totalresults", "totalrecords", "totalelements", "totalhits", "totalsize", "total",
)  # fmt: skip
PAGES = ("totalpages", "pagecount", "pagestotal", "numpages", "lastpage", "pages")
CURRENT = (
    "page",
    "currentpage",
    "pagenumber",
    "number",
    "pageindex",
    "offset",
    "startindex",
    "start",
    "skip",
    "startat",
)
_AROUND = (
    "links", "meta", "metadata", "paging", "pagination", "page", "pageinfo", "pagedetails", "cursors", "cursor", "next",
    "responsemetadata", "data", "result", "response",
)  # fmt: skip
_CURSORS = (
    "pagetoken", "nexttoken", "nextpagetoken", "cursor", "pagecursor", "nextcursor", "continuationtoken", "nextmarker", "paginationtoken",
    "startingafter", "skiptoken", "scrollid", "pageafter", "continue", "marker", "after", "afterid", "sinceid", "startkey", "lastid",
)  # fmt: skip
_PAGES = ("page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage", "p")
_OFFSETS = ("offset", "skip", "pageoffset", "startindex", "startat", "startposition", "start", "from")
_SIZES = (
    "top", "perpage", "limit", "maxresults", "pagesize", "size", "take", "rows", "maxrecords", "maxitems", "pagelimit", "resultsperpage",
    "itemsperpage", "count", "num",
)  # fmt: skip
_WEAK = frozenset({"p", "from", "start", "after", "continue", "marker", "sinceid", "startkey", "lastid", "skip"})
#: The parameters that take the id of the last item.
LAST = frozenset({"startingafter", "afterid", "sinceid", "lastid"})
_ITEMS = (
    "items", "data", "results", "value", "values", "records", "entries", "list", "rows", "objects", "content", "elements",
    "resources", "members", "hits", "collection",
)  # fmt: skip
_NOT_ITEMS = frozenset({"errors", "warnings", "links", "included", "facets", "aggregations", "columns", "messages"})


class Found(NamedTuple):
    """What a document says of an operation's pages; None and empty where it says nothing.

    Attributes:
        told: Whether it says it on purpose, or the user does, so that nothing else counts.
        style: The style that was said; None to take what the reply has.
        movers: The parameters that move on, by style: `token`, `page`, `offset`.
        size: The parameter for the number of items of a page.
        next, more, total, pages, items: Places in the reply.
        link: Whether the reply documents a Link header.
        first: The number of the first page or item.
        key: The member of the last item that the next page starts after.
    """

    told: bool = False
    style: str | None = None
    movers: Mapping[str, Mover] = {}
    size: Mover | None = None
    next: Path | None = None
    more: Path | None = None
    total: Path | None = None
    pages: Path | None = None
    items: Path | None = None
    link: bool = False
    first: int | None = None
    key: str = "id"


@lru_cache(10_000)
def plain(name: str) -> str:
    """A name without case and punctuation."""
    return _PUNCTUATION.sub("", name.lower())


def found_in(operation: Operation) -> Found:
    """Find how an operation is paged, by its document."""
    for extension, read in _EXTENSIONS.items():
        value = operation.node.get(extension)
        try:
            told = read(value) if isinstance(value, Mapping) else None
            if told is not None:
                return told_of(operation, told)
        except (LookupError, ValueError):
            continue  # an extension that does not fit the operation says nothing
    reply = success(operation)
    shape = reply.schema.shape if reply is not None else None
    places = _by_name(_inside_shape(shape)) if shape is not None else {}
    documented = _names(operation)
    size, following = _first(documented, _SIZES), _best(places, NEXT)
    strong = size is not None or following is not None
    usable = {name: mover for name, mover in documented.items() if strong or name not in _WEAK}
    token = _first(usable, _CURSORS)
    if following is None and token is not None and plain(token[1]) in SAME:
        following = _best(places, (plain(token[1]),))
    movers = {"token": token, "page": _first(usable, _PAGES), "offset": _first(usable, _OFFSETS)}
    return Found(
        movers={style: mover for style, mover in movers.items() if mover is not None},
        size=size,
        next=following,
        more=_best(places, MORE),
        total=_best(places, TOTAL),
        pages=_best(places, PAGES),
        items=_array_in(shape, operation),
        link=_documents_link(operation),
    )


def told_of(operation: Operation, told: Pagination) -> Found:
    """What somebody says of an operation's pages, with what the document knows of the items.

    Raises:
        LookupError: The operation has no such parameter; its arguments are the name, and the names that there are.
    """
    documented = _names(operation)
    by_name = {mover[1]: mover for mover in reversed(documented.values())}
    for name in filter(None, (told.parameter, told.size)):
        if name not in by_name:
            raise LookupError(name, sorted(by_name))
    style = str(told.style)
    movers = {style if style in ("page", "offset") else "token": by_name[told.parameter]} if told.parameter else {}
    reply = success(operation)
    items = _array_in(reply.schema.shape if reply is not None else None, operation)
    return Found(
        told=True,
        style=style,
        movers=movers,
        size=by_name[told.size] if told.size else _first(documented, _SIZES),
        next=split(told.next),
        more=split(told.more),
        total=split(told.total),
        pages=split(told.pages),
        items=items if told.items is None else split(told.items),
        first=told.first,
        key=told.key,
    )


def split(place: str | None) -> Path | None:
    """The names of a place; a name may hold dots, so that they are tried together, too."""
    if place is None:
        return None
    if place.startswith("/"):
        return tuple(token.replace("~1", "/").replace("~0", "~") for token in place.split("/")[1:])
    return tuple(filter(None, place.removeprefix("$").removeprefix(".").split(".")))


def at(data: Any, place: Sequence[str]) -> Any:
    """The value at a place; MISSING without one."""
    if not place:
        return data
    if not isinstance(data, Mapping):
        return MISSING
    for end in range(len(place), 0, -1):
        name = ".".join(place[:end])
        if name in data:
            return at(data[name], place[end:])
    return MISSING


def search(data: Any, names: Sequence[str]) -> Path | None:
    """The place of the first of these names in a reply."""
    return _best(_by_name(_inside_data(data)), names)


def arrays(data: Any) -> list[Path]:
    """The places of the arrays in a reply: at the top, else one below."""
    if not isinstance(data, Mapping):
        return []
    top: list[Path] = [(name,) for name, value in data.items() if isinstance(value, list)]
    below: Iterator[Path] = (
        (name, inner)
        for name, value in data.items()
        if isinstance(value, Mapping)
        for inner, each in value.items()
        if isinstance(each, list)
    )
    return top or list(below)


def the_array(places: Sequence[Path], operation: Operation) -> Path | None:
    """The one array that has the items; None when that cannot be told."""
    places = [place for place in places if plain(place[-1]) not in _NOT_ITEMS] or list(places)
    if len(places) == 1:
        return places[0]
    by_name = {plain(place[-1]): place for place in reversed(places)}
    segments = [part for part in operation.path.split("/") if part and "{" not in part]
    wanted = (*(plain(part) for part in reversed(segments[-1:])), *_ITEMS)
    return next((by_name[name] for name in wanted if name in by_name), None)


def success(operation: Operation) -> Content | None:
    """The documented body of a success, in JSON if there is one."""
    reply = operation.reply(200) or next(
        (operation.replies[key] for key in operation.replies if key.startswith("2")), None
    )
    contents = list(reply.contents.values()) if reply is not None else []
    return next((content for content in contents if content.json_type), contents[0] if contents else None)


def _documents_link(operation: Operation) -> bool:
    reply = operation.reply(200)
    return reply is not None and any(header.wire.name.lower() == "link" for header in reply.headers)


def _names(operation: Operation) -> dict[str, Mover]:
    """The parameters of the query, and the members of a JSON body, by their plain names."""
    found = {plain(name): (place, name) for place, name in operation.by_key if place in ("query", "header")}
    body = operation.body.json if operation.body is not None else None
    for name in body.schema.shape.properties if body is not None else ():
        found.setdefault(plain(name), ("body", name))
    return found


def _first(documented: Mapping[str, Mover], names: Sequence[str]) -> Mover | None:
    return next((documented[name] for name in names if name in documented), None)


def _by_name(places: Iterable[Path]) -> dict[str, Path]:
    """The places by the plain names of their members: of several with one name the outermost, the first by the alphabet."""
    found: dict[str, Path] = {}
    for place in places:
        known = found.setdefault(plain(place[-1]), place)
        if (len(place), place) < (len(known), known):
            found[plain(place[-1])] = place
    return found


def _best(places: Mapping[str, Path], names: Sequence[str]) -> Path | None:
    """The place whose name comes first in a list of names."""
    return next((places[name] for name in names if name in places), None)


def _inside_shape(shape: Shape, above: Path = ()) -> Iterator[Path]:
    """The places of members that no array stands around, to a depth of three."""
    for name in shape.properties:
        member = shape.properties[name]
        nested = len(above) < 2 and plain(name) in _AROUND and bool(member.properties)
        if nested:
            yield from _inside_shape(member, (*above, name))
        if not nested or "href" in member.properties:
            yield (*above, name)


def _inside_data(data: Any, above: Path = ()) -> Iterator[Path]:
    for name, value in data.items() if isinstance(data, Mapping) else ():
        nested = len(above) < 2 and plain(name) in _AROUND and isinstance(value, Mapping)
        if nested:
            yield from _inside_data(value, (*above, name))
        if not nested or "href" in value:
            yield (*above, name)


def _array_in(shape: Shape | None, operation: Operation) -> Path | None:
    if shape is None or shape.is_only("array"):
        return () if shape is not None else None
    properties = shape.properties
    top = [(name,) for name in properties if properties[name].is_only("array")]
    below = (
        (name, inner)
        for name in properties
        for inner, each in properties[name].properties.items()
        if each.is_only("array")
    )
    return the_array(top or list(below), operation)


def _microsoft(value: Mapping[str, Any]) -> Pagination | None:
    """`x-ms-pageable` (AutoRest): the names of the next URL and of the items; a name that is null means a single page."""
    name, items = value.get("nextLinkName"), value.get("itemName", "value")
    return (
        Pagination(next=f"/{_escaped(name)}", items=f"/{_escaped(str(items))}")
        if isinstance(name, str) and name
        else None
    )


def _speakeasy(value: Mapping[str, Any]) -> Pagination | None:
    """`x-speakeasy-pagination`: inputs by type, outputs as JSONPaths."""
    inputs = [each for each in value.get("inputs") or () if isinstance(each, Mapping)]
    names = {str(each.get("type")): str(each.get("name")) for each in inputs}
    raw = value.get("outputs")
    outputs: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    items, size, pages = outputs.get("results"), names.get("limit"), outputs.get("numPages")
    match value.get("type"):
        case "cursor" if "cursor" in names:
            return Pagination(parameter=names["cursor"], next=outputs.get("nextCursor"), items=items, size=size)
        case "url":
            return Pagination("url", next=outputs.get("nextUrl"), items=items, size=size)
        case "offsetLimit" if "page" in names:
            return Pagination("page", names["page"], pages=pages, items=items, size=size)
        case "offsetLimit" if "offset" in names:
            return Pagination("offset", names["offset"], items=items, size=size)
    return None


def _fern(value: Mapping[str, Any]) -> Pagination | None:
    """`x-fern-pagination`: `$request.NAME` and `$response.PLACE`."""
    raw = {name: text for name, text in value.items() if isinstance(text, str)}
    texts = {name: text.removeprefix("$request.").removeprefix("$response.") for name, text in raw.items()}
    items = texts.get("results")
    if "cursor" in texts:
        return Pagination(parameter=texts["cursor"], next=texts.get("next_cursor"), items=items)
    if "next_uri" in texts:
        return Pagination(next=texts["next_uri"], items=items)
    if "offset" in texts:
        counts = plain(texts["offset"]) in _PAGES
        return Pagination("page" if counts else "offset", texts["offset"], more=texts.get("has-next-page"), items=items)
    return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


_EXTENSIONS = {"x-ms-pageable": _microsoft, "x-speakeasy-pagination": _speakeasy, "x-fern-pagination": _fern}
