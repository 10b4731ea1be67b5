"""The inspector's rows for one of several outputs: what it holds, and its gradient."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from backprop_studio.document.graph import Node
from backprop_studio.document.value_text import value_text
from backprop_studio.ui.panels.inspector_facts import NodeFacts, is_number
from backprop_studio.ui.panels.inspector_parts import Rows, colour_label, show_text
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.panels.numbers_box import NumbersBox
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager, number_font

MADE = "generated"


class OutputRows(QWidget):
    """Shape, value and gradient of one output of a source. ``value_asked(output, text)`` asks for another value."""

    value_asked = Signal(int, str)

    def __init__(self, themes: ThemeManager, output: int) -> None:
        super().__init__()
        self.setObjectName(f"inspector_output_{output}")
        self._themes = themes
        self.output = output
        self._shape = number_label(f"inspector_shape_{output}")
        self.value_field = QLineEdit()
        self.value_field.setObjectName(f"inspector_value_field_{output}")
        self.value_field.setFont(number_font(13))
        self.value_field.setPlaceholderText(MADE)
        self._gradient = number_label(f"inspector_gradient_{output}")
        rows, below = Rows(), Rows()
        self._shape_caption = rows.add("Shape", self._shape)
        self._value_caption = rows.add("Value", self.value_field)
        self._gradient_caption = below.add("Gradient", self._gradient)
        self._value_numbers = NumbersBox(f"inspector_value_numbers_{output}", "All numbers of the value")
        self._gradient_numbers = NumbersBox(f"inspector_gradient_numbers_{output}", "All numbers of the gradient")
        self.gradients = QWidget()
        """Stands apart: the arrays of all outputs come before their gradients."""
        _stack(self, rows, self._value_numbers)
        _stack(self.gradients, below, self._gradient_numbers)
        self.value_field.returnPressed.connect(self._ask)
        self.value_field.editingFinished.connect(self._leave)

    def show_output(self, node: Node, facts: NodeFacts, loss: str, *, fresh: bool) -> None:
        """Show the output of a node. ``fresh``: another node than before."""
        name, value = node.names[self.output], node.values[self.output]
        self._shape_caption.setText(plain(f"Shape of {name}"))
        self._value_caption.setText(plain(name))
        self._gradient_caption.setText(plain(f"∂{loss}/∂{name}" if loss else f"Gradient of {name}"))
        self._shape.setText(facts.shape)
        show_text(self.value_field, value_text(value) if value is not None else "", fresh)
        self._gradient.setText(facts.gradient.line)
        colour_label(self._gradient, self._themes.theme, "backward" if is_number(facts.gradient) else "quiet")
        self._value_numbers.show_quantity(facts.value)
        self._gradient_numbers.show_quantity(facts.gradient)

    def setVisible(self, visible: bool) -> None:
        """Show or hide the rows, the gradient's among them."""
        super().setVisible(visible)
        self.gradients.setVisible(visible)

    def _ask(self) -> None:
        self.value_asked.emit(self.output, self.value_field.text())

    def _leave(self) -> None:
        """Leaving the field with a changed text counts as Enter."""
        if self.value_field.isModified() and not self.value_field.hasFocus():
            self._ask()


def _stack(within: QWidget, *parts: QWidget) -> None:
    column = QVBoxLayout(within)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(9)
    for part in parts:
        column.addWidget(part)
