"""How a run shows itself: a bar on a terminal, plain lines anywhere else, nothing with -q."""

import sys
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from digitize.messages import Say
from digitize.names import shown as shown_name
from digitize.render import outcome_word


class Lines:
    """One line a page and a book; for logs, cron and pipes."""

    def __init__(self, say: Say, *, quiet: bool) -> None:
        self._say = say
        self._quiet = quiet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def waiting(self, pages: int) -> None:
        """A number that changes all the time is no line."""

    def page(self, item: str, name: str, outcome: str) -> None:
        """One picture is through."""
        self._line(self._say("run.page", item=item, name=shown_name(name), outcome=outcome_word(outcome, self._say)))

    def book(self, item: str, pages: int) -> None:
        """One PDF stands."""
        self._line(self._say("run.book", item=item, pages=pages))

    def _line(self, text: str) -> None:
        if not self._quiet:
            click.echo(text)


class Bar:
    """A bar with the time that is left, and a line for every book."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task: TaskID = self._progress.add_task(say("run.working"), total=None)
        self._through = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def waiting(self, pages: int) -> None:
        """The bar's end moves with what lies ahead."""
        self._progress.update(self._task, total=self._through + pages)

    def page(self, item: str, name: str, outcome: str) -> None:
        """One step further."""
        self._through += 1
        self._progress.update(self._task, completed=self._through)

    def book(self, item: str, pages: int) -> None:
        """A line above the bar."""
        self._progress.console.print(self._say("run.book", item=item, pages=pages), highlight=False, markup=False)


def shown(say: Say, *, quiet: bool) -> Lines | Bar:
    """The way that fits where the output goes."""
    return Bar(say) if sys.stderr.isatty() and not quiet else Lines(say, quiet=quiet)
