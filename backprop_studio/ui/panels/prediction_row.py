"""The part of the transport bar that asks for the next number before it is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.document.judging import TOLERANCE
from backprop_studio.document.questions import Question
from backprop_studio.session.prediction import Prediction
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.plain_text import tooltip
from backprop_studio.ui.theme import ThemeManager, number_font, text_font

TYPE, SMALL = 13, 12
"""Pixels of the question, and of all else."""
FIELD_LETTERS = 20
"""Digits that the field has room for."""
HELP = f"A number such as −0.147, 1/3 or 2e-3, right {TOLERANCE}; a sign, + or −"


class PredictionRow(QWidget):
    """The question, the field for the answer, the mark of the last one, and the count."""

    def __init__(self, prediction: Prediction, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("prediction")
        self._prediction, self._themes = prediction, themes
        self._asked: object = None
        self.question = ElidedLabel("prediction_question", text_font(13, bold=True))
        self.verdict = ElidedLabel("prediction_verdict", text_font(12))
        self.score = ElidedLabel("prediction_score", text_font(12), Qt.AlignmentFlag.AlignRight)
        self.score.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.field = QLineEdit()
        self.field.setObjectName("prediction_field")
        self.field.setAccessibleName("Your prediction")
        self.field.setPlaceholderText("your prediction")
        self.field.setMaxLength(200)
        self.field.returnPressed.connect(self._answer)
        self.check, self.show_me = QPushButton("Check"), QPushButton("Show")
        self.check.setObjectName("prediction_check")
        self.check.clicked.connect(self._answer)
        self.show_me.setObjectName("prediction_reveal")
        self.show_me.setToolTip(tooltip("Show the number; it does not count as an answer."))
        self.show_me.clicked.connect(self._reveal)
        self._lay_out()
        self.set_large(0)
        prediction.changed.connect(self.refresh)
        themes.changed.connect(self.refresh)
        self.refresh()

    def set_large(self, pixels: int) -> None:
        """Write the question in type of so many pixels, the rest to match; 0 goes back to what is usual."""
        size = pixels or TYPE
        small = round(SMALL * size / TYPE)
        self.question.setFont(text_font(size, bold=True))
        for label in (self.verdict, self.score):
            label.setFont(text_font(small))
        self.field.setFont(number_font(small))
        self.field.setFixedWidth(FIELD_LETTERS * QFontMetrics(self.field.font()).horizontalAdvance("0"))
        for button in (self.check, self.show_me):
            button.setFont(text_font(size))
        for part in (self.question, self.verdict, self.score):
            part.updateGeometry()
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()  # the bar around it asks for the size at once

    def refresh(self) -> None:
        """Show the question and the last mark."""
        prediction, theme = self._prediction, self._themes.theme
        self.setVisible(prediction.is_on)
        if not prediction.is_on:
            return
        asked = prediction.question
        self.question.show_text(asked.sentence if asked is not None else self._nothing_asked(), theme.text)
        for part in (self.field, self.check, self.show_me):
            part.setEnabled(asked is not None)
        if asked is not None and asked != self._asked:
            self.field.clear()
            self.field.setToolTip(tooltip(f"{HELP}{_sizes(asked)}."))
        self._asked = asked
        self.score.show_text(prediction.score, theme.quiet)
        verdict = prediction.verdict
        marked = prediction.marked
        if verdict is None or marked is None:
            hint = f"A number, right {TOLERANCE}; or + or −{_sizes(asked)}." if asked is not None else ""
            self.verdict.show_text(hint, theme.quiet)
        elif verdict.right is None:
            self.verdict.show_text(verdict.sentence, theme.quiet if verdict.shown else theme.text)
        else:
            mark, color = ("✓", theme.update_text) if verdict.right else ("✗", theme.error)
            self.verdict.show_text(f"{mark} {marked.about}: {verdict.sentence}", color)

    def _nothing_asked(self) -> str:
        """Why there is no question: this step only carries a number on, or all of them are shown."""
        if self._prediction.is_at_end:
            return "All numbers are shown. Go back to predict again."
        return "Nothing to predict at this step. Step on to the next question."

    def showEvent(self, event: QShowEvent) -> None:
        """Be ready for the answer."""
        super().showEvent(event)
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep what is typed here: a field hands Return and arrows on, and the canvas behind would edit the graph."""
        event.setAccepted(event.key() != Qt.Key.Key_Escape)

    def _answer(self) -> None:
        self._prediction.answer(self.field.text())
        self.field.selectAll()
        self.field.setFocus()

    def _reveal(self) -> None:
        """Show the number, and be ready for the next answer."""
        self._prediction.reveal()
        self.field.setFocus()

    def _lay_out(self) -> None:
        asking, marking = QHBoxLayout(), QHBoxLayout()
        asking.addWidget(self.question, 1)
        asking.addWidget(self.field)
        asking.addWidget(self.check)
        asking.addWidget(self.show_me)
        marking.addWidget(self.verdict, 1)
        marking.addWidget(self.score)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 6, 0)
        column.setSpacing(4)
        column.addLayout(marking)  # what was answered stands above what is asked next
        column.addLayout(asking)


def _sizes(asked: Question) -> str:
    """What bigger and smaller compare with, as the end of a sentence; "" where there is nothing."""
    return f"; or bigger or smaller, in size, than {asked.compared}" if asked.before is not None else ""
