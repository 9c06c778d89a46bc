"""The rows of the table. Each is a function that yields its figures; its docstring says what takes the time.

The docstrings list the costs in the order of their shares, as measured with py-spy and cProfile. A row that cannot be measured (an extra is
not installed, the public documents are not downloaded) raises `Missing` with the reason.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import requests
import work
import yaml
from rounds import SECONDS, Figure, figure, grown, in_fresh_processes, literal, side_by_side, sized, timed
from server import serving

import dynclient
import dynclient.traffic
from dynclient import Client
from dynclient.api.api import Api
from dynclient.api.read import read
from dynclient.exchange import Headers, Response
from dynclient.schema.formats import ANNOTATIONS, FORMATS
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.judging import openapi_core_opinion
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import Recording
from dynclient.traffic.sources import files_at
from dynclient.versions import diff

CONCURRENT = 32


class Missing(Exception):
    """Something that a row needs is missing; the text names it."""


class Setting(NamedTuple):
    """The size of the measurement, and its documents.

    Attributes:
        rounds: The number of rounds that count.
        calls: The number of calls in a round.
        folder: A folder for temporary files.
        documents: The public documents by name, `github` and `graph`; empty if they are not downloaded.
        dumps: The folder for their YAML. The first run writes it, which takes minutes.
        slow: Whether to measure rows that take more than a few minutes.
    """

    rounds: int
    calls: int
    folder: Path
    documents: dict[str, Opened]
    dumps: Path
    slow: bool = False


class Opened(NamedTuple):
    """A document to open, and the call to prepare.

    Attributes:
        path: The JSON file.
        operation: The operation.
        arguments: Its arguments.
    """

    path: Path
    operation: str
    arguments: dict[str, Any]


class Line(NamedTuple):
    """One line of the table.

    Attributes:
        what: The name of the measurement.
        against: The baseline.
        reach: The goal: the figure must not be higher; 0 for none.
        figure: The figure, or the reason why there is none.
    """

    what: str
    against: str
    reach: float
    figure: Figure | str


Row = Callable[[Setting], Iterator[Line]]

#: The public documents: the place in the collection, the operation to call, and its arguments.
PUBLIC = {
    "github": ("github.com/api.github.com.json", "repos/get", {"owner": "octocat", "repo": "hello-world"}),
    "graph": ("microsoft.com/graph.json", "users.user.GetUser", {"user-id": "1"}),
}


def bound(row: Row) -> str:
    """Return what takes the time in a row: the last paragraph of its docstring."""
    return " ".join((row.__doc__ or "").strip().split("\n\n")[-1].split()).removeprefix("Bounded by ").rstrip(".")


def importing(setting: Setting) -> Iterator[Line]:
    """Import the package, import its client, and create a client, which loads requests.

    Bounded by requests and yaml, which both sides import. A sixth of the rest is jsonschema-rs; the remainder is reading the modules that a call
    needs and creating their classes.
    """
    base, session = "import requests, yaml", "import requests, yaml; requests.Session()"
    made = "from dynclient import Client; Client('pieces_os')"
    names = ("import dynclient", "from dynclient import Client", made, base, session)
    took = in_fresh_processes({name: timed("", name) for name in names}, 2 * setting.rounds)
    for name in names[:2]:
        yield Line(f"CPU of `{name}`", f"`{base}`", 1.2, figure(took[name], took[base]))
    yield Line(f"CPU of `{made}`", f"`{session}`", 0, figure(took[made], took[session]))


def posting(setting: Setting) -> Iterator[Line]:
    """POST twenty nested fields over the loopback, with request and reply validated.

    Bounded by http.client and the socket, then by building and validating.
    """
    with _serving(setting) as url:
        yield _post(setting, url, {}, "POST, 20 nested fields, validated both ways, default transport", 0.48)


def posting_pyreqwest(setting: Setting) -> Iterator[Line]:
    """The same through the transport `pyreqwest`.

    Bounded by building and validating, and by passing requests to pyreqwest's thread.
    """
    what, against = "the same through `pyreqwest`", _BARE
    try:
        import pyreqwest  # noqa: F401  an extra
    except ImportError:
        raise Missing("the extra pyreqwest is not installed") from None
    with _serving(setting) as url:
        try:
            line = _post(setting, url, {"transport": "pyreqwest"}, what, 0.25)
        except (TypeError, ValueError, ImportError) as error:
            raise Missing(f"no transport pyreqwest: {error}") from None
        yield line._replace(against=against)


_BARE = "`requests.Session().post(json=...)`, not validated"


def _post(setting: Setting, url: str, settings: dict[str, Any], what: str, reach: float) -> Line:
    body, address = work.order(), f"{url}/orders"
    with requests.Session() as session, Client(work.document(server=url), auth=work.AUTH, **settings) as client:
        create = client.createOrder
        sides = {"ours": lambda: create(body), "theirs": lambda: session.post(address, json=body)}
        took = side_by_side(sides, setting.rounds, setting.calls)
    return Line(what, _BARE, reach, figure(took["ours"], took["theirs"]))


@contextmanager
def _serving(setting: Setting) -> Iterator[str]:
    with serving(json.dumps(work.stored()).encode(), setting.folder) as url:
        yield url


def concurrent(setting: Setting) -> Iterator[Line]:
    """Make 32 validated calls at a time with the asynchronous client.

    Bounded by the event loop and the HTTP library, then by building and validating.
    """
    maker = getattr(dynclient, "AsyncClient", None)
    if maker is None:
        raise Missing("this version has no AsyncClient")
    what = f"{CONCURRENT} concurrent calls of `AsyncClient`, validated both ways"
    with _serving(setting) as url:
        for name, opened in {"aiohttp": _aiohttp, "httpx2": _httpx2}.items():
            try:
                found: Figure | str = asyncio.run(
                    _side_by_side(setting, lambda: _asynchronous(maker, url), opened, url)
                )
            except ImportError:
                found = f"not measured: {name} is not installed"
            yield Line(what, f"as many by bare {name}, not validated", 1.1, found)


Opener = Callable[..., Any]


async def _side_by_side(setting: Setting, ours: Opener, theirs: Opener, url: str) -> Figure:

    took: tuple[list[float], list[float]] = ([], [])
    batches = max(1, setting.calls // CONCURRENT)
    async with ours() as call, theirs(url) as bare:
        for _ in range(setting.rounds + 1):
            for side, times in zip((call, bare), took, strict=True):
                started = time.process_time()
                for _ in range(batches):
                    await asyncio.gather(*(side() for _ in range(CONCURRENT)))
                times.append(time.process_time() - started)
    return figure(took[0][1:], took[1][1:])


@asynccontextmanager
async def _asynchronous(maker: Any, url: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    async with maker(work.document(server=url), auth=work.AUTH) as client:
        create, body = client.createOrder, work.order()
        yield lambda: create(body)


@asynccontextmanager
async def _aiohttp(url: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    import aiohttp  # only this row needs it

    body = work.order()
    async with aiohttp.ClientSession() as session:

        async def call() -> bytes:
            async with session.post(f"{url}/orders", json=body) as reply:
                return await reply.read()

        yield call


@asynccontextmanager
async def _httpx2(url: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    import httpx2  # as above

    body = work.order()
    async with httpx2.AsyncClient() as session:
        yield lambda: session.post(f"{url}/orders", json=body)


def building(setting: Setting) -> Iterator[Line]:
    """Build and validate the request, decode and validate the reply; nothing is sent.

    Bounded by the baseline itself: validating takes three tenths of the time, JSON another three. The rest is the frame of a call: sorting the
    arguments, looking for values that are not plain data, header fields, and creating the request and the response.
    """
    client = Client(work.document(), auth=work.AUTH)
    create, body, content = client.createOrder, work.order(), json.dumps(work.stored()).encode()
    operation = client.operations["createOrder"]
    response = Response(201, Headers({"Content-Type": "application/json"}), content)
    is_valid = _validator(_schema(work.document(), "Order")).is_valid

    def ours() -> None:
        create.prepare(body)
        read(operation, response)

    def theirs() -> None:
        is_valid(body)
        json.dumps(body)
        is_valid(json.loads(content))

    took = side_by_side({"ours": ours, "theirs": theirs}, setting.rounds, 10 * setting.calls)
    against = "jsonschema-rs `is_valid` of both bodies + `json.dumps` + `json.loads`"
    yield Line("building and validating alone", against, 1.8, figure(took["ours"], took["theirs"]))


def _schema(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a schema of an OpenAPI 3.0 document with everything that it refers to, and nothing else."""
    return {"$ref": f"{_SCHEMAS}{name}", "components": {"schemas": _reached(data["components"]["schemas"], name)}}


def _validator(schema: dict[str, Any]) -> Any:
    """Compile a schema with jsonschema-rs alone, with the formats that the client checks."""
    formats = {**dict.fromkeys(ANNOTATIONS, lambda _: True), **FORMATS}
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True, formats=formats, offline=True)


_SCHEMAS = "#/components/schemas/"


def _reached(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a schema and the schemas that it refers to, by name."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _references(schemas[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_SCHEMAS)
        for item in schema.values():
            yield from _references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def opening_github(setting: Setting) -> Iterator[Line]:
    """Open GitHub's document (5.7 MB of JSON) and prepare a first call, with an empty and a filled cache.

    Bounded by `json.loads` of the text if it is not cached, else by reading the index.
    """
    yield from _opening(setting, "github", 0.2)


def opening_graph(setting: Setting) -> Iterator[Line]:
    """Open Microsoft Graph's document (20 MB of JSON, 11,422 operations) in the same way.

    Bounded by `json.loads` of the text if it is not cached, else by reading the index.
    """
    yield from _opening(setting, "graph", 0.1)


def opening_yaml(setting: Setting) -> Iterator[Line]:
    """Open both as YAML, written with PyYAML.

    Bounded by libyaml's parser and by making Python objects from its events; if cached, by reading the index.
    """
    for name in ("github", *(("graph",) if setting.slow else ())):
        yield from _opening(setting._replace(rounds=min(3, setting.rounds)), name, 0.02, as_yaml=True)
    if not setting.slow:
        yield Line("opening graph as YAML", "PyYAML's C loader", 1.1, "not measured: takes minutes, see --slow")


def _opening(setting: Setting, name: str, cached: float, *, as_yaml: bool = False) -> Iterator[Line]:
    opened = _public(setting, name)
    if as_yaml:
        opened = opened._replace(path=_dumped(opened.path, setting.dumps / f"{name}.yaml"))
        theirs = timed(
            "import yaml", f"yaml.load(open({str(opened.path)!r}, encoding='utf-8').read(), yaml.CSafeLoader)"
        )
    else:
        theirs = timed("import json", f"json.loads(open({str(opened.path)!r}, 'rb').read())")
    against = "PyYAML's C loader" if as_yaml else "`json.loads` of it"
    what = f"opening {name}{' as YAML' if as_yaml else ''} to the first prepared call"
    ours, cache = timed(_WARM, _opened(opened)), setting.folder / f"cache-{name}-{as_yaml}"
    cold = in_fresh_processes({"ours": ours, "theirs": theirs}, setting.rounds, {"DYNCLIENT_CACHE": "new"})
    yield Line(f"{what}, cold", against, 1.1 if as_yaml else 1.3, figure(cold["ours"], cold["theirs"]))
    warm = in_fresh_processes({"ours": ours}, setting.rounds, {"DYNCLIENT_CACHE": str(cache)})
    filled = cache.is_dir() and any(file.is_file() for file in cache.rglob("*"))
    found = figure(warm["ours"], cold["theirs"]) if filled else _NO_CACHE
    yield Line(f"{what}, cached", against, cached, found)


_NO_CACHE = "not measured: this version has no cache on disk"

#: Runs before the clock starts: imports everything that a call needs. A cache called `new` is an empty folder, so writing it counts.
_WARM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import os, work
from dynclient import Client
setting = os.environ.pop("DYNCLIENT_CACHE", None)
os.environ["DYNCLIENT_CACHE"] = "off"
Client(work.document(), auth=work.AUTH).createOrder.prepare(work.order())
if setting is not None:
    import tempfile
    folder = tempfile.TemporaryDirectory()
    os.environ["DYNCLIENT_CACHE"] = folder.name if setting == "new" else setting
"""


def _opened(opened: Opened) -> str:
    call = f".prepare({opened.operation!r}, {literal(opened.arguments)})"
    return f"client = Client({str(opened.path)!r})\nclient{call}"


def _public(setting: Setting, name: str) -> Opened:
    if name not in setting.documents:
        raise Missing("the public documents are missing: python tests/corpus/survey.py --sample 1 downloads them")
    return setting.documents[name]


def _dumped(path: Path, target: Path) -> Path:
    """Write a document as YAML with PyYAML, once; the large one takes minutes."""
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        with partial.open("w", encoding="utf-8") as file:
            dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            yaml.dump(json.loads(path.read_bytes()), file, dumper, sort_keys=False, allow_unicode=True)
        partial.replace(target)
    return target


def compiling(setting: Setting) -> Iterator[Line]:
    """Use one operation for the first time: prepare a request and read a reply. Its schema `microsoft.graph.user` refers to 460 others.

    The document is open and its operations are listed before, which the rows of opening count.

    Bounded by translation to JSON Schema 2020-12, which takes half of the time; jsonschema-rs takes the rest. The 1,286 subtypes that the
    discriminators name are compiled when a value names them; requests and replies share everything.
    """
    opened = _public(setting, "graph")
    ours = timed(f"{_WARM}\n{_READ}\nclient = Client({str(opened.path)!r})\nlen(client.operations)", _FIRST)
    data = f"json.loads(open({str(opened.path)!r}, 'rb').read())"
    before = f"{_WARM}\nimport json, rows\nschema = rows._schema({data}, 'microsoft.graph.user')"
    theirs = timed(before, "kept = rows._validator(schema)")
    whole = timed(
        f"{_WARM}\n{_WHOLE.format(path=str(opened.path))}", "kept = jsonschema_rs.Draft202012Validator(whole)"
    )
    sides = {"ours": ours, "theirs": theirs, "whole": whole}
    took = in_fresh_processes(sides, setting.rounds, {"DYNCLIENT_CACHE": "off"})
    what = "first use of one operation, schema `microsoft.graph.user`: prepared, a reply read"
    yield Line(what, "jsonschema-rs compiling the same schemas alone", 3, figure(took["ours"], took["theirs"]))
    against = "jsonschema-rs compiling them with those that their discriminators name"
    yield Line("the same", against, 0, figure(took["ours"], took["whole"]))


_WHOLE = """
import dynclient, jsonschema_rs
from dynclient.schema.bundler import bundle
document = dynclient.load({path!r})
whole = bundle(document, document.root.child("components", "schemas", "microsoft.graph.user"), "request")
"""
_READ = """
from dynclient.exchange import Headers, Response
from dynclient.api.api import Api
from dynclient.api.read import read
"""
_FIRST = """
client["users.user.CreateUser"].prepare(body={"@odata.type": "#microsoft.graph.user", "displayName": "x"})
answer = Response(201, Headers({"Content-Type": "application/json"}), b'{"@odata.type": "#microsoft.graph.user", "displayName": "x"}')
read(client.operations["users.user.CreateUser"], answer)
"""


def memory(setting: Setting) -> Iterator[Line]:
    """Measure the memory after opening Graph's document and preparing ten operations: the total, and the growth.

    Bounded by the data of the document if it is not cached, else by Python and the imported modules.
    """
    opened = _public(setting, "graph")
    paths = json.loads(opened.path.read_bytes())["paths"]
    names = [path for path, item in paths.items() if "{" not in path and "get" in item][:10]
    prepared = "\n".join(f"client.prepare('GET {name}')" for name in names)
    cache = setting.folder / "cache-memory"
    for what, measure, reach in (("memory", sized, (1.2, 0.4)), ("growth of memory by", grown, (0, 0))):
        ours = measure(_WARM, f"client = Client({str(opened.path)!r})\n{prepared}")
        plain = measure("import json", f"data = json.loads(open({str(opened.path)!r}, 'rb').read())")
        name = f"{what} {'after ' if measure is sized else ''}opening graph and preparing ten operations"
        yield from _held(ours, plain, name, reach, min(3, setting.rounds), cache)


def _held(ours: str, plain: str, what: str, reach: tuple[float, float], rounds: int, cache: Path) -> Iterator[Line]:
    against = "the plain `json.loads`"
    held = in_fresh_processes({"ours": ours, "theirs": plain}, rounds, {"DYNCLIENT_CACHE": "new"})
    yield Line(f"{what}, cold", against, reach[0], figure(held["ours"], held["theirs"]))
    warm = in_fresh_processes({"ours": ours}, rounds, {"DYNCLIENT_CACHE": str(cache)})
    filled = cache.is_dir() and any(file.is_file() for file in cache.rglob("*"))
    yield Line(f"{what}, cached", against, reach[1], figure(warm["ours"], held["theirs"]) if filled else _NO_CACHE)


def growing(setting: Setting) -> Iterator[Line]:
    """Take ten times the operations, and ten times the body: the time per operation, per call and per byte.

    Bounded by work that is done once for each operation and each field, and never for pairs of them.
    """
    few, many = _sized_document(setting, 20 * setting.calls), _sized_document(setting, 2 * setting.calls)
    sides = {"ours": lambda: _first(few), "theirs": lambda: _first(many)}
    took = side_by_side(sides, setting.rounds, 1)
    found = figure([time / 10 for time in took["ours"]], took["theirs"])
    yield Line("opening, 10 x the operations: time per operation", "the same, 1 x", 1.2, found)

    large, small = Client(few, auth=work.AUTH), Client(many, auth=work.AUTH)
    body = work.order()
    sides = {"ours": lambda: large.createOrder.prepare(body), "theirs": lambda: small.createOrder.prepare(body)}
    took = side_by_side(sides, setting.rounds, 10 * setting.calls)
    yield Line("a call, 10 x the operations: time per call", "the same, 1 x", 1.2, figure(took["ours"], took["theirs"]))

    times = side_by_side({"ours": _call(100), "theirs": _call(10)}, setting.rounds, setting.calls)
    sizes = [len(json.dumps(work.order(items))) for items in (100, 10)]
    found = figure([time / sizes[0] for time in times["ours"]], [time / sizes[1] for time in times["theirs"]])
    yield Line("a call, 10 x the body: time per byte", "the same, 1 x", 1.2, found)


def _sized_document(setting: Setting, operations: int) -> Path:
    file = setting.folder / f"operations-{operations}.json"
    file.write_text(json.dumps(work.document(operations)), "utf-8")
    return file


def _first(path: Path) -> None:
    Client(path, auth=work.AUTH).createOrder.prepare(work.order())


def _call(items: int) -> Callable[[], None]:
    """Return a function that prepares an order of this many items and reads the reply."""
    client = Client(work.document(), auth=work.AUTH)
    body, content = work.order(items), json.dumps(work.stored(items)).encode()
    response = Response(201, Headers({"Content-Type": "application/json"}), content)

    def call() -> None:
        client.createOrder.prepare(body)
        read(client.operations["createOrder"], response)

    return call


def judging_traffic(setting: Setting) -> Iterator[Line]:
    """Judge the project's own recordings, each several times with another credential.

    Bounded by reading and walking the bodies, then by finding the operation and reading its parameters.
    """
    api = Api.of(dynclient.load("order_capture"))
    clean = _recordings(max(2, setting.calls // 5))
    inspector, opinion = Inspector([api]), openapi_core_opinion(api.document)
    few = clean[: max(1, len(clean) // 20)]
    bodies = [body for each in clean for body in _validated(api, each)]
    half = [_damaged(each) if index % 2 else each for index, each in enumerate(clean)]

    def by_referee() -> None:
        for each in few:
            operation = api.find(each.exchange.request)
            assert operation is not None
            opinion(each.exchange, operation)

    def alone() -> None:
        for content, is_valid in bodies:
            is_valid(json.loads(content))

    sides: dict[str, Callable[[], object]] = {
        "clean": lambda: inspector.report(clean),
        "half": lambda: inspector.report(half),
        "referee": by_referee,
        "alone": alone,
    }
    took = side_by_side(sides, setting.rounds, 1)
    what = "judging clean recorded exchanges, one core"
    theirs = [seconds * len(clean) / len(few) for seconds in took["referee"]]
    yield Line(what, "openapi-core on the same", 0.01, figure(took["clean"], theirs))
    yield Line(what, "`json.loads` and jsonschema-rs of the bodies alone", 5, figure(took["clean"], took["alone"]))
    yield Line("judging exchanges of which half is broken", "clean ones", 3, figure(took["half"], took["clean"]))


def judging_in_jobs(setting: Setting) -> Iterator[Line]:
    """Judge a file of recorded exchanges by two processes, in time by the clock: 90,000 exchanges in ten chunks, so that both have five.

    Bounded by the slower of both halves, then by compiling the document in each process.
    """
    file = setting.folder / "traffic.ndjson"
    with file.open("w", encoding="utf-8") as stream:
        for each in _recordings(max(2, 4 * setting.calls)):
            stream.write(json.dumps(_as_line(each)) + "\n")
    sides = {
        str(jobs): f"""
import time, dynclient
from dynclient.traffic.checking import check_recordings
document = dynclient.load("order_capture")
started = time.perf_counter()
check_recordings([{str(file)!r}], document, jobs={jobs})
print(time.perf_counter() - started)
"""
        for jobs in (1, 2)
    }
    took = in_fresh_processes(sides, setting.rounds)
    yield Line("two jobs on a file of recorded exchanges", "one", 0.56, figure(took["2"], took["1"]))


def _recordings(times: int) -> list[Recording]:
    """Return the project's recordings, each several times with another credential."""
    folder = Path(__file__).parent.parent.parent / "cassettes" / "order_capture"
    found = [each for file in files_at([folder]) for each in read_recordings(file) if isinstance(each, Recording)]  # type: ignore[arg-type]
    return [_with_key(each, f"key-{number}") for number in range(times) for each in found if each.exchange.response]


def _with_key(recording: Recording, key: str) -> Recording:
    request = recording.exchange.request
    fields = [(name, key if name.lower() == "x-client-id" else text) for name, text in request.headers.fields]
    exchange = replace(recording.exchange, request=replace(request, headers=Headers(fields)))
    return replace(recording, exchange=exchange)


def _damaged(recording: Recording) -> Recording:
    response = recording.exchange.response
    broken = replace(response, content=response.content.replace(b'":"', b'":5,"x":"'))  # type: ignore[type-var, union-attr]
    return replace(recording, exchange=replace(recording.exchange, response=broken))


def _validated(api: Api, recording: Recording) -> Iterator[tuple[bytes, Callable[[Any], bool]]]:
    """Yield the bodies of an exchange, each with what says whether it is valid."""
    request, response = recording.exchange.request, recording.exchange.response
    operation = api.find(request)
    if operation is None or response is None:
        return
    reply = operation.reply(response.status)
    for message, contents in (
        (request, operation.body and operation.body.by_type),
        (response, reply and reply.contents),
    ):
        content = contents.covering(message.headers.get("Content-Type", "")) if contents else None
        if content is not None and message.content:
            yield message.content, content.schema.is_valid


def _as_line(recording: Recording) -> dict[str, Any]:
    request, response = recording.exchange.request, recording.exchange.response
    sent = {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": request.content.decode(),
    }
    if response is None:
        return {"request": sent}
    received = {"status": response.status, "headers": dict(response.headers), "body": response.text}
    return {"request": sent, "response": received}


def reading_cassettes(setting: Setting) -> Iterator[Line]:
    """Read a cassette of vcrpy in YAML, to exchanges with their codings undone.

    Bounded by libyaml's events, which alone take an eighth of the loader's time; then by building the data of an entry, and by checking
    and taking over its header fields.
    """
    folder = Path(__file__).parent.parent.parent / "cassettes" / "order_capture"
    entries = [
        entry
        for file in sorted(folder.glob("*.yaml"))
        for entry in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["interactions"]
    ]
    cassette = setting.folder / "cassette.yaml"
    one = yaml.dump(entries, Dumper=yaml.CSafeDumper)
    cassette.write_text("interactions:\n" + one * max(1, setting.calls // 5) + "version: 1\n", "utf-8")
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: sum(1 for _ in dynclient.traffic.read_cassette(cassette)),
        "theirs": lambda: yaml.load(cassette.read_bytes(), yaml.CSafeLoader),
    }
    took = side_by_side(sides, setting.rounds, 1)
    yield Line(
        "reading a vcrpy cassette", "`yaml.load` with PyYAML's C loader", 0.15, figure(took["ours"], took["theirs"])
    )


def comparing(setting: Setting) -> Iterator[Line]:
    """Compare GitHub's document with that of its Enterprise Server 3.8; both are open.

    Bounded by reading both documents, a third; then by finding the operations that say the same in the same words, and by making a request for
    each of the removed ones, a sixth each.
    """
    opened = _public(setting, "github")
    files = opened.path, opened.path.with_name("ghes-3.8.json")
    if not files[1].is_file():
        raise Missing("the document of GitHub Enterprise Server 3.8 is not among the public documents")
    texts = [file.read_bytes() for file in files]

    def compared() -> None:
        diff(*(dynclient.load(file) for file in files))

    took = side_by_side({"ours": compared, "theirs": lambda: [json.loads(text) for text in texts]}, setting.rounds, 1)
    yield Line(
        "Compare two versions of GitHub's document", "`json.loads` of both", 2.5, figure(took["ours"], took["theirs"])
    )


ROWS: dict[str, Row] = {
    "import": importing,
    "post": posting,
    "post-pyreqwest": posting_pyreqwest,
    "async": concurrent,
    "building": building,
    "github": opening_github,
    "graph": opening_graph,
    "yaml": opening_yaml,
    "compile": compiling,
    "memory": memory,
    "growth": growing,
    "traffic": judging_traffic,
    "jobs": judging_in_jobs,
    "cassettes": reading_cassettes,
    "diff": comparing,
}


def measured(names: Sequence[str], setting: Setting) -> Iterator[tuple[Row, Line]]:
    """Yield the lines of these rows as they are measured; a row that cannot be measured yields one line with the reason."""
    for name in names:
        row = ROWS[name]
        try:
            for line in row(setting):
                yield row, line
        except (Missing, subprocess.TimeoutExpired) as error:
            what = " ".join((row.__doc__ or "").partition("\n")[0].split())
            reason = str(error) if isinstance(error, Missing) else f"took more than {SECONDS} s"
            yield row, Line(what, "", 0, f"not measured: {reason}")
