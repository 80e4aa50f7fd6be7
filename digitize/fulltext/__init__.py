"""The full text of all pages: an index that finds every alphabet, and the ways it leaves the house."""
