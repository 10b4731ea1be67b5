"""Which passes a timeline plays: those of reverse mode with the stages after them, or forward mode for one number."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.step_rule import StepRule
from backprop_studio.document.tangents import Seed, tangents
from backprop_studio.session.pass_view import PassView
from backprop_studio.session.shown_numbers import ShownNumbers
from backprop_studio.session.tangent_view import TangentView
from backprop_studio.training.optimizers import Setup
from backprop_studio.training.past import Past


@dataclass(frozen=True)
class PassChoice:
    """What a person chose."""

    whole_step: bool = False
    """Do the update and zero_grad follow the passes?"""
    zero_grad: bool = True
    """Are gradients cleared after it? If not, playing again adds to them, as in PyTorch."""
    rule: StepRule = field(default_factory=StepRule)
    seed: Seed | None = None
    """The number that forward mode is played for, None for reverse mode."""

    def view(self, evaluation: Evaluation) -> PassView:
        """How an evaluation is looked at; in reverse mode too where forward mode has no rule for the seed."""
        found = tangents(evaluation, self.seed) if self.seed is not None else None
        if found is not None:
            return TangentView(found)
        return PassView(evaluation, evaluation.step_trace(self.zero_grad) if self.whole_step else None, self.rule)


class ChosenPasses(ShownNumbers):
    """What a timeline plays: looked at anew whenever the choice changes."""

    _choice: PassChoice
    _position: int

    @abstractmethod
    def _settle(self) -> None:
        """Tell of the change."""

    @property
    def whole_step(self) -> bool:
        """Do the update and zero_grad follow the passes?"""
        return self._choice.whole_step

    @property
    def zero_grad(self) -> bool:
        """Are gradients cleared after the update? If not, playing again adds to them, as in PyTorch."""
        return self._choice.zero_grad

    @property
    def rule(self) -> StepRule:
        """How parameters take their step."""
        return self._choice.rule

    @property
    def seed(self) -> Seed | None:
        """The number that forward mode is played for; None while reverse mode is."""
        return self._choice.seed

    def set_stages(self, *, whole_step: bool | None = None, zero_grad: bool | None = None) -> None:
        """Choose which stages follow the passes."""
        choice = self._choice
        whole_step = choice.whole_step if whole_step is None else whole_step
        zero_grad = choice.zero_grad if zero_grad is None else zero_grad
        self._choice = replace(choice, whole_step=whole_step, zero_grad=zero_grad)
        self._renew(0 if zero_grad or not whole_step else choice.rule.kept)

    def set_rule(self, setup: Setup, past: Past | None = None) -> None:
        """Choose how parameters take their step: the optimiser, and what it knows of earlier steps."""
        if (setup, past) != (self.rule.setup, self.rule.past):
            self._choice = replace(self._choice, rule=replace(self.rule, setup=setup, past=past))
            self._renew(self.rule.kept)

    def _renew(self, kept: int) -> None:
        """Look at the same evaluation with other stages, another rule, or ``kept`` passes that were never cleared."""
        self._choice = replace(self._choice, rule=replace(self.rule, kept=kept))
        if self._view is not None:
            self._view = self._choice.view(self._view.evaluation)
            self._position = min(self._position, self.length)
        self._settle()
