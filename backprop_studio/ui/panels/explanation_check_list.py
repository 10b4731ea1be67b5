"""The list of all sources with their gradients checked, for the graph as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from backprop_studio.document.checking import CHECK_HEAD, CheckBadge, CheckRow
from backprop_studio.ui.panels.explanation_cards import NumberTable, selectable_label
from backprop_studio.ui.panels.explanation_fold import FoldCard
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager

MOST_ROWS = 60
"""Sources listed; of more, those with the largest error."""


class CheckListCard(FoldCard):
    """Every source with its relative error and a verdict. ``asked`` wants them checked."""

    asked = Signal()

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("explanation_check_list", "Gradient check", themes)
        self.sentence = selectable_label("check_list_sentence", variant="quiet")
        self.button = QPushButton("Check every source")
        self.button.setObjectName("check_list_button")
        self.button.clicked.connect(self.asked)
        self.table = NumberTable("check_list_table")
        for part in (self.sentence, self.table, self.button):
            self.column.addWidget(part)

    def show_checks(self, badge: CheckBadge, rows: Sequence[CheckRow], is_checking: bool) -> None:
        """Show how the gradients stand."""
        role: Role = "error" if badge.standing == "disagrees" else "update" if badge.standing == "agrees" else "quiet"
        self.set_summary(badge.outcome, role)
        self.sentence.setText(plain(self._told(badge, rows, is_checking)))
        self.button.setEnabled(not is_checking and badge.standing != "nothing")
        self.table.setVisible(bool(rows))
        shown = sorted(rows, key=lambda row: -row.error)[:MOST_ROWS] if len(rows) > MOST_ROWS else rows
        self.table.show_rows([CHECK_HEAD, *(row.cells for row in shown)])

    def _told(self, badge: CheckBadge, rows: Sequence[CheckRow], is_checking: bool) -> str:
        if is_checking:
            return f"Checking: {len(rows)} sources are done."
        if not rows:
            return badge.sentence.removesuffix(" Click to check every source.")
        wrong = [row.name for row in rows if row.verdict == "disagrees"]
        if wrong:
            return f"The gradients of {', '.join(wrong[:5])} do not agree with central differences."
        if any(row.verdict == "not finite" for row in rows):
            return "Where the loss or a gradient is NaN or infinite, there is nothing to compare."
        kinks = sum(row.kinks for row in rows)
        notes = dict.fromkeys(row.note for row in rows if row.note)
        agree = "All gradients agree with central differences" + (f", save at {kinks} kinks." if kinks else ".")
        if badge.standing == "too small":
            agree = "The gradients are too small for central differences to tell whether they are right."
        return " ".join([agree, *notes])
