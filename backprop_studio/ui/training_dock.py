"""Training at the foot of the window: the controls, the loss curve, the gradients' norms."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from backprop_studio.engine.op import Array
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_worker import TrainingSnapshot
from backprop_studio.ui.panels.training import TrainingPanel
from backprop_studio.ui.plots.gradient_norms import GradientNorms, Norm
from backprop_studio.ui.plots.loss_curve import LossCurve
from backprop_studio.ui.theme import ThemeManager

NORMS_DELAY_MS = 40
"""The bars follow an edit by this much: what is edited is shown first."""


class TrainingDock(QWidget):
    """Joins the panel and the plots, and keeps the plots up to date."""

    def __init__(self, session: EditorSession, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("training_row")
        self._session = session
        self.panel = TrainingPanel(session, themes)
        self.curve = LossCurve(themes)
        self.norms = GradientNorms(themes)
        self.panel.obstacle_changed.connect(self.curve.show_note)
        self.panel.refresh()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panel)
        row.addWidget(self.curve, 3)
        row.addWidget(self.norms, 2)
        session.training.progressed.connect(self._progressed)
        session.training.changed.connect(self._training_changed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NORMS_DELAY_MS)
        self._timer.timeout.connect(self._show_evaluation)
        session.evaluated.connect(self._soon)
        session.timeline.changed.connect(self._timeline_changed)
        self._was_active = False
        self.curve.append(session.training.losses)
        self._show_evaluation()

    def _progressed(self, snapshot: TrainingSnapshot) -> None:
        self._follow_curve()
        names = {node.id: node.name for node in self._session.graph.nodes.values() if node.op_name == "parameter"}
        self.norms.show_norms([Norm(name, norm_of(snapshot.gradients.get(node))) for node, name in names.items()])

    def _training_changed(self) -> None:
        self._follow_curve()

    def _follow_curve(self) -> None:
        """Bring the curve to the losses of the controller, which only ever grow or are cut back."""
        losses = self._session.training.losses
        if len(losses) < self.curve.count:
            self.curve.clear()
        if len(losses) > self.curve.count:
            self.curve.append(losses[self.curve.count :])

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _timeline_changed(self) -> None:
        active = self._session.timeline.is_active
        if active or self._was_active:
            self._soon()
        self._was_active = active

    def _show_evaluation(self) -> None:
        evaluation = self._session.evaluation
        if self._session.training.state == "running":
            return
        known = self._session.timeline.gradient_known
        norms = []
        for node in evaluation.graph.nodes.values():
            if node.op_name == "parameter":
                gradient = evaluation.gradient(node.id) if known(node.id) == "known" else None
                norms.append(Norm(node.name, norm_of(gradient)))
        if tuple(norms) != self.norms.norms:
            self.norms.show_norms(norms)


def norm_of(gradient: Array | None) -> float | None:
    """The Euclidean norm of all entries, None for no gradient."""
    if gradient is None:
        return None
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.add.reduce(np.square(gradient), axis=None)))
