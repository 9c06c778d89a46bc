"""What all copies of a client share, and how another version of its document takes the place of one.

To swap a version is one assignment to `Core.api`. A call has its operation by then, and everything else that it needs comes with that:
the document, the plan, the credentials, the operations that links lead to. So a call that is under way ends with the version that it
began with, and none sees a mixture.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.catalog.shelves import fault
from dynclient.errors import InvalidRequest, SpecError
from dynclient.live.lost import label, lost
from dynclient.names import nearest, snake_case
from dynclient.opening import other_version, versions_below
from dynclient.problem import Problem
from dynclient.retries import Throttle
from dynclient.security.credentials import Credential, Credentials, environment_name, same_scheme
from dynclient.security.requirements import lacking
from dynclient.security.scheme import Scheme
from dynclient.send.pace import Pace
from dynclient.spec.document import Document
from dynclient.tolerance import Tolerated

if TYPE_CHECKING:
    from dynclient.live.shadow import Shadow


#: How many other versions are opened to find out where an operation was.
_MOST = 5


@dataclass(slots=True)
class Life:
    """Whether a client was closed; no copy of it sends anything more."""

    closed: bool = False


@dataclass(slots=True, weakref_slot=True)
class Core:
    """What all copies of a client share.

    Attributes:
        api: The compiled document; another one may take its place at any time.
        credentials: The user's credentials, by the schemes of this document.
        transport: What sends.
        settings: What the file of settings tolerates.
        tolerated: How often each rule was broken and tolerated, by rule and operation.
        given: What the user gave for it: a transport, which stays the user's to close, a name, or None.
        life: Whether it is closed.
        is_exact: Whether a version was named for this copy, so that the settings have no say in single operations.
        shadow: Who judges its exchanges by another version, too.
        paces: The pace of all copies, by their limits.
    """

    api: Api
    credentials: Credentials
    transport: Any
    settings: tuple[Tolerated, ...] = ()
    tolerated: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    given: Any = None
    life: Life = field(default_factory=Life)
    is_exact: bool = False
    shadow: Shadow | None = None
    paces: dict[Throttle, Pace] = field(default_factory=dict)
    _reserve: dict[str, tuple[Scheme, Credential]] = field(default_factory=dict)
    _known: WeakKeyDictionary[Document, Credentials] = field(default_factory=WeakKeyDictionary)
    _admitted: WeakSet[Document] = field(default_factory=WeakSet)
    _former: list[Api] = field(default_factory=list)
    _said: set[Any] = field(default_factory=set)

    def pace(self, throttle: Throttle) -> Pace:
        """The pace of all copies with these limits."""
        with self._lock:
            return self.paces.setdefault(throttle, Pace(throttle))

    def count(self, rule: str, operation: str) -> None:
        """Count a rule that was broken and tolerated."""
        with self._lock:
            self.tolerated[rule, operation] += 1

    def is_first(self, *fact: Any) -> bool:
        """Whether a fact is told for the first time; each is told once."""
        with self._lock:
            new = fact not in self._said
            self._said.add(fact)
        return new

    @property
    def owned(self) -> bool:
        """Whether the transport is the client's own, and closed with it."""
        return self.given is None or isinstance(self.given, str)

    def credentials_for(self, operation: Operation) -> Credentials:
        """The credentials by the schemes of an operation's own document."""
        return self._known.get(operation.document, self.credentials)

    def recognise(self) -> list[Problem]:
        """Return a problem for each credential that no version of the document has a scheme for.

        One that another version names otherwise goes to the scheme that does the same here; if there is none, it waits for that version. So a
        program runs unchanged by either version. The same holds for credentials in the environment.
        """
        unknown = self.credentials.unknown(self.api.schemes)
        unread = self.credentials.unread(self.api.schemes)
        others = list(self._others(self.api)) if unknown or unread else []
        for name in [str(problem.path[0]) for problem in unknown]:
            scheme = next((other.schemes[name] for other in others if name in other.schemes), None)
            left = self.credentials.adopt(scheme, self.api.schemes) if scheme is not None else None
            if left is not None:
                self._reserve[name] = left
        for scheme in [scheme for other in others for scheme in other.schemes.values()] if unread else ():
            if environment_name(self.credentials.api, scheme.id) in unread:
                self.credentials.recall(scheme, self.api.schemes)
        return self.credentials.unknown(self.api.schemes)

    def find(self, name: str) -> Operation:
        """Return the operation of a name.

        Raises:
            UnknownOperation: There is none; the message says where it was last, and what looks like its successor.
            SpecError: The settings name a version for it that cannot be used.
        """
        api = self.api
        operation: Operation | None = api.operations.get(name)
        if api.document.placed.operations and not self.is_exact:
            operation = self._elsewhere(api, name, operation) or operation
        if operation is None:
            if not isinstance(name, str) or api.operations.former(name) is None:
                raise lost(name, api, self._others(api))
            operation = api.operations.named(name)
        return operation

    def check_settings(self) -> None:
        """Check that the settings name a version only for operations that exist; another version is opened only for what this one lacks.

        Raises:
            SpecError: An operation is in neither version.
        """
        for name, version in self.api.document.placed.operations:
            if self.api.operations.get(name) is None and (other := self.version(version)).operations.get(name) is None:
                hint = nearest(name, self.api.operations.python_names)
                message = f"dynclient.toml names {version} for the operation {name!r}, which neither version has"
                raise fault(f"cannot use {label(self.api)} and {label(other)}", message, hint)

    def _elsewhere(self, api: Api, name: str, operation: Operation | None) -> Operation | None:
        """Return the operation in the version that the settings name for it; None when they do not."""
        names = {name} if operation is None else {name, operation.id, operation.python_name, operation.key}
        names |= {snake_case(each) for each in names if isinstance(each, str)}
        listed = api.document.placed.operations
        version = next((version for known, version in listed if {known, snake_case(known)} & names), None)
        if version is None:
            return None
        other = self.version(version)
        self._meet(other)
        found: Operation | None = other.operations.get(name)
        if found is None and operation is not None:
            found = other.operations.get(operation.key)
        return found

    def _others(self, api: Api) -> Iterator[Api]:
        """Yield the versions that this client had before, then the nearest ones of the catalog."""
        yield from self._former
        seen = {each.document.options.version for each in self._former}
        for version in [each for each in versions_below(api.document) if each not in seen][:_MOST]:
            with suppress(SpecError):  # it cannot be asked
                yield self.version(version)

    def version(self, version: str | Document | Api) -> Api:
        """Return another version of the document, opened with the same options and compiled for the same engine.

        Raises:
            SpecError: The version does not exist or cannot be used.
        """
        if isinstance(version, Api):
            return version
        document = version if isinstance(version, Document) else other_version(self.api.document, version)
        return Api.of(document, self.api.engine)

    def admit(self, api: Api, auth: Mapping[str, Credential] | None) -> None:
        """Find the credentials for a version.

        Args:
            api: The version.
            auth: Further credentials, by its security schemes.

        Raises:
            InvalidRequest: A credential has no place in it, or an operation that could be called can be called no more.
        """
        if api.document in self._admitted and not auth:
            return
        known, found, problems = self._carried(api, auth)
        problems = problems or list(_unmet(self.api, known, api, found))
        if problems:
            raise InvalidRequest(f"the credentials do not fit {label(api)}", problems)
        self._reserve |= known.without_place(self.api.schemes, api.schemes)
        self._known.setdefault(self.api.document, known)
        self._known[api.document] = found
        self._admitted.update((self.api.document, api.document))

    def _carried(
        self, api: Api, auth: Mapping[str, Credential] | None = None
    ) -> tuple[Credentials, Credentials, list[Problem]]:
        """Return the credentials of this version and of another one, and what has no place there."""
        known = self._known.get(self.api.document, self.credentials)
        waiting = {
            places[0]: credential
            for scheme, credential in self._reserve.values()
            if len(places := same_scheme(scheme, api.schemes)) == 1
        }
        return known, *known.carried(self.api.schemes, api.schemes, {**waiting, **(auth or {})})

    def _meet(self, api: Api) -> None:
        """Find the credentials for single calls of a version; each call says what it lacks."""
        if api.document not in self._known:
            self._known[api.document] = self._carried(api)[1]

    def swap(self, version: str | Document | Api, auth: Mapping[str, Credential] | None = None) -> None:
        """Put another version in the place of this one; errors as for `version` and `admit`, and then nothing has changed."""
        api = self.version(version)
        self.admit(api, auth)
        with self._lock:
            if api is not self.api:
                self._former[:] = [self.api, *(each for each in self._former if each not in (api, self.api))][:8]
            self.credentials = self._known.get(api.document, self.credentials)
            self.api = api

    def at(self, version: str | Document | Api) -> Core:
        """Return a core for copies that stay with one version, whatever `swap` does; errors as for `version`."""
        api = self.version(version)
        self._meet(api)
        return replace(self, api=api, credentials=self._known.get(api.document, self.credentials), is_exact=True)


def _unmet(old: Api, known: Credentials, new: Api, found: Credentials) -> list[Problem]:
    """Return what the operations of a version need that the credentials lack, though they sufficed for the version before."""
    problems: dict[str, Problem] = {}
    for operation in new.operations.operations if new.schemes and not known.waived else ():
        before = old.operations.get(operation.id)
        try:
            missing = lacking(operation.security, operation.schemes, found)
            if before is None or not missing or lacking(before.security, before.schemes, known):
                continue
        except SpecError:
            continue  # said when it is called
        problems.setdefault(missing[0].message, missing[0])
    return list(problems.values())
