"""The report of a comparison for people: as text, as Markdown, and as annotations of a GitHub workflow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dynclient.cli.terminal import counted, json_text
from dynclient.problem import one_line
from dynclient.spec.document import Document
from dynclient.spec.node import Node, step

if TYPE_CHECKING:
    from dynclient.versions.changes import Change, Changes

#: How many causes and how many operations of each are shown without --all.
_CAUSES, _NAMES = 10, 3
#: The longest witness that is shown without --all.
_WITNESS = 160
_HEADLINES = {"breaks": "breaking", "unknown": "not safe, as far as can be shown", "fine": "compatible"}
_MARKS = {"breaks": "BREAKS", "unknown": "UNKNOWN", "fine": "notice"}
_NUMBERS = re.compile(r"\d+")


def text_report(changes: Changes, *, show_all: bool = False) -> str:
    """Return the report as text."""
    lines = [f"{changes.old} -> {changes.new}: {_headline(changes)}"]
    listed = _listed(changes, show_all=show_all)
    shown = listed if show_all else listed[:_CAUSES]
    for change in shown:
        lines += ["", f"{_MARKS[change.verdict]} {_victims(change)}{one_line(change.message)}"]
        lines += [f"    {_where(change)}"] if _where(change) else []
        lines += [f"    {_witness(change, show_all=show_all)}"] if change.witness is not None else []
        lines += [f"    {_operations(change, show_all=show_all)}"] if change.operations else []
    rest = len(listed) - len(shown)
    lines += ["", f"and {counted(rest, 'more change')} (--all shows them)"] if rest else []
    for title, keys in (("Added", changes.added), ("Removed", changes.removed)):
        lines += ["", f"{title} operations:", *_folded(keys, show_all=show_all)] if keys else []
    lines += ["", _texts(changes)] if changes.texts else []
    return "\n".join(lines)


def markdown_report(changes: Changes, *, show_all: bool) -> str:
    """Return the report as Markdown."""
    lines = [f"## {_escaped(changes.old)} → {_escaped(changes.new)}", "", f"**{_escaped(_headline(changes))}**"]
    listed = _listed(changes, show_all=show_all)
    shown = listed if show_all else listed[:_CAUSES]
    for change in shown:
        lines += ["", f"- **{_MARKS[change.verdict]}** {_victims(change)}{_escaped(one_line(change.message))}"]
        lines += [f"  - `{_where(change)}`"] if _where(change) else []
        lines += [f"  - {_escaped(_operations(change, show_all=show_all))}"] if change.operations else []
        if change.witness is not None:
            lines += ["", "  ```json", *(f"  {line}" for line in json_text(change.witness).splitlines()), "  ```"]
    rest = len(listed) - len(shown)
    lines += ["", f"and {counted(rest, 'more change')}"] if rest else []
    for title, keys in (("Added", changes.added), ("Removed", changes.removed)):
        folded = (f"- `{line.strip()}`" for line in _folded(keys, show_all=show_all))
        lines += ["", f"### {title} operations", "", *folded] if keys else []
    lines += ["", _texts(changes)] if changes.texts else []
    return "\n".join(lines)


def annotation_lines(changes: Changes, document: Document, name: str) -> Iterator[str]:
    """Yield an annotation for each change, at its line in the new document.

    Args:
        changes: The changes.
        document: The new document.
        name: What it is called where it has no file.
    """
    nodes = [_node(document, change.new) for change in changes.changes]
    for change, place in zip(changes.changes, document.places(nodes), strict=True):
        level = "notice" if change.verdict == "fine" else "error" if change.verdict == "breaks" else "warning"
        file, _, line = place.rpartition(":")
        at = {"file": file, "line": line} if line.isdigit() else {"file": place if "<" not in place else name}
        fields = ",".join(
            f"{key}={_property(value)}"
            for key, value in {**at, "title": f"{_MARKS[change.verdict]} {_victims(change)}".strip(" :")}.items()
        )
        more = f"\n{_operations(change, show_all=False)}" if change.operations else ""
        more += f"\n{_witness(change, show_all=False)}" if change.witness is not None else ""
        yield f"::{level} {fields}::{_data(change.message + more)}"


def needed_bump(changes: Changes, old: str, new: str) -> tuple[str, bool]:
    """Return which part of the version the changes ask to move, and whether it has moved.

    Args:
        changes: The changes.
        old: The old version.
        new: The new one.
    """
    breaking = any(change.breaking for change in changes.changes)
    needed = (
        "major" if breaking else "minor" if changes.changes or changes.added else "patch" if changes.texts else "none"
    )
    before, after = ([int(number) for number in _NUMBERS.findall(text.partition("+")[0])][:3] for text in (old, new))
    if needed == "none":
        return needed, True
    if not before or not after:
        return needed, old != new
    before, after = before + [0] * (3 - len(before)), after + [0] * (3 - len(after))
    if before[0] > 1900 or (needed == "patch"):  # a date, or any step
        return needed, after > before
    if needed == "major" and before[0] == 0:  # SemVer 2.0, item 4
        return "minor", after[:2] > before[:2]
    return needed, after[0] > before[0] if needed == "major" else after[:2] > before[:2]


def _listed(changes: Changes, *, show_all: bool) -> list[Change]:
    """Return the changes to list one by one: many operations that are gone are listed by their paths."""
    gone = "operation/removed"
    if show_all or len(changes.removed) <= _NAMES:
        return list(changes.changes)
    return [change for change in changes.changes if change.rule != gone]


def _headline(changes: Changes) -> str:
    counts = Counter(change.verdict for change in changes.changes)
    hurt = Counter(victim for change in changes.changes if change.verdict == "breaks" for victim in change.victims)
    said = [counted(counts["breaks"], "breaking change")] if counts["breaks"] else []
    said += [f"{counts['unknown']} unknown"] if counts["unknown"] else []
    said += [counted(counts["fine"], "notice")] if counts["fine"] else []
    said += [f"{counts_of} break {victim}" for victim, counts_of in sorted(hurt.items())]
    nothing = "nothing that breaks" if changes.added or changes.texts else "no changes"
    return f"{_HEADLINES[changes.verdict]} ({', '.join(said) or nothing})"


def _victims(change: Change) -> str:
    return f"{', '.join(change.victims)}: " if change.victims else ""


def _where(change: Change) -> str:
    places = [place for place in dict.fromkeys((change.old, change.new)) if place]
    return " -> ".join(places)


def _witness(change: Change, *, show_all: bool) -> str:
    """Return a message as one line: method and path, the status of a reply, and the rest as JSON, shortened except near the change."""
    message = dict(change.witness or {})
    head = f"{message.pop('method', '')} {message.pop('path', '') or message.pop('url', '')}"
    head = one_line(f"{head} -> {message.pop('status')}" if "status" in message else head)
    text = one_line(json_text(message, indent=None))
    if not message:
        return head
    room = max(_WITNESS - len(head) - 1, _WITNESS // 2)
    if show_all or len(text) <= room:
        return f"{head} {text}"
    names = (change.new or change.old).split("/")
    last = max((index for index, name in enumerate(names[:-1]) if name == "properties"), default=-1)
    path = _path_to(names[last + 1].replace("~1", "/").replace("~0", "~"), message) if last >= 0 else None
    if path:
        text = one_line(_along(path, message))
        begin = room // 4
        return f"{head} {text if len(text) <= room else f'{text[:begin]}…{text[begin + 1 - room :]}'}"
    return f"{head} {text[: room - 1]}…"


def _path_to(name: str, value: Any) -> tuple[str | int, ...] | None:
    """Return the way to the first member of a name in a message; None without one."""
    if isinstance(value, Mapping) and name in value:
        return (name,)
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    found = ((step, _path_to(name, each)) for step, each in inside)
    return next(((step, *rest) for step, rest in found if rest is not None), None)


def _along(path: Sequence[str | int], value: Any) -> str:
    """Return the text of a message with what is on the way to one of its members; the rest is left out."""
    if not path:
        return json_text(value, indent=None)
    step, *rest = path
    inner = _along(rest, value[step])
    others = "…, " if len(value) > 1 else ""
    return f"[{others}{inner}]" if isinstance(value, list) else f"{{{others}{json_text(step, indent=None)}: {inner}}}"


def _operations(change: Change, *, show_all: bool) -> str:
    """Return the operations that a change reaches, those in use first."""
    names = list(dict.fromkeys([*change.used, *change.operations]))
    shown = names if show_all else names[:_NAMES]
    more = " ..." if len(names) > len(shown) else ""
    used = f" ({len(change.used)} in use)" if change.used else ""
    return f"{counted(len(names), 'operation')}{used}: {', '.join(map(one_line, shown))}{more}"


def _folded(keys: Sequence[str], *, show_all: bool) -> list[str]:
    """Return operations folded by the start of their paths."""
    if show_all or len(keys) <= _CAUSES:
        return [f"    {one_line(key)}" for key in keys]
    counts: dict[str, list[str]] = {}
    for key in keys:
        parts = key.partition(" ")[2].strip("/").split("/")
        counts.setdefault("/" + "/".join(parts[:1]), []).append(key)
    ranked = sorted(counts.items(), key=lambda item: (-len(item[1]), item[0]))
    lines = [
        f"    {prefix}/... ({len(found)})" if len(found) > 1 else f"    {found[0]}"
        for prefix, found in ranked[:_CAUSES]
    ]
    rest = sum(len(found) for _, found in ranked[_CAUSES:])
    return [*lines, f"    and {rest} more"] if rest else lines


def _texts(changes: Changes) -> str:
    return f"{counted(changes.texts, 'place')} with changes that need no mention of their own, such as texts"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)


def _property(text: Any) -> str:
    return _data(str(text)).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _node(document: Document, pointer: str) -> Node:
    """Return the place of a pointer, or the nearest one above it that exists."""
    node = document.written
    for token in pointer.split("/")[1:] if pointer.startswith("/") else ():
        name = token.replace("~1", "/").replace("~0", "~")
        value = step(node.value, name)
        if value is None:
            break
        node = Node(node.file, (*node.path, int(name) if isinstance(node.value, list) else name), value)
    return node
