"""The inspector's page for one wire: what it carries each way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, WireFacts
from backprop_studio.ui.panels.inspector_parts import FormulaCard, Rows, Section, colour_label
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.panels.numbers_box import NumbersBox
from backprop_studio.ui.theme import ThemeManager


class WirePage(QWidget):
    """The value that a wire carries forward, and the contribution that it carries back, with its arithmetic."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("inspector_wire")
        self._themes = themes
        self._forward = number_label("wire_forward")
        self._backward = number_label("wire_backward")
        self._forward_numbers = NumbersBox("wire_forward_numbers", "All numbers carried forward")
        self._backward_numbers = NumbersBox("wire_backward_numbers", "All numbers carried back")
        self._explanation = plain_label("wire_explanation", wrap=True, variant="quiet")
        self.card = FormulaCard("wire_arithmetic", themes)
        self._section = Section("Backward", self.card)
        rows = Rows()
        rows.add("Carries forward", self._forward)
        below = Rows()
        below.add("Carries back", self._backward)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(9)
        for part in (rows, self._forward_numbers, below, self._backward_numbers, self._explanation, self._section):
            column.addWidget(part)
        column.addStretch(1)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_wire(self, facts: WireFacts) -> None:
        """Show a wire."""
        theme = self._themes.theme
        for label, numbers, quantity, role in (
            (self._forward, self._forward_numbers, facts.forward, "forward"),
            (self._backward, self._backward_numbers, facts.backward, "backward"),
        ):
            label.setText(quantity.line)
            told = quantity.line in (NOT_COMPUTED, "none")
            colour_label(label, theme, "quiet" if told else "forward" if role == "forward" else "backward")
            numbers.show_quantity(quantity)
        self._explanation.setText(facts.explanation)
        self._explanation.setVisible(bool(facts.explanation))
        self._section.setVisible(bool(facts.backward_lines))
        self.card.show_lines(facts.backward_lines)
