"""Pages printed for tests: text drawn in a serif face on clean paper, as restoration would hand them over."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from workers.picture import Pixels, Restored
from workers.text import Box, Line, Word

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 200.0

LATIN = (
    "Kutubxona fondi bilan ishlash va o‘quvchilarga",
    "xizmat ko‘rsatish bo‘yicha yangi tartib hamda",
    "qo‘llanma ishlab chiqildi. Har bir kitob uchun",
    "alohida yozuv tuzildi va katalogga kiritildi.",
    "Bu ishlar yil oxirigacha to‘liq yakunlanadi.",
)
CYRILLIC = (
    "Кутубхона фонди билан ишлаш ва ўқувчиларга",
    "хизмат кўрсатиш бўйича янги тартиб ҳамда",
    "қўлланма ишлаб чиқилди. Ҳар бир китоб учун",
    "алоҳида ёзув тузилди ва каталогга киритилди.",
    "Бу ишлар йил охиригача тўлиқ якунланади.",
)
RUSSIAN = (
    "Библиотека ведёт учёт книг и журналов, которые",
    "были получены в течение года. Для этого служит",
    "инвентарная книга, где указаны дата, источник",
    "и стоимость каждого издания. Выдача книг на дом",
    "производится по правилам, что утверждены общим",
)


def printed(lines: tuple[str, ...], folio: str = "", points: int = 11) -> Pixels:
    """A grey page of A5 at 200 dpi with *lines* at the top and *folio* alone at the foot."""
    page = Image.new("L", (1165, 1654), 250)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, round(points / 72 * DPI))
    for number, text in enumerate(lines):
        draw.text((100, 150 + 48 * number), text, fill=30, font=font)
    if folio:
        draw.text((570, 1500), folio, fill=30, font=font)
    return np.asarray(page, dtype=np.uint8)


def restored(grey: Pixels, scale: float = 1.0, side: str = "whole") -> Restored:
    """*grey* as a restored page whose picture has ``1 / scale`` times its pixels a side."""
    height, width = (round(length / scale) for length in grey.shape)
    picture = np.asarray(Image.fromarray(grey).resize((width, height)), dtype=np.uint8)
    return Restored(side, picture, grey, DPI / scale, 0.0, (), scale)


def line(*texts: str, confidence: float = 95.0, paragraph: int = 0, height: int = 20, size: float = 28.0) -> Line:
    """A line of words, 100 pixels apart."""
    words = tuple(
        Word(text, text, Box(100 * place, 50, 100 * place + 80, 50 + height), confidence)
        for place, text in enumerate(texts)
    )
    return Line(words, Box(0, 50, 100 * len(texts), 50 + height), paragraph=paragraph, size=size)
