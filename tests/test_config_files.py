"""The shipped data files cannot disagree with the code that reads them."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from catalog_link.values import FlawKind
from digitize.errors import DigitizeError
from digitize.koharest import RefusalKind
from digitize.messages import SENTENCES
from digitize.settings import Settings
from workers.picture import REFUSALS
from workers.text import ENVIRONMENT, UnreadKind

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
MESSAGE_FILES = sorted((CONFIG / "messages").glob("*.toml"))
SOURCES = sorted(path for folder in ("digitize", "workers", "catalog_link") for path in (ROOT / folder).rglob("*.py"))
LANGUAGES = {"uz", "ru", "en"}

SETTING = re.compile(r"^# (?P<line>(?P<key>[a-z_]+) = .*)$", re.MULTILINE)
SAID = re.compile(r"""\b(?:say|template)\(\s*"(?P<key>[a-z_]+\.[a-z_0-9]+)\"""")


def _commented_settings() -> Mapping[str, object]:
    text = (CONFIG / "digitize.toml").read_text(encoding="utf-8")
    return tomllib.loads("\n".join(match["line"] for match in SETTING.finditer(text)))


@cache
def _messages() -> Mapping[str, Mapping[str, str]]:
    return {
        f"{path.stem}.{key}": entry
        for path in MESSAGE_FILES
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def _placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def test_digitize_toml_lists_every_setting_with_its_default() -> None:
    defaults = {key: _plain(value) for key, value in vars(Settings()).items()}

    assert defaults == _commented_settings()


def test_a_new_homes_settings_file_changes_nothing() -> None:
    assert tomllib.loads((CONFIG / "digitize.toml").read_text(encoding="utf-8")) == {}


def test_every_setting_is_explained_on_its_line() -> None:
    text = (CONFIG / "digitize.toml").read_text(encoding="utf-8")

    silent = [match["key"] for match in SETTING.finditer(text) if " # " not in match["line"]]

    assert silent == []


@pytest.mark.parametrize("path", sorted(CONFIG.rglob("*.toml")), ids=lambda path: path.relative_to(CONFIG).as_posix())
def test_every_shipped_toml_file_can_be_read(path: Path) -> None:
    tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_message_is_said_in_three_languages_with_the_same_placeholders() -> None:
    assert {key: entry for key, entry in _messages().items() if not _is_whole(key, entry)} == {}


def _is_whole(key: str, entry: Mapping[str, str]) -> bool:
    domain, _, said = key.partition(".")
    texts = {"en": said, **entry} if domain in SENTENCES else entry
    placeholders = {frozenset(_placeholders(text)) for text in texts.values()}
    return set(texts) - {"uz-Cyrl"} == LANGUAGES and len(placeholders) == 1 and all(map(str.strip, entry.values()))


def test_every_error_is_said_in_the_languages_of_the_house() -> None:
    said = {text for path in SOURCES for text in _sentences(ast.parse(path.read_text(encoding="utf-8")))}

    assert said
    known = {key.partition(".")[2] for key in _messages() if key.partition(".")[0] in SENTENCES}
    assert sorted(said - known) == []


def test_no_sentence_is_translated_that_nobody_says() -> None:
    """In these files the English sentence, as it stands in the code, is the key."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    keys = {key.partition(".")[::2] for key in _messages()}

    assert [key for file, key in sorted(keys) if file in {*SENTENCES, "undone", "what"} and key not in texts] == []


def test_errors_are_sentences_with_values_apart() -> None:
    """A sentence that is put together before it is raised cannot be said in another language."""
    built = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        for call in _errors(ast.parse(path.read_text(encoding="utf-8")))
        if any(isinstance(part, ast.JoinedStr) for text in _texts(call) for part in ast.walk(text))
    ]

    assert built == []


_SENTENCES_AT = {"LedgerAway": (0,), "sentence": (0,), "Cause": (0,), "Unfit": (0,), "_ok": (1,), "_bad": (1, 2)}
"""Which arguments of a call are sentences; the last two are the doctor's."""


def _errors(tree: ast.Module) -> Iterator[ast.Call]:
    names = {kind.__name__ for kind in _kinds(DigitizeError)} | _SENTENCES_AT.keys()
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    return (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names)


def _kinds(kind: type[DigitizeError]) -> Iterator[type[DigitizeError]]:
    yield kind
    for further in kind.__subclasses__():
        yield from _kinds(further)


def _texts(call: ast.Call) -> list[ast.expr]:
    places = _SENTENCES_AT.get(getattr(call.func, "id", ""), (0,))
    said = [call.args[place] for place in places if place < len(call.args)]
    return [*said, *(given.value for given in call.keywords if given.arg == "hint")]


def _sentences(tree: ast.Module) -> Iterator[str]:
    for call in _errors(tree):
        for text in _texts(call):
            for one in (text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
                    yield one.value


def test_uzbek_messages_write_one_kind_of_apostrophe() -> None:
    """‘ in oʻ and gʻ, ’ for the glottal stop; a mixture would look careless and break a search in logs."""
    odd = {key: entry["uz"] for key, entry in _messages().items() if re.search("[a-zA-Z][ʻʼ`´'][a-zA-Z]", entry["uz"])}

    assert odd == {}


def test_every_kind_of_trouble_has_its_sentence() -> None:
    of_pages = set(get_args(UnreadKind)) - set(ENVIRONMENT)
    kinds = {
        "catalog.flaw_": get_args(FlawKind),
        "koha.": get_args(RefusalKind),
        "intake.": REFUSALS,
        "failure.": of_pages,
    }

    assert {prefix + kind for prefix, some in kinds.items() for kind in some} - set(_messages()) == set()


def test_every_message_that_is_said_exists() -> None:
    said = {match["key"] for path in SOURCES for match in SAID.finditer(path.read_text(encoding="utf-8"))}

    assert set() == said - set(_messages())
