"""The declaration of an operation: the one place that holds everything the program knows about it.

The palette, the inspector, the explanations, the shape check, graph code, the exports, the
documentation and the gradient tests all read these declarations; none of them knows an operation
by name. Adding an operation means adding one ``Op`` in ``engine/ops``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from string import Template
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.indexing import read_index, write_index

Array = NDArray[Any]
Shape = tuple[int, ...]
SettingValue = float | int | bool | str | tuple[int, ...] | None
Settings = Mapping[str, SettingValue]


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
    ``indices`` is True where integers are taken as class indices and must stay integers.
    """

    name: str
    differentiable: bool = True
    indices: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One keyword setting of an operation, with its default and the range it allows.

    ``kind`` is "float", "int", "bool", "choice", "axis" (None, an int or a tuple of ints) or
    "shape" (a tuple of ints, at least ``minimum``, else 0; or None) or "index" (a constant index such
    as "0, 1:3", kept as text). A number whose default is None may be None. ``aliases`` are other
    spellings accepted in graph code, such as PyTorch's ``dim`` for ``axis``.
    """

    name: str
    kind: Literal["float", "int", "bool", "choice", "axis", "shape", "index"]
    default: SettingValue
    doc: str = ""
    minimum: float | None = None
    above: float | None = None
    """Exclusive lower bound."""
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def check(self, value: Any) -> SettingValue:
        """Return ``value`` in its canonical type, or raise SettingError naming setting and range."""
        if value is None and self.default is None:
            return None
        checked = self._convert(value)
        if isinstance(checked, int | float) and not isinstance(checked, bool) and self.kind in ("float", "int"):
            low = self.minimum is not None and checked < self.minimum
            low = low or (self.above is not None and checked <= self.above)
            if low or (self.maximum is not None and checked > self.maximum) or not np.isfinite(checked):
                raise self._refusal(value)
        return checked

    def allowed(self) -> str:
        """What the setting takes, in words, such as "a number above 0"."""
        if self.kind == "choice":
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        words = {
            "float": "a number",
            "int": "a whole number",
            "bool": "True or False",
            "axis": "an axis, a tuple of axes or None",
            "shape": "a tuple of sizes such as (2, 8)",
            "index": "an index such as 0 or 1:3, ... (steps at least 1)",
        }[self.kind]
        bounds = []
        if self.minimum is not None:
            bounds.append(f"at least {self.minimum:g}")
        if self.above is not None:
            bounds.append(f"above {self.above:g}")
        if self.maximum is not None:
            bounds.append(f"at most {self.maximum:g}")
        if self.default is None and self.kind in ("float", "int"):
            words += " or None"
        return " ".join([words, " and ".join(bounds)]).strip()

    def code(self, value: SettingValue) -> str:
        """A value of the setting as Python source, as it stands in a spelling."""
        return str(value) if self.kind == "index" else repr(value)

    def _refusal(self, value: Any) -> SettingError:
        shown = repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        return SettingError(f"The setting {self.name} takes {self.allowed()}, not {shown}.")

    def _convert(self, value: Any) -> SettingValue:
        is_int = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if isinstance(value, float) and value.is_integer() and self.kind in ("int", "axis"):
            value, is_int = int(value), True
        if self.kind == "float" and (is_int or isinstance(value, float | np.floating)):
            return float(value)
        if self.kind == "int" and is_int:
            return int(value)
        if self.kind == "bool" and isinstance(value, bool | np.bool_):
            return bool(value)
        if self.kind == "choice" and value in self.choices:
            return str(value)
        if self.kind == "index":
            return self._index(value)
        if self.kind in ("axis", "shape"):
            if value is None:
                return None
            if is_int:
                return int(value) if self.kind == "axis" else self._sizes(value, (value,))
            if isinstance(value, list | tuple) and all(isinstance(v, int) and not isinstance(v, bool) for v in value):
                return tuple(value) if self.kind == "axis" else self._sizes(value, value)
        raise self._refusal(value)

    def _sizes(self, value: Any, sizes: Iterable[int]) -> tuple[int, ...]:
        checked = tuple(int(size) for size in sizes)
        if any(size < (self.minimum or 0) for size in checked):
            raise self._refusal(value)
        return checked

    def _index(self, value: Any) -> str:
        given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(given, str):
            raise self._refusal(value)
        try:
            return write_index(read_index(given))
        except ValueError as error:
            raise SettingError(f"The setting {self.name} takes {self.allowed()}: {error}.") from None


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
    """How other libraries write the call, with ``$x``-style placeholders as in Formula."""

    torch: str
    jax: str
    numpy: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Input arrays (float64, or int64 for class indices) and settings on which the operation is shown and tested."""

    inputs: tuple[Array, ...]
    settings: Settings


Forward = Callable[..., Array]
"""``forward(*inputs, **settings) -> out``, for arrays of one float type."""
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

    ``vjps`` has one entry an input, None where the input is not differentiable. ``local`` is the
    local derivative d(out)/d(input) of each input as a formula (for arrays: the rule that plays its
    part, such as ``xᵀ g``), and ``gradient`` the whole contribution, upstream gradient included.
    ``elementwise`` says that the local derivative acts entry by entry, so that
    ``contribution = g × local`` holds for every entry. ``differentiable`` is False for a source that never
    receives a gradient (a constant). ``sentence`` tells what the operation does in one plain
    sentence; ``source`` is where its definition comes from.

    A ``variadic`` operation takes one or more inputs. It declares one input ``x``, which repeats as
    ``x1``, ``x2`` and so on, and one VJP, which takes the input's number as keyword ``slot``; ``$inputs``
    stands for all of them in its formula and spelling, and ``$x`` for the one concerned in the others.
    ``formula_for`` and its like give what holds for one call.
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
    variadic: bool = False
    refine: Callable[[Op, tuple[Shape, ...]], Op] | None = None
    """Gives the declaration that holds for inputs of certain shapes, where that differs from this one."""

    @property
    def is_source(self) -> bool:
        """True for operations that hold a value instead of computing one."""
        return self.category is Category.SOURCE

    def refined(self, shapes: tuple[Shape, ...]) -> Op:
        """The declaration that holds for inputs of these shapes, which the shape rule has accepted."""
        return self if self.refine is None else self.refine(self, shapes)

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
        return Spelling(*(Template(s).safe_substitute(parts) for s in (spelling.torch, spelling.jax, spelling.numpy)))

    def _all_inputs(self, count: int) -> dict[str, str]:
        return {"inputs": ", ".join(f"${self.input_for(slot).name}" for slot in range(count))}

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
