"""Swagger 2.0 in the form of OpenAPI 3.0: places to places, so that each problem names the line where its cause was written.

The upgraded document is a tree of nodes. A node has the value that OpenAPI 3.0 has there, and the place in the author's text that says so:
the request body of an operation lies where its `in: body` parameter was written, its servers at `host`. Nobody has to map pointers back.

- `parameters` and `responses` are followed to where they are described, as only there a parameter says whether it is a body, and a shared
  reply has the media types of the operation. Schemas do not move (`swagger_schema`), nor do references to them.
- Each path item is upgraded when it is first asked for.
- A reference that cannot be resolved stays a reference, which is reported as in any other document.

Where the specification is silent: without `consumes` a body is JSON, without `produces` a reply is; a file makes a form multipart; the
keys of `examples` are media types of a reply; an error reply that is an object may be JSON whatever the operation produces. Without
`schemes` the scheme is that of the document's own URL, else https before http. An operation may have one body; of several, or of a body
and a form, a request may send any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from dynclient.errors import SpecError
from dynclient.spec.fetching import is_url
from dynclient.spec.node import Moved, Node, is_reference

JSON, MULTIPART, URLENCODED = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
#: Members of a document and of an operation that have another form or place in OpenAPI 3.
_ROOT = frozenset({
    "swagger", "host", "basePath", "schemes", "consumes", "produces", "parameters", "responses", "securityDefinitions", "paths",
})  # fmt: skip
_OPERATION = frozenset({"consumes", "produces", "schemes", "parameters", "responses"})
#: Members of a parameter or header that are not about its value.
_NOT_SCHEMA = frozenset({
    "allowEmptyValue", "collectionFormat", "description", "in", "name", "required", "schema", "style", "explode", "deprecated", "example",
})  # fmt: skip
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_BINARY = {"type": "string", "format": "binary"}
#: How an array is written, by its `collectionFormat` (Swagger 2.0, Parameter Object): in a query or a form, and in a path or a header.
_PAIRS: dict[str, dict[str, Any]] = {
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "x-tsv", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_TEXTS: dict[str, dict[str, Any]] = {name: {"style": f"x-{name}"} for name in ("ssv", "tsv", "pipes")}


class Files(Protocol):
    """What an upgrade needs to know of the files of a document."""

    def follow(self, node: Node) -> Node:
        """Return the place that a reference leads to."""

    def path_item(self, node: Node) -> Node:
        """Return a Path Item combined with the one that its `$ref` leads to."""


def upgraded(root: Node, files: Files) -> Node:
    """Return the top of a Swagger 2.0 document in the form of OpenAPI 3.0.

    Args:
        root: The top of the document, its schemas in the words of OpenAPI 3.0.
        files: Follows its references.
    """
    return _Upgrade(root, files).document()


class _Lazy(Mapping[str, Node]):
    """The members of an object, each made when it is first asked for.

    Args:
        names: Their names.
        make: Makes the member of a name.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], Node]) -> None:
        self._made: dict[str, Node | None] = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> Node:
        made = self._made[name]
        if made is None:
            made = self._made[name] = self._make(name)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class _Values(Mapping[str, Any]):
    """The values of nodes by name."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes

    def __getitem__(self, name: str) -> Any:
        return self._nodes[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


class _Upgrade:
    def __init__(self, root: Node, files: Files) -> None:
        self.root = root
        self.files = files

    def document(self) -> Node:
        rest = {name: value for name, value in self.root.value.items() if name not in _ROOT}
        components = {"schemas": self.root.child("definitions"), "securitySchemes": self.schemes()}
        moved = {"components": _object(self.root, {name: node for name, node in components.items() if node.value})}
        if self.root.get("host") is not None or self.root.get("basePath") is not None:
            moved["servers"] = self.servers(self.root)
        paths = self.root.child("paths")
        if isinstance(paths.value, Mapping):
            items = _Lazy(paths.value, lambda path: self.item(paths.child(path)))
            moved["paths"] = Moved(paths.file, paths.path, _Values(items), items)
        elif paths.value is not None:
            moved["paths"] = paths
        return _moved(self.root, {"openapi": "3.0.4", **rest}, moved)

    def followed(self, node: Node) -> Node:
        """Return the place that a reference leads to; the reference itself where it leads nowhere."""
        try:
            return self.files.follow(node)
        except SpecError:
            return node

    # --- servers and security

    def servers(self, owner: Node) -> Node:
        """Return the servers of the document, or of an operation that has schemes of its own."""
        place = next((self.root.child(name) for name in ("host", "basePath") if name in self.root.value), self.root)
        place = place if owner is self.root else owner.child("schemes")
        base = str(self.root.get("basePath") or "").strip().strip("/")
        path = f"/{base}" if base else ""
        host = str(self.root.get("host") or "").strip().rpartition("://")[2].rstrip("/")
        schemes = [scheme for scheme in _texts(owner.get("schemes")) if scheme in ("http", "https")]
        if not host:
            urls = [path or "/"]
        elif schemes:
            urls = [f"{scheme}://{host}{path}" for scheme in schemes]
        else:
            urls = (
                [f"//{host}{path}"]
                if is_url(self.root.file)
                else [f"{each}://{host}{path}" for each in ("https", "http")]
            )
        return _list(place, [Node(place.file, place.path, {"url": url}) for url in urls])

    def schemes(self) -> Node:
        place = self.root.child("securityDefinitions")
        return _object(place, {name: self.scheme(self.followed(node)) for name, node in place.children()})

    def scheme(self, node: Node) -> Node:
        if not isinstance(node.value, Mapping) or is_reference(node.value):
            return node
        kind, value = node.get("type"), dict(node.value)
        if kind == "basic":
            value |= {"type": "http", "scheme": "basic"}
        elif kind == "oauth2":
            names = ("authorizationUrl", "tokenUrl", "scopes")
            flow = {name: value.pop(name) for name in names if name in value}
            written = str(value.pop("flow", ""))
            value["flows"] = {_FLOWS.get(written, written): {"scopes": {}, **flow}}
        return Node(node.file, node.path, value)

    # --- paths

    def item(self, written: Node) -> Node:
        try:
            item = self.files.path_item(written)
        except SpecError:
            return written
        if not isinstance(item.value, Mapping):
            return item
        shared = self.parameters(item)
        moved: dict[str | int, Node] = {
            method: self.operation(item.child(method), shared)
            for method in _METHODS
            if isinstance(item.get(method), Mapping)
        }
        if shared:
            moved["parameters"] = _list(item.child("parameters"), list(filter(_is_parameter, shared)))
        rest = {name: value for name, value in item.value.items() if name != "parameters"}
        return _moved(item, rest, moved)

    def operation(self, node: Node, shared: list[Node]) -> Node:
        own = self.parameters(node)
        place = node.child("parameters")
        moved: dict[str | int, Node] = {}
        if own:
            moved["parameters"] = _list(place, list(filter(_is_parameter, own)))
        body = self.body(node, _overridden(shared, own))
        if body is not None:
            moved["requestBody"] = body
        responses = node.child("responses")
        if isinstance(responses.value, Mapping):
            kinds = _kinds(self.listed(node, "produces"))
            replies = {name: self.reply(str(name), each, kinds) for name, each in responses.children()}
            moved["responses"] = _object(responses, replies)
        elif responses.value is not None:
            moved["responses"] = responses
        if node.get("schemes") and self.root.get("host"):
            moved["servers"] = self.servers(node)
        return _moved(node, {name: value for name, value in node.value.items() if name not in _OPERATION}, moved)

    def listed(self, node: Node, name: str) -> list[str]:
        """Return the media types of an operation: its own, even none, else those of the document."""
        return _texts(node.value[name] if name in node.value else self.root.get(name))

    # --- parameters and bodies

    def parameters(self, owner: Node) -> list[Node]:
        """Return the parameters of a path item or an operation, upgraded unless they are a body or a part of one."""
        followed = map(self.followed, owner.child("parameters").items())
        return [_parameter(node) if _is_parameter(node) else node for node in followed]

    def body(self, operation: Node, parameters: list[Node]) -> Node | None:
        bodies = [node for node in parameters if node.get("in") == "body"]
        fields = [node for node in parameters if node.get("in") == "formData" and isinstance(node.get("name"), str)]
        kinds = _kinds(self.listed(operation, "consumes"))
        place = operation.child("parameters")
        if not bodies:
            return _form(place, fields, kinds) if fields else None
        if fields:
            kinds = [kind for kind in kinds if not _is_form(kind)]
        body = _body(bodies[0] if len(bodies) == 1 else _any_of(place, bodies), kinds or [JSON])
        return _either(body, _form(place, fields, [])) if fields else body

    # --- replies

    def reply(self, status: str, written: Node, produces: list[str]) -> Node:
        node = self.followed(written)
        if status.startswith("x-") or not isinstance(node.value, Mapping) or is_reference(node.value):
            return node
        schema, examples = node.child("schema"), node.child("examples")
        is_file = schema.get("type") == "file"
        kinds = produces or ["*/*" if is_file else JSON]
        if status[:1] != "2" and self.is_object(schema) and not any("json" in kind or "*" in kind for kind in kinds):
            kinds = [*kinds, JSON]
        named = dict(examples.children())
        kinds = list(
            dict.fromkeys([*(kinds if schema.value is not None else ()), *(kind for kind in named if "/" in kind)])
        )
        moved: dict[str | int, Node] = {}
        if kinds:
            described = (
                Node(schema.file, schema.path, {**_BINARY, **_without(schema.value, "type")}) if is_file else schema
            )
            contents = {kind: _content(node, described, named.get(kind)) for kind in kinds}
            moved["content"] = _object(node, contents)
        headers = node.child("headers")
        if isinstance(headers.value, Mapping):
            moved["headers"] = _object(headers, {name: _parameter(each, "header") for name, each in headers.children()})
        return _moved(node, _without(node.value, "schema", "examples", "headers"), moved)

    def is_object(self, schema: Node) -> bool:
        target = self.followed(schema)
        return target.get("type") == "object" or target.get("properties") is not None


def _is_parameter(node: Node) -> bool:
    """Whether it is a parameter in OpenAPI 3, too; one that is broken or a broken reference is, so that its fault is found."""
    return not (isinstance(node.value, Mapping) and node.get("in") in ("body", "formData"))


def _overridden(shared: list[Node], own: list[Node]) -> list[Node]:
    """Return the parameters of an operation with those of its path item that it does not override; it has one body at most."""
    keys = set(map(_key, own))
    has_body = any(place == "body" for place, _ in keys)
    kept = [node for node in shared if _key(node) not in keys]
    return [*(node for node in kept if not (has_body and node.get("in") == "body")), *own]


def _key(node: Node) -> tuple[str, str]:
    return str(node.get("in")), str(node.get("name"))


def _parameter(node: Node, location: str = "") -> Node:
    """Upgrade a parameter, or a header of a reply: what describes its value becomes its schema."""
    if not isinstance(node.value, Mapping) or is_reference(node.value):
        return node
    location = location or str(node.get("in"))
    kept = {
        name: node.value[name] for name in _NOT_SCHEMA & node.value.keys() if name not in ("schema", "collectionFormat")
    }
    if node.get("type") == "array":
        styles = _PAIRS if location == "query" else _TEXTS
        kept |= styles.get(str(node.get("collectionFormat")), styles.get("csv", {}))
    if "x-example" in node.value:
        kept["example"] = node.value["x-example"]
    return _moved(node, kept, {"schema": _schema(node)})


def _schema(node: Node) -> Node:
    """Return the schema that a parameter or header is itself; some authors write a schema below it as in OpenAPI 3."""
    if "schema" in node.value and "type" not in node.value:
        return node.child("schema")
    value = {name: member for name, member in node.value.items() if name not in _NOT_SCHEMA and name[:2] != "x-"}
    return Node(node.file, node.path, _with_files(value))


def _with_files(schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "file":
        return {**schema, **_BINARY}
    items = schema.get("items")
    return {**schema, "items": _with_files(items)} if isinstance(items, Mapping) else schema


def _any_of(place: Node, bodies: list[Node]) -> Node:
    """Return the body parameter that several of them are together."""
    schemas = [node.child("schema").value for node in bodies if node.child("schema").value is not None]
    required = all(node.get("required") is True for node in bodies)
    # a place of its own, since schemas are known by their places
    return _moved(
        place, {"required": required}, {"schema": Node(place.file, (*place.path, "anyOf"), {"anyOf": schemas})}
    )


def _either(body: Node, form: Node) -> Node:
    """Return the Request Body that is a body or a form."""
    contents = [each.child("content") for each in (form, body)]
    required = body.get("required") is True and form.get("required") is True
    content = _object(form, {kind: node for each in contents for kind, node in each.children()})
    return _moved(body, {**body.value, "required": required}, {"content": content})


def _body(node: Node, kinds: list[str]) -> Node:
    """Return the Request Body of a body parameter."""
    examples = node.child("x-examples")
    contents = {
        kind: _content(node, node.child("schema"), _first(examples.child(kind), node.child("x-example")))
        for kind in kinds
    }
    kept = {name: node.value[name] for name in ("description", "required") if name in node.value}
    return _moved(node, kept, {"content": _object(node, contents)})


def _first(*nodes: Node) -> Node | None:
    return next((node for node in nodes if node.value is not None), None)


def _form(place: Node, fields: list[Node], kinds: list[str]) -> Node:
    """Return the Request Body of form parameters, which lies where the operation lists its parameters."""
    schemas = {node.value["name"]: _schema(node) for node in fields}
    has_file = any("binary" in (schema.get("format"), _items(schema).get("format")) for schema in schemas.values())
    kinds = list(filter(_is_form, kinds))
    if has_file:
        kinds = [kind for kind in kinds if kind.lower().startswith(MULTIPART)] or [MULTIPART]
    required = [node.value["name"] for node in fields if node.get("required") is True]
    properties = {node.value["name"]: {**schemas[node.value["name"]].value, **_described(node)} for node in fields}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    schema |= {"required": required} if required else {}
    encoding = {
        node.value["name"]: style for node in fields if (style := _field_style(node, schemas[node.value["name"]]))
    }
    made = Node(place.file, place.path, schema)
    content = {
        kind: _moved(place, {"encoding": encoding} if encoding else {}, {"schema": made})
        for kind in kinds or [URLENCODED]
    }
    return _moved(place, {"required": bool(required)}, {"content": _object(place, content)})


def _is_form(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower() in (MULTIPART, URLENCODED)


def _described(node: Node) -> dict[str, Any]:
    found = {"description": node.value["description"]} if "description" in node.value else {}
    return found | ({"example": node.value["x-example"]} if "x-example" in node.value else {})


def _field_style(node: Node, schema: Node) -> Mapping[str, Any] | None:
    """Return how an array in a form is written; None for names that repeat, as they do in OpenAPI 3."""
    written = str(node.get("collectionFormat", "csv"))
    if schema.get("type") != "array" or _items(schema).get("format") == "binary" or written == "multi":
        return None
    style: Mapping[str, Any] = _PAIRS.get(written, _PAIRS["csv"])
    return style


def _items(schema: Node) -> Node:
    return schema.child("items")


def _content(place: Node, schema: Node, example: Node | None) -> Node:
    moved: dict[str | int, Node] = {} if schema.value is None else {"schema": schema}
    return _moved(place, {}, moved | ({} if example is None else {"example": example}))


def _kinds(listed: list[str]) -> list[str]:
    return list(dict.fromkeys(kind for kind in listed if "/" in kind))


def _texts(value: Any) -> list[str]:
    return [item.strip() for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name not in names}


def _object(place: Node, members: Mapping[Any, Node]) -> Node:
    return _moved(place, {}, members)


def _moved(place: Node, kept: Mapping[str, Any], moved: Mapping[Any, Node]) -> Node:
    """Return an object at a place, with members that were written there and members that were written elsewhere."""
    value = {**kept, **{name: node.value for name, node in moved.items()}}
    return Moved(place.file, place.path, value, moved)


def _list(place: Node, items: list[Node]) -> Node:
    return Moved(place.file, place.path, [node.value for node in items], dict(enumerate(items)))
