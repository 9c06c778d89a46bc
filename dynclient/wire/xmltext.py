"""XML as text: elements written and documents parsed (XML 1.0; RFC 7303).

This module has a writer of its own, because the standard library's supports neither CDATA sections nor the prefixes that a document asks for.
The standard library parses documents; a document type declaration is refused first, so that no entity is ever declared or expanded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.wire.charset import known_charset
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.rawbody import decoded_text

XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: White space in XML (XML 1.0, section 2.3). Unicode has more, which is text.
SPACE = " \t\r\n"
# patterns are compiled on first use, because these are slow to compile
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = f"[{_START}][{_START}0-9.\xb7\u0300-\u036f\u203f\u2040-]*\\Z"
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_DOCTYPE = r"(?s)\ufeff?(?>[ \t\r\n]+|<!--(?>.*?-->)|<\?(?>.*?\?>))*+<!DOCTYPE"
_DECLARED = rb"""[ \t\r\n]*<\?xml[ \t\r\n][^>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][\w.\-]*)["']"""
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_QUOTED_ESCAPES = {**_TEXT_ESCAPES, **str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Element:
    """An element to write: its attributes, its content, and the prefixes that are declared in it."""

    def __init__(self, outer: Element | None = None) -> None:
        self.attributes: list[str] = []
        self.children: list[str] = []
        self._scope: dict[str, str] = dict(outer._scope) if outer else {}  # noqa: SLF001  the same class
        self._declared: set[str] = set()

    def qualified(self, name: str, namespace: str, prefix: str, *, is_attribute: bool = False) -> str:
        """Return a name with its prefix, which is declared here if necessary; a prefix without a namespace is left out."""
        if namespace:
            if is_attribute and not prefix:  # without one it would be in no namespace
                prefix = f"ns{len(self._scope)}"
            while prefix in self._declared and self._scope[prefix] != namespace:
                prefix += "_"
            if self._scope.get(prefix) != namespace:
                self._declare(prefix, namespace)
        return f"{_name(prefix)}:{_name(name)}" if prefix and prefix in self._scope else _name(name)

    def attribute(self, name: str, text: str) -> None:
        """Add an attribute under its qualified name."""
        self.attributes.append(f'{name}="{_escaped(text, _QUOTED_ESCAPES)}"')

    def text(self, text: str) -> None:
        """Add text."""
        self.children.append(_escaped(text, _TEXT_ESCAPES))

    def cdata(self, text: str) -> None:
        """Add text as CDATA; as two sections if it contains the end mark."""
        _refuse_controls(text)
        self.children.append("<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>")

    def nothing(self) -> None:
        """Mark the element as null (XML Schema, section 2.6.2)."""
        self._declare("xsi", XSI)
        self.attributes.append('xsi:nil="true"')

    def written(self, tag: str) -> str:
        """Return the whole element."""
        start = " ".join([tag, *self.attributes])
        return f"<{start}>{''.join(self.children)}</{tag}>" if self.children else f"<{start}/>"

    def _declare(self, prefix: str, namespace: str) -> None:
        self._scope[prefix] = namespace
        self._declared.add(prefix)
        self.attribute(f"xmlns:{_name(prefix)}" if prefix else "xmlns", namespace)


def document_bytes(root: str, charset: str) -> bytes:
    """Encode a document, with its declaration.

    Raises:
        MediaError: The charset is unknown.
    """
    name = known_charset(charset)
    return f'<?xml version="1.0" encoding="{charset}"?>\n{root}'.encode(name, "xmlcharrefreplace")


def document_text(content: bytes, kind: MediaType) -> str:
    """Decode a document by its byte order mark, else by the media type, else by its own declaration (RFC 7303)."""
    declared = re.match(_DECLARED, content[:200])
    charset = kind.parameters.get("charset") or (declared[1].decode() if declared else "utf-8")
    charset = next((name for mark, name in _BOMS if content.startswith(mark)), charset)
    return decoded_text(content, charset)


def parsed(text: str) -> Any:
    """Parse a document, and return its root element as in `xml.etree`.

    Raises:
        MediaError: The document is not well-formed, or declares a document type.
    """
    from xml.etree.ElementTree import ParseError, TreeBuilder, XMLParser

    if re.match(_DOCTYPE, text):
        raise MediaError("declares a document type, which is refused")
    parser = XMLParser(target=TreeBuilder())  # noqa: S314  without a document type no entity can be declared
    try:
        parser.feed(text)
        return parser.close()
    except (ParseError, ValueError) as error:
        raise MediaError(f"is not XML: {error}") from None


def pieces(element: Any) -> Iterator[Any]:
    """Yield the texts and child elements of an element in order; white space alone is not text."""
    if element.text and element.text.strip(SPACE):
        yield element.text
    for child in element:
        yield child
        if child.tail and child.tail.strip(SPACE):
            yield child.tail


def text_in(element: Any) -> str:
    """Return the text of an element without its children, and without the layout at its ends."""
    texts = [piece for piece in pieces(element) if isinstance(piece, str)] if len(element) else [element.text or ""]
    return without_layout("".join(texts))


def without_layout(text: str) -> str:
    """Return a text without the white space at an end that contains a line break."""
    head, tail = text[: len(text) - len(text.lstrip(SPACE))], text[len(text.rstrip(SPACE)) :]
    return text[len(head) if "\n" in head else 0 : len(text) - (len(tail) if "\n" in tail else 0)]


def _name(text: str) -> str:
    if not re.match(_NAME, text):
        raise MediaError(f"{text!r} cannot be a name in XML")
    return text


def _escaped(text: str, escapes: Mapping[int, str]) -> str:
    _refuse_controls(text)
    return text.translate(escapes)


def _refuse_controls(text: str) -> None:
    found = re.search(_NOT_XML, text)
    if found:
        raise MediaError(f"contains the character U+{ord(found[0]):04X}, which XML does not allow")
