"""What makes a PDF an archival one (ISO 19005-2, level B): metadata, colour, language."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageCms

PRODUCER = "digitize"


@dataclass(frozen=True, slots=True)
class Description:
    """What a book's file says about itself; free text, cleaned here."""

    title: str
    created: datetime
    """Aware; the file's creation and modification date."""
    author: str = ""
    key: str = ""
    """The library's own number of the physical item."""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    language: str = "uz-Latn"
    """BCP 47."""
    creators: tuple[str, ...] = ()
    """Everybody who made the book; empty = *author* alone."""
    publisher: str = ""
    """Of the printed book."""
    year: str = ""
    """In which it was printed."""
    source: str = ""
    """What the file was made from: ISBN or record number of the printed book."""


def describe(pdf: Pdf, description: Description) -> None:
    """Write the document information, XMP that says the same, the language and the colour space."""
    root = pdf.Root
    root.Metadata = pdf.make_stream(xmp(description), Type=Name.Metadata, Subtype=Name.XML)
    root.OutputIntents = Array([pdf.make_indirect(_output_intent(pdf))])
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    root.MarkInfo = Dictionary(Marked=False)  # honest: the text has no tags
    if description.language:
        root.Lang = String(_clean(description.language))
    for key, value in _information(description).items():
        pdf.docinfo[key] = String(value)


def xmp(description: Description) -> bytes:
    """The XMP packet (ISO 16684-1) with the PDF/A identification of ISO 19005-2, 6.6.4."""
    date = description.created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    fields = {
        "pdfaid:part": "2",
        "pdfaid:conformance": "B",
        "dc:format": "application/pdf",
        "dc:title": _alternative(description.title),
        "dc:creator": _sequence(*_creators(description)),
        "dc:publisher": _bag((description.publisher,)),
        "dc:date": _sequence(description.year),
        "dc:source": escape(_clean(description.source)),
        "dc:description": _alternative(description.subject),
        "dc:identifier": escape(_clean(description.key)),
        "dc:language": _bag((description.language,)),
        "dc:subject": _bag(description.keywords),
        "pdf:Keywords": escape(_keywords(description)),
        "pdf:Producer": PRODUCER,
        "xmp:CreatorTool": PRODUCER,
        "xmp:CreateDate": date,
        "xmp:ModifyDate": date,
        "xmp:MetadataDate": date,
    }
    body = "\n".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)
    return _PACKET.replace("@", body).encode("utf-8")


def _information(description: Description) -> dict[str, str]:
    date = description.created.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    values = {
        "/Title": _clean(description.title),
        "/Author": "; ".join(filter(None, map(_clean, _creators(description)))),
        "/Subject": _clean(description.subject),
        "/Keywords": _keywords(description),
        "/Creator": PRODUCER,
        "/Producer": PRODUCER,
        "/CreationDate": date,
        "/ModDate": date,
    }
    return {key: value for key, value in values.items() if value}


def _creators(description: Description) -> tuple[str, ...]:
    return description.creators or (description.author,)


def _keywords(description: Description) -> str:
    return ", ".join(filter(None, map(_clean, description.keywords)))


def _clean(text: str) -> str:
    """Text that XML 1.0 can hold, on one line: titles from catalogues bring control characters along."""
    kept = (
        " " if unicodedata.category(char) == "Cc" else char
        for char in text
        if unicodedata.category(char) != "Cs" and ord(char) & 0xFFFE != 0xFFFE
    )
    return " ".join("".join(kept).split())


def _alternative(text: str) -> str:
    cleaned = escape(_clean(text))
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{cleaned}</rdf:li></rdf:Alt>' if cleaned else ""


def _sequence(*texts: str) -> str:
    items = "".join(f"<rdf:li>{escape(text)}</rdf:li>" for text in map(_clean, texts) if text)
    return f"<rdf:Seq>{items}</rdf:Seq>" if items else ""


def _bag(texts: tuple[str, ...]) -> str:
    items = "".join(f"<rdf:li>{escape(text)}</rdf:li>" for text in map(_clean, texts) if text)
    return f"<rdf:Bag>{items}</rdf:Bag>" if items else ""


@cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB; the date of its making is taken out, so that it is always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # ICC.1, 7.2.8: 1 January 2000
    profile[84:100] = bytes(16)  # ICC.1, 7.2.18: profile ID not calculated
    return bytes(profile)


def _output_intent(pdf: Pdf) -> Dictionary:
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB"),
        Info=String("sRGB IEC61966-2.1"),
        DestOutputProfile=pikepdf.Stream(pdf, srgb_profile(), N=3),
    )


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
@
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
