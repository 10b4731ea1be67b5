"""The inspector's page for one group."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.parts import FRAME_COLORS, Group
from backprop_studio.engine.op import Array
from backprop_studio.ui import heat_map
from backprop_studio.ui.panels.inspector_facts import PassesShown, is_number
from backprop_studio.ui.panels.inspector_group_facts import NOT_WIRED, GroupFacts, PortFacts
from backprop_studio.ui.panels.inspector_parts import Rows, Section, colour_label, show_text
from backprop_studio.ui.panels.inspector_table import NodeTable
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.panels.numbers_box import NumbersBox
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font, text_font

BUTTONS = (
    ("enter_group", "Enter", "See the group from within."),
    ("collapse", "Expand", "Draw the group as one box, or show what lies in it where it stands."),
    ("ungroup", "Ungroup", "Take the group away; what lies in it stays."),
    ("save_block", "Save", "Keep the group as a block of your own, under My blocks."),
)
"""What can be done with a group: the name of the action, the button's text, its tooltip."""
COLOR_NAMES = {"grey": "plain"}
HEAT_HEIGHT, CELL = 40, 14


class HeatStrip(QWidget):
    """The heat map of an array; hidden for a single number."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._array: Array | None = None
        self.setToolTip(tooltip(heat_map.LEGEND))
        self.hide()

    def show_array(self, array: Array | None) -> None:
        """Show the heat map of ``array``, or nothing."""
        if array is not self._array:
            self._array = array
            self.setVisible(array is not None and array.size > 1)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows want."""
        return QSize(80, self._height())

    def minimumSizeHint(self) -> QSize:
        """Room for its rows."""
        return QSize(40, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint cells of one size."""
        if self._array is None:
            return
        theme = self._themes.theme
        picture = heat_map.image(self._array, theme.plus, theme.minus, theme.panel, theme.quiet)
        cell = max(min(self.width() // picture.width(), CELL), 1)
        high = min(self._height() - 2, max(cell, 4) * picture.height())
        area = QRectF(0.5, 0.5, min(cell * picture.width(), self.width() - 2) + 1, high + 1)
        painter = QPainter(self)
        painter.drawImage(area.adjusted(0.5, 0.5, -0.5, -0.5), picture)
        painter.setPen(QPen(theme.node_border, 1))
        painter.drawRect(area)

    def _height(self) -> int:
        rows = len(heat_map.cells(self._array)) if self._array is not None else 1
        return min(HEAT_HEIGHT, CELL * rows) + 2


class PortRows(QWidget):
    """A port's name, its value and its gradient."""

    def __init__(self, themes: ThemeManager, number: int, side: str) -> None:
        super().__init__()
        self._themes = themes
        self._name = plain_label(f"group_{side}_{number}")
        self._name.setFont(text_font(12, bold=True))
        self.labels: dict[str, QLabel] = {}
        self._parts: dict[str, tuple[Rows, HeatStrip, NumbersBox]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._name)
        for what in ("value", "gradient"):
            label = self.labels[what] = number_label(f"group_{side}_{number}_{what}")
            rows, strip = Rows(4), HeatStrip(themes)
            rows.add(what.capitalize(), label)
            numbers = NumbersBox(f"group_{side}_{number}_{what}_numbers", f"All numbers of the {what}")
            self._parts[what] = rows, strip, numbers
            for part in (rows, strip, numbers):
                column.addWidget(part)

    def show_port(self, port: PortFacts) -> None:
        """Show a port."""
        self._name.setText(plain(port.name))
        theme = self._themes.theme
        for what, told in (("value", port.value), ("gradient", port.gradient)):
            label, (rows, strip, numbers) = self.labels[what], self._parts[what]
            label.setText(told.line)
            label.setAccessibleName(f"{what} of {plain(port.name)}")
            quiet = not is_number(told) or told.line == NOT_WIRED
            colour_label(label, theme, "quiet" if quiet else "forward" if what == "value" else "backward")
            rows.setVisible(bool(told.line))
            strip.show_array(told.array)
            numbers.show_quantity(told)


class PortList(QWidget):
    """The ports of one side, one below the other; their widgets are used again."""

    def __init__(self, themes: ThemeManager, side: str) -> None:
        super().__init__()
        self._themes, self._side = themes, side
        self.ports: list[PortRows] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    def show_ports(self, ports: Sequence[PortFacts]) -> None:
        """Show these, hide the rest."""
        while len(self.ports) < len(ports):
            rows = PortRows(self._themes, len(self.ports), self._side)
            self.ports.append(rows)
            self._column.addWidget(rows)
        for number, rows in enumerate(self.ports):
            rows.setVisible(number < len(ports))
            if number < len(ports):
                rows.show_port(ports[number])


class GroupPage(QWidget):
    """Title, colour, ports and parameters of a group, and what can be done with it.

    ``rename_asked`` gives a title, ``color_asked`` one of FRAME_COLORS, ``action_asked`` the name of an action on
    what is selected, ``node_chosen`` a parameter that was clicked.
    """

    rename_asked = Signal(str)
    color_asked = Signal(str)
    action_asked = Signal(str)
    node_chosen = Signal(int)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("inspector_group")
        self.name = QLineEdit()
        self.name.setObjectName("group_name")
        self.name.setFont(number_font(13))
        self.color = QComboBox()
        self.color.setObjectName("group_color")
        for color in FRAME_COLORS:
            self.color.addItem(COLOR_NAMES.get(color, color), color)
        self._refusal = plain_label("group_refusal", wrap=True, variant="error")
        self._holds = number_label("group_holds")
        self._holds.setFont(text_font(13))
        self.inputs, self.outputs = PortList(themes, "input"), PortList(themes, "output")
        self._more = plain_label("group_more_ports", wrap=True, variant="quiet")
        self.parameters = NodeTable("group_parameters", themes)
        self.buttons = {name: self._button(name, text, tip) for name, text, tip in BUTTONS}
        self._sections = (
            Section("Inputs", self.inputs),
            Section("Outputs", self.outputs),
            Section("Parameters", self.parameters),
        )
        self._lay_out()
        self.name.editingFinished.connect(self._leave_name)
        self.color.activated.connect(lambda at: self.color_asked.emit(self.color.itemData(at)))
        self.parameters.node_chosen.connect(self.node_chosen)

    def show_group(
        self, group: Group, facts: GroupFacts, evaluation: Evaluation, shown: PassesShown, *, fresh: bool
    ) -> None:
        """Show a group. ``fresh``: another one than before."""
        if fresh:
            self.refuse("")
        show_text(self.name, group.name, fresh)
        self.color.setCurrentIndex(FRAME_COLORS.index(group.color))
        self._holds.setText(facts.holds)
        self.buttons["collapse"].setText("Expand" if group.collapsed else "Collapse")
        inputs, outputs, parameters = self._sections
        self.inputs.show_ports(facts.inputs)
        self.outputs.show_ports(facts.outputs)
        inputs.setVisible(bool(facts.inputs))
        outputs.setVisible(bool(facts.outputs))
        self._more.setText(facts.more)
        self._more.setVisible(bool(facts.more))
        numbers = "1 number" if facts.numbers == 1 else f"{facts.numbers:,} numbers".replace(",", " ")
        parameters.set_title(f"Parameters: {numbers}")
        parameters.setVisible(bool(facts.parameters))
        self.parameters.show_nodes([evaluation.graph.nodes[node] for node in facts.parameters], evaluation, shown)

    def refuse(self, sentence: str) -> None:
        """Say at the field why an edit was refused; "" takes the sentence away."""
        self._refusal.setText(plain(sentence))
        self._refusal.setVisible(bool(sentence))

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("group_do_" + name)
        button.setToolTip(tooltip(tip))
        button.clicked.connect(lambda: self.action_asked.emit(name))
        return button

    def _leave_name(self) -> None:
        if self.name.isModified():
            self.rename_asked.emit(self.name.text())

    def _lay_out(self) -> None:
        rows = Rows()
        rows.add("Title", self.name)
        rows.add("Colour", self.color)
        rows.add("Holds", self._holds)
        buttons = QWidget()
        grid = QGridLayout(buttons)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setSpacing(6)
        for number, button in enumerate(self.buttons.values()):
            grid.addWidget(button, number // 2, number % 2)
        inputs, outputs, parameters = self._sections
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(9)
        for part in (rows, self._refusal, buttons, inputs, outputs, self._more, parameters):
            column.addWidget(part)
        column.addStretch(1)
