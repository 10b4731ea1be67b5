"""Building blocks of the inspector: a card of lines, a row."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.ui.panels.inspector_facts import Line, Role
from backprop_studio.ui.panels.labels import ShrinkingLabel, breakable, plain_label
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

WIDEST_CAPTION = 130
CAPTION_WIDTH = 76
"""Least width of the captions of rows, so that the fields of several groups begin at one line."""


class FormulaCard(QFrame):
    """Lines of formula and arithmetic on a tinted ground, selectable, coloured by role."""

    def __init__(self, name: str, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName(name)
        self._themes = themes
        self._lines: tuple[Line, ...] = ()
        self._label = QLabel()
        self._label.setObjectName(name + "_text")
        self._label.setTextFormat(Qt.TextFormat.RichText)  # only our own markup: every piece is escaped
        self._label.setWordWrap(True)
        self._label.setFont(number_font(12))
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 12, 9)
        column.addWidget(self._label)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    @property
    def text(self) -> str:
        """The lines without their colours."""
        return "\n".join("".join(piece for piece, _ in line) for line in self._lines)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show ``lines``; nothing changes on screen where they are the same."""
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self._render()

    def _recolour(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QFrame#{self.objectName()} {{ background: {theme.field.name()}; border: 1px solid {theme.line.name()};"
            " border-radius: 7px; }"
        )
        self._render()

    def _render(self) -> None:
        rows = []
        for line in self._lines:
            pieces = "".join(self._piece(piece, role) for piece, role in line if piece)
            rows.append(f"<div style='line-height:135%'>{pieces or '&nbsp;'}</div>")
        self._label.setText("".join(rows))
        self._label.setAccessibleName(self.text)

    def _piece(self, piece: str, role: Role) -> str:
        weight = "font-weight:600;" if role not in ("text", "quiet") else ""
        escaped = html.escape(breakable(plain(piece)))
        return f"<span style='{weight}color:{role_color(self._themes.theme, role)}'>{escaped}</span>"


class Section(QWidget):
    """A heading with something beneath it; hidden as a whole where there is nothing to show."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        heading = self._heading = plain_label("", title, wrap=True)
        heading.setFont(text_font(12, bold=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(7)
        column.addWidget(heading)
        column.addWidget(content)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._heading.setText(plain(title))


class Rows(QWidget):
    """Rows of a quiet caption on the left and a widget on the right."""

    def __init__(self, spacing: int = 9) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(spacing)
        self._grid.setColumnMinimumWidth(0, CAPTION_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def add(self, caption: str, content: QWidget) -> QLabel:
        """Add a row; returns its caption."""
        at = self._grid.rowCount()
        label = ShrinkingLabel(plain(caption))
        label.setProperty("quiet", True)
        label.setMaximumWidth(WIDEST_CAPTION)
        label.setBuddy(content)
        content.setAccessibleName(content.accessibleName() or caption.replace("&", ""))
        self._grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(content, at, 1)
        return label


def role_color(theme: Theme, role: Role) -> str:
    """The CSS colour of a role."""
    return {
        "text": theme.text,
        "quiet": theme.quiet,
        "forward": theme.forward_text,
        "backward": theme.backward_text,
        "loss": theme.loss_text,
        "update": theme.update_text,
        "tangent": theme.tangent_text,
        "error": theme.error,
    }[role].name()


def colour_label(label: QLabel | QLineEdit, theme: Theme, role: Role) -> None:
    """Give a label, or the text of a field, the colour of a role."""
    style = f"color: {role_color(theme, role)};"
    if label.styleSheet() != style:  # setting one is dear, even the same
        label.setStyleSheet(style)


def show_text(field: QLineEdit, text: str, fresh: bool) -> None:
    """Show a text unless a person is typing another into the field."""
    if fresh or not (field.hasFocus() and field.isModified()):
        if field.text() != text:
            field.setText(text)
            field.setCursorPosition(0)
        field.setModified(False)
