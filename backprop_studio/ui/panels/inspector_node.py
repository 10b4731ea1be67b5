"""The inspector's page for one node."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from backprop_studio.document.graph import Node
from backprop_studio.document.lamp import Lamp
from backprop_studio.document.number_text import MINUS
from backprop_studio.document.value_text import value_text
from backprop_studio.document.values import Value
from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, NodeFacts, Quantity, is_number
from backprop_studio.ui.panels.inspector_kind import KindCell
from backprop_studio.ui.panels.inspector_outputs import OutputRows
from backprop_studio.ui.panels.inspector_parts import (
    FormulaCard,
    Rows,
    Section,
    colour_label,
    show_text,
)
from backprop_studio.ui.panels.inspector_settings import SettingsForm
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.panels.numbers_box import MOST_LIVE, NumbersBox
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font, text_font


class NodePage(QWidget):
    """Name, operation, settings, value, gradient, formulas. The three signals ask for edits of the node shown."""

    rename_asked = Signal(str)
    value_asked = Signal(int, str)
    """Which output of the node, and the text."""
    setting_asked = Signal(str, str)
    breakpoint_asked = Signal(bool)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("inspector_node")
        self._themes = themes
        self._stands_in = False
        """Does the field of the value show another one than the graph holds: of a training, or after an update?"""
        self.name = QLineEdit()
        self.value_field = QLineEdit()
        self._operation = number_label("inspector_operation")
        self._operation.setFont(text_font(13))
        self.kind = KindCell(self._operation)
        self._shape = number_label("inspector_shape")
        self._value = number_label("inspector_value")
        self._gradient = number_label("inspector_gradient")
        self._held = number_label("inspector_held")
        self._held.setToolTip(tooltip("zero_grad is off, so the gradients of these backward passes add up."))
        self._check = number_label("inspector_check")
        self.breakpoint = QCheckBox("Stop here")
        self.breakpoint.setObjectName("inspector_breakpoint")
        self.breakpoint.setToolTip(tooltip("A breakpoint: playing stops at every event of this node, in both passes."))
        self._used_by = plain_label("inspector_used_by", wrap=True)
        self._used_by.setFont(text_font(13))
        self._used_by.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._gradient_note = plain_label("inspector_gradient_note", wrap=True, variant="quiet")
        self._sentence = plain_label("inspector_sentence", wrap=True, variant="quiet")
        self._refusal = plain_label("inspector_refusal", wrap=True, variant="error")
        self._problem = plain_label("inspector_problem", wrap=True, variant="error")
        self._value_numbers = NumbersBox("inspector_value_numbers", "All numbers of the value")
        self._gradient_numbers = NumbersBox("inspector_gradient_numbers", "All numbers of the gradient")
        self.settings = SettingsForm()
        self.outputs = tuple(OutputRows(themes, output) for output in range(2))
        """Rows of the outputs of a source that has two, in place of the rows for the only one."""
        self.forward = FormulaCard("inspector_forward", themes)
        self.backward = FormulaCard("inspector_backward", themes)
        self.arrived = FormulaCard("inspector_arrived", themes)
        self._lay_out()
        self.name.editingFinished.connect(self._leave_name)
        self.value_field.returnPressed.connect(self._enter_value)
        for rows in self.outputs:
            rows.value_asked.connect(self.value_asked)
        self.value_field.editingFinished.connect(self._leave_value)
        self.settings.edited.connect(self.setting_asked)
        self.breakpoint.clicked.connect(self.breakpoint_asked)

    def show_node(self, node: Node, outputs: Sequence[NodeFacts], *, fresh: bool, live: bool = False) -> None:
        """Show a node, by what can be said of each of its outputs.

        ``fresh``: another node than before, so that what was being typed is dropped.
        ``live``: training runs, so that the value is the one of ``outputs`` and not the one that the graph holds.
        """
        facts, several = outputs[0], len(outputs) > 1
        if fresh:
            self.refuse("")
        show_text(self.name, node.label, fresh)
        self.settings.show_node(node)
        self._operation.setText(facts.operation)
        self.kind.show_node(node)
        self._shape.setText(facts.shape)
        self._show_outputs(node, outputs, fresh)
        self._sentence.setText(facts.sentence)
        self._show_problem(facts.problem)
        alone = Quantity("") if several else facts.value
        self._stands_in = (live or facts.updated) and node.op_name == "parameter"
        self._show_value(node, alone, fresh)
        colour_label(self.value_field, self._themes.theme, "update" if facts.updated else "text")
        own = f"∂{self._loss}/∂{node.name}" if self._loss else "Gradient"
        self._gradient_row.setText(own if facts.held is None else f"{own}, this pass")
        for part in (self._held_row, self._held):
            part.setVisible(facts.held is not None)
        if facts.held is not None:
            self._held_row.setText(plain(f"{node.name}.grad"))
            self._held.setText(facts.held.line)
            colour_label(self._held, self._themes.theme, "backward")
        self._gradient.setText(facts.gradient.line)
        colour_label(self._gradient, self._themes.theme, "backward" if is_number(facts.gradient) else "quiet")
        self._gradient_numbers.show_quantity(Quantity("") if several else facts.gradient)
        self._gradient_note.setText(plain(facts.gradient_note))
        self._gradient_note.setVisible(bool(facts.gradient_note))
        self._used_by.setText(facts.used_by or "nothing")
        for section, card, lines in (
            (self._forward_section, self.forward, facts.forward),
            (self._backward_section, self.backward, facts.backward),
            (self._arrived_section, self.arrived, facts.arrived),
        ):
            section.setVisible(bool(lines))
            card.show_lines(lines)

    def _show_outputs(self, node: Node, outputs: Sequence[NodeFacts], fresh: bool) -> None:
        """Show rows for each of several outputs, below the settings that make them; else those for the only one."""
        several = len(outputs) > 1
        place = self._refusal_place + 1 if several else self._settings_place
        if self._column.indexOf(self.settings) != place:
            self._column.insertWidget(place, self.settings)
        for part in (self._shape_row, self._shape, self._value_row, self._value_cell, self._below):
            part.setVisible(not several)
        for rows in self.outputs:
            rows.setVisible(several)
            if several:
                rows.show_output(node, outputs[rows.output], self._loss, fresh=fresh)

    def show_check(self, lamp: Lamp | None) -> None:
        """Show how the gradient compares with a central difference, or nothing."""
        for part in (self._check_row, self._check):
            part.setVisible(lamp is not None)
        if lamp is not None:
            self._check.setText(lamp.brief)
            self._check.setToolTip(tooltip(f"The gradient {lamp.sentence}."))
            colour_label(self._check, self._themes.theme, "update" if lamp.is_right else "error")

    def show_loss(self, name: str) -> None:
        """Name the loss, by which gradients are written; "" where there is none."""
        self._loss = plain(name)

    def refuse(self, sentence: str) -> None:
        """Say at the field why an edit was refused; "" takes the sentence away."""
        self._refusal.setText(plain(sentence))
        self._refusal.setVisible(bool(sentence))

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(plain(problem))
        self._problem.setVisible(bool(problem))

    def _show_value(self, node: Node, value: Quantity, fresh: bool) -> None:
        editable = node.op.is_source
        self.value_field.setVisible(editable)
        self._value.setVisible(not editable)
        if editable:
            written = value_text(node.value) if node.value is not None else ""
            if self._stands_in:
                written = _live_text(value)
            self.value_field.setPlaceholderText("drawn by init" if value.line != NOT_COMPUTED else "none yet")
            show_text(self.value_field, written, fresh)
        self._value.setText(value.line)
        colour_label(self._value, self._themes.theme, "forward" if is_number(value) else "quiet")
        self._value_numbers.show_quantity(value)

    def _leave_name(self) -> None:
        if self.name.isModified():
            self.rename_asked.emit(self.name.text())

    def _enter_value(self) -> None:
        """Ask for the value that was typed; what stands in for it was not."""
        if self.value_field.isModified() or not self._stands_in:
            self.value_asked.emit(0, self.value_field.text())

    def _leave_value(self) -> None:
        """Leaving the field with a changed text counts as Enter."""
        if self.value_field.isModified() and not self.value_field.hasFocus():
            self.value_asked.emit(0, self.value_field.text())

    def _lay_out(self) -> None:
        """Put the page together, from the name at the top to the sentence at the foot."""
        self._loss = ""
        self.name.setObjectName("inspector_name")
        self.value_field.setObjectName("inspector_value_field")
        self.name.setFont(number_font(13))
        self.value_field.setFont(number_font(13))
        rows = Rows()
        rows.add("Name", self.name)
        rows.add("Operation", self.kind)
        self._shape_row = rows.add("Shape", self._shape)
        self._value_cell = self._made_value_cell()
        self._value_row = rows.add("Value", self._value_cell)
        self._below = below = Rows()
        self._gradient_row = below.add("Gradient", self._gradient)
        self._held_row = below.add("Held", self._held)
        self._check_row = below.add("Numeric check", self._check)
        used = Rows()
        used.add("Used by", self._used_by)
        used.add("Breakpoint", self.breakpoint)
        self._forward_section = Section("Forward", self.forward)
        self._backward_section = Section("Backward", self.backward)
        self._arrived_section = Section("Where the gradient comes from", self.arrived)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(9)
        gradients = [rows.gradients for rows in self.outputs]
        for part in (
            self._problem, rows, self._refusal, self._value_numbers, *self.outputs, below, self._gradient_note,
            self._gradient_numbers, *gradients, self._arrived_section, self.settings, self._forward_section,
            self._backward_section, used, self._sentence,
        ):  # fmt: skip
            column.addWidget(part)
        self._column, self._refusal_place = column, column.indexOf(self._refusal)
        self._settings_place = column.indexOf(self.settings)
        column.addStretch(1)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)

    def _made_value_cell(self) -> QWidget:
        """The field of a value that can be typed, and the text of one that is computed, in one place."""
        cell = QWidget()
        stacked = QVBoxLayout(cell)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.addWidget(self.value_field)
        stacked.addWidget(self._value)
        self.value_field.setAccessibleName("Value")
        self._value.setAccessibleName("Value")
        return cell


def _live_text(value: Quantity) -> str:
    """The value of a parameter in training, or after its update, as it is typed; of many numbers the shape."""
    if value.array is None:
        return value.line.replace(MINUS, "-")
    return value_text(Value(value.array)) if value.array.size <= MOST_LIVE else value.line
