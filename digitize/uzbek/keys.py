"""Placeholder during the first hour."""


def fold(text: str) -> str:
    """Unfinished."""
    return text.casefold()


def ocr_key(text: str) -> str:
    """Unfinished."""
    return text.casefold()
