"""MARC without pictures: read and write records, find the one that describes a book, hang a link on it."""
