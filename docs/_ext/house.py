"""Docstrings of this package as reStructuredText, and its public names as links.

Docstrings are plain text in Google's sections, with code in single backticks, as Markdown has it. Here, a name of the public package becomes a
link, other code becomes code, and what reStructuredText would read as markup is escaped. Napoleon then reads the sections.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.ext.napoleon import Config, GoogleDocstring

import dynclient

_CODE = re.compile(r"``?(?P<code>[^`]+)``?")
#: Markup outside of code: a reference ends with an underscore; emphasis and substitutions begin with the others.
_MARKUP = re.compile(r"[|\\]|(?<!\*)\*(?![*\s])|(?<=\w)_(?!\w)")
_SECTIONS = Config(napoleon_use_ivar=True)
#: The public name of what a signature names by its module.
_PUBLIC = {f"dynclient.{module}.{name}": f"dynclient.{public}" for public, (module, name) in dynclient._HOME.items()}  # noqa: SLF001


def setup(app: Any) -> dict[str, Any]:
    """Connect to autodoc.

    Args:
        app: The application of Sphinx.
    """
    app.connect("autodoc-process-docstring", _read_docstring)
    app.connect("autodoc-process-signature", _readable)
    app.connect("autodoc-skip-member", _skips)
    app.connect("missing-reference", _by_public_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read_docstring(app: Any, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    # napoleon takes what comes before a colon in a property's first line for its type, and here it is a sentence
    kind = "method" if what in ("attribute", "property") else what
    lines[:] = GoogleDocstring(_as_markup("\n".join(lines)), _SECTIONS, app, kind, name, documented, options).lines()


def _readable(
    _app: Any, what: str, _name: str, _of: Any, _options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Write a signature so that Sphinx can take it apart; nobody but this package makes its exceptions."""
    if signature is None:
        return None
    return ("", None) if what == "exception" else (signature.replace("<factory>", "..."), returns)


def _skips(_app: Any, _what: str, _name: str, member: Any, _skip: Any, _options: Any) -> bool | None:
    """Skip the fields of named tuples: the docstring of the class lists them, and Python's own say "Alias for field number 0"."""
    return True if type(member).__name__ == "_tuplegetter" else None


def _as_markup(text: str) -> str:
    # the whole docstring and not line by line: what is in backticks may go on in the next line
    found, done = [], 0
    for match in _CODE.finditer(text):
        found += [_escaped(text[done : match.start()]), _as_code(match["code"])]
        done = match.end()
    return "".join([*found, _escaped(text[done:])])


def _escaped(text: str) -> str:
    return _MARKUP.sub(lambda match: "\\" + match[0], text)


def _as_code(code: str) -> str:
    name = code.removesuffix("(...)")
    return f":py:obj:`{code} <dynclient.{name}>`" if name in dynclient.__all__ else f"``{code}``"


def _by_public_name(app: Any, env: Any, node: Any, content: nodes.Element) -> nodes.Element | None:
    """Resolve a reference to where a public name is at home as one to the public name."""
    public = _PUBLIC.get(node.get("reftarget", ""))
    if public is None or node.get("refdomain") != "py":
        return None
    domain = env.domains.python_domain
    found: nodes.Element | None = domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], public, node, content
    )
    return found
