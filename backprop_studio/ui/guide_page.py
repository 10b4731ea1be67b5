"""The guide: one page for a person's first hour. It names actions by their place in the menus and their keys now."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextBrowser

from backprop_studio.resource_files import resource_text
from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.action_table.spec import menu_title
from backprop_studio.ui.actions import shown_shortcut
from backprop_studio.ui.theme import Theme, text_font

FILE = "guide.md"
SCHEME = "action"
TYPE, HEADINGS = 13, (18, 14)
"""Pixels of its text, and of its headings by level."""
ABOVE_HEADING, BELOW, LINE_PERCENT = 12, 6, 112
"""Pixels above a heading of a part and below every paragraph, and the height of a line."""
_NAMED = re.compile(r"\{(\w+)\}")


class GuidePage(QTextBrowser):
    """Shows the guide; a click on an action calls ``carry_out`` with its name."""

    def __init__(self, keys: Callable[[str], tuple[str, ...]], carry_out: Callable[[str], None], theme: Theme) -> None:
        """``keys`` tells which keys an action has now."""
        super().__init__()
        self.setObjectName("guide")
        self.setAccessibleName("Guide")
        self.setOpenLinks(False)
        self._carry_out = carry_out
        palette = self.palette()
        palette.setColor(palette.ColorRole.Link, theme.forward_text)
        self.setPalette(palette)
        document = self.document()
        document.setDefaultFont(text_font(TYPE))
        document.setDefaultStyleSheet(f"a {{ color: {theme.forward_text.name()}; text-decoration: none; }}")
        document.setDocumentMargin(14)
        document.setIndentWidth(24)
        self.setMarkdown(guide_text(keys))
        self._space_out()
        self.anchorClicked.connect(self._follow)

    def _space_out(self) -> None:
        """Give headings and entries the distances of the panels: Markdown has none of its own."""
        block = self.document().begin()
        while block.isValid():
            cursor, shape = QTextCursor(block), block.blockFormat()
            level = shape.headingLevel()
            if level:
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
                letters = QTextCharFormat()
                letters.setFont(text_font(HEADINGS[level - 1], bold=True))
                letters.clearProperty(QTextFormat.Property.FontSizeAdjustment)
                cursor.setCharFormat(letters)
            shape.setTopMargin(ABOVE_HEADING if level == len(HEADINGS) else 0)
            shape.setBottomMargin(BELOW)
            shape.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            cursor.setBlockFormat(shape)
            block = block.next()

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == SCHEME:
            self._carry_out(link.path())


def guide_text(keys: Callable[[str], tuple[str, ...]]) -> str:
    """The guide as Markdown, with each {action} as a link, and its first keys; where it has none, with its menu."""
    titles = {spec.name: [*menu_title(spec.menu).split("/"), _bare(spec.text)] for spec in TABLE}

    def link(match: re.Match[str]) -> str:
        name = match[1]
        held = ", ".join(shown_shortcut(each) for each in keys(name)[:1])
        title = titles[name][-1] if held else " ▸ ".join(titles[name])
        return f"[{title}]({SCHEME}:{name})" + (f" ({_escaped(held)})" if held else "")

    return _NAMED.sub(link, resource_text(FILE))


def _bare(text: str) -> str:
    return menu_title(text).rstrip("…")


def _escaped(keys: str) -> str:
    """Keys such as "[" are marks of Markdown."""
    return re.sub(r"([\[\]\\`*_])", r"\\\1", keys)
