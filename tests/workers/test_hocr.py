import pytest

from workers.hocr import BadHocr, parse
from workers.text import Box

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head><title></title><meta name='ocr-system' content='tesseract 5.3.0' /></head>
 <body><div class='ocr_page' id='page_1' title='image "x; bbox 9 9 9 9.pgm"; bbox 0 0 1165 1653; ppageno 0'>
  <div class='ocr_carea'>
   <p class='ocr_par' title="bbox 1 1 2 2">
    <span class='ocr_header' title="bbox 10 20 300 50; baseline 0.002 -9; x_size 28.5; x_descenders 7">
     <span class='ocrx_word' title='bbox 10 20 100 50; x_wconf 96'>ma&#39;lumot</span>
     <span class='ocrx_word' title='bbox 110 20 300 50; x_wconf 41'><strong>yozuv</strong></span>
     <span class='ocrx_word' title='bbox 310 20 311 50; x_wconf 95'> </span>
    </span>
    <span class='ocr_line' title="bbox 10 60 300 90; textangle 90; x_size 28">
     <span class='ocrx_word' title='bbox 10 60 100 90; x_wconf 90'>bir</span>
    </span>
   </p>
   <p class='ocr_par'>
    <span class='ocr_line' title="bbox 0 0 5 5"><span class='ocrx_word' title='bbox 0 0 5 5'> </span></span>
   </p>
   <p class='ocr_par'>
    <span class='ocr_caption' title="bbox 10 160 300 190; baseline 0 -3; x_size 20">
     <span class='ocrx_word' title='bbox 10 160 100 190; x_wconf 90'>rasm</span>
    </span>
   </p>
  </div>
 </div></body>
</html>
"""


def test_words_come_with_boxes_confidence_and_their_own_text():
    words = parse(PAGE.encode()).lines[0].words

    assert [(word.text, word.raw, word.confidence) for word in words] == [
        ("ma'lumot", "ma'lumot", 96.0),
        ("yozuv", "yozuv", 41.0),
    ]
    assert words[1].box == Box(110, 20, 300, 50)


def test_lines_carry_baseline_size_and_box():
    line = parse(PAGE.encode()).lines[0]

    assert (line.slope, line.offset, line.size) == (0.002, -9.0, 28.5)
    assert line.box == Box(10, 20, 300, 50)


def test_a_turned_line_without_a_baseline_is_kept():
    assert parse(PAGE.encode()).lines[1].words[0].text == "bir"


def test_lines_of_two_paragraphs_do_not_share_a_number_and_empty_lines_are_left_out():
    lines = parse(PAGE.encode()).lines

    assert [line.words[0].text for line in lines] == ["ma'lumot", "bir", "rasm"]
    assert lines[0].paragraph == lines[1].paragraph != lines[2].paragraph


def test_the_engine_is_named():
    assert parse(PAGE.encode()).engine == "tesseract 5.3.0"


@pytest.mark.parametrize("document", [b"", PAGE.encode()[:-40], b"\x00\xff"])
def test_a_document_cut_short_is_refused(document):
    with pytest.raises(BadHocr, match="damaged"):
        parse(document)
