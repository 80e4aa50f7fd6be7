"""What is dear to start is started once."""

from collections.abc import Iterator

import pytest
from faults.servers import Server, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL that keeps running; tests that restart one have their own."""
    with postgres() as running:
        yield running
