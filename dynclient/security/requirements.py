"""Security requirements: which of them the credentials meet, what that adds to a request, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dynclient.exchange import Headers, Request, Response
from dynclient.problem import Problem
from dynclient.security.additions import Additions, apply, pair_of, value_of
from dynclient.security.credentials import Credentials, Target, is_asked, origin
from dynclient.security.oauth.settings import OAuth2
from dynclient.security.scheme import Requirement, Scheme


def select(
    requirements: tuple[Requirement, ...],
    schemes: Mapping[str, Scheme],
    credentials: Credentials,
    *,
    server: str = "",
    timeout: float = 30.0,
    ask: bool = True,
) -> tuple[Additions, list[Problem]]:
    """Choose the first requirement that the credentials meet, and give what it adds to a request.

    Those that the user gave come before those that the environment has. An empty requirement, which makes security optional,
    comes last: credentials that are there are used.

    Args:
        requirements: The alternatives of the operation; one that is empty asks for nothing.
        schemes: The document's schemes by id.
        credentials: What the user has.
        server: The server that they go to.
        timeout: Seconds for each token request.
        ask: Whether callables, files, keyrings and authorization servers may be asked; False when nothing will be sent.

    Returns:
        What to add, and the problems: credentials that are missing or cannot be sent (OpenAPI, Security Requirement Object).

    Raises:
        AuthError: An authorization server gives no token.
    """
    if not requirements:
        return Additions(), []
    chosen = _choose(requirements, schemes, credentials)
    if chosen is None:
        return Additions(), [_missing(requirements, schemes, credentials)]
    targets = {
        schemes[name]: Target(server, scopes, timeout, credentials)
        for name, scopes in chosen.items()
        if ask or not is_asked(credentials.get(name))
    }
    return apply(targets)


def fixed(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials, *, server: str = ""
) -> Additions | None:
    """What `select` adds to every request alike; None when that can differ from one to the next.

    It is the same only where the user gave each credential as text or as a pair: callables, tokens, digests, files and the
    environment are asked every time.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        credentials: What the user has.
        server: The server that they go to.
    """
    if not requirements:
        return Additions()
    chosen = _choose(requirements, schemes, credentials)
    if not chosen or not all(credentials.given(name) and not is_asked(credentials.get(name)) for name in chosen):
        return None
    if any(schemes[name].kind == "mutualTLS" or schemes[name].scheme == "digest" for name in chosen):
        return None
    added, problems = apply(
        {schemes[name]: Target(server, scopes, 0.0, credentials) for name, scopes in chosen.items()}
    )
    return None if problems else added


def after_401(
    requirements: tuple[Requirement, ...],
    schemes: Mapping[str, Scheme],
    credentials: Credentials,
    request: Request,
    response: Response,
    *,
    server: str = "",
    timeout: float = 30.0,
) -> Request | None:
    """The request once more, with a renewed token or an answer to the digest challenge; None when there is nothing to renew.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        credentials: What the user has.
        request: The request that was sent.
        response: The reply to it.
        server: The server that the credentials are for.
        timeout: Seconds for each token request.

    Raises:
        AuthError: The authorization server gives no other token.
    """
    answered = response.request or request  # the last one, where there were redirects: those before it were not refused
    if response.status != 401 or answered.stray or origin(answered.url) != origin(request.url):
        return None
    for name, scopes in (_choose(requirements, schemes, credentials) or {}).items():
        text = _renewed(schemes[name], Target(server, scopes, timeout, credentials), answered, response)
        if text is not None:
            headers = Headers([*answered.headers.without(["Authorization"]).fields, ("Authorization", text)])
            return replace(answered, headers=headers)
    return None


def _renewed(scheme: Scheme, target: Target, request: Request, response: Response) -> str | None:
    credential = target.credentials.get(scheme.id)
    used = request.headers.get("Authorization", "")
    if isinstance(credential, OAuth2):
        source = target.credentials.tokens(scheme, credential, target.server)
        token = source.renew(used.partition(" ")[2], target.scopes, target.timeout)
        return None if token is None else f"Bearer {token}"
    if scheme.kind == "http" and scheme.scheme == "digest":
        digest = target.credentials.digest(scheme, target.server)
        if digest.learn(response.headers, used, request.url):
            return digest.answer(pair_of(value_of(scheme, target)), request)
    return None


def present(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], carriers: frozenset[tuple[str, str]]
) -> list[Problem]:
    """The problem that a recorded request carries no credentials that meet a requirement, if so.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        carriers: The (location, lower-case name) of everything that the request carries.
    """

    def met(name: str) -> bool:
        if name not in schemes:
            return False
        location, carrier = schemes[name].carrier
        return location == "tls" or (location, carrier.lower()) in carriers

    if not requirements or any(all(map(met, requirement)) for requirement in requirements):
        return []
    return [_missing(requirements, schemes, Credentials())]


def _choose(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials
) -> Requirement | None:
    asking = [requirement for requirement in requirements if requirement]
    for there in (credentials.given, credentials.has):
        for requirement in asking:
            if all(map(there, requirement)) and not _unmet(requirement, schemes, credentials):
                return requirement
    return None if len(asking) == len(requirements) else {}


def _unmet(requirement: Requirement, schemes: Mapping[str, Scheme], credentials: Credentials) -> list[str]:
    """The schemes of a requirement that the credentials do not meet."""

    def met(name: str, scopes: tuple[str, ...]) -> bool:
        credential = credentials.get(name)
        fits = not isinstance(credential, OAuth2) or credential.covers(scopes)
        return name in schemes and credentials.has(name) and fits

    return [name for name, scopes in requirement.items() if not met(name, scopes)]


def _missing(requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials) -> Problem:
    unmet = [(requirement, _unmet(requirement, schemes, credentials)) for requirement in requirements]

    def describe(name: str, scopes: tuple[str, ...]) -> str:
        credential = credentials.get(name)
        lacks = [scope for scope in scopes if not isinstance(credential, OAuth2) or not credential.covers([scope])]
        return schemes[name].describe(lacks) if name in schemes else f"{name} (which is no scheme of the document)"

    texts = [" and ".join(describe(name, requirement[name]) for name in names) for requirement, names in unmet]
    ways = "; or ".join(dict.fromkeys(text for text in texts if text))
    first = next((name for _, names in unmet for name in names if name in schemes), "")
    hint = credentials.hint(first) if first and not credentials.given(first) else ""
    return Problem("security", (), "security", f"credentials are missing: {ways}", hint)
