"""Real and broken MARC of many systems: nothing crashes, nothing is lost, every link can be taken off again."""

import io
from pathlib import Path

import pytest
from marcs import DATA, profile

from catalog_link.attach import Attached, LinkField, attach, detach
from catalog_link.records import describe, parse, read
from catalog_link.values import Parsed

FILES = [path for path in sorted(DATA.glob("marc/*")) + sorted(DATA.glob("dev/marc/*")) if path.suffix != ".tsv"]
LINK = LinkField("INV-1 ўқ", "https://kutubxona.example/1.pdf", pages=10)

needs_data = pytest.mark.skipif(not FILES, reason=f"the shared MARC files are not at {DATA}")


@needs_data
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_a_real_file_comes_back_byte_for_byte(path: Path):
    data = path.read_bytes()
    assert b"".join(one.raw for one in read(io.BytesIO(data))) == data


@needs_data
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_a_link_moves_nothing_in_a_real_record_and_leaves_it_whole(path: Path):
    dialect = profile("unimarc" if "unimarc" in path.name else "marc21")
    for one in read(io.BytesIO(path.read_bytes())):
        if one.broken:
            continue
        before = parse(one.raw, one.syntax)
        assert isinstance(before, Parsed)
        describe(before, dialect, one.syntax)
        done = attach(one.raw, one.syntax, dialect, LINK)
        assert isinstance(done, Attached)
        after = parse(done.raw, one.syntax)
        assert isinstance(after, Parsed)
        assert tuple(field for field in after.fields if b"akmdigit" not in field.body) == before.fields
        gone = detach(done.raw, one.syntax, dialect, LINK.key)
        assert isinstance(gone, Attached)
        assert gone.raw == one.raw
