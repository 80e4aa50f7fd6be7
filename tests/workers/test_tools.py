import subprocess

import pytest

from workers.tools import MissingTool, Tool, missing_languages, probe_tesseract, require_tesseract

LISTED = 'List of available languages in "/usr/share/tessdata/" (3):\nosd\nrus\nuzb_cyrl\n'


def answering(version="tesseract 5.3.0\n leptonica-1.82.0\n", languages=LISTED):
    def run(arguments):
        return version if "--version" in arguments else languages

    return run


def test_the_installed_program_says_its_version_and_languages():
    tool = probe_tesseract()

    assert tool.found
    assert tool.version[0].isdigit()
    assert {"uzb", "uzb_cyrl", "rus"} <= set(tool.languages)


def test_what_the_program_prints_is_read():
    tool = probe_tesseract(lambda name: f"/usr/bin/{name}", answering())

    assert tool == Tool("tesseract", "/usr/bin/tesseract", "5.3.0", ("osd", "rus", "uzb_cyrl"), "/usr/share/tessdata/")


def test_a_program_that_is_not_there_is_not_found():
    assert not probe_tesseract(lambda name: None).found


def test_a_program_that_does_not_answer_is_not_found():
    def hang(arguments):
        raise subprocess.TimeoutExpired(arguments, 20)

    assert not probe_tesseract(lambda name: "/usr/bin/tesseract", hang).found


def test_missing_languages_come_in_the_order_wanted():
    tool = Tool("tesseract", "/usr/bin/tesseract", "5.3.0", ("rus",))

    assert missing_languages(tool, ("uzb", "rus", "uzb_cyrl")) == ("uzb", "uzb_cyrl")


def test_a_missing_language_comes_with_the_command_that_installs_it():
    tool = Tool("tesseract", "/usr/bin/tesseract", "5.3.0", ("rus",))

    with pytest.raises(MissingTool, match="no language data for: uzb_cyrl, Arabic") as error:
        require_tesseract(("uzb_cyrl", "rus", "Arabic"), tool)

    assert error.value.hint.endswith("sudo apt install tesseract-ocr-uzb-cyrl tesseract-ocr-script-arab")


def test_a_missing_program_comes_with_the_command_that_installs_it_and_its_languages():
    with pytest.raises(MissingTool, match="not installed") as error:
        require_tesseract(("uzb",), Tool("tesseract"))

    assert error.value.hint.endswith("sudo apt install tesseract-ocr tesseract-ocr-uzb")


def test_a_machine_with_everything_passes():
    assert require_tesseract(("uzb", "uzb_cyrl")).found
