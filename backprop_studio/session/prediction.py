"""Predict before seeing: what lies ahead is hidden, the next number is asked for, the answer is marked at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.judging import Verdict
from backprop_studio.document.questions import Question, question
from backprop_studio.session.timeline import Timeline

AGAIN = "not quite; try once more, or have it shown."
WORK_OUT = "not quite; work out {}, or have it shown."


class Prediction(QObject):
    """Asks about the events of a timeline, one after the other, and counts hits. It never edits the graph."""

    changed = Signal()
    """Question, verdict, count or mode changed."""

    def __init__(self, timeline: Timeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._is_on = False
        self._is_moving = False
        self._found: tuple[Evaluation | None, int, Question | None] | None = None
        self.verdict: Verdict | None = None
        """The mark of the last answer."""
        self.marked: Question | None = None
        """What that answer was about."""
        self._tried: Question | None = None
        """What was answered wrongly once, and may be answered once more."""
        self.hits = self.answers = self.shown = 0
        """Right answers, all answers, and numbers that were shown without one."""
        timeline.changed.connect(self._follow)

    @property
    def is_on(self) -> bool:
        """Are numbers asked for before they are shown?"""
        return self._is_on

    @property
    def question(self) -> Question | None:
        """What is asked now; None where the mode is off or nothing is left to ask."""
        timeline = self._timeline
        if not self._is_on or not timeline.is_active or timeline.position >= timeline.length:
            return None
        evaluation, position = timeline.evaluation, timeline.position
        if self._found is None or self._found[0] is not evaluation or self._found[1] != position:
            self._found = (evaluation, position, _question_at(timeline, position))
        return self._found[2]

    @property
    def is_at_end(self) -> bool:
        """Are all numbers of the passes shown? Nothing is asked about the update after them."""
        timeline = self._timeline
        evaluation = timeline.evaluation
        return not timeline.is_active or evaluation is None or timeline.position >= len(evaluation.trace)

    @property
    def score(self) -> str:
        """ "3 of 5 right", of the answers; "3 of 5 right, 1 shown" where a number was shown without one."""
        shown = f", {self.shown} shown" if self.shown else ""
        return f"{self.hits} of {self.answers} right{shown}"

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Begin at the first question, with a fresh count; or stop asking."""
        if on == self._is_on:
            return
        if on and self._timeline.seed is not None:
            self._timeline.set_seed(None)
        self._is_on = on
        self.hits = self.answers = self.shown = 0
        self.verdict = self.marked = self._tried = None
        if on:
            self._seek_question(self._timeline.position if self._timeline.is_active else 0)
        self.changed.emit()

    def answer(self, text: str) -> Verdict | None:
        """Mark an answer. The number is shown once it is right, or wrong for the second time.

        A text that is no answer costs nothing.
        """
        asked = self.question
        if asked is None:
            return None
        verdict = asked.mark(text)
        if verdict.right is False and self._tried != asked:
            self._tried, verdict = asked, Verdict(False, WORK_OUT.format(asked.task) if asked.task else AGAIN)
            self._tell(asked, verdict, on=False)
            return verdict
        if verdict.right is not None:
            self.answers += 1
            self.hits += verdict.right
        self._tell(asked, verdict, on=verdict.right is not None)
        return verdict

    @Slot()
    def reveal(self) -> None:
        """Show the number without an answer: neither right nor wrong."""
        asked = self.question
        if asked is not None:
            self.shown += 1
            told = f"shown: {asked.about} is {asked.arithmetic.removeprefix('= ')}"
            self._tell(asked, Verdict(None, told, shown=True), on=True)

    def _tell(self, asked: Question, verdict: Verdict, *, on: bool) -> None:
        self.verdict, self.marked = verdict, asked
        if on:
            self._seek_question(self._timeline.position + 1)
        self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        """Where playing would run past a question, stand at it instead."""
        if not self._is_on or self._is_moving:
            return
        if not self._timeline.is_active or self._timeline.seed is not None:
            self._is_on = False
        elif self._timeline.is_playing:
            self._timeline.pause()
            self._seek_question(self._timeline.position)
        elif self._timeline.progress > 0.0 and self.question is not None:
            self.reveal()  # a step over a question has its answer shown
            return
        self.changed.emit()

    def _seek_question(self, start: int) -> None:
        """Go on to the next event that can be asked about, or to the end."""
        self._is_moving = True
        try:
            self._timeline.seek(start)
            timeline = self._timeline
            ahead = range(timeline.position, timeline.length)
            timeline.seek(next((at for at in ahead if _question_at(timeline, at) is not None), timeline.length))
        finally:
            self._is_moving = False


def _question_at(timeline: Timeline, position: int) -> Question | None:
    """What can be asked about an event of the passes; nothing is asked about the update, or in forward mode."""
    evaluation = timeline.evaluation
    if evaluation is None or timeline.seed is not None or position >= len(evaluation.trace):
        return None
    return question(evaluation, position)
