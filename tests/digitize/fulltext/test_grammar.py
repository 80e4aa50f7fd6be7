from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.errors import UsageError
from digitize.fulltext.grammar import Pattern, parse


def folded(query: str) -> list[tuple[list[str], list[str]]]:
    """Groups as (wanted, unwanted); ``*`` marks a beginning."""
    return [
        ([_shown(term.folded) for term in group.wanted], [_shown(term.folded) for term in group.unwanted])
        for group in parse(query).groups
    ]


def _shown(pattern: Pattern) -> str:
    return " ".join(pattern.words) + "*" * pattern.prefix


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("kitob", [(["kitob*"], [])]),
        ("Қўрғонтепа fondi", [(["qorgontepa*", "fondi*"], [])]),
        ("kitob AND fond", [(["kitob*", "fond*"], [])]),
        ('"kutubxona fondi"', [(["kutubxona fondi"], [])]),
        ("«kutubxona fondi» kitob", [(["kutubxona fondi", "kitob*"], [])]),
        ("kitob OR gazeta jurnal", [(["kitob*"], []), (["gazeta*", "jurnal*"], [])]),
        ("kitob -jurnal NOT xarita", [(["kitob*"], ["jurnal*", "xarita*"])]),
        ('kitob -"yangi jurnal"', [(["kitob*"], ["yangi jurnal"])]),
        ("2026-yil", [(["2026 yil*"], [])]),
        ("1975", [(["1975"], [])]),
        ("oq-oltin", [(["oq oltin*"], [])]),
        ('"ochiq', [(["ochiq"], [])]),
        ('"kutubxona fond*"', [(["kutubxona fond*"], [])]),
        ('O"zbekiston', [(["ozbekiston*"], [])]),
        ("(kitob OR gazeta) toshkent", [(["kitob*", "toshkent*"], []), (["gazeta*", "toshkent*"], [])]),
        (
            "toshkent AND (kitob OR (gazeta jurnal))",
            [(["toshkent*", "kitob*"], []), (["toshkent*", "gazeta*", "jurnal*"], [])],
        ),
        ("kitob -(gazeta OR jurnal)", [(["kitob*"], ["gazeta*", "jurnal*"])]),
        ("kitob NOT (gazeta jurnal)", [(["kitob*"], ["gazeta*"]), (["kitob*"], ["jurnal*"])]),
        ("kitob NOT (gazeta -jurnal)", [(["kitob*"], ["gazeta*"]), (["kitob*", "jurnal*"], [])]),
        ('("oq oltin" OR paxta) type:kitob)', [(["oq oltin"], []), (["paxta*"], [])]),
        ("Qodiriy (1894)", [(["qodiriy*", "1894"], [])]),
        ("f(x) 19(3)", [(["f x*", "19 3"], [])]),
        ("((kitob", [(["kitob*"], [])]),
        ("kitob) OR (", [(["kitob*"], [])]),
        (":) kitob () ( )", [(["kitob*"], [])]),
    ],
)
def test_what_a_reader_types_becomes_groups_of_terms(query: str, groups: list[tuple[list[str], list[str]]]) -> None:
    assert folded(query) == groups


def test_filters_are_no_words() -> None:
    query = parse('item:"INV 7" type:Gazeta script:kirill year:1970-1980 year:1991 kitob')
    assert query.filters.items == ("INV 7",)
    assert query.filters.types == ("gazeta",)
    assert query.filters.scripts == ("Cyrl",)
    assert query.filters.years == ((1970, 1980), (1991, 1991))
    assert len(query.groups[0].wanted) == 1


@pytest.mark.parametrize(
    ("typed", "script"),
    [
        *((name, "Latn") for name in ("lotin", "Лотин", "uz-Latn", "латиница")),
        *((name, "Cyrl") for name in ("kirillcha", "кирилл", "кириллица", "cyrillic")),
        *((name, "Arab") for name in ("arab", "арабский", "uz-Arab")),
    ],
)
def test_a_script_is_known_by_its_name_in_every_language_of_the_house(typed: str, script: str) -> None:
    assert parse(f"kitob script:{typed}").filters.scripts == (script,)


@pytest.mark.parametrize(
    "query", ["", "  ", "-kitob", "NOT", "AND", '""', "***", "item:A", "kitob OR -jurnal", "()", "-(a OR b)"]
)
def test_a_query_without_a_word_to_find_is_refused_in_a_sentence(query: str) -> None:
    with pytest.raises(UsageError, match="names no word"):
        parse(query)


@pytest.mark.parametrize("query", ["kitob year:bir", "kitob year:1990-1980", "kitob script:xitoy"])
def test_a_filter_that_makes_no_sense_is_refused_with_an_example(query: str) -> None:
    with pytest.raises(UsageError, match="Write"):
        parse(query)


def test_a_page_pasted_into_the_query_is_refused_and_a_word_typed_often_counts_once() -> None:
    assert folded("kitob " * 3000 + "-gazeta " * 3000) == [(["kitob*"], ["gazeta*"])]
    with pytest.raises(UsageError, match="More than 100 words"):
        parse(" ".join(f"soz{number}" for number in range(101)))
    assert len(parse(" ".join(f"soz{number}" for number in range(100))).groups[0].wanted) == 100
    with pytest.raises(UsageError, match="More than 100 words"):
        parse(" ".join(f"(soz{number} OR gap{number})" for number in range(50)))


WORDS = ("kitob", "gazeta", "paxta")
ASKED = st.recursive(
    st.sampled_from(WORDS),
    lambda parts: st.tuples(st.sampled_from(["({} AND {})", "({} {})", "({} OR {})", "({} NOT {})"]), parts, parts),
    max_leaves=6,
)


def _typed(asked: Any) -> str:
    return str(asked) if isinstance(asked, str) else asked[0].format(_typed(asked[1]), _typed(asked[2]))


def _holds(asked: Any, page: set[str]) -> bool:
    if isinstance(asked, str):
        return asked in page
    form, left, right = asked
    one, other = _holds(left, page), _holds(right, page)
    return (one or other) if "OR" in form else (one and not other) if "NOT" in form else (one and other)


@given(ASKED, st.sets(st.sampled_from(WORDS)))
def test_brackets_mean_what_they_mean_in_logic(asked: object, page: set[str]) -> None:
    groups = parse(_typed(asked)).groups
    found = any(
        all(term.folded.words[0] in page for term in group.wanted)
        and not any(term.folded.words[0] in page for term in group.unwanted)
        for group in groups
    )
    assert found == _holds(asked, page)


@given(st.text())
def test_nothing_a_reader_types_breaks_the_parser(query: str) -> None:
    with suppress(UsageError):
        assert parse(query).groups
