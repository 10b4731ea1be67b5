"""Arithmetic, entry by entry, with broadcasting. Gradients at corners are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import elementwise, formulas, sample, times
from backprop_studio.engine.ops.stable import sign

_operation = partial(elementwise, category=Category.ARITHMETIC)
_PAIR = ("x", "y")
_MATRIX, _ROW = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]], [2.0, -0.5, 4.0]


def _added(inputs: Sequence[Array]) -> Array:
    """The sum from left to right; of one array a copy, as no operation's result is its input itself."""
    total: Array = reduce(np.add, inputs) if len(inputs) > 1 else np.positive(inputs[0])
    return total


def _power_vjp_base(g: Array, out: Array, x: Array, exponent: Array) -> Array:
    return np.where(exponent == 0, 0.0, g * (exponent * np.power(x, exponent - 1)))


def _power_vjp_exponent(g: Array, out: Array, x: Array, exponent: Array) -> Array:
    return np.where((x == 0) & (exponent >= 0), 0.0, g * (out * np.log(x)))


add = _operation(
    "add", "+", "Add",
    inputs=_PAIR,
    forward=np.add,
    vjps=(lambda g, out, x, y: g, lambda g, out, x, y: g),
    formula=Formula("$x + $y", "$x + $y"),
    rules=(times("1", "1"), times("1", "1")),
    spelling=Spelling("$x + $y", "$x + $y", "$x + $y"),
    samples=(sample(2.0, 3.0), sample(_MATRIX, _MATRIX), sample(_MATRIX, _ROW)),
    sentence="Adds two values; the upstream gradient passes unchanged to both.",
    source="PyTorch: torch.add; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5",
    synonyms=("plus", "sum", "+", "bias"),
    wider="add_n",
)  # fmt: skip
_LOCAL, _GRADIENT = formulas((times("1", "1"),))
add_n = registry.add(
    Op(
        name="add_n", symbol="+", title="Sum of several", category=Category.ARITHMETIC, inputs=(Input("x"),),
        forward=lambda *inputs: _added(inputs),
        vjps=(lambda g, out, *inputs, slot: g,),
        jvp=lambda tangents, out, *inputs: _added(tangents),
        shape=shapes.broadcast,
        formula=Formula("$terms", "$terms"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling("$terms", "$terms", "$terms"),
        samples=(
            sample(2.0, 3.0), sample(2.0, 3.0, -1.5), sample(_MATRIX, _ROW, 0.5),
            sample([[1.0], [2.0]], _ROW, _MATRIX, -1.0), sample(2.0), sample(_ROW),
        ),
        sentence="Adds any number of values, left to right; the upstream gradient passes unchanged to each.",
        source="PyTorch: torch.add, repeated; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5",
        synonyms=("add", "plus", "sum", "total"),
        elementwise=True,
        variadic=True,
    )
)  # fmt: skip

subtract = _operation(
    "subtract", "−", "Subtract",
    inputs=_PAIR,
    forward=np.subtract,
    vjps=(lambda g, out, x, y: g, lambda g, out, x, y: -g),
    formula=Formula("$x − $y", "$x - $y"),
    rules=(times("1", "1"), times("(−1)", "(-1)")),
    spelling=Spelling("$x - $y", "$x - $y", "$x - $y"),
    samples=(sample(2.0, 3.0), sample(_MATRIX, _MATRIX), sample(_ROW, _MATRIX)),
    sentence="Subtracts the second value from the first; the second receives the gradient with its sign changed.",
    source="PyTorch: torch.sub; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5",
    synonyms=("minus", "difference", "-"),
)  # fmt: skip

multiply = _operation(
    "multiply", "×", "Multiply",
    inputs=_PAIR,
    forward=np.multiply,
    vjps=(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
    formula=Formula("$x × $y", r"$x \cdot $y"),
    rules=(times("$y", "$y"), times("$x", "$x")),
    spelling=Spelling("$x * $y", "$x * $y", "$x * $y"),
    samples=(sample(2.0, 3.0), sample(_MATRIX, _MATRIX), sample(_MATRIX, _ROW)),
    sentence="Multiplies two values entry by entry; each receives the upstream gradient times the other.",
    source="PyTorch: torch.mul; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5",
    synonyms=("times", "product", "mul", "*", "hadamard"),
)  # fmt: skip

divide = _operation(
    "divide", "÷", "Divide",
    inputs=_PAIR,
    forward=np.true_divide,
    vjps=(lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y),
    formula=Formula("$x / $y", r"\frac{$x}{$y}"),
    rules=(
        ("1 / $y", r"\frac{1}{$y}", "$g / $y", r"\frac{$g}{$y}"),
        ("−$x / $y²", r"-\frac{$x}{{$y}^{2}}", "$g × (−$x / $y²)", r"-$g \cdot \frac{$x}{{$y}^{2}}"),
    ),
    spelling=Spelling("$x / $y", "$x / $y", "$x / $y"),
    samples=(sample(2.0, 4.0), sample(_MATRIX, _MATRIX), sample(_MATRIX, _ROW)),
    sentence="Divides the first value by the second, entry by entry.",
    source="PyTorch: torch.div; Stewart, Calculus, the quotient rule",
    synonyms=("quotient", "fraction", "/", "div"),
)  # fmt: skip

negative = _operation(
    "negative", "−x", "Negative",
    inputs=("x",),
    forward=np.negative,
    vjps=(lambda g, out, x: -g,),
    formula=Formula("−$x", "-$x"),
    rules=(times("(−1)", "(-1)"),),
    spelling=Spelling("-$x", "-$x", "-$x"),
    samples=(sample(2.0), sample(_MATRIX)),
    sentence="Changes the sign of a value, and that of the gradient.",
    source="PyTorch: torch.neg",
    synonyms=("minus", "neg", "opposite"),
)  # fmt: skip

power = _operation(
    "power", "xⁿ", "Power",
    inputs=("x", "exponent"),
    forward=np.power,
    vjps=(_power_vjp_base, _power_vjp_exponent),
    formula=Formula("$x^$exponent", "{$x}^{$exponent}"),
    rules=(
        times("$exponent × $x^($exponent − 1)", r"$exponent \cdot {$x}^{$exponent - 1}"),
        times("$out × ln $x", r"$out \cdot \ln $x"),
    ),
    spelling=Spelling("$x ** $exponent", "$x ** $exponent", "$x ** $exponent"),
    samples=(
        sample(2.0, 3.0), sample([[1.5, 2.0, 0.5], [3.0, 0.25, 1.0]], [2.0, -0.5, 3.0]),
        sample([0.5, 2.0], [1.5, -1.0]),
    ),
    sentence="Raises a value to a power; for a negative base only the base has a gradient.",
    source="PyTorch: torch.pow; Stewart, Calculus, the power rule and derivatives of exponential functions",
    synonyms=("pow", "exponent", "**", "^"),
)  # fmt: skip

square = _operation(
    "square", "x²", "Square",
    inputs=("x",),
    forward=np.square,
    vjps=(lambda g, out, x: g * (2.0 * x),),
    formula=Formula("$x²", "{$x}^{2}"),
    rules=(times("2 × $x", r"2 \cdot $x"),),
    spelling=Spelling("torch.square($x)", "jnp.square($x)", "np.square($x)"),
    samples=(sample(3.0), sample(_MATRIX)),
    sentence="Multiplies a value by itself; the local derivative is twice the value.",
    source="PyTorch: torch.square; Stewart, Calculus, the power rule",
    synonyms=("squared", "x2", "pow"),
)  # fmt: skip

sqrt = _operation(
    "sqrt", "√", "Square root",
    inputs=("x",),
    forward=np.sqrt,
    vjps=(lambda g, out, x: g / (2.0 * out),),
    formula=Formula("√$x", r"\sqrt{$x}"),
    rules=(("1 / (2 × $out)", r"\frac{1}{2 \cdot $out}", "$g / (2 × $out)", r"\frac{$g}{2 \cdot $out}"),),
    spelling=Spelling("torch.sqrt($x)", "jnp.sqrt($x)", "np.sqrt($x)"),
    samples=(sample(4.0), sample([[1.0, 2.0], [0.25, 9.0]])),
    sentence="Takes the square root; negative values give NaN, and the slope at 0 is infinite.",
    source="PyTorch: torch.sqrt; Stewart, Calculus, the power rule",
    synonyms=("root", "radical"),
)  # fmt: skip

exp = _operation(
    "exp", "exp", "Exponential",
    inputs=("x",),
    forward=np.exp,
    vjps=(lambda g, out, x: g * out,),
    formula=Formula("exp($x)", "e^{$x}"),
    rules=(times("$out", "$out"),),
    spelling=Spelling("torch.exp($x)", "jnp.exp($x)", "np.exp($x)"),
    samples=(sample(1.0), sample(_MATRIX)),
    sentence="Raises e to the value; the result is its own local derivative.",
    source="PyTorch: torch.exp; Stewart, Calculus, derivatives of exponential functions",
    synonyms=("e", "exponential"),
)  # fmt: skip

log = _operation(
    "log", "ln", "Natural logarithm",
    inputs=("x",),
    forward=np.log,
    vjps=(lambda g, out, x: g / x,),
    formula=Formula("ln $x", r"\ln $x"),
    rules=(("1 / $x", r"\frac{1}{$x}", "$g / $x", r"\frac{$g}{$x}"),),
    spelling=Spelling("torch.log($x)", "jnp.log($x)", "np.log($x)"),
    samples=(sample(2.0), sample([[1.0, 2.0], [0.25, 9.0]])),
    sentence="Takes the logarithm to base e; 0 gives −∞ and negative values give NaN.",
    source="PyTorch: torch.log; Stewart, Calculus, derivatives of logarithmic functions",
    synonyms=("ln", "logarithm"),
)  # fmt: skip

absolute = _operation(
    "absolute", "|x|", "Absolute value",
    inputs=("x",),
    forward=np.absolute,
    vjps=(lambda g, out, x: g * sign(x),),
    formula=Formula("|$x|", r"\left|$x\right|"),
    rules=(times("sign($x)", r"\operatorname{sign}($x)"),),
    spelling=Spelling("torch.abs($x)", "jnp.abs($x)", "np.abs($x)"),
    samples=(sample(-2.0), sample(_MATRIX)),
    sentence="Drops the sign; the gradient at 0, where the slope jumps, is taken as 0.",
    source="PyTorch: torch.abs",
    synonyms=("abs", "modulus", "magnitude"),
)  # fmt: skip

maximum = _operation(
    "maximum", "max", "Maximum",
    inputs=_PAIR,
    forward=np.maximum,
    vjps=(
        lambda g, out, x, y: np.where(x == y, g / 2.0, np.where(x < y, 0.0, g)),
        lambda g, out, x, y: np.where(x == y, g / 2.0, np.where(x > y, 0.0, g)),
    ),
    formula=Formula("max($x, $y)", r"\max($x, $y)"),
    rules=(
        times("(1 if $x > $y, ½ if equal, else 0)", r"[$x > $y]"),
        times("(1 if $y > $x, ½ if equal, else 0)", r"[$y > $x]"),
    ),
    spelling=Spelling("torch.maximum($x, $y)", "jnp.maximum($x, $y)", "np.maximum($x, $y)"),
    samples=(sample(2.0, 3.0), sample(_MATRIX, _ROW), sample([1.0, -1.0], [0.0, 2.0])),
    sentence="Takes the larger of two values, which alone receives the gradient; equal values share it evenly.",
    source="PyTorch: torch.maximum",
    synonyms=("max", "larger", "greater"),
)  # fmt: skip

minimum = _operation(
    "minimum", "min", "Minimum",
    inputs=_PAIR,
    forward=np.minimum,
    vjps=(
        lambda g, out, x, y: np.where(x == y, g / 2.0, np.where(x > y, 0.0, g)),
        lambda g, out, x, y: np.where(x == y, g / 2.0, np.where(x < y, 0.0, g)),
    ),
    formula=Formula("min($x, $y)", r"\min($x, $y)"),
    rules=(
        times("(1 if $x < $y, ½ if equal, else 0)", r"[$x < $y]"),
        times("(1 if $y < $x, ½ if equal, else 0)", r"[$y < $x]"),
    ),
    spelling=Spelling("torch.minimum($x, $y)", "jnp.minimum($x, $y)", "np.minimum($x, $y)"),
    samples=(sample(2.0, 3.0), sample(_MATRIX, _ROW), sample([1.0, -1.0], [0.0, 2.0])),
    sentence="Takes the smaller of two values, which alone receives the gradient; equal values share it evenly.",
    source="PyTorch: torch.minimum",
    synonyms=("min", "smaller", "less"),
)  # fmt: skip

sin = _operation(
    "sin", "sin", "Sine",
    inputs=("x",),
    forward=np.sin,
    vjps=(lambda g, out, x: g * np.cos(x),),
    formula=Formula("sin($x)", r"\sin($x)"),
    rules=(times("cos($x)", r"\cos($x)"),),
    spelling=Spelling("torch.sin($x)", "jnp.sin($x)", "np.sin($x)"),
    samples=(sample(1.0), sample(_MATRIX)),
    sentence="Takes the sine of an angle in radians.",
    source="PyTorch: torch.sin; Stewart, Calculus, derivatives of trigonometric functions",
    synonyms=("sine", "trigonometry"),
)  # fmt: skip

cos = _operation(
    "cos", "cos", "Cosine",
    inputs=("x",),
    forward=np.cos,
    vjps=(lambda g, out, x: -g * np.sin(x),),
    formula=Formula("cos($x)", r"\cos($x)"),
    rules=(times("(−sin($x))", r"(-\sin($x))"),),
    spelling=Spelling("torch.cos($x)", "jnp.cos($x)", "np.cos($x)"),
    samples=(sample(1.0), sample(_MATRIX)),
    sentence="Takes the cosine of an angle in radians.",
    source="PyTorch: torch.cos; Stewart, Calculus, derivatives of trigonometric functions",
    synonyms=("cosine", "trigonometry"),
)  # fmt: skip


def _clamp_shape(shape: Shape, *, min: float | None, max: float | None) -> Shape:
    if min is None and max is None:
        raise SettingError("clamp has no bound; set min, max or both.")
    return shape


def _clamp(x: Array, *, min: float | None, max: float | None) -> Array:
    bounded = x if min is None else np.maximum(x, min)
    return bounded if max is None else np.minimum(bounded, max)


def _clamp_vjp(g: Array, out: Array, x: Array, *, min: float | None, max: float | None) -> Array:
    passed = g if min is None else np.where(x >= min, g, 0.0)
    return passed if max is None else np.where(x <= max, passed, 0.0)


clamp = _operation(
    "clamp", "clamp", "Clamp",
    inputs=("x",),
    forward=_clamp,
    vjps=(_clamp_vjp,),
    formula=Formula("clamp($x, $min, $max)", r"\operatorname{clamp}($x, $min, $max)"),
    rules=(times("(1 if $x within the bounds else 0)", r"[$min \le $x \le $max]"),),
    spelling=Spelling(
        "torch.clamp($x, min=$min, max=$max)", "jnp.clip($x, $min, $max)", "np.clip($x, $min, $max)"
    ),
    samples=(sample(0.7, min=0.0), sample(_MATRIX, min=-1.0, max=0.75), sample(_MATRIX, max=0.75)),
    sentence="Cuts values off at a lower and an upper bound; where it cuts, no gradient passes.",
    source="PyTorch: torch.clamp",
    settings=(
        Setting("min", "float", None, "Lower bound; None for none."),
        Setting("max", "float", None, "Upper bound; None for none."),
    ),
    shape=_clamp_shape,
    synonyms=("clip", "bound", "limit"),
)  # fmt: skip


def _where(condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition != 0, x, y)


where = _operation(
    "where", "? :", "Where",
    inputs=("condition", "x", "y"),
    forward=_where,
    vjps=(
        None,
        lambda g, out, condition, x, y: np.where(condition != 0, g, 0.0),
        lambda g, out, condition, x, y: np.where(condition != 0, 0.0, g),
    ),
    formula=Formula("$x if $condition else $y", r"\begin{cases}$x & $condition \\ $y & \text{otherwise}\end{cases}"),
    rules=(
        None,
        times("(1 if $condition else 0)", r"[$condition]"),
        times("(0 if $condition else 1)", r"[\lnot $condition]"),
    ),
    spelling=Spelling(
        "torch.where($condition != 0, $x, $y)",
        "jnp.where($condition != 0, $x, $y)",
        "np.where($condition != 0, $x, $y)",
    ),
    samples=(
        sample(1.0, 2.0, 3.0), sample([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]], _MATRIX, _ROW),
        sample([1.0, 0.0], 2.0, 3.0),
    ),
    sentence="Takes x where the condition is not 0, else y; only the value taken receives the gradient.",
    source="PyTorch: torch.where",
    synonyms=("if", "select", "choose", "mask", "condition"),
)  # fmt: skip
