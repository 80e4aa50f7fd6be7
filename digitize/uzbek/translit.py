"""Placeholder during the first hour."""


def to_cyrillic(text: str) -> str:
    """Unfinished."""
    return text.casefold()


def to_latin(text: str) -> str:
    """Unfinished."""
    return text.casefold()
