"""One HTML file with everything: it needs no network, follows the reader's light or dark, and can be searched, also by its address: `report.html#name`."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dynclient.problem import printable
from dynclient.tolerance import SEVERITIES
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.reports.phrases import (
    age,
    by_severity,
    coverage_rows,
    fault_of,
    named_operations,
    severity_counted,
    totals,
)

#: No name that never occurred is left out up to this number of each kind.
_MOST_UNSEEN = 200

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #3d444d); --soft: light-dark(#f6f8fa, #151b23);
  --error: light-dark(#cf222e, #ff7b72); --warning: light-dark(#9a6700, #d29922); --info: light-dark(#0969da, #58a6ff);
  --hint: light-dark(#59636e, #9198a1); --seen: light-dark(#1a7f37, #3fb950); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p.age { color: var(--hint); }
#tools { position: sticky; top: 0; background: Canvas; padding: .5rem 0; display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
#search { flex: 1 1 14rem; font: inherit; padding: .3rem .6rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; overflow-wrap: anywhere; }
details > div { padding: 0 .75rem .75rem; border-top: 1px solid var(--line); background: var(--soft); overflow-wrap: anywhere; }
.severity { font-weight: 600; } .count { float: right; color: var(--hint); margin-left: 1rem; }
.error { color: var(--error); } .warning { color: var(--warning); } .info { color: var(--info); } .hint { color: var(--hint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--hint); } dd { margin: 0; }
code { font: 13px ui-monospace, monospace; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .3rem .75rem; align-items: center; }
.bars svg { width: 100%; height: 14px; } .bars rect.all { fill: var(--line); } .bars rect.seen { fill: var(--seen); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
"""

_SCRIPT = """
const search = document.getElementById("search"), boxes = [...document.querySelectorAll("#tools input[type=checkbox]")];
const findings = [...document.querySelectorAll("#findings > details")], shown = document.getElementById("shown");
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean), kinds = boxes.filter(box => box.checked).map(box => box.value);
  let number = 0;
  for (const finding of findings) {
    const text = finding.textContent.toLowerCase();
    finding.hidden = !kinds.includes(finding.dataset.severity) || !words.every(word => text.includes(word));
    number += !finding.hidden;
  }
  shown.textContent = number + " of " + findings.length;
}
search.addEventListener("input", filter);
for (const box of boxes) box.addEventListener("change", filter);
search.value = decodeURIComponent(location.hash.slice(1));
filter();
"""


def html(report: Report) -> str:
    """Return a report as one self-contained HTML file."""
    title = "; ".join(map(str, report.documents)) or "Recorded traffic"
    return "\n".join([
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        # nothing may be loaded and nothing sent, whatever a recording holds
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; script-src \'unsafe-inline\'">',
        f"<title>{_text(title)}: recorded traffic</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(totals(report))}</p>",
        f'<p class="age">{_text(age(report))}</p>' if age(report) else "",
        *_findings(report),
        *_coverage(report),
        *_left_alone(report),
        f"<script>{_SCRIPT}</script></body></html>" if report.findings else "</body></html>",
        "",
    ])  # fmt: skip


def _findings(report: Report) -> Iterator[str]:
    counts = by_severity(report)
    if not counts:
        yield "<h2>No findings</h2>"
        return
    yield f'<h2>Findings <small id="shown">{len(report.findings)}</small></h2>'
    boxes = " ".join(
        f'<label class="{severity}"><input type="checkbox" value="{severity}" checked> {severity_counted(counts[severity], severity)}</label>'
        for severity in SEVERITIES
        if severity in counts
    )
    yield f'<div id="tools"><input id="search" type="search" placeholder="Search the findings" aria-label="Search the findings">{boxes}</div>'
    yield '<div id="findings">'
    for finding in report.findings:
        yield _finding(finding)
    yield "</div>"


def _finding(finding: TrafficFinding) -> str:
    rows = [
        ("Rule", f"<code>{_text(finding.rule)}</code>"),
        ("At fault", _text(fault_of(finding) or "nobody")),
        ("Operations", _text(", ".join(finding.operations))),
        ("Document", _place(finding)),
        ("Expected", _text(finding.expected)),
        ("Seen", ", ".join(f"<code>{_text(value)}</code>" for value in finding.seen)),
        ("Examples", "<br>".join(_example(str(example), example.value) for example in finding.examples)),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    label = f'<span class="severity {finding.severity}">{finding.severity}</span>'
    where = f' <span class="hint">{_text(named_operations(finding, 2))}</span>' if finding.operations else ""
    head = f'<span class="count">{finding.count:,} &times;</span>{label} {_text(finding.message)}{where}'
    return (
        f'<details data-severity="{finding.severity}"><summary>{head}</summary><div><dl>{listed}</dl></div></details>'
    )


def _place(finding: TrafficFinding) -> str:
    place = finding.document
    if place is None:
        return ""
    return f"<code>{_text(str(place))}</code>" + (f"<br><code>{_text(place.pointer)}</code>" if place.line else "")


def _example(place: str, value: str) -> str:
    return f"<code>{_text(place)}</code>" + (f" = <code>{_text(value)}</code>" if value else "")


def _coverage(report: Report) -> Iterator[str]:
    rows = coverage_rows(report)
    if not rows:
        return
    yield '<h2>Coverage</h2><div class="bars">'
    for kind, seen, total, _ in rows:
        picture = (
            f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{seen} of {total} {kind}">'
            f'<rect class="all" width="100" height="10" rx="1"/><rect class="seen" width="{100 * seen / total:.2f}" height="10" rx="1"/></svg>'
        )
        yield f"<span>{_text(kind)}</span>{picture}<span>{seen:,} of {total:,}</span>"
    yield "</div>"
    for kind, _, _, unseen in rows:
        if unseen:
            names = "<br>".join(f"<code>{_text(name)}</code>" for name in unseen[:_MOST_UNSEEN])
            more = f"<br>... and {len(unseen) - _MOST_UNSEEN:,} more" if len(unseen) > _MOST_UNSEEN else ""
            yield f"<details><summary>{len(unseen):,} {_text(kind)} never occurred</summary><div>{names}{more}</div></details>"


def _left_alone(report: Report) -> Iterator[str]:
    rows = [(f"{host or '(no host)'}, no server of the document", number) for host, number in report.hosts.items()]
    rows += [(reason, number) for reason, number in sorted(report.not_exchanges.items())]
    rows += [(name.replace("_", " "), number) for name, number in report.not_judged.items() if number]
    if rows:
        listed = "".join(f"<dt>{number:,}</dt><dd>{_text(name)}</dd>" for name, number in rows)
        yield f"<h2>Not judged</h2><dl>{listed}</dl>"


def _text(text: str) -> str:
    return escape(printable(text))
