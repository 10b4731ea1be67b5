"""The optimiser's settings beside the training controls, and those of a run: batch, seed, number of steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from backprop_studio.document.number_text import MINUS, number
from backprop_studio.session.training_worker import TrainingController
from backprop_studio.training.algorithms import TITLES
from backprop_studio.ui.panels.inspector_parts import Rows
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.scrolling import scrolled
from backprop_studio.ui.theme import number_font, text_font

OFF, ALL = "off", "all"
"""What stands for a setting of 0 that leaves its equation out, and for a batch of all rows."""
NO_END = "never"
"""What stands for a run that ends only when it is paused."""
BATCH_TIP = "How many rows a step sees, drawn anew in every pass over them; all of them where this says all."
SEED_TIP = "Another whole number draws the rows of the batches in another order."
STEPS_TIP = "A run pauses by itself after so many steps; never: it goes on until you pause it."
MOST_DIGITS = 15
"""Of a whole number: a document keeps those up to 2⁵³."""
_OF_A_RUN = {"batch": ("&Batch", BATCH_TIP), "seed": ("Seed", SEED_TIP), "steps": ("Pause after", STEPS_TIP)}
_ABSENT = {"batch": ALL, "seed": "0", "steps": NO_END}
_REFUSED = {
    "batch": f"A batch is a whole number of rows above 0, or {ALL}.",
    "seed": "A seed is a whole number of at least 0, such as 1.",
    "steps": f"A run has a whole number of steps above 0, such as 100, or {NO_END}.",
}


class OptimizerForm(QWidget):
    """One row a setting of the chosen optimiser and of a run; the learning rate stands with the controls."""

    def __init__(self, training: TrainingController) -> None:
        super().__init__()
        self.setObjectName("optimizer_form")
        self._training = training
        self._shown = ""
        self._fields: dict[str, QLineEdit] = {}
        self._heading = plain_label("optimizer_heading")
        self._heading.setFont(text_font(12, bold=True))
        self._heading.setMinimumHeight(24)
        self._sentence = plain_label("optimizer_sentence", wrap=True, variant="quiet")
        self._refusal = plain_label("optimizer_refusal", wrap=True, variant="error")
        self._refusal.hide()
        self._rows: Rows | None = None
        self._run_fields: dict[str, QLineEdit] = {}
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(6, 8, 14, 10)
        self._column.setSpacing(6)
        for part in (self._heading, self._refusal, self._sentence):
            self._column.addWidget(part)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(page))

    def sizeHint(self) -> QSize:
        """Room for a caption and a number."""
        return QSize(226, 200)

    def minimumSizeHint(self) -> QSize:
        """The same width in any height."""
        return QSize(226, 80)

    def refresh(self, rows: int | None) -> None:
        """Show the settings as they are; ``rows`` is how many a batch can be drawn from, None for none."""
        setup, running = self._training.setup, self._training.state == "running"
        if setup.name != self._shown or (rows is not None) != ("batch" in self._run_fields):
            self._shown = setup.name
            self._refusal.hide()
            self._make_rows(rows is not None)
        self._heading.setText(plain(f"{setup.algorithm.title} settings"))
        self._sentence.setText(plain(setup.algorithm.sentence))
        for key, field in self._fields.items():
            field.setEnabled(not running)
            if not field.hasFocus():
                field.setText(self._text(key))
        for key, field in self._run_fields.items():
            field.setEnabled(not running)
            if not field.hasFocus():
                field.setText(self._run_text(key))
        if "batch" in self._run_fields:
            self._run_fields["batch"].setPlaceholderText(f"{ALL} {rows}")

    def _make_rows(self, has_batches: bool) -> None:
        """The rows of another optimiser, and of what a run of it is."""
        if self._rows is not None:
            self._column.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = Rows(6)
        self._fields = {}
        for setting in self._training.setup.algorithm.settings:
            if setting.name != "lr":
                field = _field(setting.name, setting.doc, partial(self._take, setting.name))
                self._fields[setting.name] = field
                self._rows.add(TITLES[setting.name], field)
        self._run_fields = {}
        for key, (title, tip) in _OF_A_RUN.items():
            if key == "steps" or has_batches:
                self._run_fields[key] = field = _field(key, tip, partial(self._take_of_run, key))
                self._rows.add(title, field)
        self._column.insertWidget(1, self._rows)

    def _text(self, key: str) -> str:
        value = self._training.setup.values[key]
        return OFF if value == 0.0 and self._can_be_off(key) else number(value, 6)

    def _can_be_off(self, key: str) -> bool:
        return any(equation.needs == key for equation in self._training.setup.algorithm.equations)

    def _take(self, key: str) -> None:
        text = self._fields[key].text().strip().replace(MINUS, "-")
        try:
            if self._can_be_off(key) and text in (OFF, ""):
                text = "0"
            self._training.change_settings(**{key: _read(text)})
        except ValueError as error:
            self._refuse(self._fields[key], str(error))
        else:
            self._refuse(self._fields[key], "")
            self._fields[key].setText(self._text(key))

    def _run_text(self, key: str) -> str:
        value = getattr(self._training, key)
        return _ABSENT[key] if value is None else str(value)

    def _take_of_run(self, key: str) -> None:
        field = self._run_fields[key]
        text = field.text().strip()
        if text in (_ABSENT[key], ""):
            setattr(self._training, key, 0 if key == "seed" else None)
        elif text.isdecimal() and len(text) <= MOST_DIGITS and (int(text) > 0 or key == "seed"):
            setattr(self._training, key, int(text))
        else:
            self._refuse(field, _REFUSED[key])
            return
        self._refuse(field, "")

    def _refuse(self, field: QLineEdit, sentence: str) -> None:
        self._refusal.setText(plain(sentence))
        self._refusal.setVisible(bool(sentence))
        if field.property("invalid") != bool(sentence):
            field.setProperty("invalid", bool(sentence))
            field.style().unpolish(field)
            field.style().polish(field)


def _read(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("A setting of the optimiser is a number, such as 0.9 or 1e-8.") from None


def _field(name: str, tip: str, taken: Callable[[], None]) -> QLineEdit:
    field = QLineEdit()
    field.setObjectName(f"setting_{name}")
    field.setFont(number_font(13))
    field.setToolTip(tooltip(tip))
    field.editingFinished.connect(taken)
    return field
