import hashlib
from pathlib import Path

import pytest

from digitize.transfer import bagit
from digitize.transfer.bagit import Bag, Spoilt


@pytest.fixture
def bag(tmp_path: Path) -> Bag:
    source = tmp_path / "scan.tif"
    source.write_bytes(b"scan")
    bag = Bag(tmp_path / "bag")
    bag.put("text/0001.txt", "oʻn".encode())
    bag.copy("masters/100%\n.tif", source, hashlib.sha256(b"scan").hexdigest())
    bag.seal({"External-Identifier": "INV-1\nInjected: yes"})
    return bag


def test_a_sealed_bag_has_the_files_the_standard_asks_for(bag: Bag) -> None:
    tags = {path.name: path.read_text(encoding="utf-8") for path in bag.folder.glob("*.txt")}
    assert set(tags) == {"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"}
    assert tags["bagit.txt"] == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert tags["bag-info.txt"] == "External-Identifier: INV-1 Injected: yes\nPayload-Oxum: 8.2\n"
    assert f"{hashlib.sha256(b'scan').hexdigest()}  data/masters/100%25%0A.tif\n" in tags["manifest-sha256.txt"]
    assert bagit.verify(bag.folder) == 2


@pytest.mark.parametrize("name", ["data/text/0001.txt", "bag-info.txt", "manifest-sha256.txt"])
def test_a_changed_byte_is_found(bag: Bag, name: str) -> None:
    (bag.folder / name).write_bytes(b"x")
    with pytest.raises(Spoilt, match="not what its manifest says"):
        bagit.verify(bag.folder)


def test_a_missing_file_is_found(bag: Bag) -> None:
    (bag.folder / "data/text/0001.txt").unlink()
    with pytest.raises(Spoilt, match="missing"):
        bagit.verify(bag.folder)


def test_a_file_too_many_is_found(bag: Bag) -> None:
    (bag.folder / "data/text/0002.txt").touch()
    with pytest.raises(Spoilt, match="holds 3 files"):
        bagit.verify(bag.folder)


def test_a_copy_that_is_not_what_it_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.tif").write_bytes(b"other")
    with pytest.raises(Spoilt, match="not what the ledger says"):
        Bag(tmp_path / "bag").copy("a.tif", tmp_path / "scan.tif", "00" * 32)
