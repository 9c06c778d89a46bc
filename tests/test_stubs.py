"""Stubs: programs that use them type-check and run, and what is wrong in a program is an error of the type checkers."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from corpus.survey import corpus, default_cache
from servers import document

from dynclient.api.api import Api
from dynclient.cli.program import cli
from dynclient.errors import SpecError
from dynclient.mock.server import Mock
from dynclient.opening import load
from dynclient.spec.document import Document
from dynclient.stubs.definitions import docstring, type_word
from dynclient.stubs.modules import differences, stub_files, write_files

HOME = Path(__file__).parent.parent
STRANGERS = Path(__file__).parent / "data" / "strangers"
#: The programs of strangers, each with its document and the name of its stubs.
PROGRAMS = {
    "github_issues": ("github", "github"),
    "stripe_customer": ("stripe", "stripe_api"),
    "twilio_message": ("twilio", "twilio_api"),
}
_ERROR = re.compile(r"^\s*(?:.*/)?(\w+)\.pyi?:(\d+)(?::\d+)?(?: -)?:? error")

ODD = """
openapi: 3.1.0
info: {title: 'Odd \"\"\" \\ shop', version: '1'}
servers: [{url: 'http://127.0.0.1'}]
paths:
  /things/{Thing-Id}:
    parameters:
      - {name: Thing-Id, in: path, required: true, schema: {type: integer}}
    get:
      operationId: list
      tags: [things]
      parameters:
        - {name: self, in: query, schema: {type: array, items: {type: integer}}}
        - {name: from, in: query, schema: {type: string, format: date}}
        - {name: class, in: query, schema: {$ref: '#/components/schemas/None'}}
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Node'}}}}}
        '204': {description: Nothing}
    put:
      operationId: Node
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Node'}}
          text/csv: {schema: {type: string}}
          image/png: {}
      responses:
        '200':
          description: OK
          content:
            application/json: {schema: {$ref: '#/components/schemas/Node'}}
            text/csv: {schema: {type: string}}
            image/png: {}
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, name: {type: string}}}
      responses: {'201': {description: OK, content: {application/pdf: {schema: {type: string, format: binary}}}}}
  /pets:
    post:
      operationId: addPet
      tags: [pets, things]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/some.pet'}}}}
      responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/some.pet'}}}}}
    get:
      operationId: broken
      parameters: [{$ref: '#/components/parameters/Missing'}]
      responses: {}
components:
  schemas:
    None: {type: [string, 'null'], enum: [a, b, null]}
    Node:
      type: object
      required: [value, kids]
      properties:
        value: {type: [integer, 'null']}
        kids: {type: array, items: {$ref: '#/components/schemas/Node'}}
        $ref: {type: string}
        int: {type: integer}
    loop: {anyOf: [{$ref: '#/components/schemas/loop'}, {type: string}]}
    json: {anyOf: [{type: string}, {type: array, items: {$ref: '#/components/schemas/json'}}]}
    Animal:
      required: [species]
      properties: {species: {type: string}}
      discriminator: {propertyName: species}
    Bird: {allOf: [{$ref: '#/components/schemas/Animal'}, {type: object, properties: {wings: {type: integer}}}]}
    some.pet:
      required: [id, kind, password]
      properties:
        id: {type: integer, readOnly: true}
        password: {type: string, writeOnly: true}
        kind: {const: cat}
        friend: {$ref: '#/components/schemas/Animal'}
        tags: {type: object, additionalProperties: {type: number}}
        data: {$ref: '#/components/schemas/json'}
        owner: {oneOf: [{type: string}, {type: object, properties: {name: {type: string}}, additionalProperties: true}]}
"""

#: A line that ends with `# wrong` must be an error, and no other line may be one.
CHECKED = {
    "shop_program": """
import dynclient
from shop import AsyncClient, CheckoutRequest, Client, ItemRequest

item: ItemRequest = {"itemNo": "1", "quantity": 1}
body: CheckoutRequest = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "en", "items": [item]}

def blocking(shop: Client) -> str | None:
    shop.createCheckout(retailUnit="se", body=body)
    shop.create_checkout(retail_unit="se", body=body)
    shop.create_checkout(retail_unit="se", checkout_request=body)
    shop.create_checkout(retailUnit="se", checkout_request=body)
    shop.create_checkout("se", dynclient.Body(object(), "application/json"))
    shop.get_order.with_options(timeout=3)("id", "se")
    request: dynclient.Request = shop.get_order.prepare("id", "se")
    reply: dynclient.Response = shop.get_order.send(checkoutId="id", retailUnit="se")
    plain: dynclient.Client = shop
    shop.create_checkout(1, 2, 3, 4, bogus=True)  # wrong
    shop.create_checkout("se")  # wrong
    shop.create_checkout("se", {"shoppingType": "SHOP", "channel": "WEBAPP", "languageCode": "en", "items": []})  # wrong
    shop.create_checkout("se", {"chanel": "WEBAPP"})  # wrong
    shop.get_order.send("id")  # wrong
    shop.get_order.prepare("id", "se", bogus=1)  # wrong
    shop.get_odrer("id", "se")  # wrong
    shop.get_order("id", "se")["chekoutId"]  # wrong
    return shop.get_order("id", "se").get("checkoutId")

async def awaited(shop: AsyncClient) -> str | None:
    shop.get_order("id", "se").get("checkoutId")  # wrong
    await shop.get_order("id", 1)  # wrong
    async with shop.get_order.stream("id", "se") as stream:
        print(stream.status)
    return (await shop.get_order("id", "se")).get("checkoutId")
""",
    "odd_program": """
from datetime import date
from pathlib import Path
from typing import assert_type
from odd import Client, Node, SomePet, SomePetInput

def program(odd: Client) -> None:
    node: Node = {"value": None, "kids": [{"value": 1, "kids": []}], "$ref": "x"}
    assert_type(odd.list(1), list[Node] | None)
    odd.list(1, self=[1], from_=date(2026, 1, 1), class_="a")
    odd.list(thing_id=1, from_="2026-01-01", class_=None)
    assert_type(odd.Node(1, node), Node | str | bytes)
    odd.node(1, "a,b")
    odd.node(1, Path("a.png"))
    assert_type(odd.upload(1, {"file": Path("a.pdf"), "name": "a"}), bytes)
    pet: SomePet = odd.add_pet({"kind": "cat", "password": "x", "tags": {"a": 1}, "data": ["a", ["b"]]})
    sent: SomePetInput = {"kind": "cat", "password": "x", "owner": {"name": "a", "age": 3}}
    odd.add_pet({"kind": "cat", "password": "x", "friend": {"species": "Bird", "wings": 2}})
    odd.add_pet({"kind": "cat", "password": "x", "friend": {"species": "Bird", "wheels": 2}})  # wrong
    print(pet["id"] + 1)
    odd.list("1")  # wrong
    odd.list(1, class_="c")  # wrong
    odd.list(1, self=["a"])  # wrong
    odd.node(1, {"value": "a", "kids": []})  # wrong
    odd.node(1, {"value": 1, "kids": [{"value": 1}]})  # wrong
    odd.node(1, 3)  # wrong
    odd.upload(1, {"name": "a"})  # wrong
    odd.add_pet({"kind": "dog", "password": "x"})  # wrong
    odd.add_pet({"kind": "cat"})  # wrong
    odd.add_pet({"kind": "cat", "password": "x", "tags": {"a": "b"}})  # wrong
""",
    "daily_program": """
from collections.abc import AsyncIterator, Iterator
from typing import assert_type
import github
from github import Issue
from shop import Client
from stripe_api import Client as Stripe
from twilio_api import AsyncClient as Twilio

def pages(gh: github.Client) -> None:
    assert_type(gh.issues_list_for_repo.items("o", "r"), Iterator[Issue])
    for page in gh.issues.list_for_repo.pages("o", repo="r", state="open"):
        assert_type(page, list[Issue])
    assert_type(gh.issues.issues_list_for_repo("o", "r"), list[Issue])
    gh.issues.list_for_repo.items("o")  # wrong
    gh.issues.list_for_rep("o", "r")  # wrong
    gh.issue.list_for_repo("o", "r")  # wrong
    next(gh.issues.list_for_repo.items("o", "r"))["nummer"]  # wrong

def members(stripe: Stripe, shop: Client) -> None:
    stripe.post_customers(email="ada@example.test", metadata={"plan": "a"}, idempotency_key="k")
    assert_type(stripe.post_charges.curl(amount=2000, currency="eur"), str)
    shop.create_checkout("se", shopping_type="ONLINE", channel="WEBAPP", language_code="en", items=[])
    shop.createCheckout(retailUnit="se", shoppingType="ONLINE", channel="WEBAPP", languageCode="en", items=[])
    stripe.post_customers(emial="ada@example.test")  # wrong
    stripe.post_charges(amount="2000", currency="eur")  # wrong
    shop.create_checkout("se", shopping_type="SHOP", channel="WEBAPP", language_code="en", items=[])  # wrong
    shop.create_checkout("se", shopping_type="ONLINE")  # wrong

def copies(shop: Client, gh: github.AsyncClient) -> None:
    shop.with_options(timeout=5, version="2.1.0", headers={"A": "b", "C": None}, server=0).get_order("id", "se")
    print(shop.get_order.with_options(timeout=5, max_pages=3)("id", "se").get("checkoutId"))
    gh.issues.list_for_repo.with_options(max_pages=3).items("o", "r")
    shop.with_options(timout=5)  # wrong
    shop.with_options(timeout="5")  # wrong
    shop.with_options(timeout=5).get_odrer("id", "se")  # wrong
    shop.get_order.with_options(header={})  # wrong
    shop.get_order.with_options(timeout=5)("id")  # wrong
    gh.with_options(validate_requests="never")  # wrong

async def awaited(twilio: Twilio, gh: github.AsyncClient) -> None:
    await twilio.create_message("AC1", To="+1", From="+2", Body="Hello")
    assert_type(gh.issues.list_for_repo.items("o", "r"), AsyncIterator[Issue])
    assert_type(await gh.issues.list_for_repo("o", "r"), list[Issue])
    print([issue["number"] async for issue in gh.issues_list_for_repo.items("o", "r")])

Client("order_capture", timeout=5, headers={"A": "b"}, retries=3, validate_responses="warn", base_url="http://a", max_pages=3)
Client("order_capture", timout=5)  # wrong
Client("order_capture", validate_responses="never")  # wrong
""",
    "packed_program": """
from packed.everything import Client
from packed.checkout import AsyncClient
from packed.types import CheckoutRequest

def program(shop: Client, other: AsyncClient, body: CheckoutRequest) -> None:
    print(shop.create_checkout("se", body).get("resourceId"))
    shop.checkout.create_checkout("se", body)
    shop.checkout.create_chekout("se", body)  # wrong
    other.get_order("id", "se")["checkoutId"]  # wrong
    shop.nothing()  # wrong
""",
    "tags_program": """
from typing import Any, assert_type
from odd import Client
from odd_packed.everything import AsyncClient
from odd_packed.types import SomePet

async def program(odd: Client, packed: AsyncClient) -> None:
    odd.things.list(1)
    odd.things.add_pet(kind="cat", password="x")
    odd.things.add_pett()  # wrong
    odd.pets.add_pet(kind="cat", password="x", id=3)  # wrong
    assert_type(await packed.pets.add_pet(kind="cat", password="x"), SomePet)
    await packed.things.list("1")  # wrong
    assert_type(packed.things.add_pet, Any)
    packed.pets.list(1)  # wrong
""",
}


def odd_document() -> Document:
    """A document with the names and schemas that are hard to write as types."""
    found: Document = load(yaml.safe_load(ODD))
    return found


def written(found: Document, target: Path) -> None:
    """Write the stubs of a document."""
    write_files(stub_files(Api.of(found), target), target)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with stubs, with programs, and with the stubs of a sample of public documents."""
    folder = tmp_path_factory.mktemp("typed")
    written(load("order_capture"), folder / "shop.pyi")
    written(load("order_capture"), folder / "packed")
    written(odd_document(), folder / "odd.pyi")
    written(odd_document(), folder / "odd_packed")
    for program, (spec, stubs) in PROGRAMS.items():
        written(load(STRANGERS / f"{spec}.yaml"), folder / f"{stubs}.pyi")
        shutil.copy(STRANGERS / f"{program}.py", folder)
    for name, text in CHECKED.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    for number, path in enumerate(public_documents()):
        written(load(path), folder / f"public_{number}.pyi")
    return folder


def public_documents() -> list[Path]:
    """Some public documents, always the same; none where they cannot be downloaded."""
    if shutil.which("npm") is None and not default_cache().is_dir():
        return []
    small = sorted(path for path in corpus(default_cache()).rglob("*.json") if path.stat().st_size < 200_000)
    return random.Random(2033).sample(small, 20)  # noqa: S311  repeatable


def errors(command: list[str], folder: Path) -> dict[str, set[int]]:
    """Run a type checker in a folder, and return the lines of its errors by module."""
    environment = {**os.environ, "MYPYPATH": str(HOME), "PYTHONPATH": str(HOME)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    assert "rror" in done.stdout, done.stdout + done.stderr
    found: dict[str, set[int]] = {}
    for line in done.stdout.splitlines():
        if match := _ERROR.match(line):
            found.setdefault(match[1], set()).add(int(match[2]))
    return found


def wrong_lines(folder: Path) -> dict[str, set[int]]:
    """The lines that must be errors, by module."""
    found = {}
    for name in CHECKED:
        lines = (folder / f"{name}.py").read_text("utf-8").splitlines()
        found[name] = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    return found


def mypy(folder: Path) -> list[str]:
    """The command of mypy, with a cache in the folder."""
    return [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(folder / ".cache")]


def test_mypy_accepts_right_programs_and_refuses_what_is_wrong(folder: Path) -> None:
    """Strictly, and the stubs of public documents without any error."""
    everything = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.pyi"))
    programs = [f"{name}.py" for name in (*CHECKED, *PROGRAMS)]
    command = [*mypy(folder), *programs, *everything]
    assert errors(command, folder) == wrong_lines(folder)


def test_mypy_calls_a_reply_by_its_name(folder: Path) -> None:
    """A message about a wrong call lists the ways to call it; the members of its reply, and of theirs, do not belong there."""
    wrong = 'from shop import Client\nClient("order_capture").get_order("1")'
    environment = {**os.environ, "MYPYPATH": str(HOME), "PYTHONPATH": str(HOME)}
    run = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    said = subprocess.run([*mypy(folder), "-c", wrong], check=False, **run).stdout  # noqa: S603  our own
    assert said.count(") -> CheckoutDto\n") == 2, said


def test_pyright_agrees(folder: Path) -> None:
    """The engine of most editors."""
    settings = {
        "extraPaths": [str(HOME)],
        "typeCheckingMode": "standard",
        "include": ["*.py", "*.pyi", "packed", "odd_packed"],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = [sys.executable, "-m", "basedpyright", "-p", ".", "--pythonpath", sys.executable]
    assert errors(command, folder) == wrong_lines(folder)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_of_strangers_run(program: str, folder: Path) -> None:
    """The module beside a stub has its clients, and its types for annotations."""
    spec = STRANGERS / f"{PROGRAMS[program][0]}.yaml"
    with Mock(load(spec)) as mock:
        environment = {**os.environ, "PYTHONPATH": str(HOME), "SPEC": str(spec), "SERVER": mock.url}
        done = subprocess.run(  # noqa: S603  our own
            [sys.executable, f"{program}.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert len((folder / f"{program}.py").read_text("utf-8").splitlines()) < 20


def test_a_module_has_its_types_at_run_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object is a dict, so that it can be called with its members; a name that the document does not have is an error."""
    monkeypatch.syspath_prepend(folder)
    import odd  # type: ignore[import-not-found]  # it was made just now

    assert odd.SomePet(kind="cat") == {"kind": "cat"}
    assert odd.Json is Any
    assert odd.Client.__mro__[1].__module__ == "dynclient.client"
    with pytest.raises(AttributeError, match="Pett"):
        _ = odd.Pett


def test_a_tag_that_windows_keeps_for_a_device_is_a_module_of_another_name(tmp_path: Path) -> None:
    """Else nobody could check the package out there."""
    paths = {"/a": {"get": {"operationId": "getA", "tags": ["AUX"], "responses": {}}}}
    assert tmp_path / "made" / "aux_2.pyi" in stub_files(Api(document(paths)), tmp_path / "made")


def test_files_on_disk_are_compared_with_the_document(tmp_path: Path) -> None:
    """What differs is shown as a diff; equal files differ in nothing."""
    paths: dict[str, Any] = {"/a": {"get": {"operationId": "getA", "tags": ["one"], "responses": {}}}}
    target = tmp_path / "made"
    written(document(paths), target)
    assert differences(stub_files(Api(document(paths)), target), target) == []
    paths["/a"]["get"] = {**paths["/a"]["get"], "tags": ["two"]}
    files = stub_files(Api(document(paths)), target)
    changes = differences(files, target)
    assert f"--- {target / 'one.pyi'}: not needed any more" in changes
    assert "+    def get_a(_self) -> _typed.Reply[Any]:" in changes
    write_files(files, target)
    assert not (target / "one.pyi").exists()


def test_a_file_that_somebody_else_wrote_is_kept(tmp_path: Path) -> None:
    """Only files of these stubs are taken away."""
    written(document(), tmp_path / "made")
    (tmp_path / "made" / "own.py").write_text("x = 1\n")
    written(document(), tmp_path / "made")
    assert (tmp_path / "made" / "own.py").exists()


def test_a_module_that_somebody_else_wrote_is_not_replaced(tmp_path: Path) -> None:
    """Nor is the stub beside it written."""
    (tmp_path / "shop.py").write_text("x = 1\n")
    with pytest.raises(SpecError, match=r"shop.py was not made by `dynclient stubs`"):
        written(document(), tmp_path / "shop.pyi")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.py"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """One of ours, which names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match="cannot write stubs"):
        written(document(), tmp_path / "file" / "shop.pyi")


def test_the_command_checks_stubs(tmp_path: Path) -> None:
    """It exits with 1 when they are not what the document says now, and says what differs."""
    target = str(tmp_path / "shop.pyi")
    run = CliRunner().invoke
    missing = run(cli, ["stubs", "order_capture", "-o", target, "--check"])
    assert (missing.exit_code, "+class CheckoutRequest(TypedDict):" in missing.output) == (1, True)
    assert run(cli, ["stubs", "order_capture", "-o", target]).exit_code == 0
    assert run(cli, ["stubs", "order_capture", "-o", target, "--check"]).exit_code == 0
    assert run(cli, ["stubs", "order_capture"]).stdout == Path(target).read_text("utf-8")
    assert run(cli, ["stubs", "order_capture", "--check"]).exit_code == 2


def test_stubs_need_the_name_of_a_module(tmp_path: Path) -> None:
    """Nobody could import them otherwise."""
    with pytest.raises(SpecError, match="'my-shop' is not the name of a module"):
        stub_files(Api(document()), tmp_path / "my-shop.pyi")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("simple-user", "SimpleUser"),
        ("a.b", "AB"),
        ("3d", "T3d"),
        ("Any", "Any_"),
        ("é", "T"),
        ("item[]", "Item"),
        ("Order", "Order"),
    ],
)
def test_a_type_has_a_name_of_python(name: str, word: str) -> None:
    """In the document's own capitals."""
    assert type_word(name) == word


@pytest.mark.parametrize("text", ['ends with "', 'a """ inside', "back\\slash", "two\nlines", "a\x00b\r\nc", "\ud800"])
def test_a_description_is_a_docstring(text: str) -> None:
    """Whatever is in it."""
    compile("\n".join(["def f():", *docstring(text, 4)]), "x", "exec")
