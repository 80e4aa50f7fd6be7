"""Scans made for tests: pages of text on a scanner's bed, openings, flaws; small enough to be quick."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 150
WIDTH, HEIGHT = 874, 1240
"""A5 at 150 dpi."""

SENTENCE = (
    "Kutubxona fondi bilan ishlash va kitobxonlarga xizmat ko‘rsatish bo‘yicha yangi tartib hamda qo‘llanma "
    "ishlab chiqildi. Har bir kitob uchun alohida yozuv tuzildi va katalogga kiritildi; bu ishlar yil oxirigacha "
    "to‘liq yakunlanadi. "
)


def text_page(paper=250, ink=40, size=22, width=WIDTH, height=HEIGHT, lines=None):
    """A grey page of running text in paragraphs, indented, with short last lines, as books have them."""
    image = Image.new("L", (width, height), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, size)
    y, left, right = 110, 90, width - 90
    words = (SENTENCE * 30).split()
    room = lines if lines is not None else (height - 220) // round(size * 1.5)
    while room > 0:
        words = words[5:]
        for row in _paragraph(words, draw, font, right - left)[:room]:
            draw.text((left + row[0], y), row[1], fill=ink, font=font)
            y += round(size * 1.5)
            room -= 1
    return np.array(image, dtype=np.uint8)


def _paragraph(words, draw, font, measure, length=37):
    rows, row, indent = [], [], 40
    for word in words[:length]:
        if draw.textlength(" ".join([*row, word]), font=font) > measure - indent:
            rows.append((indent, " ".join(row)))
            row, indent = [], 0
        row.append(word)
    return [*rows, (indent, " ".join(row))]


def on_bed(page, angle=0.0, bed=16, margin=60):
    """*page* laid on a bed, turned by *angle* degrees as getRotationMatrix2D does; and its corners there."""
    height, width = page.shape[:2]
    reach = round(max(height, width) * abs(np.sin(np.radians(angle)))) // 2 + margin
    size = (width + 2 * reach, height + 2 * reach)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    matrix[:, 2] += reach
    colour = (bed,) * (page.shape[2] if page.ndim == 3 else 1)
    scan = cv2.warpAffine(page, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=colour)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    return scan, corners @ matrix[:, :2].T + matrix[:, 2]


def opening(left=None, right=None, shadow=0.25):
    """Two pages side by side with the shadow of the gutter between them."""
    spread = np.hstack([text_page() if left is None else left, text_page() if right is None else right])
    x = np.arange(spread.shape[1]) - spread.shape[1] / 2
    light = 1.0 - shadow * np.exp(-((x / (0.02 * spread.shape[1])) ** 2))
    return np.clip(spread * light, 0, 255).astype(np.uint8)


def curled(page, depth):
    """*page* whose lines fall by *depth* pixels towards the right edge, as paper does into a gutter."""
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    rise = depth * np.clip((x / width - 0.5) * 2, 0, 1) ** 2
    return cv2.remap(page, x, y - rise.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def shaded(page, darkest=0.55):
    """*page* in light that falls off towards the right edge."""
    light = (
        np.linspace(1.0, darkest, page.shape[1])
        if page.ndim == 2
        else np.linspace(1.0, darkest, page.shape[1])[:, None]
    )
    return np.clip(page * light, 0, 255).astype(np.uint8)


def colour(page, tint=(250, 240, 205)):
    """A grey page on toned paper."""
    return np.clip(page[..., None] * (np.array(tint) / 250.0), 0, 255).astype(np.uint8)


def save(path, pixels, **options):
    """Write pixels (or a Pillow image) and give the path back."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, **options)
    return path
