"""Pagination: what is said of pages fits together, or is refused in a sentence."""

from typing import Any

import pytest

from dynclient import Options, Pagination


@pytest.mark.parametrize(
    ("said", "style"),
    [
        ({}, "link"),
        ({"next": "links.next"}, "url"),
        ({"next": "cursor", "parameter": "cursor"}, "token"),
        ({"style": "page", "parameter": "page"}, "page"),
    ],
)
def test_the_style_follows_from_what_is_said(said: dict[str, Any], style: str) -> None:
    """So that nobody has to name it."""
    assert Pagination(**said).style == style


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"parameter": "page"}, "say how 'page' moves on"),
        ({"style": "pages", "parameter": "page"}, "style must be one of link, url"),
        ({"style": "offset"}, "the style 'offset' needs a parameter"),
        ({"style": "url"}, "the style 'url' needs next"),
        ({"next": 5}, "next must be text, not 5"),
        ({"first": "1", "style": "page", "parameter": "page"}, "first must be a whole number"),
    ],
)
def test_what_does_not_go_together_is_refused(said: dict[str, Any], message: str) -> None:
    """When it is said, not when the second page is asked for."""
    with pytest.raises(ValueError, match=message):
        Pagination(**said)


def test_a_typo_gets_the_nearest_name() -> None:
    """Under the public name of the class."""
    with pytest.raises(TypeError, match=r"Pagination\(\) has no argument 'params' \(did you mean 'parameter'"):
        Pagination(params="page")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("wrong", "message"), [({"pagination": "page"}, "must be a Pagination"), ({"max_pages": 0}, "must be above 0")]
)
def test_options_of_pages_are_checked(wrong: dict[str, Any], message: str) -> None:
    """As all options."""
    with pytest.raises(ValueError, match=message):
        Options(**wrong)
