"""What security demands of callers in both versions, compared by what is sent, whatever the schemes are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.api.operation import Operation
from dynclient.security.scheme import Scheme
from dynclient.versions.causes import Both, Cause, Causes
from dynclient.versions.lifting import request_with
from dynclient.versions.terms import OneWay

#: A credential by what carries it, and the scopes that it needs.
_Demand = Mapping[tuple[str, ...], frozenset[str]]


def compare_security(causes: Causes, both: Both, old: OneWay, new: OneWay) -> None:
    """Compare the security requirements of an operation: each way to be let in must remain one."""
    before, after = _demands(both.old), _demands(both.new)
    lost = [demand for demand in before if not any(_is_met(other, demand) for other in after)]
    if not lost:
        return
    message = f"the credentials that let a caller in changed from {_described(before)} to {_described(after)}"
    cause = Cause(
        "security", _place(old, both.old), _place(new, both.new), message, "breaks", {"callers": None}, {"request": None},
        {both.id: None}, lambda: _request(both.old, lost[0]),
    )  # fmt: skip
    causes.add(cause, message)


def _demands(operation: Operation) -> list[_Demand]:
    ways: list[_Demand] = []
    for way in operation.security or ({},):
        demand: dict[tuple[str, ...], frozenset[str]] = {}
        for name, scopes in way.items():
            scheme = operation.schemes.get(name)
            carrier = ("unknown", name) if scheme is None else _carrier(scheme)
            demand[carrier] = demand.get(carrier, frozenset()) | frozenset(scopes)
        ways.append(demand)
    return ways


def _carrier(scheme: Scheme) -> tuple[str, ...]:
    if scheme.kind == "apiKey":
        return "apiKey", scheme.location, scheme.name.lower() if scheme.location == "header" else scheme.name
    return (scheme.kind, scheme.scheme) if scheme.kind == "http" else (scheme.kind,)


def _is_met(wanted: _Demand, offered: _Demand) -> bool:
    return all(carrier in offered and scopes <= offered[carrier] for carrier, scopes in wanted.items())


def _described(demands: list[_Demand]) -> str:
    ways = []
    for demand in demands:
        said = []
        for carrier, scopes in sorted(demand.items()):
            name = " ".join(carrier)
            said.append(f"{name} ({', '.join(sorted(scopes))})" if scopes else name)
        ways.append(" and ".join(said) or "nothing")
    return " or ".join(ways)


def _place(side: OneWay, operation: Operation) -> str:
    own = operation.node.child("security")
    return side.pointer(operation.document.root.child("security") if own.value is None else own)


def _request(operation: Operation, demand: _Demand) -> dict[str, Any]:
    shown = request_with(operation)
    fields: dict[str, str] = {}
    for carrier in demand:
        if carrier[0] == "apiKey" and carrier[1] == "header":
            fields[carrier[2]] = "..."
        elif carrier[0] == "apiKey" and carrier[1] == "cookie":
            fields["Cookie"] = f"{carrier[2]}=..."
        elif carrier[0] == "apiKey":
            mark = "&" if "?" in shown["url"] else "?"
            shown["url"] += f"{mark}{carrier[2]}=..."
        elif carrier[0] in ("http", "oauth2", "openIdConnect"):
            fields["Authorization"] = f"{carrier[1].capitalize() if len(carrier) > 1 else 'Bearer'} ..."
    return {**shown, "headers": {**shown.get("headers", {}), **fields}} if fields else shown
