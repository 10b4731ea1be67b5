"""Explaining what is selected, and checking the gradients of the whole graph."""

from __future__ import annotations

from collections.abc import Callable

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.gradient_checker import GradientChecker
from backprop_studio.ui.panels.explanation import ExplanationPanel


class CheckCommands:
    """Shows the explanation, which ``bring_forward`` raises: of what is selected, or with the check of every source."""

    def __init__(
        self,
        session: EditorSession,
        checker: GradientChecker,
        explanation: ExplanationPanel,
        bring_forward: Callable[[], None],
    ) -> None:
        self._session, self._checker = session, checker
        self._explanation, self._bring_forward = explanation, bring_forward

    def explain_this(self) -> None:
        """Explain what is selected."""
        self._bring_forward()

    def check_gradients(self) -> None:
        """Check every source and show the list."""
        if not self._session.timeline.is_active:
            self._session.clear_selection()  # what is told of the whole graph is told while nothing is selected
        self._bring_forward()
        self._checker.check_all()
        self._explanation.show_checks()
