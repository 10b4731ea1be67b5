"""The declaration of an operation: the one place that holds everything the program knows about it.

The palette, the inspector, the explanations, the shape check, graph code, the exports, the
documentation and the gradient tests all read these declarations; none of them knows an operation
by name. Adding an operation means adding one ``Op`` in ``engine/ops``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop_studio.engine.absent import picked, spread, widened, widened_jvp
from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.setting import Setting, Settings, SettingValue

__all__ = [
    "JVP",
    "VJP",
    "Array",
    "Category",
    "Formula",
    "Forward",
    "Input",
    "Op",
    "Registry",
    "Sample",
    "Setting",
    "SettingValue",
    "Settings",
    "Shape",
    "ShapeRule",
    "Spelling",
    "State",
    "Texts",
    "Withheld",
    "registry",
]

Array = NDArray[Any]
Shape = tuple[int, ...]


class Category(Enum):
    """The group an operation stands under in the palette, in palette order."""

    SOURCE = "Inputs"
    ARITHMETIC = "Arithmetic"
    ACTIVATION = "Activations"
    REDUCTION = "Reductions"
    LINEAR_ALGEBRA = "Linear algebra"
    LOSS = "Losses"
    LAYER = "Layers"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of an operation.

    ``differentiable`` is False where no gradient exists by definition (class indices, masks).
    ``indices`` is True where integers are taken as class indices and must stay integers. An ``optional`` input
    may stay unwired: the operation's functions are then given None in its place.
    """

    name: str
    differentiable: bool = True
    indices: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What a call keeps from one training step to the next, such as a running mean.

    Nothing is wired to it and no gradient reaches it. It is an array of ``shape(*shapes of the inputs)`` filled
    with ``initial`` before the first training step. One that ``counts`` is a whole number, kept in float64.
    """

    name: str
    doc: str
    initial: float
    shape: Callable[..., Shape]
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """What gets no gradient by definition, although the result depends on it.

    ``entries(*inputs, **settings)`` gives masks of such entries by the name of the input; ``words`` says what they are,
    with ``$x``-style placeholders for settings.
    """

    entries: Callable[..., Mapping[str, Array]]
    words: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as text and as LaTeX, with ``$x``-style placeholders for what stands in it.

    Placeholders are the operation's input names, its setting names, ``$out`` for its result and
    ``$g`` for the upstream gradient (the gradient of the loss with respect to ``out``). Filling in
    names gives the formula; filling in numbers gives the arithmetic.
    """

    text: str
    latex: str

    def fill(self, parts: Mapping[str, str]) -> str:
        """The text with every placeholder in ``parts`` replaced."""
        return Template(self.text).safe_substitute(parts)

    def fill_latex(self, parts: Mapping[str, str]) -> str:
        """The LaTeX with every placeholder in ``parts`` replaced."""
        return Template(self.latex).safe_substitute(parts)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How other libraries write the call, with placeholders as in Formula; JAX and NumPy with ``only_default`` settings
    at their defaults, where one line cannot say more."""

    torch: str
    jax: str
    numpy: str
    only_default: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Input arrays (float64, or int64 for class indices) and settings on which the operation is shown and tested.

    An optional input may be None. ``state`` is what differs from the initial state.
    """

    inputs: tuple[Array | None, ...]
    settings: Settings
    state: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Texts:
    """The formulas and spellings of a declaration."""

    formula: Formula
    local: tuple[Formula | None, ...]
    gradient: tuple[Formula | None, ...]
    spelling: Spelling


Forward = Callable[..., Array]
"""``forward(*inputs, **settings) -> out``, for arrays of one float type.

Of an operation with state, the settings hold its state as well, here and in the functions below but the shape rule;
of one that draws, its stream.
"""
VJP = Callable[..., Array]
"""``vjp(g, out, *inputs, **settings)``: upstream gradient times local derivative for one input.

The result has the shape of the input, or the broadcast shape; the engine sums it back.
"""
JVP = Callable[..., Array]
"""``jvp(tangents, out, *inputs, **settings)``: the tangent of ``out``, given one tangent an input (zeros if fixed)."""
ShapeRule = Callable[..., Shape]
"""``shape(*shapes, **settings) -> Shape``; raises ShapeError with a sentence."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation.

    ``vjps`` has one entry an input, None where the input is not differentiable. ``local`` is the local derivative
    d(out)/d(input) of each input as a formula (for arrays: the rule that plays its part, such as ``xᵀ g``), and
    ``gradient`` the whole contribution, upstream gradient included. ``elementwise`` says that the local derivative
    acts entry by entry, so that ``contribution = g × local`` holds for every entry. ``differentiable`` is False for
    a source that never receives a gradient (a constant). ``sentence`` tells what the operation does in one plain
    sentence; ``source`` is where its definition comes from.

    ``outputs`` names what it gives. An operation that computes gives one array; only a source may give more, and the
    engine then sees one call for each of them.

    A ``variadic`` operation takes one or more inputs. It declares one input ``x``, which repeats as ``x1``, ``x2`` and
    so on, and one VJP, which takes the input's number as keyword ``slot``; ``$inputs`` (with commas) or ``$terms`` (as
    a sum) stands for all of them in its formula and spelling, and ``$x`` for the one concerned in the others.
    ``formula_for`` and its like give what holds for one call. ``wider`` names the variadic form of one that is none.

    ``advance(*inputs, **settings)`` gives the ``state`` after a training step, by name. A setting of kind "mode" is
    handed to all functions as True (training) or False (evaluation). One that ``draws`` random numbers is also given
    the keyword ``stream``, a number that tells calls of equal settings apart. ``with_inputs`` gives the declaration
    that holds where optional inputs are absent; its formulas are in ``short_texts``, by which inputs are there.
    """

    name: str
    symbol: str
    title: str
    category: Category
    inputs: tuple[Input, ...]
    forward: Forward
    vjps: tuple[VJP | None, ...]
    jvp: JVP | None
    shape: ShapeRule
    formula: Formula
    local: tuple[Formula | None, ...]
    gradient: tuple[Formula | None, ...]
    spelling: Spelling
    samples: tuple[Sample, ...]
    sentence: str
    source: str
    settings: tuple[Setting, ...] = ()
    elementwise: bool = False
    differentiable: bool = True
    synonyms: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ("out",)
    variadic: bool = False
    wider: str | None = None
    refine: Callable[[Op, Sequence[Shape | None], Settings], Op] | None = None
    """Gives the declaration that holds for inputs of certain shapes and certain settings, the mode among them."""
    state: tuple[State, ...] = ()
    advance: Callable[..., Mapping[str, Array]] | None = None
    draws: bool = False
    withheld: Withheld | None = None
    short_texts: Mapping[tuple[bool, ...], Texts] = field(default_factory=dict)
    slots: tuple[int, ...] | None = None
    """Where optional inputs are absent: the declared slot of each input that is there."""

    @property
    def is_source(self) -> bool:
        """True for operations that hold a value instead of computing one."""
        return self.category is Category.SOURCE

    @property
    def mode_setting(self) -> str | None:
        """The name of the setting that tells training from evaluation, where there is one."""
        return next((setting.name for setting in self.settings if setting.kind == "mode"), None)

    def refined(self, shapes: Sequence[Shape | None], settings: Settings) -> Op:
        """The declaration that holds for shapes and settings that the shape rule has accepted."""
        return self if self.refine is None else self.refine(self, shapes, settings)

    def with_inputs(self, there: Sequence[bool]) -> Op:
        """The declaration that holds where some optional inputs are absent: it has only those that are ``there``."""
        if self.variadic or all(there):
            return self
        kept = tuple(slot for slot, is_there in enumerate(there) if is_there)
        count, texts = len(self.inputs), self.short_texts.get(tuple(there))
        texts = texts or Texts(self.formula, picked(self.local, kept), picked(self.gradient, kept), self.spelling)
        refine = self.refine

        def refined(_: Op, shapes: Sequence[Shape | None], settings: Settings) -> Op:
            assert refine is not None
            return refine(self, spread(shapes, kept, count), settings).with_inputs(there)

        return replace(
            self,
            inputs=picked(self.inputs, kept),
            forward=widened(self.forward, kept, count),
            vjps=tuple(None if vjp is None else widened(vjp, kept, count, 2) for vjp in picked(self.vjps, kept)),
            jvp=None if self.jvp is None else widened_jvp(self.jvp, kept, count),
            shape=widened(self.shape, kept, count),
            refine=None if refine is None else refined,
            state=tuple(replace(one, shape=widened(one.shape, kept, count)) for one in self.state),
            advance=None if self.advance is None else widened(self.advance, kept, count),
            short_texts={},
            slots=kept,
            **{name: getattr(texts, name) for name in ("formula", "local", "gradient", "spelling")},
        )

    def declared_slot(self, slot: int) -> int:
        """The slot of the whole declaration that an input of this one stands in."""
        return slot if self.slots is None else self.slots[slot]

    def own_slot(self, declared: int) -> int:
        """The input of this declaration that stands in a slot of the whole one, −1 where it is absent."""
        if self.slots is None:
            return declared
        return self.slots.index(declared) if declared in self.slots else -1

    def input_for(self, slot: int) -> Input:
        """The declaration of an input slot."""
        if self.variadic:
            return replace(self.inputs[0], name=f"{self.inputs[0].name}{slot + 1}")
        return self.inputs[slot]

    def vjp_for(self, slot: int) -> VJP | None:
        """The VJP of an input slot, or None where the input is not differentiable."""
        if self.variadic:
            vjp = self.vjps[0]
            return None if vjp is None else partial(vjp, slot=slot)
        return self.vjps[slot]

    def local_for(self, slot: int) -> Formula | None:
        """The local derivative of an input slot as a formula, or None where there is none."""
        return self._of_slot(self.local[0], slot) if self.variadic else self.local[slot]

    def gradient_for(self, slot: int) -> Formula | None:
        """The contribution of an input slot as a formula, or None where there is none."""
        return self._of_slot(self.gradient[0], slot) if self.variadic else self.gradient[slot]

    def formula_for(self, count: int) -> Formula:
        """The formula of a call with ``count`` inputs."""
        if not self.variadic:
            return self.formula
        parts = self._all_inputs(count)
        return Formula(self.formula.fill(parts), self.formula.fill_latex(parts))

    def spelling_for(self, count: int) -> Spelling:
        """The spellings of a call with ``count`` inputs."""
        if not self.variadic:
            return self.spelling
        parts, spelling = self._all_inputs(count), self.spelling
        torch, jax, numpy = (Template(s).safe_substitute(parts) for s in (spelling.torch, spelling.jax, spelling.numpy))
        return replace(spelling, torch=torch, jax=jax, numpy=numpy)

    def _all_inputs(self, count: int) -> dict[str, str]:
        placeholders = [f"${self.input_for(slot).name}" for slot in range(count)]
        return {"inputs": ", ".join(placeholders), "terms": " + ".join(placeholders)}

    def _of_slot(self, formula: Formula | None, slot: int) -> Formula | None:
        if formula is None:
            return None
        parts = {self.inputs[0].name: f"${self.input_for(slot).name}"}
        return Formula(formula.fill(parts), formula.fill_latex(parts))

    def setting(self, name: str) -> Setting | None:
        """The setting of that name or alias, or None."""
        for setting in self.settings:
            if name == setting.name or name in setting.aliases:
                return setting
        return None

    def complete_settings(self, given: Settings) -> dict[str, SettingValue]:
        """All settings, checked: those given and the defaults of the rest. Raises SettingError."""
        complete = {setting.name: setting.default for setting in self.settings}
        for name, value in given.items():
            setting = self.setting(name)
            if setting is None:
                known = ", ".join(complete) or "none"
                raise SettingError(f"{self.name} has no setting {name}; its settings: {known}.")
            complete[setting.name] = setting.check(value)
        return complete

    def in_mode(self, complete: Mapping[str, SettingValue], training: bool) -> dict[str, SettingValue]:
        """Complete settings with the mode of the whole program where none is set."""
        mode = self.mode_setting
        settings = dict(complete)
        if mode is not None and settings[mode] is None:
            settings[mode] = training
        return settings

    def state_for(self, shapes: Sequence[Shape], dtype: np.dtype, given: Mapping[str, Array]) -> dict[str, Array]:
        """The state of a call: what is ``given`` in the shape that the inputs' shapes ask for, else the initial one."""
        state = {}
        for one in self.state:
            shape, kind = one.shape(*shapes), np.dtype(np.float64) if one.counts else dtype
            held = given.get(one.name)
            fits = held is not None and np.shape(held) == shape
            state[one.name] = np.array(held, kind) if fits else np.full(shape, one.initial, kind)
            state[one.name].flags.writeable = False
        return state


class Registry:
    """All operations by name, in palette order. Filled once, by ``engine/ops``."""

    def __init__(self) -> None:
        self._ops: dict[str, Op] = {}

    def add(self, op: Op) -> Op:
        """Register ``op``; a second operation of the same name is a programming error."""
        if op.name in self._ops:
            raise ValueError(f"operation {op.name} is declared twice")
        self._ops[op.name] = op
        return op

    def __getitem__(self, name: str) -> Op:
        return self._ops[name]

    def __contains__(self, name: object) -> bool:
        return name in self._ops

    def __iter__(self) -> Iterator[Op]:
        return iter(self._ops.values())

    def __len__(self) -> int:
        return len(self._ops)

    def get(self, name: str) -> Op | None:
        """The operation of that name, or None."""
        return self._ops.get(name)


registry = Registry()
