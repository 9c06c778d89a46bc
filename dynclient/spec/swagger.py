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
from dynclient.spec.node import Moved, Node, is_reference, moved_list, moved_object
from dynclient.spec.swagger_parameters import JSON, is_parameter, media_type, parameter_of, request_body, with_inherited

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
#: Members of a document and of an operation that have another form or place in OpenAPI 3.
_ROOT = frozenset({
    "swagger", "host", "basePath", "schemes", "consumes", "produces", "parameters", "responses", "securityDefinitions", "paths",
})  # fmt: skip
_OPERATION = frozenset({"consumes", "produces", "schemes", "parameters", "responses"})
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}


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
        return moved_object(self.root, {"openapi": "3.0.4", **rest}, moved)

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
        written = (Node(place.file, place.path, url) for url in urls)
        return moved_list(place, [_object(place, {"url": url}) for url in written])

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
        moved: dict[str, Node] = {
            method: self.operation(item.child(method), shared)
            for method in _METHODS
            if isinstance(item.get(method), Mapping)
        }
        if shared:
            moved["parameters"] = moved_list(item.child("parameters"), list(filter(is_parameter, shared)))
        rest = {name: value for name, value in item.value.items() if name != "parameters"}
        return moved_object(item, rest, moved)

    def operation(self, node: Node, shared: list[Node]) -> Node:
        own = self.parameters(node)
        place = node.child("parameters")
        moved: dict[str, Node] = {}
        if own:
            moved["parameters"] = moved_list(place, list(filter(is_parameter, own)))
        body = request_body(place, with_inherited(own, shared), _kinds(self.listed(node, "consumes")))
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
        return moved_object(node, {name: value for name, value in node.value.items() if name not in _OPERATION}, moved)

    def listed(self, node: Node, name: str) -> list[str]:
        """Return the media types of an operation: its own, even none, else those of the document."""
        return _texts(node.value[name] if name in node.value else self.root.get(name))

    def parameters(self, owner: Node) -> list[Node]:
        """Return the parameters of a path item or an operation, upgraded unless they are a body or a part of one."""
        followed = map(self.followed, owner.child("parameters").items())
        return [parameter_of(node) if is_parameter(node) else node for node in followed]

    # --- replies

    def reply(self, status: str, written: Node, produces: list[str]) -> Node:
        node = self.followed(written)
        if status.startswith("x-") or not isinstance(node.value, Mapping) or is_reference(node.value):
            return node
        schema, named = node.child("schema"), dict(node.child("examples").children())
        kinds = self.kinds_of(status, schema, produces) if schema.value is not None else []
        kinds = list(dict.fromkeys([*kinds, *(kind for kind in named if "/" in kind)]))
        moved: dict[str, Node] = {}
        if kinds:
            contents = {kind: media_type(node, schema, named.get(kind)) for kind in kinds}
            moved["content"] = _object(node, contents)
        headers = node.child("headers")
        if isinstance(headers.value, Mapping):
            moved["headers"] = _object(
                headers, {name: parameter_of(each, "header") for name, each in headers.children()}
            )
        return moved_object(node, _without(node.value, "schema", "examples", "headers"), moved)

    def kinds_of(self, status: str, schema: Node, produces: list[str]) -> list[str]:
        """Return the media types of a reply, apart from those of its examples."""
        target = self.followed(schema)
        kinds = produces or ["*/*" if target.get("format") == "binary" else JSON]
        is_object = target.get("type") == "object" or target.get("properties") is not None
        may_be_json = any("json" in kind or "*" in kind for kind in kinds)
        return [*kinds, JSON] if is_object and status[:1] != "2" and not may_be_json else kinds


def _kinds(listed: list[str]) -> list[str]:
    return list(dict.fromkeys(kind for kind in listed if "/" in kind))


def _texts(value: Any) -> list[str]:
    return [item.strip() for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name not in names}


def _object(place: Node, members: Mapping[str, Node]) -> Node:
    return moved_object(place, {}, members)
