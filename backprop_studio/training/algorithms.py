"""The declarations of the optimisers: settings, and the equations of one step, each as formula and as code.

An equation stands in one place as what is read (text and LaTeX) and as what is computed. A step works them off
in order, each with what those before it have left; explanations fill in the numbers of that very moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_studio.engine.op import Formula
from backprop_studio.engine.setting import Setting

Scope = Mapping[str, Any]
"""What the equations read, by name: settings, ``theta`` (parameters), ``g`` (gradient), ``t`` (number of the step).

``all`` is the gradient of all parameters, also where the others stand for one of them."""

SYMBOLS: Mapping[str, Formula] = {
    "theta": Formula("θ", r"\theta"),
    "g": Formula("g", "g"),
    "t": Formula("t", "t"),
    "lr": Formula("η", r"\eta"),
    "momentum": Formula("μ", r"\mu"),
    "alpha": Formula("α", r"\alpha"),
    "beta1": Formula("β₁", r"\beta_{1}"),
    "beta2": Formula("β₂", r"\beta_{2}"),
    "eps": Formula("ε", r"\varepsilon"),
    "weight_decay": Formula("λ", r"\lambda"),
    "max_norm": Formula("c", "c"),
    "norm": Formula("‖g‖", r"\Vert g \Vert"),
    "share": Formula("k", "k"),
    "v": Formula("v", "v"),
    "s": Formula("s", "s"),
    "m": Formula("m", "m"),
    "m_hat": Formula("m̂", r"\hat{m}"),
    "v_hat": Formula("v̂", r"\hat{v}"),
}
"""How each name stands in a formula."""

TITLES: Mapping[str, str] = {
    "lr": "Learning rate",
    "momentum": "Momentum μ",
    "alpha": "Smoothing α",
    "beta1": "Decay β₁",
    "beta2": "Decay β₂",
    "eps": "Epsilon ε",
    "weight_decay": "Weight decay λ",
    "max_norm": "Clip norm at c",
}
"""What each setting is called."""


@dataclass(frozen=True, slots=True)
class Equation:
    """``target`` ← ``formula``. ``needs`` names a setting that is above 0 where the equation takes part at all."""

    target: str
    formula: Formula
    compute: Callable[[Scope], Any]
    sentence: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One optimiser. ``kept`` names what one step hands on to the next: it begins at 0.

    Algorithms of one ``family`` want learning rates of one size.
    """

    name: str
    title: str
    sentence: str
    family: str
    settings: tuple[Setting, ...]
    equations: tuple[Equation, ...]
    kept: tuple[str, ...] = ()

    def setting(self, name: str) -> Setting:
        """One setting by its name. Raises KeyError."""
        return {each.name: each for each in self.settings}[name]

    def equations_for(self, values: Mapping[str, float]) -> tuple[Equation, ...]:
        """The equations that take part with these settings."""
        return tuple(each for each in self.equations if not each.needs or values[each.needs] > 0.0)


def _norm(scope: Scope) -> Any:
    return np.sqrt(np.add.reduce(np.square(scope["all"]), axis=None))


def _rate(default: float) -> Setting:
    return Setting("lr", "float", default, "How far a step goes, such as 0.5 or 1e-3.", minimum=0.0)


def _decay(default: float, doc: str) -> Setting:
    return Setting("weight_decay", "float", default, doc, minimum=0.0)


_L2 = _decay(0.0, "Weight decay: so many times the parameter is added to its gradient (L2 penalty). 0 leaves it out.")
_EPS = Setting("eps", "float", 1e-8, "Added below the fraction bar, so that nothing is divided by 0.", minimum=0.0)
_CLIP = Setting(
    "max_norm", "float", 0.0, "Gradients whose common norm is larger are scaled down to it. 0 leaves it out.",
    minimum=0.0,
)  # fmt: skip
_MOMENTUM = Setting("momentum", "float", 0.9, "The share of its speed that a step keeps.", minimum=0.0, maximum=1.0)


def _beta(name: str, default: float, of: str) -> Setting:
    doc = f"How much of the running mean of {of} one step keeps."
    # At 1 the correction for the start at 0 would divide by 0.
    return Setting(name, "float", default, doc, minimum=0.0, maximum=0.99999)


_CLIPPING = (
    Equation(
        "norm", Formula("√Σ$g²", r"\sqrt{\textstyle\sum $g^{2}}"), _norm,
        "The norm of the gradient, over all parameters together.", "max_norm",
    ),
    Equation(
        # PyTorch's clip_grad_norm_ adds 1e-6, so that a gradient of 0 divides nothing by 0.
        "share",
        Formula("min(1, $max_norm / ($norm + 10⁻⁶))", r"\min\left(1, \frac{$max_norm}{$norm + 10^{-6}}\right)"),
        lambda of: np.minimum(1.0, of["max_norm"] / (of["norm"] + 1e-6)),
        "Where the norm is larger than it may be, every gradient is scaled down alike.", "max_norm",
    ),
    Equation(
        "g", Formula("$share × $g", r"$share \cdot $g"), lambda of: (of["g"] * of["share"]).astype(of["g"].dtype),
        "The gradient, clipped.", "max_norm",
    ),
)  # fmt: skip
_PENALTY = Equation(
    "g", Formula("$g + $weight_decay × $theta", r"$g + $weight_decay \cdot $theta"),
    lambda of: of["g"] + of["weight_decay"] * of["theta"],
    "Weight decay pulls every parameter towards 0.", "weight_decay",
)  # fmt: skip
_VELOCITY = Equation(
    "v", Formula("$momentum × $v + $g", r"$momentum \cdot $v + $g"), lambda of: of["momentum"] * of["v"] + of["g"],
    "The velocity: what is left of the last steps, and the gradient.",
)  # fmt: skip
_ALONG_GRADIENT = Equation(
    "theta", Formula("$theta − $lr × $g", r"$theta - $lr \cdot $g"), lambda of: of["theta"] - of["lr"] * of["g"],
    "The step goes against the gradient.",
)  # fmt: skip
_ADAPTIVE = (
    Equation(
        "m", Formula("$beta1 × $m + (1 − $beta1) × $g", r"$beta1 \cdot $m + (1 - $beta1) \cdot $g"),
        lambda of: of["beta1"] * of["m"] + (1.0 - of["beta1"]) * of["g"],
        "The running mean of the gradient.",
    ),
    Equation(
        "v", Formula("$beta2 × $v + (1 − $beta2) × $g²", r"$beta2 \cdot $v + (1 - $beta2) \cdot {$g}^{2}"),
        lambda of: of["beta2"] * of["v"] + (1.0 - of["beta2"]) * of["g"] * of["g"],
        "The running mean of its square.",
    ),
    Equation(
        "m_hat", Formula("$m / (1 − $beta1^$t)", r"\frac{$m}{1 - {$beta1}^{$t}}"),
        lambda of: of["m"] / (1.0 - of["beta1"] ** of["t"]),
        "Corrected for its start at 0.",
    ),
    Equation(
        "v_hat", Formula("$v / (1 − $beta2^$t)", r"\frac{$v}{1 - {$beta2}^{$t}}"),
        lambda of: of["v"] / (1.0 - of["beta2"] ** of["t"]),
        "Corrected for its start at 0.",
    ),
    Equation(
        "theta",
        Formula("$theta − $lr × $m_hat / (√$v_hat + $eps)", r"$theta - $lr \cdot \frac{$m_hat}{\sqrt{$v_hat} + $eps}"),
        lambda of: of["theta"] - of["lr"] * of["m_hat"] / (np.sqrt(of["v_hat"]) + of["eps"]),
        "The step goes against the mean gradient, as long as the gradient is steady.",
    ),
)  # fmt: skip
_BETAS = (_beta("beta1", 0.9, "the gradient"), _beta("beta2", 0.999, "its square"))

_DECLARED = (
    Algorithm(
        "sgd", "SGD", "Gradient descent: every step goes against the gradient.", "sgd",
        (_rate(1e-3), _L2, _CLIP), (*_CLIPPING, _PENALTY, _ALONG_GRADIENT),
    ),
    Algorithm(
        "momentum", "Momentum", "Gradient descent with momentum: a step keeps part of its speed (heavy ball).", "sgd",
        (_rate(1e-3), _MOMENTUM, _L2, _CLIP),
        (
            *_CLIPPING, _PENALTY, _VELOCITY,
            Equation(
                "theta", Formula("$theta − $lr × $v", r"$theta - $lr \cdot $v"),
                lambda of: of["theta"] - of["lr"] * of["v"], "The step goes against the velocity.",
            ),
        ),
        ("v",),
    ),
    Algorithm(
        "nesterov", "Nesterov", "Momentum that looks one step ahead (Nesterov's).", "sgd",
        (_rate(1e-3), _MOMENTUM, _L2, _CLIP),
        (
            *_CLIPPING, _PENALTY, _VELOCITY,
            Equation(
                "g", Formula("$g + $momentum × $v", r"$g + $momentum \cdot $v"),
                lambda of: of["g"] + of["momentum"] * of["v"], "The gradient, as if the velocity had acted once more.",
            ),
            _ALONG_GRADIENT,
        ),
        ("v",),
    ),
    Algorithm(
        "rmsprop", "RMSProp", "Divides the gradient by a running root mean square of itself.", "rmsprop",
        (_rate(1e-2), Setting("alpha", "float", 0.99, "How much of the mean square a step keeps.",
                              minimum=0.0, maximum=1.0), _EPS, _L2, _CLIP),
        (
            *_CLIPPING, _PENALTY,
            Equation(
                "s", Formula("$alpha × $s + (1 − $alpha) × $g²", r"$alpha \cdot $s + (1 - $alpha) \cdot {$g}^{2}"),
                lambda of: of["alpha"] * of["s"] + (1.0 - of["alpha"]) * of["g"] * of["g"],
                "The running mean of the gradient's square.",
            ),
            Equation(
                "theta", Formula("$theta − $lr × $g / (√$s + $eps)", r"$theta - $lr \cdot \frac{$g}{\sqrt{$s} + $eps}"),
                lambda of: of["theta"] - of["lr"] * of["g"] / (np.sqrt(of["s"]) + of["eps"]),
                "The step is about as long for small gradients as for large ones.",
            ),
        ),
        ("s",),
    ),
    Algorithm(
        "adam", "Adam", "Adaptive moments: running means of the gradient and of its square.", "adam",
        (_rate(1e-3), *_BETAS, _EPS, _L2, _CLIP), (*_CLIPPING, _PENALTY, *_ADAPTIVE), ("m", "v"),
    ),
    Algorithm(
        "adamw", "AdamW", "Adam whose weight decay acts on the parameters themselves, not on the gradient.", "adam",
        (_rate(1e-3), *_BETAS, _EPS,
         _decay(1e-2, "Weight decay: a step shrinks every parameter by this times the learning rate. 0: not at all."),
         _CLIP),
        (
            *_CLIPPING,
            Equation(
                "theta", Formula("$theta × (1 − $lr × $weight_decay)", r"$theta \cdot (1 - $lr \cdot $weight_decay)"),
                lambda of: of["theta"] * (1.0 - of["lr"] * of["weight_decay"]),
                "Weight decay shrinks the parameter itself.", "weight_decay",
            ),
            *_ADAPTIVE,
        ),
        ("m", "v"),
    ),
)  # fmt: skip

ALGORITHMS: Mapping[str, Algorithm] = {each.name: each for each in _DECLARED}
"""The optimisers by name; all defaults are PyTorch's."""
