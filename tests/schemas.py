"""XML schemas of the standards, where a copy lies beside the repository."""

from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "schemas"


class _Nearby(etree.Resolver):
    """Finds imported schemas by their file name in the same folder; nothing is fetched."""

    def resolve(self, system_url, public_id, context):  # type: ignore[no-untyped-def]
        return self.resolve_filename(str(FOLDER / system_url.rpartition("/")[2]), context)


def schema(name: str) -> etree.XMLSchema:
    """The schema in that file; the test is skipped where there is none."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs {path}")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Nearby())
    return etree.XMLSchema(etree.parse(path, parser))
