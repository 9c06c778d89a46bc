"""Seeded mutants of documents and recordings, and everything that can be done with a document."""

from __future__ import annotations

import copy
import json
import random
import warnings
from collections.abc import Iterator
from typing import Any

from dynclient import Client, DynclientError, DynclientWarning, Options, Request, Response, load
from dynclient.api.api import Api
from dynclient.api.manual import help_text, operation_data
from dynclient.api.signature import MISSING
from dynclient.exchange import Headers
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate

JUNK: list[Any] = [
    None, True, -1, 1.5, 10**30, float("inf"), "", "x", "http://[", "{", "{}", "\ud83d", "(", "a\0b", [], {}, [1], [None], [[]], [{}], {"a": 1},
    {"": {}}, {"$ref": "#/nope"}, {"$ref": 5}, {"$ref": {}}, {"$ref": "http://["}, {"$ref": "x.json"}, {"type": []}, {"type": "object"},
    {"allOf": 1}, {"properties": []}, {"required": [{}]}, {"minimum": []}, {"pattern": "("}, {"enum": 1.5}, {"discriminator": 1.5},
]  # fmt: skip
KEYS: list[Any] = [None, 1.5, True, 3, "", "x", "a/b~c", "\ud83d", ("a",)]

_SCHEMAS: dict[str, Any] = {
    "Pet": {
        "type": "object", "required": ["kind"], "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "d": "Dog"}},
    },
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"lives": {"type": "integer", "minimum": 0, "maximum": 9}}}]},
    "Dog": {"type": "object", "properties": {"kind": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}},
    "Base": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["cat", "d"]}, "secret": {"type": "string", "format": "password"}, "at": {"type": "string", "format": "date-time"}}},
}  # fmt: skip
_OPERATIONS: dict[str, Any] = {
    "/pets/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {
            "operationId": "getPet", "security": [{"key": []}, {"flow": ["read"]}], "tags": ["pets"],
            "parameters": [
                {"name": "q", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
                {"name": "X-H", "in": "header", "schema": {"type": "array", "items": {"type": "number"}}},
                {"name": "c", "in": "cookie", "content": {"application/json": {"schema": {"type": "boolean"}}}},
            ],
            "responses": {
                "200": {
                    "description": "a pet", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}, "examples": {"e": {"value": {"kind": "cat"}}}}},
                    "headers": {"X-Left": {"schema": {"type": "integer"}}},
                    "links": {"next": {"operationId": "addPet", "parameters": {"query.n": "$response.body#/kind"}, "requestBody": {"kind": "$request.path.id"}}},
                },
                "4XX": {"$ref": "#/components/responses/Wrong"},
            },
        },
        "servers": [{"url": "http://{host}:{port}/v1", "variables": {"host": {"default": "a", "enum": ["a", "b"]}, "port": {"default": "80"}}}],
    },
    "/pets": {
        "post": {
            "operationId": "addPet", "parameters": [{"name": "n", "in": "query", "style": "form", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}}],
            "requestBody": {"required": True, "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                "multipart/form-data": {"schema": {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}, "m": {"type": "object"}}}, "encoding": {"m": {"contentType": "application/json", "headers": {"X-P": {"schema": {"type": "string"}}}}}},
                "application/xml": {"schema": {"type": "object", "xml": {"name": "p", "namespace": "urn:x", "prefix": "p"}, "properties": {"a": {"type": "string", "xml": {"attribute": True}}}}},
            }},
            "responses": {"201": {"description": "made"}, "default": {"$ref": "#/components/responses/Wrong"}},
            "callbacks": {"done": {"{$request.body#/kind}": {"post": {"responses": {"200": {"description": "ok"}}}}}},
        },
    },
}  # fmt: skip


def rich(version: str) -> dict[str, Any]:
    """A small document that has one of everything."""
    schemes: dict[str, Any] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "basic": {"type": "http", "scheme": "basic"},
        "flow": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "http://t/token", "scopes": {"read": "r"}}}},
        "open": {"type": "openIdConnect", "openIdConnectUrl": "http://t/.well-known/openid-configuration"},
    }  # fmt: skip
    wrong = {"description": "wrong", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    found: dict[str, Any] = {
        "openapi": version, "info": {"title": "T", "version": "1"}, "servers": [{"url": "/base", "description": "here"}], "security": [{"basic": []}],
        "paths": copy.deepcopy(_OPERATIONS), "tags": [{"name": "pets", "description": "d"}],
        "components": {"schemas": copy.deepcopy(_SCHEMAS), "securitySchemes": schemes, "responses": {"Wrong": wrong}},
    }  # fmt: skip
    if version >= "3.1":
        found["webhooks"] = {
            "new": {
                "post": {"requestBody": {"content": {"application/json": {"schema": {"type": ["string", "null"]}}}}}
            }
        }
        found["components"]["schemas"]["Base"] |= {"$defs": {"x": {"$anchor": "x"}}, "unevaluatedProperties": True}
    if version >= "3.2":
        found["paths"]["/pets"]["additionalOperations"] = {"COPY": {"responses": {"200": {"description": "ok"}}}}
        found["paths"]["/pets"]["query"] = {
            "responses": {
                "200": {"description": "x", "content": {"application/jsonl": {"itemSchema": {"type": "object"}}}}
            }
        }
    return found


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every member and item of a value: its parent, and its name or position there."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def mutant(data: Any, seed: int, *, keys: bool = True) -> Any:
    """The data with one to four wrong places: junk, a member less, two values swapped, or a wrong key."""
    chance = random.Random(seed)  # noqa: S311  repeatable
    found = copy.deepcopy(data)
    for _ in range(chance.randint(1, 4)):
        listed = list(places(found))
        if not listed:
            return found
        holder, key = chance.choice(listed)
        kind = chance.random()
        if kind < 0.7:
            holder[key] = copy.deepcopy(chance.choice(JUNK))
        elif kind < 0.8:
            del holder[key]
        elif kind < 0.9:
            other, place = chance.choice(listed)
            holder[key] = copy.deepcopy(other[place])
        elif isinstance(holder, dict):
            holder[chance.choice(KEYS if keys else KEYS[4:7])] = holder.pop(key)
    return found


def _answer(request: Request, _: float) -> Response:
    fields = Headers({"Content-Type": "application/json", "X-Left": "x"})
    return Response(200, fields, b'{"kind": "cat", "access_token": "t", "expires_in": []}', request=request)


def use(data: Any, *, most: int = 1000) -> None:
    """Do everything with a document; errors of this package are as they should be.

    Args:
        data: The document, as a mapping or as text.
        most: How many operations are called.
    """
    try:
        document = load(data, cache=False)
        assert all(str(problem) for problem in document.problems)
    except DynclientError as error:
        assert str(error)  # noqa: PT017  an input may be refused here
        return
    for server, mode in ((None, "strict"), ("http://127.0.0.1:1", "off")):
        try:
            schemes = Api.of(document).schemes
            auth = {name: ("u", "p") if scheme.scheme == "basic" else "token" for name, scheme in schemes.items()}
            options = Options(server=server, retries=0, validate_requests=mode, validate_responses=mode)  # type: ignore[arg-type]
            client = Client(document, transport=_answer, auth=auth, options=options)
        except DynclientError:
            continue
        dir(client)
        for key in [*client.operations][:most]:
            _use_operation(client, key)


def _use_operation(client: Client, key: str) -> None:
    for made in (False, True):
        try:
            operation = client.operations[key]
            help_text(operation)
            json.dumps(operation_data(operation), default=str)
            arguments, body = {}, MISSING
            if made:
                arguments = {part.key: generate(part.schema, direction="request") for part in operation.parameters}
                contents = operation.body.contents if operation.body is not None else ()
                body = generate(contents[0].schema, direction="request") if contents else MISSING
            reply = client.send(key, arguments, body)
            assert repr(reply)
            for link in reply.links.values():
                link()
            client.call(key, arguments, body)
        except (DynclientError, ExampleError):
            continue


def foreign_error(data: Any, *, most: int = 1000) -> str:
    """What of the document's use ends in an error that is not this package's; "" for nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DynclientWarning)
            use(data, most=most)
    except Exception as error:  # noqa: BLE001  that is what is looked for
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
        return f"{type(error).__name__}: {str(error)[:100]} at {where}"
    return ""
