"""Placeholder during the first hour."""


def canonical(text: str) -> str:
    """Unfinished."""
    return text.casefold()
