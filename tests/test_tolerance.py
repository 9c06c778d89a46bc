"""Tolerance: what a server's own document forbids can be let through, one rule, one operation, one place at a time."""

import json
import logging
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Serve
from servers import Loopback, reply

from dynclient import Body, Client, DynclientWarning, InvalidRequest, InvalidResponse, Options
from dynclient.cli.program import cli

TEXT = """
openapi: 3.1.0
info: {title: Users, version: "1"}
paths:
  /users:
    get:
      operationId: listUsers
      responses:
        "200":
          description: All of them
          headers:
            X-Total: {schema: {type: integer}}
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties:
                    name:
                      type: string
                    born: {type: string, format: date}
    post:
      operationId: addUser
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {name: {type: string}}, additionalProperties: false}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {name: {type: string}}, additionalProperties: false}
      parameters:
        - {name: dry, in: query, schema: {type: boolean}}
      responses: {"200": {description: Added}}
  /users/{id}:
    get:
      operationId: getUser
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: depth, in: query, schema: {type: integer, maximum: 9}}
      responses: {"200": {description: One}}
"""


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A document in a file, for its lines."""
    path = tmp_path / "users.yaml"
    path.write_text(TEXT.lstrip(), "utf-8")
    return path


@dataclass
class Named:
    """A body that is no mapping."""

    name: str


def lying(users: Path, server: Loopback, **options: Any) -> Client:
    """A client of a server whose replies break the document."""
    return Client(users, server=server.url, options=Options(retries=0, **options))


#: A lie that a real server told, and the rule that it breaks.
LIES = [
    (reply(200, [{"name": None}]), "response/body/null"),
    (reply(200, [{"name": "a", "born": "2026-01-01T00:00:00"}]), "response/body/format"),
    (reply(200, [{"name": 7}]), "response/body/type"),
    (reply(200, "[]", "text/plain"), "response/body/media-type"),
    (reply(200, "[", "application/json"), "response/body/media-type"),
    (reply(200, [], **{"X-Total": "many"}), "response/header/type"),
    (reply(304), "response/status"),
]


@pytest.mark.parametrize(("answer", "rule"), LIES)
def test_each_lie_is_tolerated_by_the_rule_that_the_error_names(
    serve: Serve, users: Path, answer: bytes, rule: str
) -> None:
    """One line is enough, and the reply still says what was wrong."""
    server = serve(answer)
    with pytest.raises(InvalidResponse) as caught:
        lying(users, server).list_users()
    assert f"Options(tolerate=[{rule!r}])" in str(caught.value)
    client = lying(users, server, tolerate=[rule])
    assert client.list_users() == caught.value.data
    assert client.list_users.send().problems
    assert client.tolerated == {(rule, "listUsers"): 2}


def test_a_refused_request_names_the_rules_that_let_it_through(serve: Serve, users: Path) -> None:
    """As a refused reply does; and not where no rule can, as for an argument that nothing would send."""
    client = lying(users, serve(reply(200)))
    with pytest.raises(InvalidRequest) as caught:
        client.get_user("1", depth="x")
    assert str(caught.value).endswith("to send it all the same: Options(tolerate=['request/query/type'])")
    client.with_options(tolerate=["request/query/type"]).get_user("1", depth="x")
    for arguments, hopeless in (((), {}), (("1",), {"dept": 1})):
        with pytest.raises(InvalidRequest) as caught:
            client.get_user(*arguments, **hopeless)
        assert "tolerate" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("response/status/*", "did you mean response/status, which has no third part?"),
        ("*/status/404", "did you mean response/status, which has no third part?"),
        ("response/body", r"did you mean response/body/\*\?"),
        ("response/bdy/null", r"did you mean response/body/null"),
    ],
)
def test_a_rule_that_is_not_one_gets_a_hint(rule: str, hint: str) -> None:
    """The nearest that there is."""
    with pytest.raises(ValueError, match=f"there is no rule .*: {hint}"):
        Options(tolerate=[rule])


@pytest.mark.parametrize(
    ("tolerated", "raises"),
    [
        ("response/body/null", False),
        ("response/*", False),
        ("response/body/null listUsers", False),
        ("response/body/null list* /*/name", False),
        ({"rule": "response/body/null", "place": "/0/name"}, False),
        ("response/body/null getUser", True),
        ("response/body/null * /*/born", True),
        ("response/body/type", True),
    ],
)
def test_a_tolerance_is_as_wide_as_it_says(serve: Serve, users: Path, tolerated: Any, *, raises: bool) -> None:
    """By rule, operation and place."""
    client = lying(users, serve(reply(200, [{"name": None}])), tolerate=[tolerated])
    if raises:
        with pytest.raises(InvalidResponse):
            client.list_users()
    else:
        assert client.list_users() == [{"name": None}]


def test_what_is_not_tolerated_is_raised_alone(serve: Serve, users: Path) -> None:
    """The rest stays in the reply."""
    client = lying(users, serve(reply(200, [{"name": None, "born": "x"}])), tolerate=["response/body/null"])
    with pytest.raises(InvalidResponse) as caught:
        client.list_users()
    assert [problem.keyword for problem in caught.value.problems] == ["format"]
    assert [problem.keyword for problem in caught.value.response.problems] == ["null", "format"]


def test_an_invalid_reply_names_the_line_of_the_document_and_keeps_its_data(serve: Serve, users: Path) -> None:
    """Also in another process."""
    with pytest.raises(InvalidResponse) as caught:
        lying(users, serve(reply(200, [{"name": 7}]))).list_users()
    line = TEXT.lstrip().split("\n").index("                    name:") + 1
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  it is our own
    for error in (caught.value, again):
        assert f"[{users}:{line}]" in str(error)
        assert error.data == [{"name": 7}]


def test_a_success_that_is_not_documented_is_a_warning(serve: Serve, users: Path) -> None:
    """The server has done what it was asked for; its data comes back."""
    client = lying(users, serve(reply(201, {"id": 1})))
    with pytest.warns(DynclientWarning, match="status: 201 is not documented"):
        assert client.add_user({"name": "a"}) == {"id": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.with_options(tolerate=["response/status"]).add_user({"name": "a"}) == {"id": 1}


def test_what_is_tolerated_is_logged(serve: Serve, users: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By the logger `dynclient`, with the rule."""
    with caplog.at_level(logging.WARNING, "dynclient"):
        lying(users, serve(reply(200, [{"name": None}])), tolerate=["response/body/null"]).list_users()
    assert [record.getMessage() for record in caplog.records] == [
        "listUsers: tolerated response/body/null: body /0/name: null is not of type string"
    ]


@pytest.mark.parametrize("place", ["the current folder", "a variable"])
def test_a_file_of_settings_tolerates_for_all_apis_or_for_one(
    serve: Serve, users: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """`dynclient.toml` in the current folder, or the file that DYNCLIENT_CONFIG names."""
    file = users.with_name("dynclient.toml" if place == "the current folder" else "other.toml")
    file.write_text('[apis.Users]\ntolerate = [{rule = "response/body/null", operation = "listUsers"}]', "utf-8")
    server = serve(reply(200, [{"name": None}]))
    with pytest.raises(InvalidResponse):
        lying(users, server).list_users()
    if place == "a variable":
        monkeypatch.setenv("DYNCLIENT_CONFIG", str(file))
    else:
        monkeypatch.chdir(users.parent)
    assert lying(users, server).list_users() == [{"name": None}]


def test_a_client_in_another_process_tolerates_what_it_did_here(
    serve: Serve, users: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the file of settings is not there."""
    users.with_name("dynclient.toml").write_text('tolerate = ["response/body/null"]', "utf-8")
    with monkeypatch.context() as here:
        here.chdir(users.parent)
        text = pickle.dumps(lying(users, serve(reply(200, [{"name": None}]))))
    assert pickle.loads(text).list_users() == [{"name": None}]  # noqa: S301  it is our own


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tolerate = 5", "tolerate: 5 is not a list of rules"),
        ("tolerate = [", "Invalid value"),
        ("apis = 5", "apis must be tables of settings"),
        ('tolerate = ["response/body/nul"]', "did you mean response/body/null"),
    ],
)
def test_a_file_of_settings_that_is_wrong_is_named(
    users: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    """With what is wrong in it."""
    file = users.with_name("dynclient.toml")
    file.write_text(text, "utf-8")
    monkeypatch.setenv("DYNCLIENT_CONFIG", str(file))
    with pytest.raises(ValueError, match=r"dynclient\.toml") as caught:
        Client(users)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["response/body/nul"], "did you mean response/body/null"),
        ("response/status", "must be a list of rules"),
        ([5], "'RULE [OPERATION [PLACE]]'"),
        ([{"rule": "response/status", "where": "x"}], "there is no member 'where'"),
        ([""], "'RULE [OPERATION [PLACE]]'"),
    ],
)
def test_a_rule_that_there_is_not_is_refused_when_it_is_given(given: Any, said: str) -> None:
    """It would tolerate nothing, without a word."""
    with pytest.raises(ValueError, match="tolerate") as caught:
        Options(tolerate=given)
    assert said in str(caught.value)


# Requests that the document does not have.

LET_THROUGH = [
    ("getUser", {"id": "1", ("query", "extra"): [1, 2]}, None, "request/query/unknown", "/users/1?extra=1&extra=2"),
    ("getUser", {"id": "1", ("header", "X-Extra"): "a"}, None, "request/header/unknown", "/users/1"),
    ("getUser", {"id": ""}, None, "request/path/empty", "/users/"),
    ("getUser", {"id": "1", "depth": 10}, None, "request/query/maximum", "/users/1?depth=10"),
    ("getUser", {"id": "1"}, {"a": 1}, "request/body/unknown", "/users/1"),
    ("addUser", {}, {"name": "a", "more": 1}, "request/body/additionalProperties", "/users"),
    ("addUser", {}, Body("<a/>", "application/xml"), "request/body/media-type", "/users"),
    ("addUser", {}, Body(b'{"name": 7}', "application/json"), "request/body/type", "/users"),
    ("addUser", {}, Body(b"{", "application/json"), "request/body/media-type", "/users"),
]


@pytest.mark.parametrize(("name", "arguments", "body", "rule", "target"), LET_THROUGH)
def test_a_request_that_the_document_forbids_goes_out_when_it_may(
    serve: Serve, users: Path, name: str, arguments: Any, body: Any, rule: str, target: str
) -> None:
    """Refused by default; let through by the mode `off` and by its rule."""
    server = serve(reply(200))
    given = (name, arguments) if body is None else (name, arguments, body)
    with pytest.raises(InvalidRequest):
        lying(users, server).call(*given)
    for options in ({"validate_requests": "off"}, {"tolerate": [rule]}):
        lying(users, server, **options).call(*given)
    assert [request.target for request in server.received] == [target, target]


def test_ready_bytes_go_out_as_they_are(serve: Serve, users: Path) -> None:
    """And are judged as the server reads them."""
    server = serve(reply(200))
    lying(users, server).add_user(Body(b'{"name" :  "a"}', "application/json"))
    assert server.last.body == b'{"name" :  "a"}'
    with pytest.raises(InvalidRequest, match="body /name: 7 is not of type string"):
        lying(users, server).add_user(Body(b'{"name": 7}', "application/json"))


@pytest.mark.parametrize(
    ("name", "arguments", "target"),
    [("getUser", {"id": 5}, "/users/5"), ("getUser", {"id": "a", "depth": "5"}, "/users/a?depth=5")],
)
def test_a_scalar_is_judged_by_what_it_is_on_the_wire(
    serve: Serve, users: Path, name: str, arguments: Any, target: str
) -> None:
    """`5` and `"5"` are the same request."""
    server = serve(reply(200))
    lying(users, server).call(name, arguments)
    assert server.last.target == target


@pytest.mark.parametrize("arguments", [{"id": "a", "depth": "b"}, {"id": "a", "depth": "10"}, {"id": None}])
def test_a_scalar_that_is_wrong_on_the_wire_is_refused(serve: Serve, users: Path, arguments: Any) -> None:
    """In the words of what was given."""
    server = serve(reply(200))
    with pytest.raises(InvalidRequest):
        lying(users, server).call("getUser", arguments)
    assert not server.received


def test_in_a_form_a_number_is_its_text(serve: Serve, users: Path) -> None:
    """In JSON it is not."""
    server = serve(reply(200))
    lying(users, server).add_user(Body({"name": 7}, "application/x-www-form-urlencoded"))
    assert server.last.body == b"name=7"
    with pytest.raises(InvalidRequest):
        lying(users, server).add_user({"name": 7})


def test_extra_query_and_body_are_added_to_what_is_judged(serve: Serve, users: Path) -> None:
    """No schema has a say in them."""
    server = serve(reply(200))
    client = lying(users, server, extra_query={"trace": "on"}, extra_body={"more": 1})
    client.add_user({"name": "a"}, dry=True)
    assert (server.last.target, server.last.json) == ("/users?trace=on&dry=true", {"name": "a", "more": 1})
    client.add_user()
    assert server.last.json == {"more": 1}
    with pytest.raises(InvalidRequest, match="body /name: 7"):
        client.add_user({"name": 7})


@pytest.mark.parametrize("body", [(), ({"name": "a"},)])
def test_an_extra_member_that_cannot_be_sent_is_named(serve: Serve, users: Path, body: Any) -> None:
    """Whether the caller gives a body or not."""
    client = lying(users, serve(reply(200)), extra_body={"more": {"x": object()}})
    with pytest.raises(InvalidRequest, match="body /more/x: must be plain data, not object"):
        client.add_user(*body)


def test_a_model_has_room_for_extra_members(serve: Serve, users: Path) -> None:
    """As a mapping has."""
    server = serve(reply(200))
    lying(users, server, extra_body={"more": 1}).add_user(Named("a"))
    assert server.last.json == {"name": "a", "more": 1}


def test_a_mode_holds_for_one_call(serve: Serve, users: Path) -> None:
    """The client's own stays what it was."""
    server = serve(reply(200))
    client = lying(users, server)
    client.get_user.with_options(validate_requests="off")("")
    with pytest.raises(InvalidRequest):
        client.get_user("")
    assert server.last.target == "/users/"


@pytest.mark.parametrize(
    "given",
    [
        {"auth": "none"},
        {"options": Options(headers={"Authorization": "Own x"})},
        {"options": Options(headers={"Cookie": "sid=x"})},
        {"options": Options(headers={"x-key": "x"})},
    ],
)
def test_security_is_met_by_what_the_caller_sends_or_leaves_out_on_purpose(serve: Serve, given: Any) -> None:
    """The document demands a key, and the server may not."""
    server = serve(reply(200))
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "tls": {"type": "mutualTLS"}}
    operation = {"operationId": "use", "responses": {"200": {"description": "OK"}}, "security": [{"key": []}]}
    found = {
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "components": {"securitySchemes": schemes}, "paths": {"/": {"get": operation}},
    }  # fmt: skip
    with pytest.raises(InvalidRequest, match="credentials are missing"):
        Client(found, server=server.url).use_()
    Client(found, server=server.url, **given).use_()
    assert len(server.received) == 1


def test_the_command_line_tolerates_by_rule(serve: Serve, users: Path) -> None:
    """And says how, in its own words."""
    call = ["call", str(users), "listUsers", "--server", serve(reply(200, [{"name": None}])).url]
    refused = CliRunner().invoke(cli, call)
    assert refused.exit_code == 1
    assert "--tolerate response/body/null" in refused.stderr
    borne = CliRunner().invoke(cli, [*call, "--tolerate", "response/body/null"])
    assert (borne.exit_code, json.loads(borne.stdout)) == (0, [{"name": None}])
