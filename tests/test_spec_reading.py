"""Text to plain data: YAML 1.2's core schema as a table, and malicious documents."""

import contextlib
import gc
import io
import json
import math
import os
import random
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz import rich
from hypothesis import given
from hypothesis import strategies as st

from dynclient import SpecError, load
from dynclient.spec import jsonvalue, slicing
from dynclient.spec.jsonvalue import Limits
from dynclient.spec.reading import parse_source, read_source
from dynclient.spec.slices import plain_data
from dynclient.spec.slicing import cut
from dynclient.spec.source import Source

# Plain scalar -> value (YAML 1.2.2, section 10.3.2). What is text here but not in YAML 1.1 stands first.
SCALARS: dict[str, Any] = {
    **{word: word for word in ("no", "NO", "No", "yes", "Yes", "on", "off", "y", "n", "tRue", "NuLL", "nil", "none")},
    **{text: text for text in ("2026-01-01", "2026-01-01T00:00:00Z", "1_000", "22:30", "190:20:30.15", "0b11", "1,000")},
    **{text: text for text in ("0o8", "0xG", "-0x1F", "+0o17", "0O17", "0X1F", "1e", "e3", "1.2.3", "1-2", "--1", "+")},
    **{text: text for text in (".", "..", "._", "+.", "1__", "=", "<<", "infinity", ".Nan", "-.nan", "NaN", "Infinity")},
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "0": 0, "-0": 0, "+12": 12, "-12": -12, "012": 12, "0o17": 15, "0x1F": 31, "0xff": 255, "12345678901234567890": 12345678901234567890,
    "1.5": 1.5, "-.5": -0.5, "+.5": 0.5, "1.": 1.0, "0.": 0.0, "1e3": 1000.0, "1E+3": 1000.0, "1.5e-3": 0.0015, "0e0": 0.0,
    ".inf": math.inf, ".Inf": math.inf, "+.INF": math.inf, "-.inf": -math.inf,
}  # fmt: skip


def data_of(text: str) -> Any:
    """The data that a text is read as."""
    return parse_source("test.yaml", text).data


def refusal(text: str | bytes | dict[str, Any], limits: Limits = Limits()) -> str:  # noqa: B008  it is frozen
    """The message that a text is refused with."""
    with pytest.raises(SpecError) as caught:
        read_source(text.encode() if isinstance(text, str) else text, limits)
    return str(caught.value)


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: Any) -> None:
    """The message with which a text is refused."""
    found = data_of(f"a: {text}\nb:\n  - {text}\n")
    assert found == {"a": value, "b": [value]}
    assert type(found["a"]) is type(value)


def test_not_a_number_is_one_word() -> None:
    """It equals nothing, not even itself, so it is not in the table."""
    assert all(math.isnan(value) for value in data_of("[.nan, .NaN, .NAN]"))


@pytest.mark.parametrize("text", [text for text in SCALARS if text])
@pytest.mark.parametrize("quoted", ["'{}'", '"{}"', "!!str {}", "! {}", "|-\n  {}"])
def test_a_scalar_that_is_quoted_or_tagged_is_text(text: str, quoted: str) -> None:
    """Whatever it would mean otherwise."""
    assert data_of("a: " + quoted.format(text)) == {"a": text}


@pytest.mark.parametrize("text", ["no", "on", "yes", "null", "true", "200", "1.0", "2026-01-01", "~", "0x1F"])
def test_a_key_is_always_text(text: str) -> None:
    """As in JSON: the status 200, the word on, a date."""
    assert data_of(f"{text}: 1") == {text: 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [("!!int '0x1F'", 31), ("!!float '1'", 1), ("!!bool 'true'", True), ("!!null ''", None), ("!!map {}", {}), ("!!seq []", [])],
)  # fmt: skip
def test_a_tag_of_the_core_schema_is_understood(text: str, value: Any) -> None:
    """YAML 1.2.2, section 10.3.1."""
    assert data_of(f"a: {text}") == {"a": value}


@pytest.mark.parametrize(
    "text",
    ["!!python/object/apply:os.system ['true']", "!!set {a}", "!!binary YQ==", "!!timestamp 2026-01-01", "!mine x", "!!int x"],
)  # fmt: skip
def test_any_other_tag_is_refused_with_its_line(text: str) -> None:
    """Tags never create objects."""
    assert "<bytes>:2:4: " in refusal(f"\na: {text}\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "<bytes>:3:1"),
        ("x:\n  - a: 1\n    a: 1\n", "<bytes>:3:5"),
        ('a: 1\n"a": 2\n', "<bytes>:2:1"),
        ('{\n "a": 1,\n "b": {"c": 1,\n  "c": 2}\n}', "<bytes>:4:3"),
        ("a: {<<: {x: 1},\n <<: {y: 1}}", "<bytes>:2:2"),
    ],
)
def test_a_duplicate_key_is_refused_with_its_line(text: str, place: str) -> None:
    """In YAML as in JSON."""
    assert f"{place}: duplicate key" in refusal(text)


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "a: &x [1]\n*x : 2"])
def test_a_key_that_is_not_a_scalar_is_refused(text: str) -> None:
    """JSON has no such keys."""
    assert "a key must be a scalar" in refusal(text)


def test_an_alias_bomb_is_refused() -> None:
    """Nine levels of nine aliases are counted, not built."""
    rows = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    assert "more than 20000000 values (an alias counts as often as it is used)" in refusal("\n".join(rows))


def test_an_alias_bomb_of_merge_keys_is_refused() -> None:
    """A merge uses an alias like any other."""
    rows = ["a0: &a0 {k0: 1}", *(f"a{n}: &a{n} {{k{n}: [*a{n - 1}, *a{n - 1}], <<: *a{n - 1}}}" for n in range(1, 40))]
    assert "an alias counts as often as it is used" in refusal("\n".join(rows))


def test_an_alias_repeats_its_value() -> None:
    """Scalars, lists and mappings; the latest anchor of a name counts."""
    text = "a: &x no\nb: *x\nc: &y [1]\nd: *y\n*x : e\nf: &x 2\ng: *x\n"
    assert data_of(text) == {"a": "no", "b": "no", "c": [1], "d": [1], "no": "e", "f": 2, "g": 2}


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: {c: *x}}", "&x [*x]"])
def test_a_value_that_contains_itself_is_refused(text: str) -> None:
    """JSON has no circles."""
    assert "is inside its own anchor" in refusal(text)


def test_an_alias_without_anchor_is_refused() -> None:
    """The message says where it stands."""
    assert "<bytes>:2:4:" in refusal("a: 1\nb: *x\n")


@pytest.mark.parametrize("opening", ["[", '{"a":', "[\n", "- ", "x: &a [", "? "])
def test_endless_nesting_is_refused(opening: str) -> None:
    """In JSON and in YAML, in any style, without exhausting the stack."""
    assert refusal(opening * 100_000)


@pytest.mark.parametrize("is_text", [True, False])
def test_the_limit_of_depth_is_the_same_for_a_text_and_a_mapping(is_text: bool) -> None:  # noqa: FBT001  a case
    """Whatever the interpreter's own limit is."""
    data: Any = {}
    for _ in range(700):
        data = {"a": data}
    spec = json.dumps(data).encode() if is_text else data
    assert read_source(spec, Limits(depth=701)).data
    assert "nested deeper than 690 levels" in refusal(spec, Limits(depth=690))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("- [", "]")])
def test_the_limit_of_depth_holds_for_json_and_yaml(opening: str, closing: str) -> None:
    """One level more is refused."""
    head, tail = opening[:-1] if opening == "- [" else "", ""
    text = head + opening[-1] * 9 + closing * 9 + tail if head else opening * 9 + "1" + closing * 9
    assert read_source(text.encode(), Limits(depth=10)).data
    assert "nested deeper than 8 levels" in refusal(text, Limits(depth=8))


def test_a_text_that_is_too_large_is_refused() -> None:
    """By its bytes, before it is parsed."""
    assert "is larger than 10 bytes (limits=Limits(size=...) raises that)" in refusal(b"a: 1234567890", Limits(size=10))


def test_a_text_with_too_many_values_is_refused() -> None:
    """With or without aliases."""
    assert "more than 5 values" in refusal("[a, b, c, d, e, f]", Limits(nodes=5))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (b"a: 1234567890", {"size": 10}),
        ("a: {b: {c: 1}}", {"depth": 2}),
        (b'{"a": {"b": {"c": 1}}}', {"depth": 2}),
        ({"a": {"b": {"c": {"d": 1}}}}, {"depth": 2}),
        ("[a, b, c, d, e, f]", {"nodes": 5}),
        (b"[1, 2, 3, 4, 5, 6]", {"nodes": 5}),
        ({"a": [1, 2, 3, 4, 5, 6]}, {"nodes": 5}),
    ],
    ids=str,
)
def test_an_exceeded_limit_is_named(text: Any, limit: dict[str, int]) -> None:
    """And how it is raised, whatever reads the text."""
    with pytest.raises(SpecError) as caught:
        read_source(text.encode() if isinstance(text, str) else text, Limits(**limit))
    assert f"(limits=Limits({next(iter(limit))}=...) raises that)" in str(caught.value)


def test_a_limit_that_cannot_be_raised_is_not_named() -> None:
    """The YAML library has a depth of its own."""
    with pytest.raises(SpecError, match=r"nested deeper than \d+ levels$"):
        read_source(b"- " * 1500 + b"x", Limits(depth=5000))


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    """Python does not read such numbers; the message has the line."""
    assert "<bytes>:1" in refusal("a: " + "9" * 5000)
    assert refusal('{"a": ' + "9" * 5000 + "}")


def test_a_second_document_is_refused_with_its_line() -> None:
    """A file may contain only one."""
    assert "<bytes>:3:1: a second YAML document" in refusal("a: 1\n# more\n---\nb: 2\n")


def test_a_document_may_have_its_markers() -> None:
    """One start, one end."""
    assert data_of("%YAML 1.2\n---\na: no\n...\n") == {"a": "no"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b: &b {x: 1, y: 2}\na: {<<: *b, y: 3}", {"x": 1, "y": 3}),
        ("b: &b {x: 1}\nc: &c {x: 2, z: 3}\na: {<<: [*b, *c], w: 4}", {"x": 1, "z": 3, "w": 4}),
        ("a: {'<<': 1}", {"<<": 1}),
    ],
)
def test_a_merge_key_fills_in_missing_keys(text: str, value: Any) -> None:
    """The mapping's own keys win, then the earlier mapping; a quoted << is an ordinary key."""
    assert data_of(text)["a"] == value


def test_a_merge_of_anything_but_mappings_is_refused() -> None:
    """The message says where it stands."""
    assert "takes a mapping" in refusal("a: {<<: [1]}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
@pytest.mark.parametrize("text", ['{"ä": "€"}', "ä: €"])
def test_a_byte_order_mark_tells_the_encoding(text: str, encoding: str) -> None:
    """YAML 1.2.2, section 5.2."""
    marks = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    raw = marks.get(encoding, b"") + text.encode(encoding.removesuffix("-bom"))
    assert read_source(raw).data == {"ä": "€"}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: 1\nb: \xff\n", "<bytes>:2: is not utf-8 text"),
        (b"\xff\xfea", "is not utf-16"),
        (b"a: 1\nb: \x00\n", "<bytes>:2: contains a character"),
        (b"a: [1\nb: 2\n", "<bytes>:2"),
        (b"a:\n\t- 1\n", "<bytes>:2:1"),
        (b'{"a": 1,,}', "<bytes>:1"),
    ],
)
def test_broken_text_is_refused_with_its_line(raw: bytes, message: str) -> None:
    """Wrong bytes, characters and syntax."""
    assert message in refusal(raw)


def test_a_broken_json_file_is_refused_as_json(tmp_path: Path) -> None:
    """With line and column."""
    path = tmp_path / "a.json"
    path.write_text('{"a": 1,\n "b": }')
    with pytest.raises(SpecError, match=r"a\.json:2:7: "):
        read_source(path)


@pytest.mark.parametrize("name", ["missing.yaml", ".", "nul\0.yaml", "x" * 300])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    """With its name and the reason."""
    with pytest.raises(SpecError, match="cannot be read"):
        read_source(f"{tmp_path}/{name}")


def test_files_streams_bytes_and_mappings_are_read_alike(tmp_path: Path) -> None:
    """Each has a name for messages."""
    path = tmp_path / "a.yaml"
    path.write_text("a: no\n", "utf-8")
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        sources = [
            read_source(path),
            read_source(str(path)),
            read_source(binary),
            read_source(text),
            read_source(b"a: no"),
            read_source({"a": "no"}),
        ]
    assert [source.data for source in sources] == [{"a": "no"}] * 6
    assert [source.name for source in sources] == [str(path)] * 4 + ["<bytes>", "<mapping>"]
    assert read_source(io.StringIO("a: no")).name == "<stream>"


TEXT = """\
a: 1
paths:
  /x~y/z:
    - one
    - two: 2
      three: &t
        deep: 1
"""


@pytest.mark.parametrize(
    ("tokens", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("paths",), 2),
        (("paths", "/x~y/z"), 3),
        (("paths", "/x~y/z", 0), 4),
        (("paths", "/x~y/z", "1", "three", "deep"), 7),
        (("paths", "nowhere", "else"), 2),
    ],
)
def test_the_line_of_a_value_is_found(tokens: tuple[str | int, ...], line: int) -> None:
    """A missing value has the line of the object around it."""
    assert parse_source("a.yaml", TEXT).line(tokens) == line


def test_json_has_lines_too() -> None:
    """It is YAML after all."""
    assert parse_source("a.json", '{\n "a": [\n  1,\n  2\n ]\n}').line(("a", 1)) == 4


def test_a_mapping_has_no_lines() -> None:
    """It was never text."""
    assert Source("<mapping>", {"a": 1}).line(("a",)) is None


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)  # fmt: skip


@given(json_data)
def test_json_is_read_as_pythons_own_reader_reads_it(value: Any) -> None:
    """At any depth."""
    assert data_of(json.dumps({"a": value})) == {"a": value}


#: JSON and what is nearly JSON: numbers of every form, words, escapes, keys twice, whatever a reader might take or refuse.
tokens = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"a"', '"\\u0061"', '"\\ud800"', '"\\ud83d\\ude00"', '"\t"', '"é\x7f"', "0", "-0", "-0.0", "01", "1.", ".5", "1e5",
     "1E-7", "1e400", "-1e999", "123456789012345678901234567890", "0.1", "5e-324", "9007199254740993.0", "NaN", "-NaN", "Infinity", "-Infinity",
     "nan", "inf", "true", "false", "null", "tru", " ", "\n", "\x0c", "\ufeff", "'a'", "/**/", "9" * 4301, "1" * 4300]
)  # fmt: skip


def outcome(text: str, name: str) -> Any:
    """The data of a text or the reason of its refusal, written so that 1, 1.0 and True differ and NaN equals itself."""
    try:
        return json.dumps(plain_data(parse_source(name, text).data))
    except SpecError as error:
        return str(error)


@given(st.lists(tokens).map("".join) | json_data.map(json.dumps).map(lambda text: text.replace("9", "NaN")))
def test_the_fast_reader_changes_nothing(text: str) -> None:
    """Without it, the same texts are read, and the same refused with the same messages."""
    for name in ("a.json", "a.yaml"):
        fast = outcome(text, name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jsonvalue, "jiter", None)
            assert outcome(text, name) == fast


@given(json_data, st.sampled_from([None, 0, 1, 3, "\t"]), st.booleans(), st.booleans())
def test_json_is_cut_while_it_is_read(value: Any, indent: Any, ascii_only: bool, dense: bool) -> None:  # noqa: FBT001
    """However it is laid out: a cut document is the document, and each range of it holds the members that it says."""
    data = {"openapi": "3.1.0", "paths": {"/a": value, "/b": {"get": {"/": {}}}}, "x": value, "components": {"schemas": {"A": value, "": [value]}}}  # fmt: skip
    raw = json.dumps(data, indent=indent, ensure_ascii=ascii_only, separators=(",", ":") if dense else None).encode()
    found = cut(raw)
    if found is None:
        assert "\\ud" in raw.decode()
        return
    assert json.dumps(found[0]) == json.dumps(data)
    for names, below in (row for _, rows in found[1] if isinstance(rows, list) for row in rows):
        if isinstance(below, range):
            assert tuple(json.loads(b"{" + raw[below.start : below.stop] + b"}")) == names


@given(st.lists(st.sampled_from(["{", "}", '"paths":{', '"components":{', '"schemas":{', '"/a":{', '"":{', '},"/b":{', '},"B":', ",", "{}", "1", '"}"', '"{"', '"x":']), max_size=25).map("".join))  # fmt: skip
def test_what_is_not_json_is_not_cut(text: str) -> None:
    """A guess never adds anything to a text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slicing, "_WORTH", 1)
        found = cut(text.encode())
    if found is not None:
        assert json.dumps(found[0]) == json.dumps(json.loads(text))


def test_the_garbage_collector_is_restored() -> None:
    """On or off; objects that the program has frozen stay frozen."""
    for switch in (gc.disable, gc.enable):
        switch()
        parse_source("a", "{}")
        with contextlib.suppress(SpecError):
            parse_source("a.json", "{")
        assert gc.isenabled() is (switch is gc.enable)
    gc.freeze()
    frozen = gc.get_freeze_count()
    parse_source("a", "{}")
    assert gc.get_freeze_count() > frozen // 2  # some may have died since
    gc.unfreeze()


@pytest.mark.parametrize(
    "text", [TEXT, '{"a": {"b": [1,\n2]},\n"c": 1}', "a: &x {b: 1}\nc: *x\nd: {e: *x}\n", "- 1\n- a: 2\n"]
)
def test_the_lines_of_several_values_are_found_together(text: str) -> None:
    """They are the same as one by one; below an alias, those of its anchor."""
    found = parse_source("a.yaml", text)
    places: list[tuple[str | int, ...]] = [(), ("a",), ("a", "b"), ("a", "b", 1), ("c",), ("c", "b"), ("d", "e", "b"), (1, "a"), ("paths", "/x~y/z", 1, "two")]  # fmt: skip
    assert found.lines(places) == {place: found.line(place) for place in places}
    assert parse_source("a.yaml", "a: &x {\nb: 1}\nc: *x\n").lines([("c", "b"), ("c",)]) == {("c", "b"): 2, ("c",): 3}


def test_a_line_is_found_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass stops at the last wanted value."""
    seen = []
    events = yaml.parse
    monkeypatch.setattr(yaml, "parse", lambda *given: (seen.append(event) or event for event in events(*given)))
    assert parse_source("a.yaml", TEXT).line(("a",)) == 1
    del seen[:]
    assert Source("a", None, TEXT).line(("a",)) == 1
    assert len(seen) < 8


@given(st.text())
def test_every_text_is_read_or_refused(text: str) -> None:
    """With a SpecError."""
    with contextlib.suppress(SpecError):
        parse_source("a.yaml", text)


def means_more_in_yaml_1_2(text: str) -> bool:
    """Whether a text has a line break of YAML 1.1 only, or is a number of YAML 1.2 only: PyYAML does not quote that."""
    return not {"\x85", "\u2028", "\u2029"}.isdisjoint(text) or bool(
        re.search(r'"([-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+|0o[0-7]+)"', text)
    )


@given(json_data.filter(lambda value: not means_more_in_yaml_1_2(json.dumps(value, ensure_ascii=False))))
def test_what_pyyaml_writes_is_read_back(value: Any) -> None:
    """It quotes what YAML 1.1 would read differently, and quotes mean the same in 1.2."""
    assert data_of(yaml.safe_dump({"a": value}, allow_unicode=True)) == {"a": value}


@pytest.mark.parametrize("spec", [[], 5, None])
def test_another_type_is_refused(spec: Any) -> None:
    """The message lists the right ones."""
    with pytest.raises(TypeError, match="a path, an open file, bytes or a mapping"):
        read_source(spec)


def test_half_a_surrogate_pair_in_yaml_is_refused() -> None:
    """A text that was never bytes can contain it; libyaml cannot read it."""
    with pytest.raises(SpecError, match=r"<stream>:2: contains (an unpaired surrogate|a character)"):
        read_source(io.StringIO("a: 1\nb: \ud800\n"))


def of_kind(kind: str, path: Path) -> Path:
    """Something that is not a file, in the place of one."""
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


@pytest.mark.parametrize(("kind", "said"), [("folder", "a folder"), ("pipe", "a named pipe"), ("device", "a device")])
def test_only_files_are_read(tmp_path: Path, kind: str, said: str) -> None:
    """Others might be waited for, or go on for ever: as a document, as an overlay, as the target of a reference."""
    place = of_kind(kind, tmp_path / "p.yaml")
    with pytest.raises(SpecError, match=f"cannot be read: it is {said}, not a file"):
        load(place)
    with pytest.raises(SpecError, match=f"it is {said}, not a file"):
        load({"openapi": "3.1.0", "info": {}, "paths": {}}, overlays=[place])
    (tmp_path / "a.yaml").write_text("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: p.yaml}}")
    problems = " ".join(map(str, load(tmp_path / "a.yaml").problems))
    assert (f"it is {said}, not a file" if kind != "device" else "leaves the document's folder") in problems


def test_no_more_is_read_than_the_limit() -> None:
    """However much there is."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return b" " * size

    asked: list[int] = []
    with pytest.raises(SpecError, match="is larger than 99 bytes"):
        read_source(Endless(), Limits(size=99))
    assert asked == [100]


@pytest.mark.parametrize("wrong", [[], 5, None, object()])
def test_what_is_no_document_is_refused(wrong: Any) -> None:
    """By its type."""
    with pytest.raises(TypeError, match="a document must be a path, an open file, bytes or a mapping, not"):
        load(wrong)


def test_a_closed_file_is_refused(tmp_path: Path) -> None:
    """And one that gives neither text nor bytes."""
    (tmp_path / "a.yaml").write_text("a: 1")
    with (tmp_path / "a.yaml").open() as file:
        pass
    with pytest.raises(SpecError, match=r"a\.yaml: cannot be read: I/O operation on closed file"):
        load(file)
    file = io.StringIO()
    file.read = lambda *_: 5  # type: ignore[assignment, method-assign, return-value]
    with pytest.raises(TypeError, match="must give text or bytes, not int"):
        load(file)


def test_integers_as_keys_become_texts() -> None:
    """As in JSON; the caller's own data stays as it is."""
    data = {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {200: {"description": "x"}}}}}}
    assert load(data).data["paths"]["/a"]["get"]["responses"] == {"200": {"description": "x"}}
    assert 200 in data["paths"]["/a"]["get"]["responses"]  # type: ignore[index]


def test_other_keys_are_refused_all_at_once() -> None:
    """With the object that has them."""
    with pytest.raises(SpecError) as caught:
        load({"openapi": "3.1.0", "paths": {None: {}, "/a": {1.5: {}, True: {}}, 1: {}, "1": {}}})
    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [
        ("/paths", "the key None is not a text"), ("/paths/~1a", "the key 1.5 is not a text"), ("/paths/~1a", "the key True is not a text"),
        ("/paths", "the keys 1 and '1' are the same in JSON"),
    ]  # fmt: skip


def test_data_that_contains_itself_is_refused() -> None:
    """The message says where it does."""
    data: dict[str, Any] = {"openapi": "3.1.0", "a": {"b": []}}
    data["a"]["b"].append(data["a"])
    with pytest.raises(SpecError, match="contains itself \\(at /a/b/0\\)"):
        load(data)
    with pytest.raises(SpecError, match="contains itself"):
        load({"openapi": "3.1.0"}, overlays=[data])


def test_data_is_within_the_limits_however_often_it_is_shared() -> None:
    """A part that is used twice counts twice, but is walked once."""
    data: Any = {}
    for _ in range(40):
        data = {"a": data, "b": data}
    with pytest.raises(SpecError, match="contains more than 20000000 values"):
        load({"openapi": "3.1.0", "x": data})
    with pytest.raises(SpecError, match="is nested deeper than 3 levels"):
        load({"openapi": "3.1.0", "x": {"a": {"b": {"c": {}}}}}, limits=Limits(depth=3))


def json_text(width: int) -> str:
    """Most of it is one value with very many parts."""
    return json.dumps({"big": [[[], {}, 'a"]}']] * width, "small": {"a": 1}}).replace('"small"', '\n"small"')


def yaml_text(width: int) -> str:
    """Most of it is behind an anchor."""
    return "big: &a\n- c\n" + "- [[], {}, b]\n" * width + "small: *a\n"


@pytest.mark.parametrize("text", [json_text, yaml_text])
def test_the_line_of_a_value_needs_no_memory(text: Any) -> None:
    """Beyond the text."""
    peaks = []
    for width in (100, 2_000):
        source = parse_source("a", text(width))
        place = ("small", "a") if text is json_text else ("small", width)
        tracemalloc.start()
        line = source.line(place)
        peaks.append(tracemalloc.get_traced_memory()[1] - 2 * len(text(width)))
        tracemalloc.stop()
        assert line == (2 if text is json_text else width + 2)
    assert peaks[1] < peaks[0] + 20_000


@pytest.mark.parametrize("write", [json.dumps, yaml.dump])
def test_no_mutant_of_a_text_ends_in_a_foreign_error(write: Any) -> None:
    """Bytes are changed, left out, and put in."""
    text = write(rich("3.1.0")).encode()
    pieces = [b"&a ", b"*a", b"{", b"]", b"\xff", b"!!int ", b"<<: *a\n", b"\0", b"'", b"- ", b"? ", b"|\n"]
    for seed in range(100):
        chance, raw = random.Random(seed), bytearray(text)  # noqa: S311  repeatable
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(raw))
            raw[start : start + chance.choice([0, 1, 30])] = chance.choice([b"", *pieces])
        try:
            assert load(bytes(raw)).data
        except SpecError as error:
            assert error.problems  # noqa: PT017  an input may be refused here
