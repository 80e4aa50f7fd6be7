import pymarc
import pytest
from marcs import profile, record

from catalog_link import iso2709
from catalog_link.guess import guess
from catalog_link.values import Parsed

TITLES = ("Ўткан кунлар : роман", "Қутлуғ қон", "Ҳаёт йўллари. Танланган асарлар", "Ғафур Ғулом. Шум бола")
RUSSIAN = ("История библиотек Средней Азии", "Учебное пособие для вузов", "Очерки по истории книги")


def written(encoding: str, *titles: str) -> list[Parsed]:
    """Records whose 200 $a is in that encoding, the way old systems exported them."""
    found = []
    for number, title in enumerate(titles):
        raw = record(("001", "", str(number)), ("200", "1 ", "$atitle"), marked=False)
        cut = iso2709.layout(raw)
        assert not isinstance(cut, iso2709.Flaw)
        cut = iso2709.remove(cut, 1)
        field = iso2709.Field("200", b"1 \x1fa" + title.encode(encoding, "replace"))
        raw = iso2709.write(iso2709.insert(cut, 1, field))
        assert isinstance(raw, bytes)
        parsed = iso2709.parse(raw)
        assert isinstance(parsed, Parsed)
        found.append(parsed)
    return found


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "ptcp154"])
@pytest.mark.parametrize("dialect", ["unimarc", "marc21"])
def test_cyrillic_text_tells_its_encoding_whatever_the_profile_says(encoding, dialect):
    evidence = guess(written(encoding, *(TITLES if encoding == "ptcp154" else RUSSIAN)), profile(dialect))
    assert evidence
    assert (evidence.encoding, evidence.kind) == (encoding, "read")
    assert evidence.share > 0.99
    assert evidence.other_share < evidence.share
    assert evidence.sample in (*TITLES, *RUSSIAN)


def test_text_that_reads_alike_in_two_encodings_stays_with_the_profiles():
    evidence = guess(written("cp1251", *RUSSIAN), profile("unimarc"))
    assert evidence
    assert evidence.encoding == "cp1251"
    assert evidence.other not in {"cp1251", "ptcp154"}


def test_marc8_is_known_by_its_marks_before_the_letters():
    made = pymarc.Record()
    made.add_field(pymarc.Field(tag="001", data="1"))
    raw = made.as_marc()
    cut = iso2709.layout(raw)
    assert not isinstance(cut, iso2709.Flaw)
    field = iso2709.Field("245", b"10\x1faNauchno-issledovatel\xa7ski\xe6i \xe2Etudes \xe8uber B\xe8ucher f\xe8ur")
    raw = iso2709.write(iso2709.insert(cut, 1, field))
    parsed = iso2709.parse(raw)
    evidence = guess([parsed] * 3, profile("unimarc"))
    assert evidence
    assert evidence.encoding == "marc8"
    assert "issledovatelʹskiĭ" in evidence.sample


def test_a_word_or_two_prove_nothing():
    evidence = guess(written("cp866", "Қон"), profile("unimarc"))
    assert evidence
    assert (evidence.encoding, evidence.kind) == ("cp1251", "little")


def test_what_is_utf8_asks_no_question():
    assert guess(written("utf-8", *TITLES), profile("unimarc")) is None


def test_a_named_encoding_is_taken_and_weighed():
    evidence = guess(written("cp866", *RUSSIAN), profile("unimarc"), "cp1251")
    assert evidence
    assert (evidence.encoding, evidence.kind, evidence.other) == ("cp1251", "named", "cp866")
    assert evidence.share < 0.5 < evidence.other_share
