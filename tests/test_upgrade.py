"""`dynclient upgrade`: what another version breaks, in code and in recordings, and what to write instead."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from dynclient.catalog import shelves
from dynclient.cli.program import cli
from dynclient.upgrade.usage import UNKNOWN, usages

OK = {"200": {"description": "OK"}}


def parameter(name: str, place: str = "path", **schema: Any) -> dict[str, Any]:
    """A parameter of an operation."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema or {"type": "string"}}


def body(**properties: Any) -> dict[str, Any]:
    """A body that is an object."""
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"content": {"application/json": {"schema": schema}}}


OLD = {
    "/pets/{id}": {
        "get": {
            "operationId": "getPet",
            "parameters": [parameter("id"), parameter("view", "query", enum=["full", "short"])],
            "responses": OK,
        }
    },
    "/shops/{shop}/pets/{pet}": {
        "get": {"operationId": "findPet", "parameters": [parameter("shop"), parameter("pet")], "responses": OK}
    },
    "/pets": {"post": {"operationId": "addPet", "requestBody": body(name={"type": "string"}, tag={}), "responses": OK}},
    "/old": {"get": {"operationId": "listOld", "responses": OK}},
    "/find": {"get": {"operationId": "findOld", "parameters": [parameter("page", "query")], "responses": OK}},
    "/gone": {"get": {"operationId": "getGone", "responses": OK}},
    "/aliased": {"get": {"operationId": "showAliased", "responses": OK}},
}
NEW = {
    "/pets/{petId}": {"get": {"operationId": "getPet", "parameters": [parameter("petId"), parameter("view", "query", enum=["full"])], "responses": OK}},
    "/shops/{shop}/pets/{pet}": {"get": {"operationId": "findPet", "parameters": [parameter("pet"), parameter("shop")], "responses": OK}},
    "/pets": {"post": {"operationId": "addPet", "requestBody": body(name={"type": "string", "minLength": 2}), "responses": OK}},
    "/old": {"get": {"operationId": "readOld", "responses": OK}},
    "/find": {"get": {"operationId": "findOld", "responses": OK}},
    "/aliased": {"get": {"operationId": "readAliased", "x-dynclient-aliases": ["showAliased"], "responses": OK}},
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two versions of an API, the first of which is pinned."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs" / "zoo").mkdir(parents=True)
    for number, paths in (("1", OLD), ("2", NEW)):
        data = {
            "openapi": "3.1.0",
            "info": {"title": "Zoo", "version": number},
            "servers": [{"url": "http://h"}],
            "paths": paths,
        }
        (tmp_path / "specs" / "zoo" / f"{number}.yaml").write_text(yaml.safe_dump(data), "utf-8")
    (tmp_path / "specs" / "dynclient.toml").write_text('[apis.zoo]\nversion = "1"\n', "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["upgrade", "zoo", "2", *arguments])


def found(project: Path, line: str) -> dict[str, Any]:
    """What is said of one line of code."""
    (project / "code.py").write_text(f"from dynclient import Client\nclient = Client('zoo')\n{line}\n", "utf-8")
    done = run("--code", "code.py", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert len(findings) == 1, done.output
    assert findings[0]["where"] == "code.py:3"
    assert done.exit_code == (findings[0]["outcome"] == "broken")
    one: dict[str, Any] = findings[0]
    return one


LINES = [
    ("client.get_pet('1')", "fine", "", ""),
    ("client.get_pet('1', view='full')", "fine", "", ""),
    ("client.get_pet('1', view='short')", "broken", '"short" is not', ""),
    ("client.get_pet(id='1')", "broken", "the argument id is gone", "pet_id="),
    ("client.call('getPet', {'id': '1'})", "broken", "the argument id is gone", "pet_id="),
    ("client['getPet'](petId='1')", "fine", "", ""),
    ("client.find_pet('s', 'p')", "broken", "argument 1 was shop and is pet now", "pass the arguments by keyword"),
    ("client.find_pet(shop='s', pet='p')", "fine", "", ""),
    ("client.list_old()", "broken", "it is called read_old in Zoo 2", "read_old"),
    ("client.list_old.send()", "broken", "it is called read_old in Zoo 2", "read_old"),
    ("held = client.list_old", "broken", "it is called read_old in Zoo 2", "read_old"),
    ("client.show_aliased()", "changed", "it is called read_aliased in Zoo 2", "read_aliased"),
    ("getattr(client, name)()", "unknown", "only a run shows which operation this is", ""),
    ("getattr(client, name, None).send()", "unknown", "only a run shows which operation this is", ""),
    ("client[name]('1')", "unknown", "only a run shows which operation this is", ""),
    ("held = client[f'get{thing}']", "unknown", "only a run shows which operation this is", ""),
    (
        "client.with_options(timeout=3).call(name, {'id': '1'})",
        "unknown",
        "only a run shows which operation this is",
        "",
    ),
    ("client.get_gone()", "broken", "Zoo 2 has no operation 'get_gone'; Zoo 1 has it", ""),
    ("client.with_options(timeout=3).get_gone()", "broken", "has no operation 'get_gone'", ""),
    ("client.add_pet({'name': 'Rex'})", "fine", "", ""),
    ("client.add_pet({'name': 'R'})", "broken", "body /name", ""),
    ("client.add_pet({'name': name()})", "fine", "", ""),
    ("client.add_pet({'tag': anything()})", "broken", "tag", ""),
    ("client.add_pet(body={**more, 'name': 'Rex'})", "fine", "", ""),
    ("client.add_pet({(1, 'a'): 'Rex', (): 2})", "fine", "", ""),
    ("client.add_pet(name='R')", "broken", "body /name", ""),
    ("client.add_pet(name='Rex')", "fine", "", ""),
    ("client.add_pet(tag='x')", "broken", "the argument tag is gone", ""),
    ("client.get_pet.pages('1', view='short')", "broken", '"short" is not', ""),
    ("client.get_pet.items('1', view='full')", "fine", "", ""),
    ("Client('zoo@1').get_gone()", "broken", "has no operation", ""),
    ("client.add_pet(*args, **kwargs)", "unknown", "only a run shows its arguments", ""),
    ("client.find_old(**kwargs)", "unknown", "the argument page is gone (only a run shows", ""),
    ("submit(client.find_old, page=2)", "unknown", "the argument page is gone (only a run shows", ""),
    ("client.show_aliased(**kwargs)", "changed", "it is called read_aliased", "read_aliased"),
    ("held = client.find_pet; held(shop='s', pet='p')", "fine", "", ""),
    ("held = client.find_old; held(page=2)", "broken", "the argument page is gone", ""),
    ("self.held = client.find_old; self.held.send(page=2)", "broken", "the argument page is gone", ""),
    ("held = client.find_old; submit(held, page=2)", "unknown", "the argument page is gone (only a run shows", ""),
    ("getattr(client, 'get_gone')()", "broken", "has no operation 'get_gone'", ""),
    ("def f(zoo: Client): return zoo.get_gone()", "broken", "has no operation", ""),
    ("with Client('zoo') as z: z.get_gone()", "broken", "has no operation", ""),
    ("somebody.get_gone()", "broken", "has no operation", ""),
]


@pytest.mark.parametrize(("line", "outcome", "reason", "instead"), LINES)
def test_each_call_in_the_code_is_fine_changed_or_broken(
    project: Path, line: str, outcome: str, reason: str, instead: str
) -> None:
    """With the reason, and what to write instead."""
    advice = found(project, line)
    assert (advice["outcome"], advice["instead"]) == (outcome, instead), advice
    assert reason in " ".join(advice["reasons"])
    assert advice["is_certain"] is not line.startswith("somebody")


def test_code_of_other_things_is_left_alone(project: Path) -> None:
    """Clients of other APIs, and attributes that only look like operations."""
    (project / "code.py").write_text(
        "from dynclient import Client\nother = Client('bank')\nother.get_pet('1')\nrequests.get('x')\nx.get_nothing()\n", "utf-8"
    )  # fmt: skip
    assert json.loads(run("--code", ".", "--json").stdout)["findings"] == []


def test_code_that_is_not_python_is_named(project: Path) -> None:
    """And stops nothing."""
    (project / "code.py").write_text("def", "utf-8")
    done = run("--code", "code.py")
    assert (done.exit_code, "code.py" in done.stdout, "cannot be read" in done.stdout) == (0, True, True)
    assert done.stdout.startswith("zoo 1 -> 2: 0 broken, 1 unknown, 0 changed, 0 fine")


def test_nothing_is_pinned_while_a_source_cannot_be_read(project: Path) -> None:
    """It may call what is gone."""
    (project / "code.py").write_text("def", "utf-8")
    (project / "other.py").write_text("from dynclient import Client\nClient('zoo').get_pet('1')\n", "utf-8")
    done = run("--code", "code.py", "--code", "other.py", "--pin")
    assert (done.exit_code, "Nothing is pinned" in done.stderr) == (1, True)
    assert 'version = "1"' in (project / "specs" / "dynclient.toml").read_text("utf-8")


def test_nothing_is_executed(project: Path) -> None:
    """Sources are only read."""
    (project / "code.py").write_text("raise SystemExit(7)", "utf-8")
    assert run("--code", "code.py").exit_code == 0


def cassette(path: Path, *targets: str) -> None:
    """Write a recording of GET requests."""
    interactions = [
        {"request": {"method": "GET", "uri": f"http://h{target}", "headers": {}, "body": None}, "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}}}
        for target in targets
    ]  # fmt: skip
    path.write_text(yaml.safe_dump({"interactions": interactions, "version": 1}), "utf-8")


def test_recordings_are_judged_by_both_versions(project: Path) -> None:
    """What breaks the version in use already is no news."""
    cassette(project / "calls.yaml", "/pets/1", "/old", "/gone", "/nowhere")
    done = run("--cassettes", "calls.yaml", "--json")
    outcomes = [(each["operation"], each["outcome"], each["reasons"]) for each in json.loads(done.stdout)["findings"]]
    assert done.exit_code == 1
    assert [(name, outcome) for name, outcome, _ in outcomes] == [
        ("getGone", "broken"), ("listOld", "changed"), ("getPet", "fine"), ("GET http://h/nowhere", "fine"),
    ]  # fmt: skip
    assert outcomes[1][2] == ["it is a call of readOld now"]
    assert outcomes[3][2] == ["it breaks the version in use, too"]


def test_a_version_is_pinned_when_nothing_breaks(project: Path) -> None:
    """And only then."""
    (project / "code.py").write_text(
        "from dynclient import Client\nclient = Client('zoo')\nclient.get_gone()\n", "utf-8"
    )
    pins = project / "specs" / "dynclient.toml"
    assert run("--code", "code.py", "--pin").exit_code == 1
    assert 'version = "1"' in pins.read_text("utf-8")
    (project / "code.py").write_text(
        "from dynclient import Client\nclient = Client('zoo')\nclient.get_pet('1')\n", "utf-8"
    )
    done = run("--code", "code.py", "--pin")
    assert (done.exit_code, done.stdout) == (0, "zoo 1 -> 2: 0 broken, 0 changed, 1 fine\n")
    assert 'version = "2"' in pins.read_text("utf-8")


def met(*arguments: str) -> list[tuple[str, list[str]]]:
    """The outcome of each finding, and whom the causes break that it meets."""
    data = json.loads(run(*arguments, "--json").stdout)
    causes = [f"{'+'.join(each['victims'])}: {each['message']}" for each in data["causes"]]
    return [(each["outcome"], [causes[number] for number in each["causes"]]) for each in data["findings"]]


def test_each_call_and_each_recording_says_which_causes_of_the_diff_it_meets(project: Path) -> None:
    """A value that is written down meets only what it breaks by; one that is not may meet everything."""
    lines = ["client.get_pet('1')", "client.get_pet(anything())", "client.get_pet(id='1')", "client.find_pet('s', 'p')"]
    for line, expected in zip(lines, ([], [VIEW], [VARIABLE], []), strict=True):
        (project / "code.py").write_text(f"from dynclient import Client\nclient = Client('zoo')\n{line}\n", "utf-8")
        assert [causes for _, causes in met("--code", "code.py")] == [expected], line
    cassette(project / "calls.yaml", "/pets/1", "/pets/1?view=short", "/gone")
    assert met("--cassettes", "calls.yaml") == [("broken", [VIEW]), ("broken", [GONE]), ("fine", [])]


def test_a_cause_is_listed_with_the_calls_and_the_recordings_that_meet_it(project: Path) -> None:
    """A recording that is as good in the new version meets none: all its values are known."""
    (project / "code.py").write_text("from dynclient import Client\nClient('zoo').get_pet('1', 'short')\n", "utf-8")
    cassette(project / "calls.yaml", "/pets/1?view=short", "/pets/2?view=short", "/pets/3")
    (line,) = [
        line
        for line in run("--code", "code.py", "--cassettes", "calls.yaml").stdout.splitlines()
        if line.startswith("[1]")
    ]
    assert 'values removed: "short"' in line
    assert line.endswith("(1 call, 2 recordings)")


VIEW = 'callers: values removed: "short"'
VARIABLE = "code: the path variable 'id' is 'petId' now"
GONE = "callers+readers+code: the operation GET /gone was removed"


ORDERS = {
    "/orders": {
        "post": {
            "operationId": "addOrder",
            "parameters": [parameter("shop", "query"), parameter("page", "query", type="integer")],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"note": {"type": "string"}, "count": {"type": "integer"}}}}}},
            "responses": OK,
        }
    }
}  # fmt: skip


def narrowed() -> dict[str, Any]:
    """The same, with three constraints more."""
    paths: dict[str, Any] = json.loads(json.dumps(ORDERS))
    operation = paths["/orders"]["post"]
    operation["parameters"][1]["schema"]["maximum"] = 9
    members = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
    members["note"]["maxLength"] = 3
    members["count"]["minimum"] = 1
    return paths


@pytest.mark.parametrize(
    ("call", "causes"),
    [
        ("client.add_order({'note': 'long text'})", ["the greatest length"]),
        ("client.add_order({'count': 0})", ["the bounds"]),
        ("client.add_order({'note': 'long text', 'count': 0})", ["the bounds", "the greatest length"]),
        ("client.add_order(page=10)", ["the bounds"]),
        ("client.add_order({'note': 'abc', 'count': 1}, page=9)", []),
    ],
)
def test_a_call_meets_the_causes_at_the_places_of_its_problems(project: Path, call: str, causes: list[str]) -> None:
    """Not all that reach its operation."""
    for number, paths in (("1", ORDERS), ("2", narrowed())):
        data = {"openapi": "3.1.0", "info": {"title": "Zoo", "version": number}, "paths": paths}
        (project / "specs" / "zoo" / f"{number}.yaml").write_text(yaml.safe_dump(data), "utf-8")
    (project / "code.py").write_text(f"from dynclient import Client\nclient = Client('zoo')\n{call}\n", "utf-8")
    ((outcome, found),) = met("--code", "code.py")
    assert outcome == ("broken" if causes else "fine")
    assert sorted(each.removeprefix("callers: ").partition(" changed")[0] for each in found) == causes


def test_causes_are_listed_once_with_what_meets_them(project: Path) -> None:
    """By number, behind the calls."""
    (project / "code.py").write_text(
        "from dynclient import Client\nc = Client('zoo')\nc.get_gone()\nc.get_gone()\n", "utf-8"
    )
    assert run("--code", "code.py").stdout.splitlines()[-2:] == [
        "           meets: [1]",
        "[1] breaks callers, readers, code: the operation GET /gone was removed  /paths/~1gone/get  (2 calls)",
    ]


def test_nothing_is_pinned_when_nothing_was_found(project: Path) -> None:
    """Else a wrong folder would be a proof."""
    (project / "empty").mkdir()
    done = run("--code", "empty", "--pin")
    assert (done.exit_code, "No call and no recording of zoo was found" in done.stderr) == (1, True)
    assert 'version = "1"' in (project / "specs" / "dynclient.toml").read_text("utf-8")


def test_a_source_that_is_nested_too_deeply_stops_nothing(project: Path) -> None:
    """It is named, as one that is not Python."""
    (project / "code.py").write_text("x = " + " + ".join(["y"] * 5000), "utf-8")
    done = run("--code", "code.py")
    assert (done.exit_code, "code.py" in done.stdout, "cannot be read" in done.stdout) == (0, True, True)


def test_the_version_in_use_may_stand_in_the_name(project: Path) -> None:
    """`zoo@2` names it, as everywhere."""
    (project / "code.py").write_text("from dynclient import Client\nClient('zoo').read_old()\n", "utf-8")
    done = CliRunner().invoke(cli, ["upgrade", "zoo@2", "1", "--code", "code.py"])
    assert done.stdout.startswith("zoo 2 -> 1: 1 broken")


def test_a_saved_api_is_upgraded_by_its_name_in_the_catalog(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder, with the version that is saved; one that is not of the catalog has no versions."""
    monkeypatch.setenv("DYNCLIENT_APIS", str(project / "apis.toml"))
    for arguments in (["park", "zoo", "--version", "2"], ["file", "specs/zoo/1.yaml"]):
        assert CliRunner().invoke(cli, ["api", "add", *arguments]).exit_code == 0
    (project / "code").mkdir()
    (project / "code" / "code.py").write_text("from dynclient import Client\nClient('zoo').read_old()\n", "utf-8")
    monkeypatch.chdir(project / "code")
    done = CliRunner().invoke(cli, ["upgrade", "park", "1", "--code", "."])
    assert done.stdout.startswith("zoo 2 -> 1: 1 broken")
    done = CliRunner().invoke(cli, ["upgrade", "park", "1", "--from", "1", "--code", "."])
    assert done.stdout.startswith("zoo 1 -> 1: ")
    done = CliRunner().invoke(cli, ["upgrade", "file", "2", "--code", "."])
    assert (done.exit_code, "which is not in the catalog" in done.stderr) == (2, True)


def test_the_diff_shows_first_what_code_and_recordings_use(project: Path) -> None:
    """And how many of the operations that is."""
    (project / "code.py").write_text("from dynclient import Client\nClient('zoo').get_gone()\n", "utf-8")
    cassette(project / "calls.yaml", "/pets/1")
    diff = ["diff", "zoo@1", "zoo@2", "--json"]
    plain, ranked = (
        json.loads(CliRunner().invoke(cli, [*diff, *more]).stdout)["changes"]
        for more in ([], ["--code", "code.py", "--cassettes", "calls.yaml"])
    )
    assert [each["used"] for each in plain] == [[]] * len(plain)
    assert [each["used"] for each in ranked] == [["getGone"], ["getPet"], ["getPet"], *[[]] * (len(plain) - 3)]
    assert sorted(each["message"] for each in ranked) == sorted(each["message"] for each in plain)


def test_there_must_be_something_to_look_at(project: Path) -> None:
    """Else everything would be fine."""
    assert project
    done = run()
    assert (done.exit_code, "there is nothing to look at" in done.stderr) == (2, True)


def test_the_demo_of_the_catalog_upgrades_without_a_break() -> None:
    """The recordings that come with the checkout."""
    root = Path(__file__).parent.parent
    for api, new in (("order_capture", "2.1.0"), ("pieces_os", "1.1.0")):
        done = CliRunner().invoke(cli, ["upgrade", api, new, "--cassettes", str(root / "cassettes" / api)])
        assert done.exit_code == 0, done.output
        assert ": 0 broken, 0 changed" in done.stdout


def test_arguments_that_only_a_run_shows_are_unknown(tmp_path: Path) -> None:
    """Constants are kept, as deep as they are written."""
    (tmp_path / "a.py").write_text("c = Client('zoo')\nc.op(x, [1, y], {'a': {'b': z}}, k=-1)", "utf-8")
    usage = usages(tmp_path / "a.py", "zoo", lambda _: False)[0]
    assert usage.args == (UNKNOWN, [1, UNKNOWN], {"a": {"b": UNKNOWN}})
    assert usage.kwargs == {"k": -1}
