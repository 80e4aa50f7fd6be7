"""Small tools for writing XML: elements in a name space, text without the signs XML cannot hold."""

import re
from collections.abc import Mapping
from typing import cast

from lxml import etree

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NameSpace:
    """Makes elements of one name space."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def root(self, name: str, spaces: dict[str | None, str], /, **attributes: object) -> etree._Element:
        """The first element, which declares *spaces* for all."""
        return _filled(etree.Element(f"{{{self._uri}}}{name}", nsmap=cast("dict[str, str]", spaces)), "", attributes)

    def under(self, parent: etree._Element, name: str, text: str = "", /, **attributes: object) -> etree._Element:
        """One element as the last child of *parent*; attributes that are empty or None stay away."""
        return _filled(etree.SubElement(parent, f"{{{self._uri}}}{name}"), text, attributes)


def _filled(element: etree._Element, text: str, attributes: Mapping[str, object]) -> etree._Element:
    for name, value in attributes.items():
        if value not in ("", None):
            element.set(name, clean(str(value)))
    if text:
        element.text = clean(text)
    return element


def clean(text: str) -> str:
    """*text* without what XML 1.0 has no way to write (control signs, lone surrogates)."""
    return _NOT_IN_XML.sub("", text)


def document(root: etree._Element) -> bytes:
    """The whole document: UTF-8, indented."""
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
