"""Security requirements: the one that the credentials meet, what it adds to a request, and what is missing."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from dynclient.exchange import Headers, Request, Response
from dynclient.origins import origin
from dynclient.problem import Problem
from dynclient.security.additions import Additions, additions_for, user_and_password
from dynclient.security.credentials import Credentials, Target, credential_value, is_dynamic
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
    """Choose the first requirement that the credentials meet, and return what it adds to a request.

    The user's own credentials are preferred to those of the environment. An empty requirement, which makes security optional, comes
    last: available credentials are used.

    Args:
        requirements: The alternatives of the operation; an empty one requires nothing.
        schemes: The document's schemes by id.
        credentials: The user's credentials.
        server: The server that they are sent to.
        timeout: Seconds for each token request.
        ask: Whether to ask callables, files, keyrings and authorization servers; False if nothing will be sent.

    Returns:
        The additions, and a problem for each credential that is missing or cannot be sent (OpenAPI, Security Requirement Object).

    Raises:
        AuthError: An authorization server refuses a token.
    """
    if not requirements or credentials.waived:
        return Additions(), []
    chosen = _first_met(requirements, schemes, credentials)
    if chosen is None:
        return Additions(), [_missing(requirements, schemes, credentials)]
    targets = {
        schemes[name]: Target(server, scopes, timeout, credentials)
        for name, scopes in chosen.items()
        if ask or not is_dynamic(credentials.get(name))
    }
    return additions_for(targets)


def fixed(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials, *, server: str = ""
) -> Additions | None:
    """Return what `select` adds to every request alike, or None if it may differ between requests.

    It is the same only if the user set each credential as text or as a pair: callables, tokens, digests, files and the environment are
    read for each request.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        credentials: The user's credentials.
        server: The server that they are sent to.
    """
    if not requirements or credentials.waived:
        return Additions()
    chosen = _first_met(requirements, schemes, credentials)
    if not chosen or not all(credentials.is_set(name) and not is_dynamic(credentials.get(name)) for name in chosen):
        return None
    if any(schemes[name].kind == "mutualTLS" or schemes[name].scheme == "digest" for name in chosen):
        return None
    targets = {schemes[name]: Target(server, scopes, 0.0, credentials) for name, scopes in chosen.items()}
    added, problems = additions_for(targets)
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
    """Return the request with a renewed token or an answer to the digest challenge, or None if nothing can be renewed.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        credentials: The user's credentials.
        request: The request that was sent.
        response: The reply to it.
        server: The server that the credentials are for.
        timeout: Seconds for each token request.

    Raises:
        AuthError: The authorization server refuses another token.
    """
    answered = response.request or request  # after redirects, the last request is the one that was refused
    server_is_same = origin(answered.url) == origin(request.url) is not None
    if response.status != 401 or answered.stray or not server_is_same:
        return None
    if credentials.waived:
        return None
    for name, scopes in (_first_met(requirements, schemes, credentials) or {}).items():
        text = _renewed(schemes[name], Target(server, scopes, timeout, credentials), answered, response)
        if text is not None:
            return _with_authorization(answered, text)
    return None


def signed_anew(
    requirements: tuple[Requirement, ...],
    schemes: Mapping[str, Scheme],
    credentials: Credentials,
    request: Request,
    *,
    server: str,
    timeout: float,
) -> Request:
    """Return a request with an answer of HTTP digest for its own target and count; arguments as for `after_401`."""
    for name, scopes in (_first_met(requirements, schemes, credentials) or {}).items():
        if schemes[name].scheme == "digest":
            text = _digest_answer(schemes[name], Target(server, scopes, timeout, credentials), request)
            return _with_authorization(request, text) if text is not None else request
    return request


def _with_authorization(request: Request, text: str) -> Request:
    headers = Headers([*request.headers.without(["Authorization"]).fields, ("Authorization", text)])
    return replace(request, headers=headers)


def _digest_answer(scheme: Scheme, target: Target, request: Request) -> str | None:
    digest = target.credentials.digest(scheme, target.server)
    return digest.answer(user_and_password(credential_value(scheme, target)), request)


def _renewed(scheme: Scheme, target: Target, request: Request, response: Response) -> str | None:
    """Return another Authorization than the one that was refused, or None."""
    credential = target.credentials.get(scheme.id)
    used = request.headers.get("Authorization", "")
    if isinstance(credential, OAuth2):
        source = target.credentials.tokens(scheme, credential, target.server)
        token = source.renew(used.partition(" ")[2], target.scopes, target.timeout)
        return None if token is None else f"Bearer {token}"
    if scheme.kind == "http" and scheme.scheme == "digest":
        digest = target.credentials.digest(scheme, target.server)
        if digest.learn(response.headers, used, request.url):
            return _digest_answer(scheme, target, request)
    return None


def missing_credentials(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], carriers: Container[tuple[str, str]]
) -> list[Problem]:
    """Return a problem if a recorded request carries no credentials that meet a requirement.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        carriers: The (location, lower-case name) of everything that the request carries.
    """

    def is_met(name: str) -> bool:
        if name not in schemes:
            return False
        location, carrier = schemes[name].carrier
        return location == "tls" or (location, carrier.lower()) in carriers

    if not requirements or any(all(map(is_met, requirement)) for requirement in requirements):
        return []
    return [_missing(requirements, schemes, Credentials())]


def lacking(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials
) -> list[Problem]:
    """Return the problem of requirements that the credentials do not meet; empty when they do, or when none is needed."""
    if not requirements or credentials.waived or _first_met(requirements, schemes, credentials) is not None:
        return []
    return [_missing(requirements, schemes, credentials)]


def is_basic_enough(requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme]) -> bool:
    """Return whether a user and a password (RFC 7617) meet a requirement."""
    basic = {name for name, scheme in schemes.items() if scheme.kind == "http" and scheme.scheme == "basic"}
    return any(requirement and requirement.keys() <= basic for requirement in requirements)


def _first_met(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials
) -> Requirement | None:
    """Return the first requirement that the credentials meet, {} if none is needed, or None."""
    demanding = [requirement for requirement in requirements if requirement]
    for is_available in (credentials.is_set, credentials.has):
        for requirement in demanding:
            if all(map(is_available, requirement)) and not _unmet(requirement, schemes, credentials):
                return requirement
    return None if len(demanding) == len(requirements) else {}


def _unmet(requirement: Requirement, schemes: Mapping[str, Scheme], credentials: Credentials) -> list[str]:
    """Return the schemes of a requirement that the credentials do not meet."""

    def is_met(name: str, scopes: tuple[str, ...]) -> bool:
        credential = credentials.get(name)
        fits = not isinstance(credential, OAuth2) or credential.covers(scopes)
        return name in schemes and credentials.has(name) and fits

    return [name for name, scopes in requirement.items() if not is_met(name, scopes)]


def _missing(requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials) -> Problem:
    unmet = [(requirement, _unmet(requirement, schemes, credentials)) for requirement in requirements]

    def describe(name: str, scopes: tuple[str, ...]) -> str:
        credential = credentials.get(name)
        lacking = [scope for scope in scopes if not isinstance(credential, OAuth2) or not credential.covers([scope])]
        return schemes[name].describe(lacking) if name in schemes else f"{name} (not a scheme of the document)"

    texts = [" and ".join(describe(name, requirement[name]) for name in names) for requirement, names in unmet]
    ways = "; or ".join(dict.fromkeys(text for text in texts if text))
    first = next((name for _, names in unmet for name in names if name in schemes), "")
    hint = credentials.hint(first) if first and not credentials.is_set(first) else ""
    more = "; auth='none' calls a server that asks for none" if hint else ""
    return Problem("security", (), "security", f"credentials are missing: {ways}", f"{hint}{more}")
