"""Training that is about to diverge is told while its numbers are finite; a noisy curve is let be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_studio.session.divergence_watch import DivergenceWatch
from backprop_studio.session.editor_session import EditorSession


def heard(losses: list[float], rate: float = 1.0) -> list[tuple[int, str]]:
    """At which steps something is told, and what, where losses come one by one."""
    watch = DivergenceWatch()
    told = ((step, watch.told(losses[:step], rate)) for step in range(1, len(losses) + 1))
    return [(step, sentence) for step, sentence in told if sentence is not None]


def test_a_loss_that_grows_at_every_step_is_told_once_and_early() -> None:
    found = heard([9.0 * 1.44**step for step in range(200)], 1.1)
    assert len(found) == 1
    step, sentence = found[0]
    assert step < 40
    assert sentence.startswith("The loss grows (9 → ")
    assert "learning rate 1.1" in sentence
    assert "try 0.1" in sentence


def test_a_loss_that_had_fallen_is_told_before_it_is_back_where_it_began() -> None:
    fall = [0.5**step for step in range(40)]
    climb = [fall[-1] * 3.0**step for step in range(1, 40)]
    ((step, _),) = heard(fall + climb)
    assert fall[-1] < (fall + climb)[step - 1] < fall[0]


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_let_be(seed: int) -> None:
    random = np.random.default_rng(seed)
    fall = np.exp(-np.arange(2000) / 200)
    assert heard(list(fall * random.lognormal(0.0, 1.0, 2000))) == []
    assert heard(list(np.abs(random.standard_cauchy(2000)))) == []


def test_spikes_and_a_rise_that_ends_are_let_be() -> None:
    spiky = [1.0] * 500
    spiky[100] = spiky[250] = 1e9
    assert heard(spiky) == []
    assert heard([1.0 + 4.0 * step / 100 for step in range(100)] + [5.0] * 100) == []
    assert heard([0.0] * 50) == []
    assert heard([-(2.0**step) for step in range(60)]) == [], "a loss without a lower bound is no matter of the rate"


def test_it_is_told_while_training_runs(session: EditorSession, qtbot: Any) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    told: list[Any] = []
    session.message.connect(told.append)
    session.training.learning_rate = 1.1
    session.training.steps_per_second = 200.0
    session.training.run()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].severity == "warning"
    assert "about to diverge" in told[0].text
    assert session.training.has_uncommitted_steps, "it is said before anything is not finite"
    session.training.reset()
    assert session.training.warning is None
    session.training.learning_rate = 0.1
    session.training.run(60)
    qtbot.waitUntil(lambda: session.training.state == "paused")
    assert len(told) == 1
