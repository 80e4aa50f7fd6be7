"""Finds pictures that decode although part of the file never arrived and reads as zero bytes.

A share that reserves a file's full size before its bytes come (Windows does, over SMB) leaves such files when the
copy is interrupted. Refusing a good page is as bad as taking half of one, so each rule below holds only where a
complete file cannot look like that.
"""

import mmap
import re
from pathlib import Path

from PIL import ImageFile

_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_ZEROS = 512
"""Zero bytes in a row that no JPEG, LZW, Deflate, G3 or G4 stream holds where picture data belongs."""
_UNCOMPRESSED_ZEROS = 65536
_SECTOR = 512
"""Writes that arrived end on a multiple of this."""
_BESIDE = 64
"""Bytes of the row above that must carry picture where the zeros begin: else it is a black bed, not a hole."""

_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _COMPRESSION, _JPEG_IN_TIFF = 273, 279, 324, 325, 259, 7


def missing_part(path: Path, picture: ImageFile.ImageFile) -> str:
    """Say what is missing of the frame *picture* stands on; empty when nothing is, or when it cannot be told."""
    if picture.format not in ("JPEG", "MPO", "TIFF") or path.stat().st_size == 0:
        return ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _tiff(data, picture) if picture.format == "TIFF" else _jpeg(data)


def _jpeg(data: mmap.mmap | bytes) -> str:
    """A JPEG whose picture data run into zeros and never come to the end marker."""
    end = len(data)
    if data[-1] != 0 or not _ends_in_zeros(data, 0, end, _ZEROS):
        return ""
    place = 2
    while place < end:
        found = _MARKER.search(data, place)
        if found is None:
            return f"the last {end - _last_content(data, 0, end)} bytes are zero and the end marker is missing"
        place, code = found.end(), found.group()[-1]
        if code == _END_OF_IMAGE:
            return ""
        if code != 0x01:
            place += int.from_bytes(data[place : place + 2], "big")
    return ""


def _tiff(data: mmap.mmap, picture: ImageFile.ImageFile) -> str:
    tags = getattr(picture, "tag_v2", {})
    offsets = tags.get(_STRIPS) or tags.get(_TILES) or ()
    sizes = tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES) or ()
    compression = tags.get(_COMPRESSION, 1)
    parts = [(int(start), int(start) + int(size)) for start, size in zip(offsets, sizes, strict=False) if size]
    parts = [(start, min(end, len(data))) for start, end in parts if start < len(data)]
    if not parts:
        return ""
    if compression == 1:
        return _uncompressed(data, parts, _row_bytes(picture))
    if compression == _JPEG_IN_TIFF:
        empty = [part for part in parts if not any(data[part[0] : part[0] + 2])]
    else:
        empty = [part for part in parts if data.find(bytes(_ZEROS), *part) >= 0]
    return f"{len(empty)} of {len(parts)} strips hold zero bytes instead of picture" if empty else ""


def _uncompressed(data: mmap.mmap, parts: list[tuple[int, int]], row: int) -> str:
    """Zeros to the end of the data that begin on a sector's border in the middle of visible picture."""
    first, last = min(start for start, _ in parts), max(end for _, end in parts)
    begin = _last_content(data, first, last)
    length = last - begin
    # The last bytes before the hole may be zero themselves: the hole begins at the next border after them.
    border = -(-begin // _SECTOR) * _SECTOR
    above = data[border - row : border - row + _BESIDE] if border - row >= first else b""
    if length < _UNCOMPRESSED_ZEROS or border - begin > 2 or len(above) < _BESIDE or 0 in above:
        return ""
    return f"the last {length} bytes of the picture are zero"


def _row_bytes(picture: ImageFile.ImageFile) -> int:
    bits = getattr(picture, "tag_v2", {}).get(258) or (1,)
    return (picture.size[0] * sum(bits) + 7) // 8


def _ends_in_zeros(data: mmap.mmap | bytes, start: int, end: int, count: int) -> bool:
    return end - start > count and not any(data[end - count : end])


def _last_content(data: mmap.mmap | bytes, start: int, end: int) -> int:
    """Place after the last byte that is not zero."""
    while end > start:
        chunk = data[max(start, end - 65536) : end]
        kept = chunk.rstrip(b"\0")
        if kept:
            return end - len(chunk) + len(kept)
        end -= len(chunk)
    return start
