"""What the blocking and the async client share: how they are made, copied and pickled, and the names of their operations.

A client is a core (`dynclient.live.core`), which all its copies share, and options. Every call is a flow that a Caller
(`dynclient.live.caller`) makes from the two; a client only says how a flow is run. Bound operations look their name up in the core when they
are called.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, Self, Unpack

from dynclient.api.api import Api
from dynclient.api.links import LinkedCall
from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.api.plan import check_server
from dynclient.api.signature import MISSING
from dynclient.configuration import settings_file
from dynclient.errors import InvalidRequest
from dynclient.exchange import Headers, Request
from dynclient.handles import Link, Namespace, OptionChanges
from dynclient.live.caller import Caller, Given
from dynclient.live.core import Core
from dynclient.live.events import Webhooks
from dynclient.live.reloading import FileWatch
from dynclient.live.shadow import Shadow, ShadowReport
from dynclient.names import explains_arguments, no_argument
from dynclient.opening import Openable, check_keywords, describes_fields, load, name_and_version, takes_opening
from dynclient.options import OptionKeywords, Options
from dynclient.origins import server_rule
from dynclient.problem import Problem
from dynclient.redaction import is_secret_name, redact_url
from dynclient.security.credentials import Credential, Credentials
from dynclient.send.flow import Flow
from dynclient.spec.access import OpenKeywords
from dynclient.spec.document import Document
from dynclient.tolerance import Tolerated, from_settings
from dynclient.wire.servers import Server

_ELSEWHERE = "make the client in the other process"

Spec = Openable | Api


class ClientKeywords(OpenKeywords, OptionKeywords, total=False):
    """What a client takes by name: the options of opening, and those of calls."""

    base_url: str


#: Completes the help of what takes the options of calls by their names.
takes_options = describes_fields("options", Options)


class Calls:
    """The calls of a document's operations, as flows.

    Args:
        spec: A name of the catalog, with or without a version (`shop`, `shop@2.1.0`, `shop@2.x`), a path, an http(s) URL with `fetch=True`, a
            mapping, an open file, the text as bytes, a Document, or an Api.
        server: The server's URL, or the index, name or description of one of the document's; its first when None.
        auth: Credentials by security scheme id: text, a (user, password) pair, or a callable that returns either. `"none"` sends none, whatever
            the document demands.
        options: Everything else that is not in the document.
        transport: What sends.
        engine: The JSON Schema engine: `jsonschema-rs` or `jsonschema`; the first that is installed when None.
        watch: Whether the document is read again when its files, or the pin of its version, change.
        **opening: The options of opening.

    Each field of `Options` may also be given by its name, such as `timeout=5`; it then counts in place of that of `options`. `base_url` is another
    name of `server`.

    Raises:
        SpecError: The document cannot be used.
        InvalidRequest: `auth` names a scheme that neither the document nor another version of it in the catalog has, or `server` is
            neither a URL nor one of its servers.
        ValueError: There is no such engine.
    """

    @explains_arguments
    @takes_opening
    @takes_options
    def __init__(
        self,
        spec: Spec,
        *,
        server: str | int | None = None,
        auth: Mapping[str, Credential] | Literal["none"] | None = None,
        options: Options | None = None,
        transport: Any = None,
        engine: str | None = None,
        watch: bool = False,
        **opening: Unpack[ClientKeywords],
    ) -> None:
        rest: dict[str, Any] = {**opening}
        named: dict[str, Any] = {name: rest.pop(name) for name in Options.__match_args__ if name in rest}
        base_url = rest.pop("base_url", None)
        if base_url is not None and server is not None:
            raise TypeError("server and base_url are two names of one argument; pass one of them")
        server = base_url if server is None else server
        named |= {} if server is None else {"server": server}
        check_keywords(type(self), rest, ["base_url"])
        if not isinstance(options, Options | None):
            raise TypeError(f"options must be dynclient.Options(...), not {type(options).__name__}")
        if isinstance(spec, Api) and (rest or engine):
            raise TypeError(f"an Api is open already; pass {', '.join(rest) or 'engine'} when it is made")
        api = spec if isinstance(spec, Api) else Api.of(load(spec, **rest), engine)
        options = replace(options or Options(), **named) if named else options or Options()
        check_server(api.operations, options)
        self._call_with(self._new_core(api, auth, transport), options)
        self._core.check_settings()
        unknown = self._core.recognise()
        if unknown:
            raise InvalidRequest("these credentials do not fit the document", unknown)
        if watch:
            FileWatch(self._core, name_and_version(spec, opening.get("version"))[1]).start()

    def _new_core(self, api: Api, auth: Mapping[str, Credential] | Literal["none"] | None, transport: Any) -> Core:
        """What the copies of this client will share."""
        if auth not in (None, "none") and not isinstance(auth, Mapping):
            scheme = next(iter(api.schemes), "scheme")
            raise TypeError(f"auth must be a mapping, such as auth={{{scheme!r}: ...}}, not {type(auth).__name__}")
        name = api.document.placed.name or api.title
        found, tokens = self._connect(transport)
        file = settings_file(os.environ)
        settings = from_settings(file, name) if file is not None else ()
        given = None if auth == "none" else self._askable(auth)
        credentials = Credentials(given, name, tokens, waived=auth == "none")
        return Core(api, credentials, found, settings, given=transport)

    def _call_with(self, core: Core, options: Options) -> None:
        """Use this core and these options from now on, and forget the bound operations of earlier ones."""
        self._core = core
        self._options = options
        self._caller = Caller(core, options, awaits=self._awaits, link=self._link)
        self._forget()

    def _forget(self) -> None:
        """Forget the bound operations, which are kept for one Api."""
        self._bound: dict[str, Any] = {}
        self._bound_in = self._core.api

    #: Whether a body may be one that is awaited; and what ends a client, for who calls the method of the other one.
    _awaits = False
    _closes = "close()"

    def _connect(self, transport: Any) -> tuple[Any, Any]:
        """The transport to send with, and a blocking one for token requests."""
        raise NotImplementedError

    def _askable(self, auth: Mapping[str, Credential] | None) -> Mapping[str, Credential] | None:
        """The credentials as those who ask for them take them."""
        return auth

    def _run(self, flow: Flow[Any]) -> Any:
        """Run a flow: give what it gives, or what that can be awaited from."""
        raise NotImplementedError

    def _bind(self, name: str, found: tuple[Api, Operation]) -> Any:
        """The operation of a name as something to call, with where it was found."""
        raise NotImplementedError

    @property
    def document(self) -> Document:
        """The document that this client is driven by."""
        return self._core.api.document

    @property
    def operations(self) -> Operations:
        """The operations by name."""
        return self._core.api.operations

    @property
    def webhooks(self) -> Webhooks:
        """The operations that the API calls at its client: webhooks and callbacks, by name; `webhooks.judge` judges what arrives."""
        return Webhooks(self._core)

    @property
    def tolerated(self) -> dict[tuple[str, str], int]:
        """How often each rule was broken and tolerated, by rule and operationId, in all copies of this client."""
        return dict(self._core.tolerated)

    @explains_arguments
    def use(self, version: str | Document | Api, *, auth: Mapping[str, Credential] | None = None) -> None:
        """Call by another version of the document from now on, in all threads and all copies of this client.

        Calls, streams and links that are under way end with the version that they began with. Operations that were held on to are
        looked up anew, by their names. Credentials go to the scheme that does the same to a request, whatever its id.

        Args:
            version: A version of the catalog, or a range of them; or another Document or Api.
            auth: Further credentials, by the schemes of that version.

        Raises:
            SpecError: The version does not exist or cannot be used; nothing has changed then.
            InvalidRequest: The credentials do not fit that version. Nothing has changed then.
        """
        self._core.swap(version, None if auth is None else self._askable(auth))

    @explains_arguments
    def shadow(self, version: str | Document | Api | None, *, report: ShadowReport | None = None) -> Shadow | None:
        """Judge every exchange of this client by another version of the document, too, and go on calling by this one.

        That takes no time of the callers: what cannot be judged fast enough is counted and left out (`Shadow.left_out`), and an
        error of the judge or the report is logged.

        Args:
            version: As for `use`; None ends it.
            report: Called with each Verdict, in a thread of its own; or a logger, which gets a line for each problem, by default `dynclient`; or a
                `dynclient.traffic.Collector`, whose `report()` is that of `dynclient check`.

        Returns:
            What counts the findings; None for no version.

        Raises:
            SpecError: The version does not exist or cannot be used.
        """
        before = self._core.shadow
        self._core.shadow = None if version is None else Shadow(self._core.version(version), report)
        if before is not None:
            before.end()
        return self._core.shadow

    @explains_arguments
    def with_options(self, **changes: Unpack[OptionChanges]) -> Self:
        """Give a light copy of this client with other options; both share document, credentials and connections.

        Args:
            **changes: Fields of `Options`. `headers` are added to those of this client; the value None takes one away. And `version`:
                another version of the document, with which the copy stays; as for `use`.

        Raises:
            TypeError: There is no such option.
            SpecError: The version does not exist.
            InvalidRequest: `server` is neither a URL nor a server of the document.
        """
        fields: dict[str, Any] = {**changes}
        known = (*Options.__match_args__, "version")
        unknown = fields.keys() - known
        if unknown:
            raise no_argument("with_options", min(unknown), known)
        new = fields.get("headers")
        if isinstance(new, Mapping):
            kept = Headers(self._options.headers).without(new).fields
            fields["headers"] = dict(kept) | {name: value for name, value in new.items() if value is not None}
        version = fields.pop("version", None)
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._call_with(self._core if version is None else self._core.at(version), replace(self._options, **fields))
        if "server" in fields:
            check_server(copy._core.api.operations, copy._options)
        return copy

    def __copy__(self) -> Self:
        return self.with_options()

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        """A copy as of `with_options`: what both share may be shared between threads, and holds secrets and connections."""
        return self.with_options()

    def __reduce__(self) -> tuple[Any, ...]:
        """What makes such a client in another process, without connections and without any secret in clear.

        Raises:
            TypeError: The client has credentials, or a transport, that cannot go there.
        """
        core, options = self._core, self._options
        what = _secret_settings(options)
        if what:
            raise TypeError(f"{what} would be in clear in a pickle of this client; {_ELSEWHERE}")
        if not core.owned:
            try:
                pickle.dumps(core.given)
            except Exception:  # noqa: BLE001  whatever the user's transport says
                kind = type(core.given).__name__
                raise TypeError(f"the transport of this client, {kind}, cannot be pickled; {_ELSEWHERE}") from None
        known = core.credentials
        auth = "none" if known.waived else known.places()
        return _remade, (type(self), core.api, options, auth, core.given, known.api, core.settings)

    @explains_arguments
    def prepare(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Request:
        """Make the request that calls an operation. Nothing is sent.

        Args:
            name: Any name of the operation: operationId, snake_case, or `METHOD /path`.
            arguments: Parameter values by name, or by (location, name).
            body: The body's value.

        Raises:
            UnknownOperation: There is no such operation.
            InvalidRequest: The arguments break the document, or cannot be put on the wire.
        """
        return self._caller.prepare(*self._named(name, arguments, body))

    def _named(self, name: str, arguments: Mapping[Any, Any] | None, body: Any) -> tuple[Operation, Given]:
        """The operation of a name, and what it is called with."""
        return self._core.find(name), ({} if arguments is None else arguments, body, [])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_core" not in self.__dict__:
            raise AttributeError(name)
        bound = self._bound.get(name)
        if bound is not None and self._bound_in is self._core.api:
            return bound
        operations = self._core.api.operations
        if name not in operations:
            if name.startswith("_"):
                raise AttributeError(name)
            if name in operations.by_tag:
                return Namespace(self, name)
            if name in ("close", "aclose"):
                raise AttributeError(f"{type(self).__name__} is closed by {self._closes}, not by {name}()")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.api.operations)

    def __contains__(self, name: object) -> bool:
        return name in self._core.api.operations

    def __getitem__(self, name: str) -> Any:
        if self._bound_in is not self._core.api:
            self._forget()
        bound = self._bound.get(name)
        if bound is None:
            api = self._core.api
            operation = self._core.find(name)  # an unknown name raises, a former one warns
            bound = self._bind(name, (api, operation))
            if name in api.operations or api.operations.former(name) is not operation:
                self._bound[name] = bound  # a former name is not kept, so that every place that uses it is warned of
        return bound

    def __dir__(self) -> list[str]:
        operations = self._core.api.operations.operations
        ids = [operation.id for operation in operations if operation.id.isidentifier()]
        ids += [name for name, _ in self._core.api.document.placed.operations if name.isidentifier()]
        tags = [tag for tag in self._core.api.operations.by_tag if tag.isidentifier()]
        return sorted({*super().__dir__(), *(operation.python_name for operation in operations), *ids, *tags})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        server = redact_url(str(self._options.server)) if self._options.server else "its documented server"
        document = self._core.api.document
        named = f"{document.title!r} {document.identity}".rstrip()  # a document may say no version
        return f"<{type(self).__name__} {named} at {server}>"

    def _link(self, name: str, linked: Callable[[], LinkedCall]) -> Callable[..., Any]:
        """A function that follows a link; it takes the arguments that the link does not give."""

        def follow(*args: Any, **kwargs: Any) -> Any:
            call = linked()
            client = self if call.server is None else self._at(call.server)
            given, body, problems = call.operation.bind(args, kwargs)
            body = call.body if body is MISSING else body
            flow = client._caller.called(call.operation, ({**call.arguments, **given}, body, problems))  # noqa: SLF001  its own kind
            return client._run(flow)  # noqa: SLF001

        return Link(name, follow)

    def _at(self, server: Server) -> Self:
        """This client at the server of a link, unless its options name another one."""
        if self._options.server is not None:
            return self
        url, problems = server.url(self._options.server_variables)
        if problems:
            raise InvalidRequest("the server of the link cannot be used", problems)
        if server_rule(url):
            message = f"{redact_url(url)!r} is not {server_rule(url)}"
            raise InvalidRequest("the server of the link cannot be used", [Problem("server", (), "server", message)])
        return self.with_options(server=url.rstrip("/") + "/")  # whole: the document's base path is not for it


def _secret_settings(options: Options) -> str:
    """Say which settings are secrets; "" if none are."""
    fields = [name for name, value in options.safe_headers.items() if options.headers[name] != value]
    if fields:
        return f"the header fields {', '.join(fields)}"
    for setting in ("extra_query", "extra_body", "server_variables"):
        names = [name for name in getattr(options, setting) if is_secret_name(str(name))]
        if names:
            return f"{', '.join(names)} of {setting}"
    return "the server's URL" if redact_url(str(options.server)) != str(options.server) else ""


def _remade(
    kind: type[Calls], api: Api, options: Options, auth: Any, transport: Any, name: str, settings: tuple[Tolerated, ...]
) -> Calls:
    """Make a client from its pickle."""
    client = kind(api, options=options, auth=auth, transport=transport)
    core = client._core  # noqa: SLF001  its own client
    core.credentials.api, core.settings = name, settings
    client._call_with(core, options)  # noqa: SLF001  its own client
    return client
