"""Parts of the explanation that try the gradient out: the lamp, the nudge slider, the paths between two nodes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QListWidgetItem, QPushButton, QSlider

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.lamp import (
    QUICK_WORK,
    Lamp,
    is_part,
    light,
    light_wire,
    nudge,
    sum_sentence,
    work_of,
)
from backprop_studio.document.number_text import number
from backprop_studio.document.paths import Paths, chain_rule, chain_total, count_text, find_paths, path_names, summary
from backprop_studio.document.symbols_text import Written
from backprop_studio.ui.formula_shelf import FormulaShelf
from backprop_studio.ui.panels.explanation_cards import FormulaStack, selectable_label
from backprop_studio.ui.panels.explanation_fold import FoldCard
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.inspector_parts import Rows, colour_label
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.panels.path_list import PathList
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager, number_font

NUDGE_STEPS = 100
NUDGE_REACH = 0.5
"""How far the slider moves a number, as a share of its size (of 1 where it is smaller)."""


MOVE_IT = "Move the slider: the change of the loss stands here."


class _SteadySlider(QSlider):
    """Leaves the mouse wheel to the page that it lies on."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()


class SteadyComboBox(QComboBox):
    """Leaves the mouse wheel to the page that it lies on."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()


class LampCard(FoldCard):
    """Analytic gradient, central difference, relative error, verdict."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("explanation_lamp", "Is it right?", themes)
        self._asked: tuple[Evaluation, int, int, Wire | None] | None = None
        self.analytic, self.numeric = number_label("lamp_analytic"), number_label("lamp_numeric")
        self.error = number_label("lamp_error")
        self.verdict = selectable_label("lamp_verdict")
        self.sum = selectable_label("lamp_sum", variant="quiet")
        self.button = QPushButton("Check against a central difference")
        self.button.setObjectName("lamp_check")
        self.button.clicked.connect(self._check)
        self._rows = Rows()
        self._rows.add("Analytic", self.analytic)
        self._rows.add("Central difference", self.numeric)
        self._rows.add("Relative error", self.error)
        for part in (self._rows, self.verdict, self.sum, self.button):
            self.column.addWidget(part)

    def show_node(self, evaluation: Evaluation, node: int, output: int = 0, wire: Wire | None = None) -> None:
        """Check one of a node's outputs at once where that is quick; else offer to.

        Of a ``wire`` that brings a part of the gradient, that part is checked.
        """
        if evaluation.gradient(node, output) is None:
            self.hide()
            return
        self.show()
        part = wire if wire is not None and is_part(evaluation, wire) else None
        if self._asked == (evaluation, node, output, part):
            return
        self._asked = (evaluation, node, output, part)
        if work_of(evaluation, node, output) <= QUICK_WORK:
            self._check()
        else:
            for widget in (self._rows, self.verdict, self.sum):
                widget.hide()
            self.button.show()
            self.set_summary("not checked yet")
            self.set_title(f"Is {self._subject} right?")

    @property
    def _subject(self) -> str:
        """What is checked, such as "∂L/∂w"."""
        if self._asked is None or self._asked[0].loss is None:
            return "it"
        evaluation, node, output, wire = self._asked
        if wire is not None:
            return "this part"
        names = evaluation.graph.nodes
        assert evaluation.loss is not None
        return f"∂{names[evaluation.loss].name}/∂{names[node].names[output]}"

    def _check(self) -> None:
        if self._asked is None:
            return
        evaluation, node, output, wire = self._asked
        lamp = light(evaluation, node, output) if wire is None else light_wire(evaluation, wire)
        if lamp is not None:
            self._show(lamp)
            self.sum.setText("" if wire is None else plain(sum_sentence(evaluation, wire, lamp.entry)))
            self.sum.setVisible(wire is not None)

    def _show(self, lamp: Lamp) -> None:
        self.button.hide()
        self._rows.show()
        self.verdict.show()
        of_wire = self._asked is not None and self._asked[3] is not None
        entry = list(lamp.entry) if lamp.entry and not of_wire else ""
        self.set_title(f"Is {self._subject}{entry} right?")
        self.analytic.setText(number(lamp.analytic, 8))
        self.numeric.setText(number(lamp.numeric, 8))
        self.error.setText(number(lamp.error, 2))
        self.verdict.setText(plain(f"{lamp.mark} {lamp.sentence}"))
        role: Role = "update" if lamp.is_right else "error"
        colour_label(self.verdict, self._themes.theme, role)
        self.set_summary(lamp.brief, role)


class NudgeCard(FoldCard):
    """A slider that moves one number a little: what the loss does, and the slope beside the gradient.

    ``moved`` carries where the number and the loss are taken, None where they stand.
    """

    moved = Signal(object)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("explanation_nudge", "Nudge", themes)
        self._shown: tuple[Evaluation, int, int] | None = None
        self.slider = _SteadySlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("nudge_slider")
        self.slider.setRange(-NUDGE_STEPS, NUDGE_STEPS)
        self.slider.valueChanged.connect(self._tell)
        self.lines = selectable_label("nudge_lines")
        self.lines.setFont(number_font(12))
        for part in (self.slider, self.lines):
            self.column.addWidget(part)

    def show_node(self, evaluation: Evaluation, node: int, output: int = 0) -> None:
        """Offer the slider for an output of a source that holds one number."""
        value = evaluation.value(node, output)
        offered = evaluation.graph.nodes[node].op.is_source and value is not None and value.size == 1
        self.setVisible(offered and nudge(evaluation, node, 0.0, output) is not None)
        if self._shown == (evaluation, node, output) or not offered:
            return
        other = self._shown is None or self._shown[1:] != (node, output)
        self._shown = (evaluation, node, output)
        name = evaluation.graph.nodes[node].names[output]
        self.set_title(f"Nudge {name}")
        self.slider.setAccessibleName(f"Nudge {name}")
        if other:
            self.slider.setValue(0)
        self._tell()

    def _tell(self) -> None:
        if self._shown is None:
            return
        evaluation, node, output = self._shown
        value = evaluation.value(node, output)
        if value is None or value.size != 1 or evaluation.loss is None:
            return
        x = float(value.item())
        step = self.slider.value() / NUDGE_STEPS * NUDGE_REACH * max(1.0, abs(x))
        found = nudge(evaluation, node, step, output)
        if found is None:
            return
        names = evaluation.graph.nodes
        name, loss = names[node].names[output], names[evaluation.loss].name
        lines = [
            f"{name}: {number(x)} → {number(x + step)}",
            f"{loss}: {number(found.loss_before, 6)} → {number(found.loss_after, 6)}",
        ]
        gradient = "none" if found.gradient is None else number(found.gradient)
        self.moved.emit((x + step, found.loss_after) if step else None)
        moved = f"Δ{loss} / Δ{name} = {number(found.slope)}" if found.slope is not None else MOVE_IT
        lines += [moved, f"∂{loss}/∂{name} = {gradient}"]
        self.lines.setText(plain("\n".join(lines)))


class WhyCard(FoldCard):
    """All paths from a node to another, and the chain rule. ``path_chosen`` carries the nodes of a path."""

    path_chosen = Signal(object)

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__("explanation_why", "Why", themes)
        self._shown: tuple[Evaluation, int, int] | None = None
        self._found: tuple[Evaluation, int, int, int] | None = None
        self.paths: Paths | None = None
        self.formulas = FormulaStack(shelf, themes)
        self.target = SteadyComboBox()
        self.target.setObjectName("why_target")
        self.target.setAccessibleName("Paths to this node")
        self.target.setMinimumContentsLength(6)
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.target.activated.connect(lambda _: self._find())
        self.sentence = selectable_label("why_sentence", variant="quiet")
        self.list = PathList()
        self.list.setObjectName("why_paths")
        self.list.setAccessibleName("All paths")
        self.list.setToolTip("A click selects the nodes of a path.")
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        for part in (self.target, self.sentence, self.formulas, self.list):
            self.column.addWidget(part)

    def show_node(self, evaluation: Evaluation, node: int, output: int = 0) -> None:
        """Offer the paths from an output; to the loss, unless another node was picked that it can reach."""
        self._shown = (evaluation, node, output)
        wanted = self.target.currentData()
        targets = _reached(evaluation, node, output) if evaluation.graph.nodes[node].mode != "muted" else []
        self.setVisible(bool(targets))
        if not targets:
            return
        chosen = wanted if wanted in targets and self._found and self._found[1] == node else evaluation.loss
        chosen = chosen if chosen in targets else targets[-1]
        self.target.clear()
        for each in targets:
            self.target.addItem(plain(f"to {evaluation.graph.nodes[each].name}"), each)
        self.target.setCurrentIndex(targets.index(chosen))
        names = evaluation.graph.nodes[node].names
        self.set_title(f"All paths from {names[output]}" if len(names) > 1 else "All paths")
        self._find()

    def _find(self) -> None:
        if self._shown is None or self.target.currentData() is None:
            return
        evaluation, node, output = self._shown
        asked = (evaluation, node, int(self.target.currentData()), output)
        if self._found == asked:
            return
        self._found = asked
        self.paths = find_paths(*asked)
        self.sentence.setText(plain(summary(evaluation, self.paths)))
        formulas: list[tuple[Written, Role]] = []
        if self.paths.count:
            symbols, numbers = chain_rule(evaluation, self.paths)
            formulas += [(row, "text") for row in (*symbols, *numbers)]
            if self.paths.total is not None and numbers:
                formulas.append((chain_total(self.paths, self.paths.total), "backward"))
        self.formulas.show_formulas(formulas)
        total = "" if self.paths.total is None or not self.paths.count else f": {number(self.paths.total)}"
        self.set_summary(f"{count_text(self.paths.count)} path{'' if self.paths.count == 1 else 's'}{total}")
        self._list_paths(evaluation, self.paths)

    def _list_paths(self, evaluation: Evaluation, paths: Paths) -> None:
        products = ["" if path.product is None else f"{number(path.product)}   " for path in paths.listed]
        names = (path_names(evaluation, path) for path in paths.listed)
        self.list.show_texts([product + path for product, path in zip(products, names, strict=True)])

    def _choose(self, item: QListWidgetItem) -> None:
        """Select the nodes of a path."""
        if self.paths is not None:
            path = self.paths.listed[self.list.row(item)]
            self.path_chosen.emit(frozenset([path.wires[0].target, *(wire.source for wire in path.wires)]))


def _reached(evaluation: Evaluation, node: int, output: int) -> list[int]:
    """The nodes that an output acts on, in the order of the forward pass."""
    start = evaluation.position(node, output)
    if start is None:
        return []
    calls, reached = evaluation.program.calls, {start}
    for call in range(start + 1, len(calls)):
        if any(source in reached for source in calls[call].inputs):
            reached.add(call)
    return [evaluation.node_of(call) for call in sorted(reached) if call != start]
