"""Sends blank but dirty pages through page work and says what became of them; nobody may dream text into them.

    .venv/bin/python bench/blanks.py [-o RESULT.md] [--only TEXT] [--pictures FOLDER] [--seeds N]

The pages are made here: A5 at 300 dpi in colour, each kind with several seeds, read in the process as the pool does.
"Dreamt" are letters and digits in the text of a page that has none. Beside them stand pages with very little text,
which must not be called blank.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import machine
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tables import table, tell

from workers.page import PageDone, PageJob, process_page
from workers.picture import Pixels

SIZE = (1748, 2480)
SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
SENTENCE = "Kutubxona fondi bilan ishlash va kitobxonlarga xizmat ko‘rsatish bo‘yicha yangi tartib ishlab chiqildi. "
PAPERS = ((250, 248, 240), (238, 226, 196), (222, 205, 165))

Dice = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """One kind of page: how it is made and what is written on it."""

    name: str
    make: Callable[[Dice], Pixels]
    text: str = ""
    """Empty: the page is blank."""


def paper(dice: Dice) -> Image.Image:
    """Toned paper with grain, clouds and some light falling off."""
    width, height = SIZE
    tone = np.array(PAPERS[dice.integers(len(PAPERS))], np.float32)
    clouds = cv2.resize(dice.normal(0, 1, (12, 9)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
    light = np.linspace(1.0, float(dice.uniform(0.85, 1.0)), width, dtype=np.float32)
    page = tone * light[None, :, None] + 3 * clouds[..., None] + dice.normal(0, 3, (height, width, 1))
    return Image.fromarray(page.clip(0, 255).astype(np.uint8))


def printed(page: Image.Image, ink: int = 30, size: int = 42) -> Image.Image:
    """A full page of text on *page*."""
    draw, font = ImageDraw.Draw(page), ImageFont.truetype(SERIF, size)
    for row in range(34):
        draw.text((180, 200 + 62 * row), (SENTENCE * 2)[11 * row % 90 :][:58], fill=(ink, ink, ink), font=font)
    return page


def clean(dice: Dice) -> Pixels:
    return np.asarray(paper(dice))


def shown_through(strength: tuple[float, float]) -> Callable[[Dice], Pixels]:
    """The other side's print, mirrored and soft."""

    def make(dice: Dice) -> Pixels:
        back = np.asarray(printed(Image.new("L", SIZE, 255).convert("RGB")))[:, ::-1].astype(np.float32)
        soft = cv2.GaussianBlur(back, (0, 0), float(dice.uniform(1.5, 3.5)))
        page = np.asarray(paper(dice)).astype(np.float32)
        return (page * (1 - float(dice.uniform(*strength)) * (255 - soft) / 255)).clip(0, 255).astype(np.uint8)

    return make


def on_bed(dice: Dice) -> Pixels:
    """A page that lies crooked on a dark bed, cut by one side of the picture."""
    page = np.asarray(paper(dice))
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(dice.uniform(-3, 3)), 0.94)
    matrix[:, 2] += (float(dice.uniform(-60, 60)), float(dice.uniform(-60, 60)))
    bed = (int(dice.integers(5, 40)),) * 3
    return np.asarray(cv2.warpAffine(page, matrix, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=bed))


def edged(dice: Dice) -> Pixels:
    """A strip of bed and of the next leaf along one side."""
    page = np.asarray(paper(dice)).copy()
    strip = int(dice.integers(15, 60))
    page[:, -strip:] = dice.normal(60, 25, (page.shape[0], strip, 1)).clip(0, 255).astype(np.uint8)
    page[:, -strip - 8 : -strip] //= 2
    return page


def dusty(dice: Dice) -> Pixels:
    """Specks, hairs and a fold."""
    page = paper(dice)
    draw = ImageDraw.Draw(page)
    for x, y, r in zip(
        dice.integers(0, SIZE[0], 300), dice.integers(0, SIZE[1], 300), dice.integers(1, 5, 300), strict=True
    ):
        draw.ellipse((int(x), int(y), int(x + r), int(y + r)), fill=(90, 80, 70))
    for _ in range(6):
        x, y = int(dice.integers(100, 1500)), int(dice.integers(100, 2200))
        draw.arc(
            (x, y, x + 160, y + 120),
            int(dice.integers(180)),
            int(dice.integers(200, 330)),
            fill=(110, 100, 90),
            width=3,
        )
    fold = int(dice.integers(700, 1700))
    draw.line((0, fold, SIZE[0], fold + int(dice.integers(-20, 20))), fill=(150, 140, 120), width=4)
    return np.asarray(page)


def foxed(dice: Dice) -> Pixels:
    """Brown spots of all sizes."""
    page = np.asarray(paper(dice)).astype(np.float32)
    spots = np.zeros((SIZE[1], SIZE[0]), np.float32)
    for _ in range(250):
        centre = (int(dice.integers(SIZE[0])), int(dice.integers(SIZE[1])))
        cv2.circle(spots, centre, int(dice.integers(2, 26)), float(dice.uniform(0.1, 0.5)), -1)
    spots = cv2.GaussianBlur(spots, (0, 0), 3)[..., None]
    return (page * (1 - spots * np.array((0.35, 0.6, 0.9), np.float32))).clip(0, 255).astype(np.uint8)


def stamped(dice: Dice) -> Pixels:
    """A library's round stamp, turned, and nothing else."""
    page = paper(dice)
    stamp = Image.new("RGBA", (520, 520), (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(stamp), ImageFont.truetype(SERIF, 36)
    colour = (60, 60, 150, int(dice.integers(120, 220)))
    for r in (250, 238, 165):
        draw.ellipse((260 - r, 260 - r, 260 + r, 260 + r), outline=colour, width=4)
    for place, sign in enumerate("O‘ZBEKISTON RESPUBLIKASI * KUTUBXONA * "):
        letter = Image.new("RGBA", (520, 520), (0, 0, 0, 0))
        ImageDraw.Draw(letter).text((250, 30), sign, fill=colour, font=font)
        stamp.alpha_composite(letter.rotate(-place * 9.4, center=(260, 260)))
    draw.text((150, 235), "INV. №", fill=colour, font=font)
    turned = stamp.rotate(float(dice.uniform(-40, 40)))
    page.paste(turned, (int(dice.integers(100, 1100)), int(dice.integers(200, 1800))), turned)
    return np.asarray(page)


def lined(dice: Dice) -> Pixels:
    """An empty ruled page of a notebook."""
    page = paper(dice)
    draw = ImageDraw.Draw(page)
    for row in range(30):
        draw.line((120, 250 + 70 * row, SIZE[0] - 120, 250 + 70 * row), fill=(120, 130, 170), width=3)
    return np.asarray(page)


def black(dice: Dice) -> Pixels:
    """The lid was open: nothing but bed."""
    return dice.normal(25, 6, (SIZE[1], SIZE[0], 1)).clip(0, 255).astype(np.uint8).repeat(3, axis=2)


def little(text: str, size: int = 42, place: tuple[int, int] = (860, 2300)) -> Callable[[Dice], Pixels]:
    """Some words on a page that is otherwise blank."""

    def make(dice: Dice) -> Pixels:
        page = paper(dice)
        font = ImageFont.truetype(SERIF, size)
        ImageDraw.Draw(page).multiline_text(place, text, fill=(40, 36, 30), font=font, spacing=20)
        return np.asarray(page)

    return make


KINDS = (
    Kind("clean", clean),
    Kind("show-through, faint", shown_through((0.05, 0.12))),
    Kind("show-through, plain", shown_through((0.12, 0.25))),
    Kind("show-through, strong", shown_through((0.25, 0.4))),
    Kind("crooked on a dark bed", on_bed),
    Kind("strip of bed and next leaf", edged),
    Kind("specks, hairs, a fold", dusty),
    Kind("foxed", foxed),
    Kind("a stamp", stamped),
    Kind("ruled", lined),
    Kind("nothing but bed", black),
    Kind("page number alone", little("147"), "147"),
    Kind("a dedication", little("Onamga", 50, (750, 900)), "Onamga"),
    Kind("a half title", little("O‘tkan kunlar", 90, (500, 800)), "Oʻtkan kunlar"),
    Kind("an imprint", little("Toshkent\n«O‘qituvchi»\n1995", 46, (700, 1900)), "Toshkent «Oʻqituvchi» 1995"),
)


@dataclass(frozen=True)
class Seen:
    """What became of one page."""

    kind: Kind
    outcome: str
    text: str

    @property
    def signs(self) -> int:
        return sum(map(str.isalnum, self.text))

    @property
    def wrong(self) -> bool:
        """Letters dreamt into a blank page, or a page with text called blank."""
        return self.signs > 0 if not self.kind.text else self.outcome == "blank"


def seen(kinds: Sequence[Kind], seeds: int, pictures: Path | None) -> Iterator[Seen]:
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            for seed in range(seeds):
                name = f"{kind.name.replace(' ', '-')}-{seed}"
                path = (pictures or Path(folder)) / f"{name}.jpg"
                Image.fromarray(kind.make(np.random.default_rng(seed))).save(path, quality=90, dpi=(300, 300))
                out = Path(folder) / name
                out.mkdir()
                done = process_page(PageJob(path, 0, out, in_process=True))
                if not isinstance(done, PageDone):
                    yield Seen(kind, done.kind, "")
                    continue
                text = " ".join(" ".join(side.text.split()) for side in done.sides)
                yield Seen(kind, " ".join(side.outcome for side in done.sides), text)


def lines_of(found: Sequence[Seen], kinds: Sequence[Kind]) -> list[str]:
    rows = []
    for kind in kinds:
        ours = [one for one in found if one.kind == kind]
        outcomes = ", ".join(
            f"{word} {sum(one.outcome == word for one in ours)}" for word in sorted({one.outcome for one in ours})
        )
        texts = sorted({one.text for one in ours if one.text})
        shown = "; ".join(text[:60] for text in texts[:3]) or "–"
        rows.append(
            [kind.name, kind.text or "blank", outcomes, str(sum(one.wrong for one in ours)), shown.replace("|", "/")]
        )
    wrong = sum(one.wrong for one in found)
    return [
        "# Blank pages", "", f"{machine.described(('tesseract', '--version'))}.", "",
        table(["page", "is", "became", "wrong", "text"], rows), "",
        f"{wrong} of {len(found)} pages wrong: letters in the text of a blank page, or text called blank.", "",
    ]  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("-o", "--output", type=Path)
    words.add_argument("--only", default="")
    words.add_argument("--pictures", type=Path, help="keep the pages here")
    words.add_argument("--seeds", type=int, default=3)
    given = words.parse_args()
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    kinds = [kind for kind in KINDS if given.only in kind.name]
    lines = lines_of(list(seen(kinds, given.seeds, given.pictures)), kinds)
    tell("\n".join(lines), given.output)


if __name__ == "__main__":
    main()
