"""The status bar: the graph's size, the float type, problems; saved or not, and the zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from backprop_studio.document.checking import NOTHING, CheckBadge
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.ui.plain_text import plain, tooltip


class StatusRow(QStatusBar):
    """Quiet facts at the window's foot.

    ``check_asked``: the gradients are to be checked one by one; ``problems_asked``: what is wrong is to be told.
    """

    check_asked = Signal()
    problems_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self._size = self._label("status_size")
        self._dtype = self._label("status_dtype")
        self._mode = self._label("status_mode")
        self._mode.setText("Evaluation mode")
        self._mode.setToolTip(
            tooltip("Nothing is dropped and running statistics are used. Run ▸ Evaluation Mode ends it.")
        )
        self._health = self._button("status_health")
        self._health.clicked.connect(self.problems_asked)
        self._check = self._button("status_check")
        self._check.clicked.connect(self.check_asked)
        self.show_check(NOTHING)
        self._saved = self._label("status_saved", right=True)
        self._zoom = self._label("status_zoom", right=True)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show the size of the graph and what is wrong with it."""
        graph = evaluation.graph
        self._size.setText(f"{_count(len(graph.nodes), 'node')} · {_count(len(graph.sources), 'wire')}")
        self._dtype.setText(str(evaluation.program.dtype))
        self._mode.setVisible(not graph.training)
        faults = [fault.sentence for fault in evaluation.faulty.values()]
        told = faults or ([evaluation.notice] if evaluation.notice else [])
        is_telling = evaluation.nonfinite is not None or evaluation.doubtful is not None
        standing = "problem" if faults else "notice" if told and is_telling else "fine"
        text = (
            _count(len(faults), "problem") if faults else "1 notice" if told else "no problems" if graph.nodes else ""
        )
        self._health.setText(text)
        self._health.setToolTip(tooltip("\n".join(told[:8])) if told else "")
        self._health.setVisible(bool(text))
        self._health.setEnabled(bool(told))
        if self._health.property("standing") != standing:
            self._health.setProperty("standing", standing)
            self._health.style().unpolish(self._health)
            self._health.style().polish(self._health)

    def show_check(self, badge: CheckBadge) -> None:
        """Show whether the gradients agree with differences of the loss."""
        self._check.setVisible(badge.standing != "nothing")
        self._check.setText(badge.text)
        self._check.setToolTip(tooltip(badge.sentence))
        self._check.setAccessibleDescription(badge.sentence)
        if self._check.property("standing") != badge.standing:
            self._check.setProperty("standing", badge.standing)
            self._check.style().unpolish(self._check)
            self._check.style().polish(self._check)

    def show_saved(self, modified: bool, path: str) -> None:
        """Show whether the document's file holds what is seen."""
        self._saved.setText("Modified" if modified else "Saved" if path else "New")
        self._saved.setToolTip(tooltip(path) if path else "")

    def show_zoom(self, zoom: float) -> None:
        """Show the zoom in percent."""
        self._zoom.setText(f"{zoom * 100:.0f} %")

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.addWidget(button)
        return button

    def _label(self, name: str, *, right: bool = False) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        if right:
            self.addPermanentWidget(label)
        else:
            self.addWidget(label)
        return label


def _count(number: int, word: str) -> str:
    return plain(f"{number} {word}" + ("" if number == 1 else "s"))
