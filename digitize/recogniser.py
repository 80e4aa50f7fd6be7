"""Is the recogniser there with its languages? Asked before any page is claimed, and by the doctor."""

from collections.abc import Sequence

from digitize.errors import Unavailable
from workers import tools
from workers.tools import MissingTool, Tool


def required(languages: Sequence[str]) -> Tool:
    """Tesseract with every model of *languages*.

    Raises:
        Unavailable: with the command that installs what is missing.
    """
    tool = tools.probe_tesseract()
    try:
        return tools.require_tesseract(languages, tool)
    except MissingTool as error:
        command = error.hint.partition(": ")[2]
        if not tool.found:
            raise Unavailable(
                "The recogniser 'tesseract' is not installed or does not run.",
                hint="Install it with: {command}",
                command=command,
            ) from error
        raise Unavailable(
            "Tesseract has no language data for: {names}.",
            hint="Install it with: {command}",
            names=", ".join(tools.missing_languages(tool, languages)),
            command=command,
        ) from error
