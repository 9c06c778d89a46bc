"""Names: the Python spelling of a document's names, and the nearest ones to a typo."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.names import Named, argument_names, is_device, nearest, operation_name, snake_case, unique_names


def test_names_of_devices_are_known() -> None:
    """With any suffix, in any case; and no others."""
    assert all(map(is_device, ["aux", "CON.yaml", "com1.tar.gz", "nul "]))
    assert not any(map(is_device, ["auxiliary", "com10", "a.con", ""]))


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("createCheckout", "create_checkout"),
        ("getIGiftOrder", "get_i_gift_order"),
        ("paddle_checkout_update_status", "paddle_checkout_update_status"),
        ("X-Client-Id", "x_client_id"),
        ("get /pets/{petId}", "get_pets_pet_id"),
        ("HTTPServer", "http_server"),
        ("class", "class_"),
        ("2fa", "_2fa"),
        ("größe", "größe"),
        ("...", "_"),
    ],
)
def test_a_name_of_the_document_gets_a_python_spelling(name: str, python: str) -> None:
    """Words are joined by underscores; keywords and digits become names."""
    assert snake_case(name) == python


@given(st.text())
def test_every_name_becomes_an_identifier(name: str) -> None:
    """Whatever a document calls a parameter, it can be an argument."""
    python = snake_case(name)
    assert python.isidentifier()
    assert not keyword.iskeyword(python)


@given(st.from_regex(r"[a-z]+(_[a-z]+){0,3}", fullmatch=True))
def test_a_python_spelling_stays_as_it_is(name: str) -> None:
    """Only keywords change."""
    assert snake_case(name).removesuffix("_") == name


@pytest.mark.parametrize(
    ("typo", "hint"),
    [
        ("creatCheckout", "did you mean createCheckout?"),
        ("get_ordr", "did you mean getOrder?"),
        ("zzz", ""),
    ],
)
def test_a_typo_is_answered_with_the_nearest_names(typo: str, hint: str) -> None:
    """Case and underscores do not count."""
    assert nearest(typo, ["createCheckout", "getOrder", "updateUser"]) == hint


@pytest.mark.parametrize(
    ("id_", "method", "path", "python"),
    [
        ("getPet", "GET", "/a", "get_pet"),
        ("repos/get-content", "GET", "/a", "repos_get_content"),
        ("pets.list", "GET", "/a", "pets_list"),
        ("class", "GET", "/a", "class_"),
        ("2fa", "GET", "/a", "_2fa"),
        ("größeÄndern", "GET", "/a", "größeändern"),
        ("ﬁnd", "GET", "/a", "find"),
        ("検索", "GET", "/a", "検索"),
        ("---", "GET", "/a", "get_a"),
        ("", "GET", "/pets/{petId}", "get_pets_by_pet_id"),
        ("", "GET", "/pets/{id}/toys/{toy-id}.json", "get_pets_by_id_toys_by_toy_id_json"),
        ("", "GET", "/", "get_root"),
        ("", "COPY", "/a", "copy_a"),
    ],
)
def test_an_operation_has_a_readable_name(id_: str, method: str, path: str, python: str) -> None:
    """From its id, else from its method and path."""
    assert operation_name(Named(id_, method, path)) == python


def test_the_operation_that_is_spelt_like_the_name_gets_it() -> None:
    """In any order of the document; the others get an unused number."""
    found = [Named("getPet", "GET", "/a"), Named("get_pet", "GET", "/b"), Named("get_pet_2", "GET", "/c")]
    names = dict(zip(found, unique_names(found), strict=True))
    assert names == {found[0]: "get_pet_3", found[1]: "get_pet", found[2]: "get_pet_2"}
    assert dict(zip(found[::-1], unique_names(found[::-1]), strict=True)) == names


def test_of_operations_with_the_same_id_the_first_gets_the_name() -> None:
    """Only here the order of the document decides."""
    assert unique_names([Named("a", "PUT", "/x"), Named("a", "GET", "/x")]) == ["a", "a_2"]


@pytest.mark.parametrize(("id_", "python"), [("send", "send_"), ("Send", "send_"), ("sender", "sender")])
def test_a_reserved_name_gets_an_underscore(id_: str, python: str) -> None:
    """Like a keyword."""
    assert unique_names([Named(id_, "GET", "/a")], {"send"}) == [python]


@given(st.lists(st.builds(Named, st.sampled_from(["", "a", "A", "a_", "a_2", "send", "send_"]), st.sampled_from(["GET", "PUT"]), st.sampled_from(["/a", "/{a}", "/a/2"]))))  # fmt: skip
def test_no_two_operations_share_a_name(operations: list[Named]) -> None:
    """And none has a reserved name."""
    names = unique_names(operations, {"send"})
    assert len(set(names)) == len(operations)
    assert "send" not in names


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ([("query", "id"), ("header", "X-Id")], ["id", "x_id"]),
        ([("query", "id"), ("header", "id"), ("path", "Id")], ["query_id", "header_id", "path_id"]),
        ([("query", "id"), ("header", "id"), ("query", "query_id")], ["query_id_2", "header_id", "query_id"]),
        ([("query", "fooBar"), ("query", "foo_bar")], ["query_foo_bar_2", "query_foo_bar"]),
        (
            [("query", "filter[a]"), ("query", "filter.a"), ("query", "self")],
            ["query_filter_a_2", "query_filter_a", "self"],
        ),
    ],
)
def test_parameters_that_clash_get_different_names(keys: list[tuple[str, str]], names: list[str]) -> None:
    """By their location, then by a number; a unique name stays."""
    assert list(argument_names(keys).values()) == names
