"""Names: the Python spelling of a document's names, and the nearest ones to a typo."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.names import nearest, snake_case


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
    """Words are joined by underscores; keywords and digits are made names."""
    assert snake_case(name) == python


@given(st.text())
def test_every_name_becomes_one_that_python_takes(name: str) -> None:
    """Whatever a document calls a thing, it can be an argument."""
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
