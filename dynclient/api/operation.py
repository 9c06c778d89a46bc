"""An Operation: what a document says of it, each part compiled when it is first used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from dynclient.api.described import Content, Contents, Parameter, Replies, Reply, RequestBody
from dynclient.api.forms import RequestForm, request_form
from dynclient.api.signature import MISSING, Arguments, Binding
from dynclient.errors import SpecError
from dynclient.names import argument_names, snake_case
from dynclient.problem import Problem, show
from dynclient.schema.bundle import ANY
from dynclient.schema.schemas import Schemas
from dynclient.schema.translator import Direction
from dynclient.security.scheme import Requirement, Scheme, carriers_of, secret_names, security_schemes
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.spec.urls import is_url
from dynclient.wire.bodyrules import NO_RULES
from dynclient.wire.mediatype import accept_header, parse
from dynclient.wire.scalar import Wire
from dynclient.wire.servers import Server, server_of
from dynclient.wire.styles import EXPLODING, usable_style
from dynclient.wire.template import Template, normal_path, undescribed_variables

if TYPE_CHECKING:
    import inspect

    from dynclient.api.operations import Operations

LOCATIONS = ("path", "query", "querystring", "header", "cookie")

#: How many forms of requests are remembered: clients may send any names.
_MOST_FORMS = 256

#: The extension that lists former names.
ALIASES = "x-dynclient-aliases"

#: Header parameters that the document cannot describe (OpenAPI, Parameter Object).
NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


def _names_api_version(location: str, name: str) -> bool:
    """Whether a parameter can mean only the version of the API: `api-version` in the query, `Stripe-Version` as a header field."""
    bare = name.lower().replace("-", "").replace("_", "")
    return (location == "header" and bare.endswith("version")) or (location == "query" and bare == "apiversion")


def ignored_headers(document: Document) -> frozenset[str]:
    """Return the header parameters that a document cannot describe; Swagger 2.0 can describe any."""
    return frozenset() if document.version == "2.0" else NOT_PARAMETERS


class Operation:
    """One operation of a document.

    Attributes:
        id: Its operationId, or `METHOD /path` without one.
        method: The HTTP method as it is sent.
        path: The path template; the name of a webhook or a callback.
        node: The place of the Operation Object.
        incoming: Whether the server calls it (a webhook or a callback), at a URL that the document does not know.
        named: Returns its Python name, which depends on the other operations; the name is made from the id when None.
        siblings: The operations of its document, to which its links lead; None for one that was made alone.
    """

    def __init__(
        self,
        schemas: Schemas,
        method: str,
        path: str,
        item: Node,
        node: Node,
        *,
        incoming: bool = False,
        named: Callable[[], str] | None = None,
    ) -> None:
        self.schemas = schemas
        self.document = schemas.document
        self.method = method
        self.path = path
        self.incoming = incoming
        self.item = item
        self.node = node
        declared = node.get("operationId")
        self.key = f"{self.method} {path}"
        self.id = declared if isinstance(declared, str) and declared else self.key
        self.named = named
        self.siblings: Operations | None = None

    @cached_property
    def python_name(self) -> str:
        """The attribute of a client that calls it; no other operation of the document has the same."""
        return snake_case(self.id) if self.named is None else self.named()

    @cached_property
    def summary(self) -> str:
        """Its summary: one line."""
        return str(self.node.get("summary") or "").strip()

    @cached_property
    def description(self) -> str:
        """Its description."""
        return str(self.node.get("description") or "").strip()

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        tags = self.node.get("tags")
        return tuple(map(str, tags)) if isinstance(tags, list) else ()

    @cached_property
    def deprecated(self) -> bool:
        """Whether the document advises against it."""
        return self.node.get("deprecated") is True

    @cached_property
    def supplied(self) -> dict[tuple[str, str], str]:
        """What its parameters of query and header get without an argument: the only text that a required one may have, and the version.

        The version is the default of a required parameter that is called so, the default or the only text of an optional one that can mean only
        the version of the API, or what the settings say that requests send.
        """
        found = {key: text for key, text in self.telling.items() if text is not None}
        for key, parameter in self.by_key.items():
            if _names_api_version(*key) or (key in self.telling and "version" in key[1].lower()):
                given = parameter.default if isinstance(parameter.default, str | int) else None
                text = str(given) if given is not None else parameter.only_text
                if text is not None:
                    found.setdefault(key, text)
        return found | (
            {self.sends_key: self.sends[2]} if self.sends is not None and self.sends_key is not None else {}
        )

    @property
    def sends(self) -> tuple[str, str, str] | None:
        """Where its requests name the version of the document: location, name and value; None when they do not."""
        return None if self.incoming else self.document.placed.sends

    @cached_property
    def sends_key(self) -> tuple[str, str] | None:
        """The key of the parameter that names the version there; None when no parameter describes it."""
        return None if self.sends is None else self._key_like(*self.sends[:2])

    @cached_property
    def version_fields(self) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
        """The header fields and the query parameters that name the version and that no parameter describes."""
        if self.sends is None or self.sends_key is not None:
            return (), {}
        location, name, value = self.sends
        return (((name, value),), {}) if location == "header" else ((), {name: value})

    def versioned(self, url: str) -> str:
        """Return a URL that a server gave (of a redirect, of a next page) with the version of this document in its query.

        It changes only where requests name the version in the query: the URL may come from the time of another version.
        """
        if self.sends is None or self.sends[0] != "query":
            return url
        start, hash_, fragment = url.partition("#")
        path, _, query = start.partition("?")
        name, value = quote(self.sends[1], safe=""), quote(self.sends[2], safe="")
        kept = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != self.sends[1]]
        return f"{path}?{'&'.join([*kept, f'{name}={value}'])}{hash_}{fragment}"

    def _key_like(self, location: str, name: str) -> tuple[str, str] | None:
        """Return the key of the parameter that sends this name."""
        same = (lambda other: other.lower() == name.lower()) if location == "header" else name.__eq__
        return next((key for key in self.by_key if key[0] == location and same(key[1])), None)

    @cached_property
    def parameter_nodes(self) -> dict[tuple[str, str], Node]:
        """The places of its parameters by location and name, in the documented order; its own override those of the path item.

        Raises:
            SpecError: Something there is not a Parameter Object, or a reference has no target.
        """
        nodes: dict[tuple[str, str], Node] = {}
        for entry in (*self.item.child("parameters").items(), *self.node.child("parameters").items()):
            node = self.document.follow(entry)
            name, location = node.get("name"), node.get("in")
            if not isinstance(name, str) or location not in LOCATIONS:
                raise self.document.error(node, "parameter", "a parameter needs a `name` and an `in`")
            if location == "header":
                if name.lower() in ignored_headers(self.document):
                    continue
                same = [key for key in nodes if key[0] == "header" and key[1].lower() == name.lower()]
                for key in same:  # field names are case-insensitive (RFC 9110, section 5.1)
                    del nodes[key]
            nodes[location, name] = node
        return nodes

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters in the documented order; those of the path item come first, less those that it overrides."""
        nodes = self.parameter_nodes
        undescribed = undescribed_variables(self.template, nodes)
        if undescribed:
            message = f"the path {self.path} has variables that no parameter describes: {', '.join(undescribed)}"
            raise self.document.error(self.node, "parameter", message)
        names = argument_names(list(nodes))
        return tuple(self._parameter(node, *key, names[key]) for key, node in nodes.items())

    def _parameter(
        self, node: Node, location: str, name: str, python_name: str, direction: Direction = "request"
    ) -> Parameter:
        contents = self._contents(node, direction)
        content = next(iter(contents.values()), None)
        if content is None and location == "querystring":
            raise self.document.error(node, "content", "`in: querystring` needs `content`")
        written = node.get("style") if content is None else None  # a style describes a schema, not `content`
        style = usable_style(location, written)
        if style is None and direction == "request":
            raise self.document.error(node, "style", f"a {location} parameter cannot have the style {show(written)}")
        style = style or "simple"  # the only style of a response header (OpenAPI, Header Object)
        place = (content.node if content else node).child("schema")
        schema = content.schema if content else self.schemas.compile(place, direction)
        wire = Wire(
            name,
            location,
            style,
            bool(node.get("explode", style in EXPLODING)),
            node.get("allowReserved") is True,
            content.media_type if content else None,
            ANY if content else schema.shape,
            location == "query" and node.get("allowEmptyValue") is True,
            content.rules if content else NO_RULES,
        )
        required = location == "path" or node.get("required") is True
        description = str(node.get("description") or "").strip()
        carrier = (location, name.lower())
        secret = carrier == ("header", "authorization") or (location != "path" and carrier in self._carriers)
        deprecated = node.get("deprecated") is True
        default, aliases = self._default(place), former_names(node)
        return Parameter(wire, python_name, required, schema, description, deprecated, default, secret, aliases)

    def _default(self, schema: Node) -> Any:
        """The default of a schema, which may be a reference; a broken reference is reported when the schema is used."""
        if schema.value is None:
            return MISSING
        try:
            return self.document.follow(schema).get("default", MISSING)
        except SpecError:
            return MISSING

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Parameter]:
        """Its parameters by location and name."""
        return {parameter.key: parameter for parameter in self.parameters}

    @cached_property
    def negotiated(self) -> frozenset[tuple[str, str]]:
        """Its parameters, by location and name, that are the Accept or the Content-Type of a request (Swagger 2.0).

        Without an argument they have the value that every request gets.
        """
        fields = ("accept", "content-type")
        return frozenset(key for key in self.by_key if key[0] == "header" and key[1].lower() in fields)

    @cached_property
    def by_name(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The locations and names of its parameters by name alone."""
        names: dict[str, tuple[tuple[str, str], ...]] = {}
        for key in self.by_key:
            names[key[1]] = (*names.get(key[1], ()), key)
        return names

    @cached_property
    def telling(self) -> dict[tuple[str, str], str | None]:
        """Its required parameters of query and header, each with the only text that it may have; None where it may have several."""
        return {
            part.key: part.only_text for part in self.parameters if part.required and part.key[0] in ("query", "header")
        }

    @cached_property
    def wire_name(self) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Its method and URL less the variables: operations that share it cannot be told apart by method and URL alone."""
        return self.method, self.template.path.literals, tuple(pair.literals for pair in self.template.pairs)

    @cached_property
    def body(self) -> RequestBody | None:
        """Its request body, or None when the document describes none."""
        node = self.node.child("requestBody")
        if node.value is None:
            return None
        node = self.document.follow(node)
        by_type = self._contents(node, "request")
        contents = by_type.values()
        names = [snake_case(content.schema_name) for content in contents if content.schema_name]
        taken = {parameter.python_name for parameter in self.parameters}
        taken |= {parameter.wire.name for parameter in self.parameters}
        last = (f"request_body{count or ''}" for count in range(len(taken) + 1))
        python_name = next(name for name in (*names, "body", "body_", *last) if name not in taken)
        description = str(node.get("description") or "").strip()
        plainly = next((content for content in contents if parse(content.media_type).takes_json), None)
        json = plainly if plainly is not None and plainly.json_type else None
        return RequestBody(node.get("required") is True, by_type, python_name, description, json, former_names(node))

    @cached_property
    def replies(self) -> Mapping[str, Reply]:
        """Its documented responses by the document's key (`200`, `4XX`, `default`), each compiled when it is first used."""
        # in a mapping from another YAML reader, a status may be a number
        documented = {str(status): node for status, node in self.node.child("responses").children()}
        return Replies({key: node for key, node in documented.items() if not key.startswith("x-")}, self._reply)

    def _reply(self, status: str, node: Node) -> Reply:
        node = self.document.follow(node)
        description = str(node.get("description") or "").strip()
        nodes = {
            name: self.document.follow(entry)
            for name, entry in node.child("headers").children()
            if name.lower() != "content-type"  # it is described by `content` (OpenAPI, Response Object)
        }
        headers = tuple(
            self._parameter(entry, "header", name, snake_case(name), "response") for name, entry in nodes.items()
        )
        links = {name: self.document.follow(entry) for name, entry in node.child("links").children()}
        return Reply(status, description, self._contents(node, "response"), headers, nodes, links)

    @cached_property
    def reply(self) -> Callable[[int], Reply | None]:
        """Gives the documented response for a status: by the status itself, its range, or the default (OpenAPI, Responses Object)."""
        return cache(self._documented)

    def _documented(self, status: int) -> Reply | None:
        keys = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((self.replies[key] for key in keys if key in self.replies), None)

    def is_answered_by(self, redirect: int) -> bool:
        """Whether a redirect of this status is the reply itself: the document describes it, and no success (2xx)."""
        keys = {key.upper() for key in self.replies}
        return not any(key.startswith("2") for key in keys) and bool({str(redirect), "3XX"} & keys)

    def _contents(self, node: Node, direction: Direction) -> Contents:
        listed = node.child("content").children()
        return Contents(
            (media_type, Content(media_type, self.document.follow(child), self.schemas, direction))
            for media_type, child in listed
        )

    @cached_property
    def accept(self) -> str:
        """The Accept header: every documented media type of its responses, those of success first."""
        nodes = self.node.child("responses").children()
        documented = [(str(status), node) for status, node in nodes if not str(status).startswith("x-")]
        documented.sort(key=lambda item: item[0][:1] != "2")
        contents = [self.document.follow(node).get("content") for _, node in documented]
        return accept_header([kind for content in contents if isinstance(content, Mapping) for kind in content])

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        """The document's security schemes by id, and those that its requirements name by URI."""
        return security_schemes(self.document, self._requirements)

    @cached_property
    def _requirements(self) -> Node:
        own = self.node.child("security")
        return self.document.root.child("security") if own.value is None else own

    @cached_property
    def security(self) -> tuple[Requirement, ...]:
        """Its security requirements: alternatives, one of which must be met; empty when it is open."""
        return tuple(
            {
                name: tuple(scope.value for scope in scopes.items() if isinstance(scope.value, str))
                for name, scopes in alternative.children()
            }
            for alternative in self._requirements.items()
        )

    @cached_property
    def form(self) -> Callable[[tuple[str, ...], tuple[str, ...]], RequestForm]:
        """Gives what the names in a request tell: those of its header fields, in lower case, and those in its query, percent-encoded."""
        schemes = self.schemes if self.security else {}
        return lru_cache(_MOST_FORMS)(partial(request_form, self.parameters, self.security, schemes))

    @cached_property
    def _carriers(self) -> frozenset[tuple[str, str]]:
        return carriers_of(self.schemes.values())

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The lower-case names of what carries credentials in its requests, by its schemes or by the format of a parameter."""
        hidden = (parameter for parameter in self.parameters if parameter.schema.shape.format == "password")
        return secret_names(self.schemes.values()) | {parameter.wire.name.lower() for parameter in hidden}

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """The names of the path parameters that are secret."""
        return tuple(name for place, name in self.by_key if place == "path" and name.lower() in self.secrets)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Its servers: its own, else those of its path, else those of the document (OpenAPI, Server Object)."""
        return servers_in(self.document, self.server_owner)

    @property
    def server_owner(self) -> Node:
        """The part of the document that lists its servers: itself, its path item, or the root."""
        return next(filter(_server_objects, (self.node, self.item)), self.document.root)

    @cached_property
    def base_paths(self) -> tuple[str, ...]:
        """What URL paths may start with before `path`: the paths of its servers, the longest first, and the empty path."""
        paths = {normal_path(path) for server in self.servers for path in server.paths()} | {""}
        return tuple(sorted(paths, key=len, reverse=True))

    @cached_property
    def base_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The same for servers with a variable in their path that may have any value."""
        return tuple(filter(None, (server.path_pattern(normal_path) for server in self.servers)))

    def may_stand_behind(self, base: str) -> bool:
        """Whether URL paths may start with this base before `path`."""
        return base in self.base_paths or any(pattern.fullmatch(base) for pattern in self.base_patterns)

    @cached_property
    def template(self) -> Template:
        """Its path template, parsed; empty for a webhook or a callback, whose path is only a name."""
        return Template("" if self.incoming else self.path)

    @cached_property
    def binding(self) -> Binding:
        """How it is called from Python."""
        return Binding(self.parameters, self.body)

    @property
    def signature(self) -> inspect.Signature:
        """Its Python signature: the required parameters in the documented order, the body, then the optional parameters."""
        return self.binding.signature

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Arguments, Any, list[Problem]]:
        """Sort Python arguments into parameters and the body, as `Binding.bind` does."""
        return self.binding.bind(args, kwargs)

    def __repr__(self) -> str:
        return f"<Operation {self.id}: {self.key}>" if self.id != self.key else f"<Operation {self.key}>"


def former_names(node: Node) -> tuple[str, ...]:
    """Return the former names of an operation, a parameter or a body: the texts of its `x-dynclient-aliases`."""
    names = node.get(ALIASES)
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def bases_in(path: str, bases: Iterable[str], patterns: Iterable[re.Pattern[str]]) -> Iterator[str]:
    """The bases that a URL's path starts with: those that are known, and those that match a pattern up to a slash."""
    for base in bases:
        if path.startswith(base):
            yield base
    for pattern in patterns:
        ends = (index for index, char in enumerate(path) if char == "/")
        yield from filter(pattern.fullmatch, (path[:end] for end in ends))


def _server_objects(owner: Node) -> list[Mapping[str, Any]]:
    return [node.value for node in owner.child("servers").items() if isinstance(node.value, Mapping)]


def servers_in(document: Document, owner: Node) -> tuple[Server, ...]:
    """The servers that a part of a document lists; where it lists none, the one that is meant then (OpenAPI, OpenAPI Object)."""
    name = document.files[owner.file].name  # a relative URL starts at the file that lists it
    base = name if is_url(name) else ""
    return tuple(server_of(data, base) for data in _server_objects(owner) or [{"url": "/"}])


def variable_names(document: Document) -> set[str]:
    """The names of the variables of every server in a document, those of its paths and operations included."""
    items = [item for _, item in document.root.child("paths").children()]
    operations = [operation for item in items for _, operation in item.children()]
    owned = (data for owner in (document.root, *items, *operations) for data in _server_objects(owner))
    return {name for data in owned for name in server_of(data, "").names}
