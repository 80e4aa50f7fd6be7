"""How much room text takes on paper, reckoned without the fonts of the machine on which somebody will open it."""

import math

_WIDTHS = (
    ("iljtfI.,:;'‘’ʻʼ|!/()[]-· ", 0.30),
    ("mwMWшщжюмыШЩЖЮМФ—–%@", 0.83),
)
"""Shares of the letters' size, from the upper end of what Times New Roman (and Liberation Serif) take."""
_CAPITAL, _OTHER = 0.70, 0.50
_BOLD = 1.07


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Points that *text* takes on one line in a serif typeface of *size* points."""
    return size * sum(map(_share, text)) * (_BOLD if bold else 1)


def _share(sign: str) -> float:
    for signs, share in _WIDTHS:
        if sign in signs:
            return share
    return _CAPITAL if sign.isupper() else _OTHER


def lines_of(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Lines that *text* takes in a column *width* points wide; a word that is wider is broken."""
    return sum(_lines(line, width, size, bold) for line in text.split("\n"))


def _lines(text: str, width: float, size: float, bold: bool) -> int:  # noqa: FBT001  (a property of the text)
    lines, used, blank = 1, 0.0, width_of(" ", size)
    for word in text.split():
        wide = width_of(word, size, bold=bold)
        if used and used + blank + wide > width:
            lines, used = lines + 1, 0.0
        more = math.ceil(wide / width) - 1 if wide > width else 0
        lines += more
        used += (blank if used else 0.0) + wide - more * width
    return lines
