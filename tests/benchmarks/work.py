"""The data of the benchmarks: an order of twenty nested fields with a choice of payments, and documents of any size."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Order": _object(
        ["reference", "currency", "customer", "payment", "items"],
        id={"type": "string", "format": "uuid", "readOnly": True},
        reference={"type": "string", "minLength": 3, "maxLength": 40},
        currency={"type": "string", "enum": ["EUR", "NOK", "SEK", "DKK"]},
        placed={"type": "string", "format": "date-time"},
        note={"type": "string", "nullable": True},
        express={"type": "boolean"},
        customer=_reference("Customer"),
        payment=_reference("Payment"),
        items={"type": "array", "minItems": 1, "items": _reference("Item")},
    ),
    "Customer": _object(
        ["name", "email", "address"],
        name=_TEXT,
        email={"type": "string", "format": "email"},
        phone={"type": "string", "pattern": "^[+0-9 ]+$"},
        address=_reference("Address"),
    ),
    "Address": _object(
        ["street", "city", "zip", "country"],
        street=_TEXT,
        city=_TEXT,
        zip=_TEXT,
        country={"type": "string", "minLength": 2, "maxLength": 2},
    ),
    "Payment": {
        "oneOf": [_reference("Card"), _reference("Invoice")],
        "discriminator": {"propertyName": "kind", "mapping": {"card": "#/components/schemas/Card", "invoice": "Invoice"}},
    },
    "Card": _object(
        ["kind", "holder", "last4"],
        kind={"type": "string"},
        holder=_TEXT,
        last4={"type": "string", "pattern": "^[0-9]{4}$"},
        expires={"type": "string"},
    ),
    "Invoice": _object(["kind", "days"], kind={"type": "string"}, days={"type": "integer", "minimum": 0, "maximum": 90}),
    "Item": _object(
        ["sku", "quantity", "price"],
        sku=_TEXT,
        quantity={"type": "integer", "minimum": 1},
        price={"type": "number", "minimum": 0},
        tags={"type": "array", "items": _TEXT},
    ),
}  # fmt: skip


def order(items: int = 1) -> dict[str, Any]:
    """Return a body; with one item, it has twenty fields with values of their own.

    Args:
        items: The number of items in the order.
    """
    return {
        "reference": "A-2041-7",
        "currency": "NOK",
        "placed": "2026-05-04T12:30:00Z",
        "note": "ring twice",
        "express": True,
        "customer": {
            "name": "Kari Nordmann",
            "email": "kari@example.org",
            "phone": "+47 22 00 00 00",
            "address": {"street": "Storgata 1", "city": "Oslo", "zip": "0155", "country": "NO"},
        },
        "payment": {"kind": "card", "holder": "KARI NORDMANN", "last4": "4242", "expires": "12/29"},
        "items": [{"sku": f"sku-{n:07}", "quantity": 2, "price": 199.5, "tags": ["blue"]} for n in range(items)],
    }


def stored(items: int = 1) -> dict[str, Any]:
    """Return the answer to such an order: the order and its id."""
    return {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", **order(items)}


def document(operations: int = 1, server: str = "http://127.0.0.1") -> dict[str, Any]:
    """Return an OpenAPI document whose operations take an order and answer with it.

    Args:
        operations: The number of operations; the first is `createOrder`.
        server: The URL of its server.
    """
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1"},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {f"/orders{n or ''}": {"post": _operation(f"createOrder{n or ''}")} for n in range(operations)},
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(name: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _reference("Order")}}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": content},
        "responses": {"201": {"description": "stored", "content": content}},
    }


AUTH = {"token": "not-a-real-token"}
