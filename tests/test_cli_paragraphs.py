"""Descriptions on a terminal: paragraphs are joined, what has lines of its own keeps them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynclient.cli import cli
from dynclient.cli.paragraphs import reflowed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo\n  three\n\nfour\nfive", "one two three\n\nfour five"),
        ("one\r\ntwo", "one two"),
        ("See:\n- a\n  b\n* c\n1. d\n   e\n2) f", "See:\n- a b\n* c\n1. d e\n2) f"),
        ("- a\n    - b\n      c", "- a\n    - b c"),
        ("-1 is the\ndefault", "-1 is the default"),
        ("one\n```\na\n  b\n\nc\n```\ntwo\nthree", "one\n```\na\n  b\n\nc\n```\ntwo three"),
        ("one\n\n    a = 1\n    b = 2\n\ntwo", "one\n\n    a = 1\n    b = 2\n\ntwo"),
        ("# Title\none\ntwo", "# Title\none two"),
        ("Title\n=====\none", "Title\n=====\none"),
        ("| a | b |\n|---|---|\n| c | d |", "| a | b |\n|---|---|\n| c | d |"),
        ("> a\n> b\nc", "> a\n> b\nc"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("the placeholder\n<id>", "the placeholder\n<id>"),
        ("one  \ntwo\\\nthree\nfour", "one\ntwo\\\nthree four"),
        ("one\n***\ntwo", "one\n***\ntwo"),
        ("", ""),
    ],
)
def test_the_lines_of_a_paragraph_are_joined(text: str, shown: str) -> None:
    """As CommonMark reads them; lists, code, tables, quotations, headings and hard breaks keep their lines."""
    assert reflowed(text) == shown


def test_the_pages_of_operations_and_schemas_wrap_descriptions(tmp_path: Path) -> None:
    """Not where the author's editor did."""
    text = "one\ntwo"
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    operation = {
        "operationId": "getPet",
        "description": text,
        "parameters": [{"name": "q", "in": "query", "description": text, "schema": {"type": "string"}}],
        "responses": {"200": {"description": text, "content": content}},
    }
    pet = {"type": "object", "description": text, "properties": {"id": {"type": "integer", "description": text}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": operation}},
        "components": {"schemas": {"Pet": pet}},
    }
    spec = str(tmp_path / "pets.json")
    Path(spec).write_text(json.dumps(document), "utf-8")
    assert CliRunner().invoke(cli, ["show", spec, "getPet"]).output.count("one two") == 3
    assert CliRunner().invoke(cli, ["schema", spec, "Pet"]).output.count("one two") == 2
