"""A row of the table of actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One row of the table.

    ``menu`` is the path of the menu, such as "View/Theme". ``handler`` is "<group>.<method>" of the
    window's commands; an action that has a ``value`` (such as one of a ``choice`` group) calls it with
    that, any other checkable one with the new state. ``needs`` names the state in which the
    action can be used ("" for always). ``scope`` "canvas" makes the shortcuts work only
    while the canvas itself has the focus, not while a field on it is edited. ``toolbar`` is its place
    there, ``short`` its text there ("" for icon alone).
    """

    name: str
    text: str
    menu: str
    handler: str
    shortcuts: tuple[str, ...] = ()
    needs: str = ""
    icon: str = ""
    tip: str = ""
    toolbar: Literal["", "left", "centre", "right"] = ""
    short: str = ""
    scope: Literal["window", "canvas"] = "window"
    checkable: bool = False
    choice: str = ""
    value: str = ""
    separator: bool = False
    """True where a separator stands above it in its menu."""


def menu_title(mnemonic: str) -> str:
    """A menu's title without the mark of its mnemonic."""
    return mnemonic.replace("&", "")
