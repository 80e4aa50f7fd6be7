"""Intake's judge: is this file a whole picture? Decodes every frame to its last pixel, by content, never by name.

Runs in a child process, because the decoders are C libraries and the files are anybody's.
"""

import re
from pathlib import Path
from typing import Literal

from PIL import Image, ImageFile, UnidentifiedImageError

from workers import opening, scan
from workers.layout import WIDE
from workers.picture import FrameInfo, Probed, Refused
from workers.wholeness import missing_part

_EXTENSIONS = {"TIFF": ".tif", "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "JPEG2000": ".jp2", "BMP": ".bmp"}

_SIGNATURES = (
    (rb"PK\x03\x04|PK\x05\x06", "not_image", "a ZIP archive or an office document"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "not_image", "a compressed archive"),
    (rb"\xd0\xcf\x11\xe0", "not_image", "an old office document"),
    (rb"MZ|\x7fELF", "not_image", "a program"),
    (rb"....ftyp(heic|heix|heif|hevc|mif1|msf1|avif)", "unsupported", "a HEIC photo of a telephone"),
    (rb"....ftyp", "not_image", "a video"),
    (rb"GIF8", "unsupported", "a GIF picture"),
    (rb"RIFF....WEBP", "unsupported", "a WebP picture"),
    (rb"AT&TFORM", "unsupported", "a DjVu document"),
    (rb"8BPS", "unsupported", "a Photoshop file"),
    (rb"\x00\x00\x01\x00", "unsupported", "an icon"),
)
"""First bytes of what operators drop by mistake: pattern, refusal, name. Pattern dots are any byte."""

_PDF = b"%PDF-"
"""May stand anywhere in the first 1024 bytes (PDF 1.7, annex H)."""

_PICTURES = rb"II[*+]\x00|MM\x00[*+]|\xff\xd8\xff|\x89PNG|\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51|BM"
"""First bytes of the formats taken: what begins like this and does not open is damaged, not foreign."""

_DAMAGED = re.compile("Bad code word|Uncompressed data \\(not supported\\)")
"""What libtiff only remarks on while it fills the damaged rows of a fax-coded page with anything."""


def probe(path: Path, max_pixels: int) -> Probed | Refused:
    """Judge the file at *path*; *max_pixels* bounds width times height of every frame, by its header.

    Raises:
        OSError: the disk or share failed; that is not the file's fault.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return Refused("empty", "0 bytes")
    foreign = _foreign(head)
    if foreign:
        return foreign
    with scan.quiet() as remarks:
        try:
            with scan.open_picture(path) as picture:
                judged = _probe_frames(path, picture, max_pixels)
            damage = next((line for line in remarks() if _DAMAGED.search(line)), "")
            return Refused("truncated", damage) if damage else judged
        except scan.PAGE_ERRORS as error:
            if isinstance(error, UnidentifiedImageError) and _ends_before_directory(path, head):
                return Refused("truncated", "the file ends before its directory")
            return scan.refusal(error) if re.match(_PICTURES, head, re.DOTALL) else _unknown(head, error)


def _probe_frames(path: Path, picture: ImageFile.ImageFile, max_pixels: int) -> Probed | Refused:
    """Check every frame's size first, then decode one after the other."""
    kind = str(picture.format)
    count = scan.frame_count(picture)
    scanner = scan.scanner_of(picture)
    for index in range(count):
        scan.check_frame(picture, index, max_pixels)
    frames = []
    for index in range(count):
        picture.seek(index)
        missing = missing_part(path, picture)
        if missing:
            return Refused("half_empty", missing)
        frames.append(_frame(index, picture))
    return Probed(kind, _EXTENSIONS[kind], tuple(frames), scanner)


def _frame(index: int, picture: ImageFile.ImageFile) -> FrameInfo:
    decoded = scan.decode(picture)
    height, width = decoded.pixels.shape[:2]
    gutter = None
    if width > WIDE * height:
        gutter = opening.opening_gutter(opening.look_at(decoded.pixels))
    return FrameInfo(index, width, height, str(decoded.notes["mode"]), decoded.dpi, gutter)


def _ends_before_directory(path: Path, head: bytes) -> bool:
    """Whether a TIFF is shorter than the place of its first directory, which most programs write last (TIFF 6.0)."""
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    if head[:4] in (b"II*\0", b"MM\0*"):
        place, room = int.from_bytes(head[4:8], order), 2 + 12
    elif head[:4] in (b"II+\0", b"MM\0+"):
        place, room = int.from_bytes(head[8:16], order), 8 + 20
    else:
        return False
    return place + room > path.stat().st_size


def _foreign(head: bytes) -> Refused | None:
    for pattern, kind, name in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            return Refused(kind, name)
    if _PDF in head[:1024] and not re.match(_PICTURES, head, re.DOTALL):
        return Refused("not_image", "a PDF document")
    return None


def _unknown(head: bytes, error: Exception) -> Refused:
    """Something no picture library knows: say at least whether it is text."""
    if isinstance(error, OSError | Image.DecompressionBombError):
        scan.refusal(error)  # passes a failing disk on
    text = b"\0" not in head and sum(byte > 8 for byte in head) == len(head)
    return Refused("not_image", "a text file" if text else "no known picture format")
