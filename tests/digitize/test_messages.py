"""What a person reads, in the language of the house."""

import pytest

from digitize.errors import DigitizeError, NotFound, sentence
from digitize.messages import explained, speaker

NO_ITEM = NotFound("No item {key!r}.", hint="See: digitize item list", key="INV-1")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("uz", "“INV-1” degan resurs yo‘q. Qarang: 'digitize item list'"),
        ("uz-Cyrl", "“INV-1” деган ресурс йўқ. Қаранг: 'digitize item list'"),
        ("ru", "Ресурса «INV-1» нет. Смотрите: digitize item list"),
        ("en", "No item 'INV-1'. See: digitize item list"),
    ],
)
def test_an_error_is_explained_in_every_language(language: str, sentence: str) -> None:
    assert explained(NO_ITEM, language) == sentence


def test_an_error_the_catalogue_does_not_know_is_said_in_english_rather_than_not_at_all() -> None:
    assert explained(DigitizeError("Something {odd} with {braces}."), "uz") == "Something {odd} with {braces}."


def test_what_a_sentence_says_within_another_is_in_the_same_language() -> None:
    error = NotFound(
        "The letter was not sent: {error}.", error=sentence("smtp_user is set, but not smtp_password_file")
    )
    assert explained(error, "uz") == "Xat yuborilmadi: smtp_user yozilgan, smtp_password_file esa yo‘q."
    assert str(error) == "The letter was not sent: smtp_user is set, but not smtp_password_file."


def test_an_ending_after_a_number_is_no_option() -> None:
    assert speaker("uz-Cyrl")("status.plan_of", year=2026) == "2026-йил режаси"


def test_commands_options_and_file_names_stay_latin_in_cyrillic() -> None:
    say = speaker("uz-Cyrl")
    assert say("search.not_indexed", pages=3).endswith("'digitize reindex'")
    assert "--since 2026" in say("search.next", moment="2026")
    assert "item.toml" in say("intake.bad_sheet", item="A", detail="x")
