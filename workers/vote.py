"""Which model reads a page: each is tried on a few lines, in turn, until the answer is certain."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from workers import language
from workers.text import Line, Unread

_ORDER = ("uzb_cyrl", "uzb", "rus", "Cyrillic")
"""Cheap and frequent models first; others follow as given."""

_WRONG_SCRIPT = 50.0
"""Under this score the lines are in another script, and the other models of this script can wait."""

Votes = dict[str, float]
"""Model -> score on the sampled lines."""

Trial = Callable[[str], tuple[Line, ...] | Unread]
"""Reads the sampled lines with one model."""


def vote(candidates: Sequence[str], trial: Trial, known: Mapping[str, float]) -> Votes | Unread:
    """Scores of the *candidates*; those already *known* are kept and not tried again.

    Ends early with a model that is confident and has the signs of its language, or has no rival in its script left.
    """
    votes = dict(known)
    for model in _turns(candidates, votes):
        lines = trial(model)
        if isinstance(lines, Unread):
            return lines
        fit = language.fit(lines, model, candidates)
        votes[model] = fit.score
        if fit.score >= language.CONVINCING and (fit.leaning > 0 or _no_rival_left(model, candidates, votes)):
            break
    return votes


def _no_rival_left(model: str, candidates: Sequence[str], votes: Mapping[str, float]) -> bool:
    return all(rival in votes for rival in language.rivals_of(model, candidates))


def _turns(candidates: Sequence[str], votes: Mapping[str, float]) -> Iterator[str]:
    """Who is tried next, given the *votes* so far: right script first, models of a script that failed last."""
    waiting = [model for model in sorted(candidates, key=_rank) if model not in votes]
    while waiting:
        following = min(waiting, key=lambda model: _promise(model, votes))
        waiting.remove(following)
        yield following


def _rank(model: str) -> int:
    return _ORDER.index(model) if model in _ORDER else len(_ORDER)


def _promise(model: str, votes: Mapping[str, float]) -> int:
    """0 for a script in which a model did well, 1 for one not tried, 2 for one that failed."""
    scores = [votes[other] for other in _same_script(model, votes)]
    if not scores:
        return 1
    return 0 if max(scores) >= _WRONG_SCRIPT else 2


def _same_script(model: str, others: Iterable[str]) -> Iterator[str]:
    script = language.known(model).script
    return (other for other in others if language.known(other).script == script)
