"""Names and numbers as they stand in formulas, as text and as LaTeX, and formulas with numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.formula_text import fill_numbers
from backprop_studio.document.number_text import MINUS, equals_sign, number, size_words
from backprop_studio.engine.op import Array, Formula, Shape

_PLACEHOLDER = re.compile(r"\$([a-z_][a-z0-9_]*)", re.ASCII)
_RELATION = re.compile(r"(?<!\\)[{}]|=|\\approx")
_NAME = re.compile(r"([^\W\d_]+)_?(\d+)", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Written:
    """The same thing as plain text and as LaTeX."""

    text: str
    latex: str

    def __add__(self, other: Written) -> Written:
        return Written(self.text + other.text, self.latex + other.latex)


def name(of: str) -> Written:
    """A node's name: one letter in italics, a longer word upright, a number at its end as an index."""
    match = _NAME.fullmatch(of)
    if match is not None:
        return Written(of, f"{_word(match[1])}_{{{match[2]}}}")
    return Written(of, _word(of))


def value(x: float, digits: int = 4) -> Written:
    """A number with ``digits`` significant digits."""
    text = number(x, digits)
    return Written(text, latex_number(text))


def relation(printed: float, exact: float, before: str = "") -> Written:
    """ "= " or "≈ ", as ``equals_sign`` has it."""
    sign = equals_sign(printed, exact)
    return Written(f"{before}{sign} ", before + ("= " if sign == "=" else r"\approx "))


def latex_number(text: str) -> str:
    """The LaTeX of a number that ``number_text`` wrote, such as "2.656e−5"."""
    if text == "NaN":
        return r"\text{NaN}"
    mantissa, has_exponent, exponent = text.replace(MINUS, "-").partition("e")
    shown = mantissa.replace("∞", r"\infty")
    shown = f"{{{shown}}}" if shown.startswith("-") else shown  # in braces: a sign, not a difference
    return rf"{shown} \cdot 10^{{{exponent}}}" if has_exponent else shown


def quantity(array: Array) -> Written:
    """A single number, or the shape of an array in brackets."""
    return value(array.item()) if array.size == 1 else bracketed(array.shape)


def bracketed(shape: Shape) -> Written:
    """A shape in brackets, such as "[4 × 2]" or "[3 numbers]"; of a scalar "a number"."""
    if not shape:
        return Written("a number", r"\text{a number}")
    text = size_words(shape)
    latex = rf"\text{{{text}}}" if len(shape) == 1 else text.replace("×", r"\times")
    return Written(f"[{text}]", f"[{latex}]")


def in_parentheses(written: Written) -> Written:
    """As a factor or a later term: a negative number, or one with a power of ten, gets parentheses."""
    text = f"({written.text})" if written.text.startswith(MINUS) else written.text
    needs = _is_negative(written.latex)
    return Written(text, f"({written.latex})" if needs else written.latex)


def partial(of: str, by: str) -> Written:
    """∂of/∂by, for two nodes' names."""
    return Written(f"∂{of}/∂{by}", rf"\frac{{\partial {name(of).latex}}}{{\partial {name(by).latex}}}")


def fill(formula: Formula, parts: Mapping[str, Written]) -> Written:
    """A formula with names, numbers or shapes for its placeholders; negative numbers get parentheses where needed."""
    text = fill_numbers(formula, {key: part.text for key, part in parts.items()})
    return Written(text, _fill_latex(formula.latex, parts))


def fill_shapes(formula: Formula, shapes: Mapping[str, Shape], numbers: Mapping[str, Written]) -> Written:
    """A formula with shapes and ``numbers`` for its placeholders; a transposed matrix shows its shape transposed."""
    parts = dict(numbers)
    text, latex = formula.text, formula.latex
    for key, shape in shapes.items():
        if len(shape) == 2:
            turned = bracketed(shape[::-1])
            text = text.replace(f"${key}ᵀ", turned.text)
            latex = latex.replace(rf"{{${key}}}^{{\top}}", turned.latex).replace(rf"${key}^{{\top}}", turned.latex)
        parts[key] = bracketed(shape)
    return fill(Formula(text, latex), parts)


def names_of(evaluation: Evaluation, call: int) -> dict[str, Written]:
    """What stands for each placeholder of a call's formulas when they are written with the names of the graph."""
    spec = evaluation.program.calls[call]
    parts = settings_of(evaluation, call)
    for slot, source in enumerate(spec.inputs):
        parts[spec.op.input_for(slot).name] = name(evaluation.program.calls[source].name)
    return parts | {"out": name(spec.name)}


def numbers_of(evaluation: Evaluation, call: int) -> dict[str, Written]:
    """What stands for each placeholder of a call's formulas when they are written with numbers (arrays: shapes)."""
    spec = evaluation.program.calls[call]
    parts = settings_of(evaluation, call)
    for slot, source in enumerate(spec.inputs):
        held = evaluation.run.values[source]
        parts[spec.op.input_for(slot).name] = quantity(held) if held is not None else Written("?", "?")
    out = evaluation.run.values[call]
    return parts | {"out": quantity(out) if out is not None else Written("?", "?")}


def shapes_of(evaluation: Evaluation, call: int) -> dict[str, Shape]:
    """The shape of every array that a call's formulas name: its inputs, its result, its upstream gradient."""
    calls = evaluation.program.calls
    spec = calls[call]
    found = {spec.op.input_for(slot).name: calls[source].shape for slot, source in enumerate(spec.inputs)}
    found |= {"out": spec.shape, "g": spec.shape}
    return {key: shape for key, shape in found.items() if shape}


def settings_of(evaluation: Evaluation, call: int) -> dict[str, Written]:
    """A call's settings by name."""
    found = {}
    for key, setting in evaluation.program.calls[call].settings.items():
        if isinstance(setting, float):
            found[key] = value(setting)
        else:
            found[key] = Written(str(setting), _escaped(str(setting)))
    return found


def before_result(latex: str) -> tuple[str, str] | None:
    """A formula in two parts, the second from its last "=" or "≈" outside of braces on; None for one that has none.

    A sign that the formula begins with does not count.
    """
    depth, at = 0, 0
    for found in _RELATION.finditer(latex):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if found[0] not in "{}" and depth == 0 and latex[: found.start()].strip():
            at = found.start()
    return (latex[:at].rstrip(), latex[at:]) if at else None


def _is_negative(latex: str) -> bool:
    return latex.startswith(("-", "{-"))


def _word(text: str) -> str:
    if len(text) == 1:
        return text
    return rf"\mathrm{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return re.sub(r"([_#$%&{}])", r"\\\1", text)


def _fill_latex(latex: str, parts: Mapping[str, Written]) -> str:
    def part(match: re.Match[str]) -> str:
        found = parts.get(match[1])
        if found is None:
            return match[0]
        shown = found.latex
        before, after = latex[: match.start()], latex[match.end() :]
        grouped = before.endswith("{") and after.startswith("}")
        raised = after.startswith("^") or (grouped and after[1:2] == "^")
        power_of_ten = r"\cdot" in shown
        if raised and (_is_negative(shown) or power_of_ten):
            return f"({shown})"
        alone = (grouped and not raised) or (
            before.endswith(("(", ", ", "|")) and after.startswith((")", ",", "|", " "))
        )
        leading = not before and (not after or after.startswith(" "))
        return f"({shown})" if _is_negative(shown) and not alone and not leading else shown

    return _PLACEHOLDER.sub(part, latex)
