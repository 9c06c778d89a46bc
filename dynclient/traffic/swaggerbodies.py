"""Bodies in Swagger 2.0, as an Overlay adds them: the media types belong to the operation, and all bodies of a reply or a request share one schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dynclient.traffic.amendment import Amendment, NotMended, PlacePath
from dynclient.traffic.outline import content
from dynclient.traffic.profile import Profile
from dynclient.wire.mediatype import parse

_JSON = "application/json"
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def add_swagger_body(amendment: Amendment, side: str, at: PlacePath, bodies: Mapping[str, Profile | None]) -> None:
    """Let an operation send or receive bodies of media types that it does not document.

    Args:
        amendment: The document.
        side: `request` or `response`.
        at: The operation, its body parameter, or its reply.
        bodies: What was seen of the bodies, by media type.

    Raises:
        NotMended: Swagger 2.0 cannot say so, or the place is shared by operations.
    """
    if at[:1] != ("paths",):
        raise NotMended("several operations share the place, and each has its own media types")
    operation = at[:3]
    if side == "request":
        _add_request(amendment, at, bodies)
    elif at[3:4] == ("responses",) and len(at) == 5:
        _add_reply(amendment, amendment.followed(at), bodies)
    else:
        raise NotMended("the body is not what its media type says")
    _allow_kinds(amendment, operation, "consumes" if side == "request" else "produces", bodies)


def _add_reply(amendment: Amendment, at: PlacePath, bodies: Mapping[str, Profile | None]) -> None:
    here = amendment.get(at)
    if "schema" in here:
        _must_fit(amendment, (*at, "schema"), bodies)
    else:
        amendment.update(at, {"schema": _schema_of(bodies, complete=True)})


def _add_request(amendment: Amendment, at: PlacePath, bodies: Mapping[str, Profile | None]) -> None:
    if not _FORMS.isdisjoint(bodies):
        raise NotMended("Swagger 2.0 describes a form as parameters, not as a body")
    if len(at) == 3:
        described = amendment.get(at).get("parameters", ())
        places = [amendment.get(amendment.followed((*at, "parameters", index))) for index in range(len(described))]
        if any(each.get("in") in ("body", "formData") for each in places):
            raise NotMended("Swagger 2.0 has one body for an operation, or a form")
        schema = _schema_of(bodies, complete=False)
        amendment.update(at, {"parameters": [{"name": "body", "in": "body", "schema": schema}]})
        return
    here = amendment.get(amendment.followed(at))
    if here.get("in") != "body":
        raise NotMended("the body is not what its media type says")
    _must_fit(amendment, (*amendment.followed(at), "schema"), bodies)


def _must_fit(amendment: Amendment, schema: PlacePath, bodies: Iterable[str]) -> None:
    """Refuse media types whose bodies the schema cannot be about, as it is about JSON objects, say.

    Raises:
        NotMended: There are some.
    """
    about = amendment.get(amendment.followed(schema)).get("type")
    other = [kind for kind in bodies if not parse(kind).is_json]
    if other and about not in ("string", "file"):
        raise NotMended(f"Swagger 2.0 has one schema for all media types of a body, and {other[0]} does not fit it")


def _schema_of(bodies: Mapping[str, Profile | None], *, complete: bool) -> object:
    """Return one schema for bodies.

    Raises:
        NotMended: They differ so that there is none.
    """
    schemas = [each["schema"] for each in content(bodies, "2.0", complete=complete).values()]
    if any(each != schemas[0] for each in schemas):
        raise NotMended("Swagger 2.0 has one schema for all media types of a body, and these differ")
    return schemas[0]


def _allow_kinds(amendment: Amendment, operation: PlacePath, name: str, kinds: Iterable[str]) -> None:
    """Add media types to those of an operation, which replace the document's: without any, a body is JSON."""
    own = amendment.get(operation).get(name)
    shared = amendment.data.get(name) or [_JSON]
    known = shared if own is None else own
    more = [kind for kind in kinds if kind not in known]
    if own is not None and more:
        amendment.append((*operation, name), more)
    elif more:
        amendment.update(operation, {name: [*shared, *more]})
