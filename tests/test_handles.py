"""handles.py: operations, tags and links, as a user of a client holds them."""

import copy
from typing import Any

import pytest
from servers import document

from dynclient import Client, UnknownOperation


def tagged(**options: Any) -> Client:
    """A client of operations with tags."""
    used: dict[str, Any] = {"responses": {"200": {"description": "OK"}}}
    paths = {
        "/a": {
            "get": {**used, "operationId": "issues/list-for-repo", "tags": ["issues"]},
            "post": {**used, "operationId": "other", "tags": ["other"]},
        }
    }
    return Client(document(paths), server="http://127.0.0.1", **options)


def test_tags_are_namespaces() -> None:
    """With short names; an operation of the same name comes first."""
    client = tagged()
    assert client.issues.list_for_repo.operation.id == "issues/list-for-repo"
    assert client.issues["issues_list_for_repo"].operation.id == "issues/list-for-repo"
    assert (list(client.issues), len(client.issues)) == (["list_for_repo"], 1)
    assert "issues" in dir(client)
    assert client.other.operation.id == "other"
    assert repr(client.issues) == "<issues: list_for_repo>"


def test_a_typo_in_a_namespace_gets_the_nearest_name() -> None:
    """Operations of other tags are not in it."""
    with pytest.raises(
        UnknownOperation, match=r"the tag 'issues' has no operation 'list_for_repos' \(did you mean list_for_repo"
    ):
        _ = tagged().issues.list_for_repos
    with pytest.raises(UnknownOperation, match="the tag 'issues' has no operation 'other'"):
        _ = tagged().issues.other


def test_a_namespace_can_be_copied() -> None:
    """As everything of a client."""
    assert list(copy.copy(tagged().issues)) == ["list_for_repo"]


def test_a_notebook_completes_keys() -> None:
    """Of clients, operations and tags."""
    client = tagged()
    assert client._ipython_key_completions_() == ["issues/list-for-repo", "other"]
    assert client.issues._ipython_key_completions_() == ["list_for_repo"]


def test_an_operation_as_a_curl_command_hides_what_the_document_calls_secret() -> None:
    """Not only what is named like a secret."""
    code = {
        "type": "object",
        "properties": {"code": {"type": "string", "format": "password"}, "name": {"type": "string"}},
    }
    body = {"content": {"application/json": {"schema": code}}}
    found = document(
        {"/a": {"post": {"operationId": "make", "requestBody": body, "responses": {"200": {"description": ""}}}}}
    )
    shown = Client(found, server="http://h").make.curl(code="hush-hush", name="Ann")
    assert shown.startswith("curl ")
    assert "hush-hush" not in shown
    assert "Ann" in shown
