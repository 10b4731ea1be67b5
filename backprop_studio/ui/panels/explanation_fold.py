"""A part of the explanation that is folded beneath its heading until it is asked for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.inspector_parts import colour_label
from backprop_studio.ui.panels.labels import ShrinkingLabel
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

FOLDED, UNFOLDED = "▸", "▾"
LEAST_HEADING, HEADING_PADDING, MOST_SUMMARY = 100, 4, 120
"""Pixels that a title keeps, those beside it, and those that a summary has before the title is whole."""


class _Heading(QToolButton):
    """A title that ends in "…" where it does not fit, so that it never makes the panel wider."""

    def minimumSizeHint(self) -> QSize:
        """Room for a few words."""
        return QSize(min(LEAST_HEADING, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much of the title as fits."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        room = self.contentsRect().width() - 2 * HEADING_PADDING
        option.text = QFontMetrics(self.font()).elidedText(option.text, Qt.TextElideMode.ElideRight, room)
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


class FoldCard(QFrame):
    """A heading with a summary at its right; a click on the heading shows or hides ``column`` beneath it."""

    unfolded = Signal()
    """What is in it is to be seen now."""

    def __init__(self, name: str, title: str, themes: ThemeManager, *, is_open: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._themes = themes
        self._role: Role = "quiet"
        self._title = plain(title)
        self.heading = _Heading()
        self.heading.setObjectName(name + "_heading")
        self.heading.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.heading.setCheckable(True)
        self.heading.setFont(text_font(12, bold=True))
        self.heading.setCursor(Qt.CursorShape.PointingHandCursor)
        self.heading.toggled.connect(self._fold)
        self._summary = ShrinkingLabel()
        self._summary.setObjectName(name + "_summary")
        self._summary.setFont(number_font(12))
        self._summary.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.heading)
        head.addWidget(self._summary, 1)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(6, 2, 6, 4)
        self.column.setSpacing(6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 4, 6, 4)
        whole.setSpacing(2)
        whole.addLayout(head)
        whole.addWidget(self.body)
        self.set_title(title)
        self.heading.setChecked(is_open)
        self._fold(is_open)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    @property
    def is_open(self) -> bool:
        """Is what is in it shown?"""
        return self.heading.isChecked()

    @property
    def summary(self) -> str:
        """What stands beside the heading."""
        return self._summary.text()

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title = plain(title)
        self.heading.setAccessibleName(self._title)
        self._write_heading()

    def set_summary(self, text: str, role: Role = "quiet") -> None:
        """Say the outcome beside the heading, in the colour of a role."""
        self._role = role
        self._summary.setText(plain(text))
        self._summary.setMinimumWidth(min(self._summary.sizeHint().width(), MOST_SUMMARY))  # before the whole title
        colour_label(self._summary, self._themes.theme, role)

    def _fold(self, is_open: bool) -> None:
        self._write_heading()
        self.heading.setToolTip(tooltip(f"{self._title}\n{'Fold' if is_open else 'Unfold'}"))
        self.body.setVisible(is_open)
        if is_open:
            self.unfolded.emit()

    def _write_heading(self) -> None:
        self.heading.setText(f"{UNFOLDED if self.is_open else FOLDED} {self._title}".replace("&", "&&"))

    def _recolour(self, theme: Theme) -> None:
        own, heading = f"QFrame#{self.objectName()}", f"QToolButton#{self.heading.objectName()}"
        self.setStyleSheet(
            f"{own} {{ background: {theme.field.name()}; border: 1px solid {theme.line.name()}; border-radius: 7px; }}"
            f" {heading} {{ background: transparent; border: 1px solid transparent; }}"
            f" {heading} {{ padding: 3px {HEADING_PADDING}px; }}"
            f" {heading}:hover {{ background: {theme.button.name()}; }}"
            f" {heading}:focus {{ border-color: {theme.forward.name()}; }}"
        )
        colour_label(self._summary, theme, self._role)
