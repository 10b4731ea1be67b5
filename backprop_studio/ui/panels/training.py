"""The controls of training: optimiser, learning rate, speed, run, step, reset."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.document.number_text import MINUS, number
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.training.algorithms import ALGORITHMS
from backprop_studio.ui.icons import icon
from backprop_studio.ui.panels.inspector_parts import Rows
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.optimizer_form import OptimizerForm
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.theme import ThemeManager, disabled_text, number_font, text_font

PACES: tuple[tuple[str, float | None], ...] = (
    ("1 step/s", 1.0),
    ("10 steps/s", 10.0),
    ("60 steps/s", 60.0),
    ("200 steps/s", 200.0),
    ("as fast as it goes", None),
)
RUN_TIP = "Run gradient descent until paused."


class TrainingPanel(QWidget):
    """Sets up and runs training. ``obstacle_changed`` says why it can not run, "" where it can."""

    obstacle_changed = Signal(str)

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self._session = session
        self._training = session.training
        self._themes = themes
        self._optimizer = QComboBox()
        self._more = QPushButton("Settings")
        self.form = OptimizerForm(session.training)
        """The optimiser's settings, to be placed beside this panel."""
        self._rate = QLineEdit()
        self._pace = QComboBox()
        self._fast = QPushButton("Max")
        self._calm_pace: float | None = PACES[2][1]
        self._run = QPushButton("Ru&n")
        self._step = QPushButton("&Step")
        self._reset = QPushButton("Rese&t")
        self._refusal = plain_label("training_refusal", wrap=True, variant="error")
        self._lay_out()
        self._connect()
        self.refresh()

    def sizeHint(self) -> QSize:
        """Wide enough for the three buttons in a row."""
        return QSize(max(236, super().sizeHint().width()), super().sizeHint().height())

    @property
    def shows_settings(self) -> bool:
        """Are the optimiser's settings asked for?"""
        return self._more.isChecked()

    def refresh(self) -> None:
        """Show the state of training."""
        training = self._training
        running = training.state == "running"
        if not running and not self._session.is_evaluated:
            return  # asking now would compute on this thread what is being computed on another
        obstacle = None if running else training.can_train()
        self._run.setText("&Pause" if running else "Ru&n")
        self._run.setEnabled(running or obstacle is None)
        self._run.setToolTip(tooltip(obstacle or RUN_TIP))
        self._step.setEnabled(not running and obstacle is None)
        self._reset.setEnabled(training.step_count > 0)
        self.obstacle_changed.emit(obstacle or "")
        self._optimizer.setEnabled(not running)
        self._optimizer.setCurrentIndex(self._optimizer.findData(training.optimizer))
        algorithm = training.setup.algorithm
        self._optimizer.setToolTip(tooltip(algorithm.sentence))
        # The window begins at a rate for small graphs; the command line and Python take PyTorch's where none is given.
        told = f"The command line and PyTorch take {algorithm.setting('lr').default:g} where they are given none."
        self._rate.setToolTip(tooltip(f"How far a step goes along the negative gradient, such as 0.5 or 1e-3. {told}"))
        self.form.refresh(training.rows)
        self._pace.setCurrentIndex(
            next((at for at, (_, pace) in enumerate(PACES) if pace == training.steps_per_second), -1)
        )
        self._fast.setChecked(training.steps_per_second is None)
        if training.steps_per_second is not None:
            self._calm_pace = training.steps_per_second
        if not self._rate.hasFocus():
            self._rate.setText(number(training.learning_rate, 6))
        self._recolour()

    def _lay_out(self) -> None:
        self._set_up()
        heading = plain_label("training_heading", "Training")
        heading.setFont(text_font(12, bold=True))
        heading.setMinimumHeight(24)
        rows = Rows(6)
        rows.add("Opti&mizer", _side_by_side(self._optimizer, self._more)).setBuddy(self._optimizer)
        rows.add("Learn&ing rate", self._rate)
        rows.add("Spee&d", _side_by_side(self._pace, self._fast)).setBuddy(self._pace)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self._run, self._step, self._reset):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 10)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addWidget(rows)
        column.addWidget(self._refusal)
        column.addLayout(buttons)
        column.addStretch(1)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._refusal.hide()

    def _set_up(self) -> None:
        for name, widget in (
            ("training_optimizer", self._optimizer),
            ("training_settings", self._more),
            ("training_rate", self._rate),
            ("training_pace", self._pace),
            ("training_fast", self._fast),
            ("training_run", self._run),
            ("training_step", self._step),
            ("training_reset", self._reset),
        ):
            widget.setObjectName(name)
        for name, algorithm in ALGORITHMS.items():
            self._optimizer.addItem(algorithm.title, name)
            self._optimizer.setItemData(
                self._optimizer.count() - 1, tooltip(algorithm.sentence), Qt.ItemDataRole.ToolTipRole
            )
        self._optimizer.setAccessibleName("Optimizer")
        self._more.setCheckable(True)
        self._more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._more.setToolTip(tooltip("Momentum, weight decay, clipping and the batch, beside these controls."))
        self.form.hide()
        for text, _ in PACES:
            self._pace.addItem(text)
        self._rate.setFont(number_font(13))
        self._fast.setCheckable(True)
        self._fast.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._fast.setToolTip(tooltip("As fast as it goes; once more goes back to the pace before."))
        self._pace.setAccessibleName("Speed")
        self._run.setProperty("primary", True)
        self._step.setToolTip(tooltip("Update the parameters once."))
        self._reset.setToolTip(tooltip("Go back to the parameters from before training."))

    def _connect(self) -> None:
        training = self._training
        self._optimizer.activated.connect(lambda at: setattr(training, "optimizer", self._optimizer.itemData(at)))
        self._more.toggled.connect(self.form.setVisible)
        self._pace.activated.connect(lambda at: setattr(training, "steps_per_second", PACES[at][1]))
        self._fast.clicked.connect(
            lambda fast: setattr(training, "steps_per_second", None if fast else self._calm_pace)
        )
        self._rate.editingFinished.connect(self._take_rate)
        self._run.clicked.connect(training.toggle)
        self._step.clicked.connect(training.step_once)
        self._reset.clicked.connect(training.reset)
        training.changed.connect(self.refresh)
        self._session.evaluated.connect(self.refresh)
        self._themes.changed.connect(self._recolour)

    def _take_rate(self) -> None:
        try:
            rate = float(self._rate.text().strip().replace(MINUS, "-"))
            fits = math.isfinite(rate) and rate >= 0.0
        except ValueError:
            fits = False
        self._refusal.setVisible(not fits)
        self._rate.setProperty("invalid", not fits)
        self._rate.style().unpolish(self._rate)
        self._rate.style().polish(self._rate)
        if fits:
            self._training.learning_rate = rate
        else:
            self._refusal.setText("The learning rate is a number of at least 0, such as 0.5 or 1e-3.")

    def _recolour(self) -> None:
        theme = self._themes.theme
        running = self._training.state == "running"
        color = theme.accent_text if self._run.isEnabled() else disabled_text(theme)
        self._run.setIcon(icon("pause" if running else "play", color))


def _side_by_side(wide: QWidget, narrow: QWidget) -> QWidget:
    """Two widgets in one row of the form."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(wide, 1)
    row.addWidget(narrow)
    return holder
