"""Fields for an operation's settings, built from its declaration."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from backprop_studio.document.graph import Node
from backprop_studio.document.made import own_settings
from backprop_studio.document.number_text import number
from backprop_studio.engine.op import Op, Setting, SettingValue, State
from backprop_studio.ui.panels.inspector_parts import Rows
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import number_font

Field = QLineEdit | QComboBox
MOST_ENTRIES = 8
"""Numbers of a running statistic that are shown."""
_CHOICES = {
    "bool": {"False": "False", "True": "True"},
    "mode": {"as the graph": "None", "training": "True", "evaluation": "False"},
}
"""What is offered for a kind of setting, and what it is in graph code."""


class SettingsForm(QWidget):
    """One field a setting. ``edited(name, text)`` asks for a setting to be changed."""

    edited = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector_settings")
        self._op: Op | None = None
        self._fields: dict[str, Field] = {}
        self._states: dict[str, QLabel] = {}
        self._rows: Rows | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._node_id: int | None = None
        self._draws = False
        """True where the settings say how a source draws its initial value."""
        self._fold = QToolButton()
        self._fold.setObjectName("setting_fold")
        self._fold.setText("Initial value")
        self._fold.setToolTip(tooltip("Shape, distribution and seed of a value that is drawn where none is typed."))
        self._fold.setCheckable(True)
        self._fold.setProperty("flat", True)
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.toggled.connect(self._show_rows)
        self._column.addWidget(self._fold)

    def show_node(self, node: Node) -> None:
        """Show a node's settings; the fields are built anew only for another operation."""
        if node.op is not self._op:
            self._build(node.op)
        if node.id != self._node_id:
            self._node_id = node.id
            self._fold.setChecked(node.value is None)
        self._fold.setVisible(self._draws)
        self._show_rows()
        own = own_settings(node)
        for setting in node.op.settings:
            given = node.settings.get(setting.name, setting.default)
            _show_value(self._fields[setting.name], given, setting_text(own.get(setting.name, "none")))
        for state in node.op.state:
            self._states[state.name].setText(plain(_kept(node, state)))

    def _show_rows(self) -> None:
        """How a value is drawn matters only where none is set: folded, unless somebody unfolds it."""
        unfolded = self._fold.isChecked()
        self._fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        if self._rows is not None:
            self._rows.setVisible(unfolded or not self._draws)

    def _build(self, op: Op) -> None:
        if self._rows is not None:
            self._column.removeWidget(self._rows)
            self._rows.deleteLater()
        self._op = op
        self._rows = Rows()
        self._fields, self._states = {}, {}
        self._draws = op.is_source and any(setting.kind == "shape" for setting in op.settings)
        for setting in op.settings:
            field = self._field(setting)
            field.setObjectName("setting_" + setting.name)
            field.setToolTip(tooltip(f"{setting.doc}\nTakes {setting.allowed()}.".strip()))
            field.setAccessibleDescription(setting.doc)
            self._fields[setting.name] = field
            self._rows.add(setting.name, field)
        for state in op.state:
            label = self._states[state.name] = plain_label("state_" + state.name, wrap=True)
            label.setToolTip(tooltip(f"{state.doc}\nTraining keeps it; nothing is trained by gradients here."))
            self._rows.add(state.name, label)
        self._column.addWidget(self._rows)
        self.setVisible(bool(op.settings))

    def _field(self, setting: Setting) -> Field:
        ask = self._asker(setting.name)
        if setting.kind in _CHOICES or setting.kind == "choice":
            choice = QComboBox()
            offered = _CHOICES.get(setting.kind, {one: one for one in setting.choices})
            for text, value in offered.items():
                choice.addItem(text, value)
            choice.textActivated.connect(lambda text: ask(offered[text]))
            return choice
        line = QLineEdit()
        line.setFont(number_font(13))
        line.editingFinished.connect(lambda: ask(line.text()) if line.isModified() else None)
        return line

    def _asker(self, name: str) -> Callable[[str], None]:
        return lambda text: self.edited.emit(name, text)


def _kept(node: Node, state: State) -> str:
    """What training has left in a node, in words."""
    held = node.state.get(state.name)
    if held is None:
        return f"{state.initial:g}, before training"
    entries = held.array.ravel().tolist()
    shown = ", ".join(number(entry) for entry in entries[:MOST_ENTRIES])
    return shown if len(entries) <= MOST_ENTRIES else f"{shown}, … ({len(entries)} numbers)"


def setting_text(value: SettingValue) -> str:
    """A setting as graph code writes it."""
    return value if isinstance(value, str) else repr(value)


def _show_value(field: Field, value: SettingValue, open_text: str) -> None:
    """Show a setting; where it is None, quietly what that comes to."""
    text = setting_text(value)
    if isinstance(field, QComboBox):
        field.setCurrentIndex(field.findData(text))
    elif not (field.hasFocus() and field.isModified()):
        field.setText("" if value is None else text)
        field.setPlaceholderText(open_text)
        field.setModified(False)
