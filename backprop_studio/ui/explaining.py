"""Joins the explanation to what asks for it and to what it shows: canvas, status bar, the check, the plot."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from backprop_studio.session.gradient_checker import GradientChecker
from backprop_studio.session.prediction import Prediction
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.panels.explanation import ExplanationPanel
from backprop_studio.ui.status import StatusRow
from backprop_studio.ui.theme import ThemeManager


class Explaining(QObject):
    """Lives as long as the window; the plot is made when it is to be seen first."""

    def __init__(
        self,
        window: MainWindow,
        explanation: ExplanationPanel,
        checker: GradientChecker,
        prediction: Prediction,
        themes: ThemeManager,
    ) -> None:
        super().__init__(window)
        self.setObjectName("explaining")
        self._dock, self._check = window.docks["explanation"], window.actions_table["check_gradients"]
        self._explanation, self._checker = explanation, checker
        self._prediction, self._themes = prediction, themes
        self._status: StatusRow | None = None
        explanation.slope.plot_wanted.connect(self._add_slope_plot)
        explanation.checks.asked.connect(checker.check_all)
        checker.changed.connect(self._show_checks)

    def join(self, canvas: CanvasView, status: StatusRow) -> None:
        """Answer what is asked on the canvas and in the status bar."""
        self._status = status
        canvas.gradient_clicked.connect(self.explain)
        self._explanation.wire_chosen.connect(canvas.reveal_wire)
        status.check_asked.connect(self._check.trigger)
        self._show_checks()

    @Slot()
    def explain(self) -> None:
        """Bring the explanation of what is selected to the front, from its top; not while it is to be predicted."""
        if not self._prediction.is_on:
            self._dock.show()
            self._dock.raise_()
            self._explanation.to_top()

    @Slot()
    def _show_checks(self) -> None:
        checker = self._checker
        if self._status is not None:
            self._status.show_check(checker.badge)
        self._explanation.checks.show_checks(checker.badge, checker.rows, checker.is_checking)

    @Slot()
    def _add_slope_plot(self) -> None:
        from backprop_studio.ui.plots.slope_plot import SlopePlot  # brings the plotting library, which takes a while

        plot = SlopePlot(self._themes)
        self._explanation.slope.shown.connect(plot.show_slope)
        self._explanation.slope.set_plot(plot)
