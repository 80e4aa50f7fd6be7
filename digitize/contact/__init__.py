"""The contact sheet of an item: each scan beside what became of it, in one HTML file for a person to look through."""
