"""Loading when something is asked for: modules behind a package's names (PEP 562), a module behind its own name."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


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


def later(module: str) -> Any:
    """The *module*, loaded when one of its names is first asked for.

    For modules that declare commands: what they need is imported for the type checker, and this for the program.
    """
    return _Later(module)


class _Later:
    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self._module), name)
