"""What looks like a secret is hidden, and ordinary text is not."""

from __future__ import annotations

import base64
import random
import re

import pytest

from dynclient.traffic.masks import HIDDEN, masked, masked_url

SECRETS = [
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "sk-proj-abc123DEF456ghi789",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Bearer abcdefgh",
    "sig=abcdef",
    "https://h/a?X-Amz-Signature=abcdef",
    '{"password": "hunter2"}',
    '{\\"client_secret\\": \\"hunter2\\"}',
]
PLAIN = [
    "/home/a1b2c3/project/tests/cassettes/v2/get_pet_1",
    "/runs/run-2024-05-01T10-11-12/x9/recorded/1",
    "GET https://api.example.com/v1/users/9f1c2d3e-0000-4000-8000-000000000000/orders/7",
    "cassettes/2024-05-01/order-9f1c2d3e-0000-4000-8000-000000000000",
    "recorded_20240501_101112_checkout_update_status_3",
    "/components/schemas/ShippingContact2/properties/addressLine1",
    "body/items/12/deliveryArea/contacts/3/addressLine2",
    "paddle_checkout_update_status_and_another_name_2",
    "9f1c2d3e-0000-4000-8000-000000000000",
    "2020-01-02T03:04:05.678901+00:00",
    "tokenCount=5",
    "request/body/type: 5 is not of type string",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_hidden_in_any_text(text: str) -> None:
    """Alone, and between other words."""
    for shown in (masked(text), masked(f"the value {text} is wrong")):
        assert HIDDEN in shown
        assert not [part for part in ("hunter2", "abcdef", text) if part in shown]


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_is_shown(text: str) -> None:
    """Pointers, names, ids and times."""
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/v1/users/507f1f77bcf86cd799439011/orders/open", "/v1/users/(hidden)/orders/open"),
        ("/files/9f86d081884c7d659a2feaa0c55ad015/report", "/files/(hidden)/report"),
        ("/keys/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY/use", "/keys/(hidden)/(hidden)/(hidden)/use"),
    ],
)
def test_a_path_keeps_its_words(text: str, shown: str) -> None:
    """Only what may be a secret in it is hidden."""
    assert masked(text) == shown


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("before", ["", "a word ", "x=", '["'])
def test_no_beginning_of_a_secret_is_shown_where_a_cut_ends_it(secret: str, before: str) -> None:
    """A secret that is cut short does not show itself any more."""
    for length in range(len(secret) + 1):
        shown = masked(f"{before}{secret[:length]}…")
        secrets = [word for word in re.findall(r"\w{6,}", secret) if re.search(r"\d|abcdef", word)]
        assert not [word for word in secrets if word[:6] in shown]


def test_a_user_is_hidden_in_a_url_that_is_cut() -> None:
    """The cut may have taken the sign behind the password."""
    assert "hunt" not in masked("the value https://me:hunter22… is wrong")
    assert masked("recorded/by/the/tests/of_the_order_service…") == "recorded/by/the/tests/of_the_order_service…"


def test_random_keys_are_hidden() -> None:
    """In base64, base32 or hexadecimal digits: of a thousand, a few look like words by chance; slashes make pieces that are hidden together."""
    chance = random.Random(7)  # noqa: S311  repeatable
    coders = (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode, bytes.hex)
    keys = [str(code(chance.randbytes(30)), "ascii") if code is not bytes.hex else bytes.hex(chance.randbytes(30)) for code in coders for _ in range(1000)]  # fmt: skip
    shown = [
        key for key in keys if sum(len(part) for part in key.split("/") if len(part) > 3 and part in masked(key)) > 8
    ]
    assert len(shown) <= 0.002 * len(keys), shown


def test_a_url_is_shown_without_its_user_and_query() -> None:
    """Both may hold credentials."""
    assert masked_url("https://me:pw@h/a?token=x#y") == "https://h/a"


def test_a_secret_that_is_a_word_is_not_hidden_inside_other_words() -> None:
    """Any other secret is hidden wherever it stands."""
    assert masked("short is shorter than 8", ["short"]) == f"{HIDDEN} is shorter than 8"
    assert masked("xhunter2x, xlongsecretx", ["hunter2", "longsecret"]) == f"x{HIDDEN}x, x{HIDDEN}x"
