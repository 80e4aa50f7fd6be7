from printed import CYRILLIC, LATIN, RUSSIAN, line

from workers.text import Unread
from workers.vote import vote

MODELS = ("uzb", "uzb_cyrl", "rus")


class Trials:
    """What each model would read, and which were asked."""

    def __init__(self, **readings):
        self.readings = readings
        self.asked = []

    def __call__(self, model):
        self.asked.append(model)
        return self.readings[model]


def read(text, confidence):
    return tuple(line(*row.split(), confidence=confidence) for row in text)


NONSENSE_CYRILLIC = read(("гевшг1апи БПоргайК уогшу ЪПап",), 25.0)
NONSENSE_LATIN = read(("KWJIMINI Ba XaJjiIKilr Majjanud",), 9.0)


def best(votes):
    return max(votes, key=votes.__getitem__)


def test_an_uzbek_cyrillic_page_is_decided_by_one_trial():
    trials = Trials(uzb_cyrl=read(CYRILLIC, 94.0))

    assert best(vote(MODELS, trials, {})) == "uzb_cyrl"
    assert trials.asked == ["uzb_cyrl"]


def test_a_latin_page_is_decided_by_two_trials():
    trials = Trials(uzb_cyrl=NONSENSE_CYRILLIC, uzb=read(LATIN, 93.0))

    assert best(vote(MODELS, trials, {})) == "uzb"
    assert trials.asked == ["uzb_cyrl", "uzb"]


def test_a_russian_page_is_not_taken_for_uzbek_however_sure_the_uzbek_model_is():
    trials = Trials(uzb_cyrl=read(RUSSIAN, 90.0), uzb=NONSENSE_LATIN, rus=read(RUSSIAN, 92.0))

    assert best(vote(MODELS, trials, {})) == "rus"


def test_confident_text_without_signs_is_tried_with_every_model_of_its_script():
    table = ("Тошкент Самарқанд 1950".replace("қ", "к"),)
    trials = Trials(uzb_cyrl=read(table, 88.0), rus=read(table, 80.0))

    assert best(vote(MODELS, trials, {})) == "uzb_cyrl"
    assert trials.asked == ["uzb_cyrl", "rus"]


def test_a_page_hard_to_read_is_tried_with_all():
    trials = Trials(uzb_cyrl=NONSENSE_CYRILLIC, uzb=NONSENSE_LATIN, rus=read(RUSSIAN, 60.0))

    assert best(vote(MODELS, trials, {})) == "rus"


def test_a_score_already_known_is_not_asked_for_again():
    trials = Trials(uzb=read(LATIN, 93.0))

    assert vote(MODELS, trials, {"uzb_cyrl": 20.0})["uzb_cyrl"] == 20.0
    assert trials.asked == ["uzb"]


def test_an_engine_that_fails_ends_the_vote():
    trials = Trials(uzb_cyrl=Unread("timeout", "", retry=True))

    assert vote(MODELS, trials, {}) == Unread("timeout", "", retry=True)
