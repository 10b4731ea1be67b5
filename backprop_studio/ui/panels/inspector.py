"""The inspector: everything about the selected node or wire, or about the graph where nothing is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node, Wire
from backprop_studio.document.lamp import Lamp, light, work_of
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_worker import TrainingSnapshot
from backprop_studio.ui.panels.inspector_facts import PassesShown, loss_letter, node_facts, wire_facts
from backprop_studio.ui.panels.inspector_group import GroupPage
from backprop_studio.ui.panels.inspector_group_facts import group_facts
from backprop_studio.ui.panels.inspector_node import NodePage
from backprop_studio.ui.panels.inspector_summary import SummaryPage
from backprop_studio.ui.panels.inspector_wire import WirePage
from backprop_studio.ui.panels.live_evaluation import with_snapshot, with_states
from backprop_studio.ui.panels.numbers_box import NumbersBox
from backprop_studio.ui.scrolling import scrolled
from backprop_studio.ui.theme import ThemeManager

REFRESH_MILLISECONDS = 40
"""Least time between two refreshes while the passes are played."""
CHECK_WORK = 1_000
"""Calls that a check may take to be made unasked: a few milliseconds."""


class InspectorPanel(QWidget):
    """Follows the selection, the evaluation, the passes and training.

    ``subject_changed`` names what is shown, ``node_chosen`` asks for a node to be selected and brought into view,
    ``action_asked`` for an action on what is selected, by its name.
    """

    subject_changed = Signal(str)
    node_chosen = Signal(int)
    action_asked = Signal(str)

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self._session = session
        self._checked: tuple[Evaluation, int, Lamp | None] | None = None
        """The evaluation and the node that were checked last, and what came of it."""
        self._shown_node: int | None = None
        self._shown_group: int | None = None
        self._subject = ""
        self._passes_active = False
        self._snapshot: TrainingSnapshot | None = None
        self.node_page = NodePage(themes)
        self.wire_page = WirePage(themes)
        self.summary_page = SummaryPage(themes)
        self.group_page = GroupPage(themes)
        self._stack = QStackedWidget()
        for page in (self.summary_page, self.node_page, self.wire_page, self.group_page):
            self._stack.addWidget(_scrolled(page))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._connect(themes)
        self.refresh()

    def refresh(self) -> None:
        """Show what is selected, as it is now."""
        self._timer.stop()
        session = self._session
        evaluation = session.evaluation
        graph = session.graph
        node, wire = _selected(session)
        group = _selected_group(session)
        if evaluation is None or (node is not None and node not in evaluation.graph.nodes):
            return  # the evaluation of the present graph is on its way
        if group is not None and group not in evaluation.graph.groups:
            return
        fresh = (node, group) != (self._shown_node, self._shown_group)
        self._shown_node, self._shown_group = node, group
        shown: PassesShown = session.timeline
        for box in self.findChildren(NumbersBox):
            box.is_live = self._snapshot is not None
        if self._snapshot is not None:
            evaluation = with_snapshot(evaluation, self._snapshot)
            shown = _AllShown(evaluation)
        if node is not None:
            self._show_node(graph.nodes[node], evaluation, shown, fresh=fresh)
        elif group is not None:
            facts_of_group = group_facts(evaluation, group, shown)
            self.group_page.show_group(graph.groups[group], facts_of_group, evaluation, shown, fresh=fresh)
            self._show(3, graph.groups[group].name)
        elif wire is not None and wire in evaluation.graph.wires:
            told = wire_facts(evaluation, wire, shown)
            self.wire_page.show_wire(told)
            self._show(2, told.title)
        else:
            selected = [each for each in sorted(session.selection) if each in evaluation.graph.nodes]
            count = len(selected)
            self.summary_page.show_evaluation(evaluation, shown, selected if count > 1 else ())
            self._show(0, f"{count} nodes selected" if count > 1 else "")

    def _show_node(self, node: Node, evaluation: Evaluation, shown: PassesShown, *, fresh: bool) -> None:
        """Fill the page of a node, with what it holds at the present step of a training."""
        page, live = self.node_page, self._snapshot is not None
        page.show_loss(loss_letter(evaluation))
        page.breakpoint.setChecked(node.id in self._session.timeline.breakpoints)
        facts = [node_facts(evaluation, node.id, shown, output) for output in range(len(node.names))]
        held = node if self._snapshot is None else with_states(node, self._snapshot)
        page.show_node(held, facts, fresh=fresh, live=live)
        page.show_check(None if live else self._check(evaluation, node.id))
        self._show(1, node.label)

    def _check(self, evaluation: Evaluation, node: int) -> Lamp | None:
        """The check of a node whose gradient is shown, where that is quick and nothing plays."""
        timeline = self._session.timeline
        if timeline.gradient_known(node) != "known" or work_of(evaluation, node) > CHECK_WORK:
            return None
        before = self._checked
        if before is not None and before[0] is evaluation and before[1] == node:
            return before[2]
        if timeline.is_playing:
            return None
        self._checked = (evaluation, node, light(evaluation, node))
        return self._checked[2]

    def _connect(self, themes: ThemeManager) -> None:
        session, page = self._session, self.node_page
        page.rename_asked.connect(lambda text: self._ask(lambda node: session.rename(node, text)))
        page.value_asked.connect(lambda output, text: self._ask(lambda node: session.set_value(node, text, output)))
        page.kind.kind_asked.connect(lambda kind: self._ask(lambda node: session.set_kind({node}, kind)))
        page.breakpoint_asked.connect(lambda _: self._toggle_breakpoint())
        session.timeline.breakpoints.changed.connect(self.refresh)
        page.setting_asked.connect(lambda name, text: self._ask(lambda node: self._set_setting(node, name, text)))
        self.summary_page.node_chosen.connect(self.node_chosen)
        self.group_page.node_chosen.connect(self.node_chosen)
        self.group_page.action_asked.connect(self.action_asked)
        self.group_page.color_asked.connect(lambda color: self.action_asked.emit(f"colour_{color}"))
        self.group_page.rename_asked.connect(self._rename_group)
        session.selection_changed.connect(self.refresh)
        session.evaluated.connect(self.refresh)
        session.graph_changed.connect(self._take_graph)
        session.timeline.changed.connect(self._passes_changed)
        session.training.progressed.connect(self._take_snapshot)
        session.training.changed.connect(self._training_changed)
        themes.changed.connect(self.refresh)

    def _ask(self, edit: Callable[[int], object]) -> None:
        """Ask the session for an edit of the node shown; a refusal is told at the field."""
        if self._shown_node is None or self._shown_node not in self._session.graph.nodes:
            return
        refusal = edit(self._shown_node)
        self.node_page.refuse(refusal if isinstance(refusal, str) else "")
        if not isinstance(refusal, str):
            page = self.node_page
            for field in (page.name, page.value_field, *(rows.value_field for rows in page.outputs)):
                field.setModified(False)

    def _rename_group(self, text: str) -> None:
        if self._shown_group is not None and self._shown_group in self._session.graph.groups:
            refusal = self._session.rename_group(self._shown_group, text)
            self.group_page.refuse(refusal or "")
            if refusal is None:
                self.group_page.name.setModified(False)

    def _toggle_breakpoint(self) -> None:
        if self._shown_node is not None:
            self._session.timeline.breakpoints.toggle({self._shown_node})

    def _set_setting(self, node_id: int, name: str, text: str) -> str | None:
        """Change a setting. Giving a source a shape means: draw its value by its initialiser."""
        session = self._session
        refusal = session.set_setting(node_id, name, text)
        node = session.graph.nodes[node_id]
        setting = node.op.setting(name)
        is_shape = setting is not None and setting.kind == "shape" and node.settings.get(name) is not None
        if refusal is None and is_shape and node.value is not None:
            return session.set_value(node_id, "")
        return refusal

    def _soon(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start(REFRESH_MILLISECONDS)

    def _take_graph(self) -> None:
        """A group that is shown may be collapsed or coloured otherwise, which no evaluation tells of."""
        if self._shown_group is not None:
            self._soon()

    def _passes_changed(self) -> None:
        active, was = self._session.timeline.is_active, self._passes_active
        self._passes_active = active
        if active or was:
            self._soon()

    def _take_snapshot(self, snapshot: TrainingSnapshot) -> None:
        if self._session.training.state == "running":
            self._snapshot = snapshot
            if self.isVisible():
                self.refresh()  # at once: canvas, curve and inspector show the same step

    def _training_changed(self) -> None:
        if self._session.training.state != "running" and self._snapshot is not None:
            self._snapshot = None
            self._soon()

    def _show(self, page: int, subject: str) -> None:
        self._stack.setCurrentIndex(page)
        if subject != self._subject:
            self._subject = subject
            self.subject_changed.emit(subject)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not followed while hidden."""
        self.refresh()


class _AllShown:
    """Shows every number that there is: what counts while training runs."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def value_known(self, node_id: int) -> bool:
        """Always."""
        return True

    def gradient_known(self, node_id: int, output: int = 0) -> Literal["hidden", "partial", "known"]:
        """Always."""
        return "known"

    def gradient_cleared(self, node_id: int) -> bool:
        """Never."""
        return False

    def gradient_so_far(self, node_id: int, output: int = 0) -> Array | None:
        """All of it."""
        return self._evaluation.gradient(node_id, output)

    def passes_held(self, node_id: int, output: int = 0) -> int:
        """None: a step of training clears its gradients."""
        return 0

    def updated_value(self, node_id: int) -> Array | None:
        """None: what training has reached is the value itself."""
        return None

    def wire_number(self, wire: Wire) -> tuple[Stage, Array] | None:
        """The contribution."""
        contribution = self._evaluation.contribution(wire)
        return None if contribution is None else (Stage.BACKWARD, contribution)


def _selected(session: EditorSession) -> tuple[int | None, Wire | None]:
    """The one node selected, or the one wire, or neither."""
    selection = [node for node in session.selection if node in session.graph.nodes]
    return (selection[0], None) if len(selection) == 1 else (None, None if selection else session.selected_wire)


def _selected_group(session: EditorSession) -> int | None:
    """The one group selected, None where another thing is selected too."""
    groups = session.selected_groups
    return next(iter(groups)) if len(groups) == 1 and not session.selection else None


def _scrolled(page: QWidget) -> QScrollArea:
    page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # never wider than the panel
    return scrolled(page, Qt.FocusPolicy.StrongFocus)
