from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fulltext_pages import add_page, link_record, make_ledger
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from digitize.errors import UsageError
from digitize.fulltext import index, query
from digitize.fulltext.query import Hit, SearchResult, search
from digitize.ledger.session import reading, transaction
from digitize.uzbek import fold, strict_key

SPELLINGS = [
    "O‘zbekiston", "O’zbekiston", "Oʻzbekiston", "Oʼzbekiston", "O'zbekiston", "O`zbekiston", "O´zbekiston",
    "O°zbekiston", "O“zbekiston", "Ozbekiston", "Ўзбекистон", "ЎЗБЕКИСТОН", "Õzbekiston", "Özbekiston",
]  # fmt: skip

SAMPLES = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[3] / "samples" / "texts").rglob("*.txt"))
]


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return make_ledger(tmp_path)


def find(ledger: Engine, typed: str, **options: object) -> SearchResult:
    with reading(ledger) as session:
        return search(session, typed, **options)  # type: ignore[arg-type]


def places(result: SearchResult) -> list[tuple[str, int]]:
    return [(hit.item, hit.page) for hit in result.hits]


def only(result: SearchResult) -> Hit:
    (hit,) = result.hits
    return hit


@pytest.fixture(scope="module")
def spelled(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    ledger = make_ledger(tmp_path_factory.mktemp("spelled"))
    for spelling in SPELLINGS:
        add_page(ledger, "A", f"Bu {spelling} haqida")
    return ledger


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_finds_every_spelling(spelled: Engine, spelling: str) -> None:
    result = find(spelled, spelling)
    assert result.total == len(result.hits) == len(SPELLINGS)


WAYS = (
    "{0} haqida",
    "haqida AND {0}",
    "yo‘lbars OR {0}",
    "{0} -yo‘lbars",
    "{0} item:A script:lotin",
    "{0} from:2026-03",
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_finds_every_spelling_in_every_kind_of_query(spelled: Engine, spelling: str, way: str) -> None:
    assert find(spelled, way.format(spelling)).total == len(SPELLINGS)


@pytest.mark.parametrize("spelling", [spelling for spelling in SPELLINGS if "“" not in spelling])
def test_every_spelling_in_a_phrase_finds_every_spelling(spelled: Engine, spelling: str) -> None:
    assert find(spelled, f'"Bu {spelling} haqida"').total == len(SPELLINGS)


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_query_is_a_syntax_error_of_the_database(spelled: Engine, typed: str) -> None:
    with suppress(UsageError):
        find(spelled, typed)


def test_a_beginning_finds_the_word_with_its_endings(ledger: Engine) -> None:
    add_page(ledger, "A", "Кутубхоналаримиздан фойдаланинг")
    assert only(find(ledger, "kutubxona")).snippet == "[Кутубхоналаримиздан] фойдаланинг"


def test_a_phrase_wants_its_words_side_by_side(ledger: Engine) -> None:
    add_page(ledger, "A", "kutubxona fondi")
    add_page(ledger, "A", "fondi kutubxona")
    assert places(find(ledger, '"кутубхона фонди"')) == [("A", 1)]


def test_or_widens_and_not_narrows(ledger: Engine) -> None:
    for text in ("kitob", "gazeta", "kitob jurnal", "kitob журнал"):
        add_page(ledger, "A", text)
    assert places(find(ledger, "gazeta OR jurnal")) == [("A", 2), ("A", 3), ("A", 4)]
    assert places(find(ledger, "kitob -jurnal")) == places(find(ledger, "kitob NOT jurnal")) == [("A", 1)]


def test_exact_comes_before_folded_before_misread(ledger: Engine) -> None:
    for text in ("tagdim etildi", "тақдим этилди", "taqdim etildi"):
        add_page(ledger, "A", text)
    result = find(ledger, "taqdim")
    assert [(hit.rank, hit.page, hit.match) for hit in result.hits] == [
        (1, 3, "exact"),
        (2, 2, "folded"),
        (3, 1, "ocr"),
    ]


def test_every_word_with_q_of_real_pages_is_found_where_g_was_read_and_below_the_right_one(ledger: Engine) -> None:
    every = {word.strip(".,;:") for text in SAMPLES for word in text.split()}
    words = {word for word in every if "q" in word and word.isalpha() and len(fold(word)) >= 3}
    for word in sorted(words):
        add_page(ledger, "misread", word.replace("q", "g"))
        add_page(ledger, "right", word)
    assert len(words) > 20
    for word in words:
        hits = find(ledger, f'"{word}"').hits
        assert (hits[0].item, hits[0].match) == ("right", "exact")
        assert ("misread", "ocr") in {(hit.item, hit.match) for hit in hits if word.replace("q", "g") in hit.snippet}
        assert [hit.match for hit in hits] == sorted((hit.match for hit in hits), key=["exact", "folded", "ocr"].index)


def test_a_mark_decides_what_is_exact(ledger: Engine) -> None:
    add_page(ledger, "A", "ot va arava")
    add_page(ledger, "A", "o‘t va o‘lan")
    assert [(hit.page, hit.match) for hit in find(ledger, "o't").hits] == [(2, "exact"), (1, "folded")]


def test_a_word_broken_over_lines_is_found_and_shown_whole_with_both_boxes(ledger: Engine) -> None:
    add_page(ledger, "A", "Viloyat kutub-\nxonalar fondi")
    hit = only(find(ledger, '"kutubxonalar fondi"'))
    assert hit.snippet == "Viloyat [kutubxonalar] [fondi]"
    assert [box[0] for box in hit.boxes] == ["kutub-", "xonalar", "fondi"]


def test_a_hit_knows_where_its_words_stand(ledger: Engine) -> None:
    add_page(ledger, "A", "bir ikki uch")
    assert only(find(ledger, "ikki")).boxes == (("ikki", 10, 20, 90, 35),)


def test_a_snippet_shows_the_neighbourhood_without_the_punctuation_marked(ledger: Engine) -> None:
    add_page(ledger, "A", f"{'so‘z ' * 50}“Qo‘rg‘ontepa”, {'gap ' * 50}")
    snippet = only(find(ledger, "qorgontepa")).snippet
    assert "so‘z “[Qo‘rg‘ontepa]”, gap" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")


def test_the_total_counts_pages_beyond_the_limit(ledger: Engine) -> None:
    for _ in range(5):
        add_page(ledger, "A", "kitob")
    result = find(ledger, "kitob", limit=2)
    assert (result.total, places(result)) == (5, [("A", 1), ("A", 2)])


def test_filters_narrow_the_result(ledger: Engine) -> None:
    add_page(ledger, "A", "matn", kind="gazeta")
    add_page(ledger, "B", "матн", script="Cyrl")
    link_record(ledger, "B", number="77", year="1975")
    assert places(find(ledger, "matn type:gazeta")) == [("A", 1)]
    assert places(find(ledger, "matn script:kirill")) == [("B", 1)]
    assert places(find(ledger, "matn year:1970-1980")) == [("B", 1)]
    assert places(find(ledger, "matn item:A item:B")) == [("A", 1), ("B", 1)]
    assert places(find(ledger, "matn", item="B")) == [("B", 1)]


@pytest.mark.parametrize("typed", ["qo‘lyozma", "qo'lyozma", "Qoʻlyozma", "қўлёзма", "qolyozma"])
def test_a_type_is_found_in_every_spelling(ledger: Engine, typed: str) -> None:
    add_page(ledger, "A", "matn", kind="qo‘lyozma")
    add_page(ledger, "B", "matn", kind="kitob")
    assert places(find(ledger, f"matn type:{typed}")) == [("A", 1)]
    assert find(ledger, "matn type:yozma").total == 0


def test_the_title_is_the_items_then_the_records_then_the_key(ledger: Engine) -> None:
    add_page(ledger, "A", "matn", title="O‘tkan kunlar")
    add_page(ledger, "B", "matn")
    add_page(ledger, "C", "matn")
    link_record(ledger, "B", number="77", title="Mehrobdan chayon")
    assert [hit.title for hit in find(ledger, "matn").hits] == ["O‘tkan kunlar", "Mehrobdan chayon", "C"]


def test_the_index_is_searched_once_and_not_for_every_page(ledger: Engine) -> None:
    statements: list[tuple[str, Any]] = []
    event.listen(ledger, "before_cursor_execute", lambda _c, _k, sql, given, *_: statements.append((sql, given)))
    add_page(ledger, "A", "kitob")
    find(ledger, "kitob")
    asked = [(sql, given) for sql, given in statements if "page_fts" in sql]
    with ledger.connect() as connection:
        for sql, given in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
            assert "CO-ROUTINE matches" in plan, plan
    assert len(asked) == 4


def test_from_and_to_are_days_of_digitization(ledger: Engine) -> None:
    for day in (
        datetime(2025, 12, 31, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 31, tzinfo=UTC),
    ):
        add_page(ledger, "A", "matn", done_at=day)
    assert [hit.page for hit in find(ledger, "matn from:2026").hits] == [2, 3]
    assert [hit.page for hit in find(ledger, "matn to:2026-03-30").hits] == [1, 2]
    assert [hit.page for hit in find(ledger, "matn from:2026-03 to:2026-03").hits] == [2, 3]
    assert find(ledger, "matn from:2026-04").total == 0


@pytest.mark.parametrize("typed", ["matn from:bugun", "matn to:2026-13", "matn from:2026-02-30", "matn from:0000"])
def test_a_day_that_does_not_exist_is_a_usage_error(ledger: Engine, typed: str) -> None:
    with pytest.raises(UsageError, match="is not a day"):
        find(ledger, typed)


def test_pages_are_found_on_whatever_shelf_of_the_index_they_stand(ledger: Engine) -> None:
    for page_id in (1, 8191, 8192, 50_000, 3_000_000):
        add_page(ledger, "A", f"kitob fondi {page_id}", page_id=page_id)
    result = find(ledger, '"kitob fondi" -50000')
    assert (result.total, {hit.page for hit in result.hits}) == (4, {1, 2, 3, 5})
    assert find(ledger, "китоб").total == 5


def test_beyond_the_most_that_is_counted_the_total_says_at_least(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_COUNTED", 3)
    for number in range(4):
        assert (find(ledger, "kitob", limit=1).total, find(ledger, "kitob", limit=1).at_least) == (number, False)
        add_page(ledger, "A", "kitob")
    assert (find(ledger, "kitob", limit=1).total, find(ledger, "kitob", limit=1).at_least) == (3, True)


def test_as_many_hits_come_as_are_asked_for_beyond_what_is_counted_too(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_COUNTED", 2)
    for page_id in range(1, 6):
        add_page(ledger, "A", "kitob", page_id=9000 * page_id)
    assert [len(find(ledger, "kitob", limit=limit).hits) for limit in (1, 2, 3, 4, 5, 9)] == [1, 2, 3, 4, 5, 5]
    assert (find(ledger, "kitob", limit=4).total, find(ledger, "kitob", limit=4).at_least) == (4, True)
    assert (find(ledger, "kitob", limit=5).total, find(ledger, "kitob", limit=5).at_least) == (5, False)


def test_a_filter_over_the_whole_index_counts_less_far_than_one_item(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_FILTERED", 2)
    for shelf in range(6):
        add_page(ledger, "A" if shelf < 4 else "B", "kitob", page_id=shelf * 8192 + 1)
    wide, narrow = find(ledger, "kitob script:lotin", limit=1), find(ledger, "kitob item:A", limit=1)
    assert (wide.total, wide.at_least) == (2, True)
    assert (narrow.total, narrow.at_least) == (4, False)


def test_an_exact_match_far_back_comes_before_newer_ones_in_another_alphabet(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_COUNTED", 3)
    add_page(ledger, "A", "kitob", page_id=5)
    for page_id in (20_000, 20_001, 40_000, 40_001, 40_002):
        add_page(ledger, "A", "китоб", page_id=page_id)
    result = find(ledger, "kitob", limit=3)
    assert [(hit.page, hit.match) for hit in result.hits] == [(1, "exact"), (4, "folded"), (5, "folded")]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("konstitut", "konstitutsiya"),  # its key is konstitusiya
        ("oktyabr", "oktabr"),
        ("fan", "фан"),  # too short for beginnings at the last level
        ("fan", "fanlar"),
        ("gul", "qul"),
        ("don't", "don't"),  # two words as written, one by its key
    ],
)
def test_the_total_counts_what_any_level_finds(ledger: Engine, typed: str, text: str) -> None:
    add_page(ledger, "A", text)
    assert (find(ledger, typed).total, len(find(ledger, typed).hits)) == (1, 1)


TWINS = st.one_of(
    st.text(alphabet=letters, min_size=1, max_size=9) for letters in ("tsyecharbqoxulmrn1vʻʼ", "тсйецьщшқўхёлмрнв")
)


@given(TWINS, st.integers(1, 9))
@example("11", 1)
@example("1r", 1)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_what_is_found_at_any_level_is_counted(spelled: Engine, word: str, letters: int) -> None:
    typed = word[:letters]
    with transaction(spelled) as session:
        index.put(session, 1, 1, word)
        with suppress(UsageError):
            result = search(session, typed)
            assert result.total == len(result.hits)
            number = fold(typed).rpartition(" ")[2].isdigit()  # 1 does not find 11
            begins = strict_key(word).startswith(strict_key(typed)) and not number
            assert result.total or not begins or not strict_key(typed)
        session.rollback()


def test_an_item_is_searched_on_its_own_shelves_alone(ledger: Engine) -> None:
    for page_id, item in ((5, "A"), (9000, "B"), (20_000, "A"), (90_000, "B")):
        add_page(ledger, item, "kitob", page_id=page_id)
    asked: list[str] = []
    event.listen(ledger, "before_cursor_execute", lambda _c, _k, sql, given, *_: asked.extend(map(str, given)))
    assert places(find(ledger, "kitob item:A")) == [("A", 1), ("A", 2)]
    shelves = {ord(sign) for given in asked for sign in given if ord(sign) >= 0x4E00}
    assert {(mark - 0x4E00) // 3 for mark in shelves} == {0, 2}


def test_the_densest_of_the_matches_come_first(ledger: Engine) -> None:
    for text in ("kitob va boshqa so‘zlar", "kitob kitob kitob kitob", "bu yerda bitta kitob bor"):
        add_page(ledger, "A", text)
    assert find(ledger, "kitob").hits[0].page == 2


def test_a_page_of_the_thirties_is_found_by_todays_spelling_and_marked_in_its_own(ledger: Engine) -> None:
    add_page(ledger, "A", "“Qьzьl Ɵzʙekistan” gəzetəsi, Jaş leninci", year=1932)
    for typed in ("Qizil O‘zbekiston", "ўзбекистон", "Ɵzʙekistan"):
        assert find(ledger, typed).total == 1
    hit = only(find(ledger, "yosh leninchi"))
    assert (hit.snippet, hit.match) == ("“Qьzьl Ɵzʙekistan” gəzetəsi, [Jaş] [leninci]", "folded")
    assert [box[0] for box in hit.boxes] == ["Jaş", "leninci"]


def test_a_page_of_another_year_is_not_read_as_one_of_the_thirties(ledger: Engine) -> None:
    add_page(ledger, "A", "jaş", year=1995)
    add_page(ledger, "B", "jaş")
    assert find(ledger, "yosh").total == 0


@pytest.mark.parametrize(("year", "found"), [(1928, 0), (1929, 1), (1940, 1), (1941, 0)])
def test_the_alphabet_of_the_thirties_was_printed_from_1929_to_1940(ledger: Engine, year: int, found: int) -> None:
    add_page(ledger, "A", "jaş", year=year)
    assert find(ledger, "yosh").total == found


def test_the_year_filter_knows_the_items_own_year(ledger: Engine) -> None:
    add_page(ledger, "A", "matn", year=1932)
    add_page(ledger, "B", "matn", year=1995)
    assert places(find(ledger, "matn year:1930-1940")) == [("A", 1)]
