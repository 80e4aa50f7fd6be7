"""Scans whose right record is known: a small catalogue with every trap, and what operators type about its books.

Right is a record number, or '' where no record of the catalogue is the book: there any link is a wrong one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from marcs import record

from catalog_link.likeness import About
from digitize.uzbek import to_cyrillic

AUTHORS = (
    ("Qodiriy, Abdulla", "A. Qodiriy"),
    ("Choʻlpon, Abdulhamid", "Abdulhamid Choʻlpon"),
    ("Gʻulom, Gʻafur", "Gʻ. Gʻulom"),
    ("Karimov, Anvar Bahodirovich", "Karimov A. B."),
    ("Yoqubov, Odil", "Odil Yoqubov"),
    ("Hoshimov, Oʻtkir", "Oʻ. Hoshimov"),
)
TITLES = (
    "Oʻtkan kunlar",
    "Kecha va kunduz",
    "Mehrobdan chayon",
    "Oʻzbekiston tarixidan lavhalar",
    "Ona tili va adabiyotdan mashqlar toʻplami",
    "Kutubxonashunoslik asoslari",
)


@dataclass(frozen=True, slots=True)
class Book:
    number: str
    title: str
    author: str
    year: int
    pages: int

    @property
    def marc(self) -> bytes:
        main, _, rest = self.title.partition(" : ")
        title = f"$a{main} :$b{rest} /" if rest else f"$a{main} /"
        return record(
            ("001", "", self.number),
            ("100", "1 ", f"$a{self.author},"),
            ("245", "10", title),
            ("260", "  ", f"$aToshkent :$bSharq,$c{self.year}."),
            ("300", "  ", f"$a{self.pages} b. ;$c20 sm"),
        )


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    scan: About
    right: str


def books() -> list[Book]:
    """Every title by its own author, then the traps: editions, volumes, namesakes, twins in the other alphabet."""
    plain = [
        Book(f"A{place}", title, AUTHORS[place][0], 1990 + place, 200 + 40 * place)
        for place, title in enumerate(TITLES)
    ]
    cyrillic = [
        Book(f"C{place}", to_cyrillic(f"{title}"), to_cyrillic(AUTHORS[place][0]), 1970 + place, 180 + place)
        for place, title in enumerate(TITLES)
    ]
    subtitled = [
        Book(f"S{place}", f"{title} : tanlangan asarlar", AUTHORS[place][0], 2000 + place, 300 + 40 * place)
        for place, title in enumerate(TITLES)
    ]
    volumes = [
        Book(f"V{place}{volume}", f"{title} : {name}", AUTHORS[place][0], 2010, 400 + volume)
        for place, title in enumerate(TITLES)
        for volume, name in enumerate(("1-jild", "II jild", "uchinchi kitob"), 1)
    ]
    namesakes = [
        Book("N1", "Matematika", "Karimov, Anvar", 2005, 160),
        Book("N2", "Matematika", "Karimov, Botir", 2005, 170),
        Book("N3", "Matematika", "Karimova, Anora", 2005, 165),
        Book("N4", "Ona tili : oʻqituvchilar uchun", "Hoshimov, Oʻtkir", 2005, 120),
        Book("N5", "Adabiyot. 5-sinf", "Yoqubov, Odil", 2005, 220),
        Book("N6", "Adabiyot. 6-sinf", "Yoqubov, Odil", 2005, 224),
    ]
    doubled = [Book(f"D{copy}", "Shum bola", "Gʻulom, Gʻafur", 1983, 150) for copy in (1, 2)]
    return [*plain, *cyrillic, *subtitled, *volumes, *namesakes, *doubled]


def _scan(book: Book, **other: object) -> About:
    """What a careful operator types of a book, and ten sides of cover and flyleaves more than its pages."""
    told: dict[str, object] = {
        "title": book.title, "author": book.author, "year": str(book.year), "pages": book.pages + 10
    }  # fmt: skip
    return About(**(told | other))  # type: ignore[arg-type]


def cases() -> Iterator[Case]:
    """More than two hundred scans."""
    known = books()
    for place, book in enumerate(known):
        doubled = book.number.startswith("D")
        right = "" if doubled else book.number
        yield Case("as in the record", _scan(book), right)
        yield Case("without pages", _scan(book, pages=None), right)
        yield Case("year of another edition", _scan(book, year=str(book.year + 31)), "")
        yield Case("author of another book", _scan(book, author="Xoliqov, Zokir"), "")
        yield Case("volume that is not there", _scan(book, title=f"{book.title}. 9-jild"), "")
        yield Case("far fewer pages", _scan(book, pages=book.pages // 2), "")
        yield Case("far more pages", _scan(book, pages=book.pages * 2), "")
        yield Case("title only", About(book.title), "" if doubled else right)
        if book.number[0] in "ACS":
            short = AUTHORS[int(book.number[1])][1]
            yield Case("short author", _scan(book, author=short), right)
            yield Case("without marks", _scan(book, title=book.title.replace("ʻ", "")), right)
            yield Case("typing slip", _scan(book, title=_slipped(book.title)), right)
            yield Case("forename of another", _scan(book, author=f"Z. {book.author.split(',')[0]}"), "")
            yield Case("in capitals", _scan(book, title=book.title.upper(), author=book.author.upper()), right)
            yield Case("typewriter marks", _scan(book, title=_typed(book.title), author=_typed(book.author)), right)
            yield Case("genre typed with it", _scan(book, title=f"{book.title}. Roman"), right)
            yield Case("two words changed places", _scan(book, title=_swapped(book.title)), "")
        if book.number[0] == "S":
            yield Case("full stop for the colon", _scan(book, title=book.title.replace(" :", ".")), right)
            yield Case("subtitle of another book", _scan(book, title=book.title.replace("tanlangan", "saylanma")), "")
            yield Case("title proper only", _scan(book, title=book.title.split(" : ", 1)[0]), right)
        if book.number[0] == "C":
            yield Case(
                "in the other alphabet", _scan(book, title=TITLES[place % 6], author=AUTHORS[place % 6][0]), right
            )
    yield from _near_misses()


def _near_misses() -> Iterator[Case]:
    """Books the catalogue lacks beside ones it has."""
    for title, author, year, pages in (
        ("Ona tili", "Hoshimov, Oʻtkir", 2005, 260),
        ("Ona tili : oʻquvchilar uchun", "Hoshimov, Oʻtkir", 2005, 124),
        ("Adabiyot. 7-sinf", "Yoqubov, Odil", 2005, 226),
        ("Adabiyot", "Yoqubov, Odil", 2005, 226),
        ("Adabiyot. VI sinf", "Yoqubov, Anvar", 2005, 226),
        ("Matematika", "Karimov", 2005, 166),
        ("Matematika", "Karimov, Davron", 2005, 166),
        ("Matematikadan", "Karimov, Anvar", 2005, 164),
        ("Oʻtkan kun", "Qodiriy, Abdulla", 1990, 204),
        ("Oʻtgan kunlar", "Qodiriy, Abdulla", 1990, 204),
        ("Kecha yo kunduz", "Choʻlpon, Abdulhamid", 1991, 244),
        ("Shum bola", "Gʻulom, Gʻafur", 1983, 150),
        ("Oʻtan kunlar", "Qodiriy, Abdulla", 1990, 204),
        ("Oʻtkan kunlar : 1-kitob", "Qodiriy, Abdulla", 1990, 204),
        ("Oʻtkan kunlar : sharhlar", "Qodiriy, Abdulla", 1990, 204),
        ("Ona tili", "Hoshimov, Oʻtkir", 2005, 124),
        ("Ona tili : mashqlar", "Hoshimov, Oʻtkir", 2005, 124),
        ("Ona tili : roman", "Hoshimov, Oʻtkir", 2005, 124),
        ("Matematika : mashqlar", "Karimov, Anvar", 2005, 164),
        ("Matematika : oʻqituvchilar uchun", "Karimov, Anvar", 2005, 164),
        ("Matematika. Ilova", "Karimov, Anvar", 2005, 164),
        ("Oʻtkan kunlar. Davomi", "Qodiriy, Abdulla", 1990, 204),
        ("Oʻtkan kunlar : roman : toʻrtinchi kitob", "Qodiriy, Abdulla", 2010, 405),
        ("Oʻtkan kunlar : IV jild", "Qodiriy, Abdulla", 2010, 405),
        ("Oʻtkan kunlar : 1-jild, 2-qism", "Qodiriy, Abdulla", 2010, 405),
        ("Oʻtkan kunlar", "Qodiriy, Asqad", 1990, 204),
        ("Oʻtkan kunlar", "Qodiriy", 1990, 204),
        ("Oʻtkan kunlar", "", 1990, 204),
        ("Kecha va kunduzlar", "Choʻlpon, Abdulhamid", 1991, 244),
        ("Kecha va kunduz haqida", "Choʻlpon, Abdulhamid", 1991, 244),
        ("Mehrobdan chayonlar", "Gʻulom, Gʻafur", 1992, 284),
        ("Kutubxonashunoslik asosi", "Hoshimov, Oʻtkir", 1995, 404),
        ("Ona tili : oʻqituvchi uchun", "Hoshimov, Oʻtkir", 2005, 124),
        ("Adabiyot. 5-6-sinf", "Yoqubov, Odil", 2005, 224),
        ("Adabiyot. 5-sinf. 2-qism", "Yoqubov, Odil", 2005, 224),
    ):
        yield Case("near miss", About(title, author, str(year), pages), "")


def _typed(title: str) -> str:
    """With the marks of a keyboard: o' and a backtick for whatever the record has."""
    return title.replace("oʻ", "o'").replace("Oʻ", "O`").replace("gʻ", "g’").replace("ʼ", "'")


def _swapped(title: str) -> str:
    """Another title made of the same words."""
    first, second, *rest = title.split()
    return " ".join([second, first, *rest])


def _slipped(title: str) -> str:
    """One letter of the longest word left out, away from its ends."""
    word = max(title.split(), key=len)
    return title.replace(word, word[:3] + word[4:], 1)
