"""A package that offers names of its modules and loads a module when one of its names is asked for (PEP 562)."""

import importlib
from collections.abc import Callable, Mapping


def offering(package: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of *package*; *names* says which of its modules has which names, blanks between them.

    No name may be that of a module: Python puts a loaded module into its package, and would find that first.
    """
    where = {name: module for module, text in names.items() for name in text.split()}

    def get(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{where[name]}"), name)

    return get
