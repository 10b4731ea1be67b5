"""Lets exceptions pass Qt: in PySide under Python 3.11 some of them end the process instead of being reported."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType, MethodDescriptorType
from typing import Any

from PySide6.QtCore import QMetaMethod, QMetaObject
from shiboken6 import Shiboken

NEEDED = sys.version_info < (3, 12)
"""From Python 3.12 on every exception that is raised is an instance from the start."""


def keep_exceptions_whole() -> None:
    """From now on every class that is derived from one of Qt's lets exceptions pass safely.

    Where a C++ function called by Python calls an overridden method, PySide hands an exception from there back to the
    caller. It takes the exception to be an instance and reads from a null pointer where Python has not made one yet,
    as for ``()[0]`` or ``next(iter(()))``. An ``except`` clause, which every override is given here, makes it one.
    """
    if NEEDED:
        Shiboken.Object.__init_subclass__ = classmethod(_protect)  # type: ignore[assignment, method-assign]


def _protect(cls: type) -> None:
    """Protect the methods of a new class that Qt may call in place of its own.

    Not its slots: by their parameters these say what they want to be given, and PySide looks.
    """
    bases: list[type] = [base for base in cls.__mro__[1:] if issubclass(base, Shiboken.Object)]
    for name, method in list(vars(cls).items()):
        if not isinstance(method, FunctionType) or name.startswith("__"):
            continue
        overrides = any(isinstance(vars(base).get(name), MethodDescriptorType) for base in bases)
        if overrides and name not in _slots(bases[0]):
            setattr(cls, name, _whole(method))


@functools.cache
def _slots(base: type) -> frozenset[str]:
    """The names of the slots and signals of one of Qt's classes or of a class derived from one."""
    meta: QMetaObject | None = getattr(base, "staticMetaObject", None)
    methods = (meta.method(number) for number in range(meta.methodCount())) if meta is not None else ()
    invoked = QMetaMethod.MethodType.Method  # to be called by name, as those of models are: no slot
    return frozenset(bytes(method.name().data()).decode() for method in methods if method.methodType() is not invoked)


def _whole(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def protected(*given: Any, **named: Any) -> Any:
        try:
            return method(*given, **named)
        except BaseException:
            raise

    return protected
