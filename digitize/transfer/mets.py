"""METS 1.12 of one item: its record, its history as PREMIS 3 events, its files with hashes, its pages in order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from digitize import __version__
from digitize.transfer.bagit import Payload
from digitize.transfer.contents import Happening, ItemContent
from digitize.transfer.xml import NameSpace, document

URI = "http://www.loc.gov/METS/"
_XLINK = "http://www.w3.org/1999/xlink"
_PREMIS = "http://www.loc.gov/premis/v3"
_DC = "http://purl.org/dc/elements/1.1/"
_mets, _premis, _dc = NameSpace(URI), NameSpace(_PREMIS), NameSpace(_DC)

EVENT_TYPES = {
    "page-new": "ingestion",
    "page-version": "ingestion",
    "page-done": "creation",
    "published": "creation",
    "link": "metadata modification",
    "link set": "metadata modification",
    "link undo": "metadata modification",
    "record": "metadata modification",
    "item-set": "metadata modification",
    "item-sheet": "metadata modification",
}
"""What the ledger calls an event -> the Library of Congress' vocabulary of event types; others keep their own name."""

MEDIA = {
    ".tif": "image/tiff", ".jpg": "image/jpeg", ".png": "image/png", ".jp2": "image/jp2", ".bmp": "image/bmp",
    ".pdf": "application/pdf", ".txt": "text/plain", ".xml": "text/xml",
}  # fmt: skip

USES = ("master", "pdf", "alto", "text", "record")
"""File groups, in the order in which they stand in the document."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the item, what it is for and the pages it shows."""

    stored: Payload
    use: str
    pages: tuple[int, ...] = ()
    """Empty: it belongs to the whole item."""
    name: str = ""
    """What the file was called where it came from."""


def mets(content: ItemContent, files: Sequence[File], made: datetime | None) -> bytes:
    """The document; file names in it are relative to itself. Equal contents make equal bytes."""
    spaces: dict[str | None, str] = {None: URI, "xlink": _XLINK, "premis": _PREMIS, "dc": _DC}
    root = _mets.root("mets", spaces, OBJID=content.key, LABEL=content.title, TYPE=content.type)
    header = _mets.under(root, "metsHdr", CREATEDATE=made.isoformat(timespec="seconds") if made else "")
    agent = _mets.under(header, "agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    _mets.under(agent, "name", f"digitize {__version__}")
    _describe(root, content)
    if content.events:
        history = _mets.under(root, "amdSec", ID="AMD")
        for event in content.events:
            _tell(history, content.key, event)
    names = {id(file): f"F{number}" for number, file in enumerate(files, 1)}
    _list_files(root, files, names)
    _order_pages(root, content, files, names)
    return document(root)


def _describe(root: etree._Element, content: ItemContent) -> None:
    """The linked record as MARCXML; without one, title, number and type as Dublin Core."""
    section = _mets.under(root, "dmdSec", ID="DMD")
    kind = "MARC" if content.marcxml else "DC"
    data = _mets.under(_mets.under(section, "mdWrap", MDTYPE=kind, MIMETYPE="text/xml"), "xmlData")
    if content.marcxml:
        data.append(etree.fromstring(content.marcxml)[0])
        return
    for name, text in (("title", content.title), ("identifier", content.key), ("type", content.type)):
        _dc.under(data, name, text)


def _tell(history: etree._Element, key: str, event: Happening) -> None:
    section = _mets.under(history, "digiprovMD", ID=f"E{event.id}")
    data = _mets.under(_mets.under(section, "mdWrap", MDTYPE="PREMIS:EVENT", MIMETYPE="text/xml"), "xmlData")
    element = _premis.under(data, "event")
    _identify(element, "eventIdentifier", "local", str(event.id))
    _premis.under(element, "eventType", EVENT_TYPES.get(event.what, event.what))
    _premis.under(element, "eventDateTime", event.at.isoformat())
    details = _premis.under(element, "eventDetailInformation")
    _premis.under(details, "eventDetail", f"{event.what}; {event.detail}" if event.detail else event.what)
    _identify(element, "linkingAgentIdentifier", "software", event.tool)
    _identify(element, "linkingAgentIdentifier", "local", event.who)
    _identify(element, "linkingObjectIdentifier", "item", key)


def _identify(element: etree._Element, name: str, kind: str, value: str) -> None:
    if value:
        identifier = _premis.under(element, name)
        _premis.under(identifier, f"{name}Type", kind)
        _premis.under(identifier, f"{name}Value", value)


def _list_files(root: etree._Element, files: Sequence[File], names: Mapping[int, str]) -> None:
    section = _mets.under(root, "fileSec")
    for use in USES:
        group = [file for file in files if file.use == use]
        if group:
            element = _mets.under(section, "fileGrp", USE=use)
            for file in group:
                _list_file(element, file, names[id(file)])


def _list_file(group: etree._Element, file: File, name: str) -> None:
    stored = file.stored
    ending = stored.path[stored.path.rfind(".") :].lower()
    element = _mets.under(
        group, "file", ID=name, MIMETYPE=MEDIA.get(ending, "application/octet-stream"), SIZE=stored.size,
        CHECKSUM=stored.sha256, CHECKSUMTYPE="SHA-256",
    )  # fmt: skip
    place = {f"{{{_XLINK}}}href": stored.path, f"{{{_XLINK}}}title": file.name}
    _mets.under(element, "FLocat", **place, LOCTYPE="URL")


def _order_pages(root: etree._Element, content: ItemContent, files: Sequence[File], names: Mapping[int, str]) -> None:
    """Every finished page with its files; the PDF and the record hang on the item itself."""
    of_page: dict[int, list[str]] = defaultdict(list)
    for file in files:
        for number in file.pages:
            of_page[number].append(names[id(file)])
    book = _mets.under(
        _mets.under(root, "structMap", TYPE="PHYSICAL"), "div", TYPE=content.type, LABEL=content.title, DMDID="DMD"
    )
    for file in files:
        if not file.pages:
            _mets.under(book, "fptr", FILEID=names[id(file)])
    numbered = any(page.label for page in content.pages)
    for page in content.pages:
        label = page.label or (f"[{page.number}]" if numbered else page.number)
        leaf = _mets.under(book, "div", TYPE="page", ORDER=page.number, ORDERLABEL=label)
        for name in of_page[page.number]:
            _mets.under(leaf, "fptr", FILEID=name)
