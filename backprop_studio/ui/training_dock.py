"""Training at the foot of the window: the controls, the loss curve, the gradients' norms."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from backprop_studio.document.absence import gradient_absence
from backprop_studio.engine.op import Array
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_worker import TrainingSnapshot
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.training import TrainingPanel
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.plots.gradient_norms import GradientNorms, Norm
from backprop_studio.ui.plots.loss_curve import LossCurve
from backprop_studio.ui.theme import ThemeManager, text_font

NORMS_DELAY_MS = 40
"""The bars follow an edit by this much: what is edited is shown first."""


CLOSED_NOTE = "Training opens with the first step."
QWIDGETSIZE_MAX = 16777215


class TrainingDock(QWidget):
    """Joins the panel and the plots, and keeps the plots up to date. ``opened``: it needs its height again."""

    opened = Signal()

    def __init__(self, session: EditorSession, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("training_row")
        self._session = session
        self.panel = TrainingPanel(session, themes)
        self.curve = LossCurve(themes)
        self.norms = GradientNorms(themes)
        self._strip = self._make_strip()
        self.panel.obstacle_changed.connect(self.curve.show_note)
        row = QHBoxLayout(self)
        row.addWidget(self._strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panel)
        row.addWidget(self.panel.form)
        row.addWidget(self.curve, 3)
        row.addWidget(self.norms, 2)
        session.training.progressed.connect(self._progressed)
        session.training.changed.connect(self._training_changed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NORMS_DELAY_MS)
        self._timer.timeout.connect(self._show_evaluation)
        session.evaluated.connect(self._soon)
        session.evaluated.connect(self._show_standing)
        session.timeline.changed.connect(self._timeline_changed)
        self._was_active = False
        self.panel.refresh()
        self._losses = session.training.losses
        self.curve.append(self._losses)
        for part in (self.panel, self.curve, self.norms):
            part.hide()
        self.setMaximumHeight(self._strip.sizeHint().height())

    @property
    def is_closed(self) -> bool:
        """True while only a strip is shown: nothing has been trained, and nobody has asked for more."""
        return not self._strip.isHidden()

    @Slot()
    def open(self) -> None:
        """Show everything, for good: until then the canvas has the room."""
        if not self.is_closed:
            return
        self._strip.hide()
        for part in (self.panel, self.curve, self.norms):
            part.show()
        self.panel.form.setVisible(self.panel.shows_settings)
        self.setMaximumHeight(QWIDGETSIZE_MAX)
        self._show_evaluation()
        self.opened.emit()

    def _make_strip(self) -> QWidget:
        strip, row = QWidget(), QHBoxLayout()
        heading = plain_label("training_strip_heading", "Training")
        heading.setFont(text_font(12, bold=True))
        button = QPushButton("Open")
        button.setObjectName("training_open")
        button.setAccessibleName("Open training")
        button.setToolTip(tooltip("Show the optimizer, the loss curve and the gradient norms."))
        button.clicked.connect(self.open)
        row.setContentsMargins(14, 4, 14, 4)
        row.setSpacing(12)
        row.addWidget(heading)
        row.addWidget(plain_label("training_closed", CLOSED_NOTE, variant="quiet"))
        row.addStretch(1)
        row.addWidget(button)
        strip.setLayout(row)
        return strip

    def _progressed(self, snapshot: TrainingSnapshot) -> None:
        self._follow_curve()
        names = {node.id: node.name for node in self._session.graph.nodes.values() if node.op_name == "parameter"}
        self.norms.show_norms([Norm(name, norm_of(snapshot.gradients.get(node))) for node, name in names.items()])

    def _training_changed(self) -> None:
        if self._session.training.state == "running" or self._session.training.step_count:
            self.open()
        self._follow_curve()
        self._show_standing()

    def _follow_curve(self) -> None:
        """Bring the curve to the losses of the controller: others now, or the same, which grow or are cut back."""
        losses = self._session.training.losses
        if losses is not self._losses or len(losses) < self.curve.count:
            self.curve.clear()
        self._losses = losses
        if len(losses) > self.curve.count:
            self.curve.append(losses[self.curve.count :])
        training = self._session.training
        self.curve.show_earlier(
            [(curve.title, curve.losses) for curve in training.earlier_curves], training.curve_title
        )

    def _show_standing(self) -> None:
        """Grey what is undone."""
        session, evaluation = self._session, self._session.evaluation
        if session.training.state == "running":
            return
        value = evaluation.value(evaluation.loss) if session.is_evaluated and evaluation.loss is not None else None
        now = float(value.item()) if value is not None and value.size == 1 else None
        self.curve.show_standing(session.training.steps_standing, now)

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
        if self._session.training.state == "running" or self.is_closed:
            return
        timeline, norms = self._session.timeline, []
        for node in evaluation.graph.nodes.values():
            if node.op_name == "parameter":
                held = timeline.gradient_so_far(node.id) if timeline.is_active else evaluation.gradient(node.id)
                known = timeline.gradient_known(node.id)
                absence = gradient_absence(evaluation, node.id, known)
                norm = norm_of(held) if known == "known" else None
                passes = timeline.passes_held(node.id) if timeline.is_active else 0
                norms.append(Norm(node.name, norm, absence.words if absence is not None else "", passes))
        if tuple(norms) != self.norms.norms:
            self.norms.show_norms(norms)


def norm_of(gradient: Array | None) -> float | None:
    """The Euclidean norm of all entries, None for no gradient."""
    if gradient is None:
        return None
    with np.errstate(all="ignore"):
        largest = float(np.maximum.reduce(np.absolute(gradient), axis=None, initial=0.0))
        if largest == 0.0 or not np.isfinite(largest):
            return largest
        # The squares of very large or small entries would overflow or vanish: they are taken relative to the largest.
        return largest * float(np.sqrt(np.add.reduce(np.square(gradient / largest), axis=None)))
