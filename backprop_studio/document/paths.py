"""All ways along which one node acts on another, and the chain rule that adds them up.

Paths are counted, and their sum is taken, by dynamic programming; they are listed one by one only where there are
few. Nothing here takes longer than linear in the wires, times the paths listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import pull
from backprop_studio.document.number_text import printed_sum
from backprop_studio.document.symbols_text import Written, fill, in_parentheses, names_of, partial, relation, value
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Edge

MOST_PATHS = 200
"""With more paths than this, only the shortest ones are listed; count and sum stand for the rest."""
FEW_PATHS = 5
MOST_FACTORS = 24
"""Factors of a path that are written out."""
MOST_TERMS = 6
"""Paths that are written out in the chain rule."""
FACTORS_IN_ROW = 5
"""Factors in a row: as many as a narrow panel shows in their full size."""
_EQUALS = Written("= ", "= ")


@dataclass(frozen=True)
class Path:
    """One way from the source to the target. ``product`` is None where the local derivatives are not single numbers.

    ``wires`` and ``factors`` stand in the order of the chain rule: from the target back to the source.
    """

    wires: tuple[Wire, ...]
    factors: tuple[float, ...]
    product: float | None


@dataclass(frozen=True)
class Paths:
    """The paths from ``source`` to ``target``, both node ids; from one of the source's outputs."""

    source: int
    target: int
    count: int
    listed: tuple[Path, ...]
    total: float | None
    """The sum of all products: d(target)/d(source); None where a local derivative is not a single number."""
    gradient: Array | None
    """For arrays, where the target is a single number: d(target)/d(source)."""
    wires: frozenset[Wire]
    """Every wire that lies on some path."""
    output: int = 0

    @property
    def is_complete(self) -> bool:
        """Is every path listed?"""
        return len(self.listed) == self.count


def find_paths(evaluation: Evaluation, source: int, target: int, output: int = 0) -> Paths:
    """All differentiable paths from an output of one node to another. Nodes that were not computed have none."""
    start, end = evaluation.position(source, output), evaluation.position(target)
    nothing = Paths(source, target, 0, (), None, None, frozenset(), output)
    if start is None or end is None or start > end:
        return nothing
    edges = _edges_between(evaluation, start, end)
    if start != end and not edges.get(end):
        return nothing
    counts = {start: 1}
    for call in sorted(edges):
        counts[call] = sum(counts.get(evaluation.program.calls[call].inputs[slot], 0) for slot in edges[call])
    local = _scalar_locals(evaluation, edges)
    wires = {(call, slot): evaluation.wire_of((call, slot)) for call, slots in edges.items() for slot in slots}
    trails = _list_trails(evaluation, edges, start, end, FEW_PATHS if counts[end] > MOST_PATHS else MOST_PATHS)
    listed = tuple(_path(wires, trail, local) for trail in trails)
    total = _total(evaluation, edges, local, start, end) if local is not None else None
    gradient = None if total is not None else _pulled(evaluation, edges, start, end)
    return Paths(source, target, counts[end], listed, total, gradient, frozenset(wires.values()), output)


def chain_rule(evaluation: Evaluation, paths: Paths) -> tuple[list[Written], list[Written]]:
    """The chain rule over all listed paths, in rows short enough to be read: as symbols, and with the numbers in.

    There are no numbers where a factor is no single number, and no symbols that would only repeat the left side.
    """
    graph = evaluation.graph
    source, target = graph.nodes[paths.source].names[paths.output], graph.nodes[paths.target].name
    left = partial(target, source) + Written(" = ", " = ")
    if paths.source == paths.target:
        return [left + Written("1", "1")], []
    shown = paths.listed[:MOST_TERMS]
    more = _more(paths.count - len(shown))
    symbols = _rows(left, [path_symbols(evaluation, path) for path in shown], FACTORS_IN_ROW) + more
    if paths.total is None:
        return symbols, []
    numbers = _rows(_EQUALS, [path_numbers(path, alone=at == 0) for at, path in enumerate(shown)], FACTORS_IN_ROW)
    return symbols, numbers + more


def chain_total(paths: Paths, total: float) -> Written:
    """What the numbers of the chain rule come to: "= −0.2943"; of paths that are not all written out the exact sum."""
    is_whole = paths.count <= MOST_TERMS and all(len(path.factors) <= MOST_FACTORS for path in paths.listed)
    printed = printed_sum(path.factors for path in paths.listed) if is_whole else total
    return relation(printed, total) + value(total)


def path_symbols(evaluation: Evaluation, path: Path) -> list[Written]:
    """The local derivatives that a path multiplies, as symbols; of a single wire what its rule says."""
    nodes = evaluation.graph.nodes
    if len(path.wires) == 1:
        (wire,) = path.wires
        call = evaluation.position(wire.target)
        assert call is not None
        rule = evaluation.program.calls[call].op.local_for(evaluation.slot_of(wire))
        assert rule is not None
        return [fill(rule, names_of(evaluation, call))]
    return _shortened([partial(nodes[wire.target].name, evaluation.graph.source_name(wire)) for wire in path.wires])


def path_numbers(path: Path, *, alone: bool = True) -> list[Written]:
    """The local derivatives that a path multiplies, as numbers; the first one bare where it stands ``alone``."""
    first, *rest = path.factors
    return _shortened([value(first) if alone else in_parentheses(value(first)), *(map(_factor, rest))])


def path_names(evaluation: Evaluation, path: Path) -> str:
    """The nodes on a path in the order of the forward pass: "w → m → z → L"."""
    nodes = evaluation.graph.nodes
    names = [nodes[wire.source].name for wire in reversed(path.wires)] + [nodes[path.wires[0].target].name]
    half = MOST_FACTORS // 2
    return " → ".join(names if len(names) <= MOST_FACTORS else [*names[:half], "…", *names[-half:]])


def summary(evaluation: Evaluation, paths: Paths) -> str:
    """How many paths there are, in one sentence."""
    graph = evaluation.graph
    source, target = graph.nodes[paths.source].names[paths.output], graph.nodes[paths.target].name
    if paths.count == 0:
        return f"No differentiable path leads from {source} to {target}: changing {source} does not change {target}."
    if paths.source == paths.target:
        return f"{source} is {target} itself."
    if paths.count == 1:
        return f"One path leads from {source} to {target}; its local derivatives are multiplied."
    sentence = f"{count_text(paths.count)} paths lead from {source} to {target}; each multiplies, and they add up."
    if not paths.is_complete:
        sentence += f" The first {len(paths.listed)} are shown; the sum is over all."
    return sentence


def count_text(count: int) -> str:
    """A count that may be astronomically large."""
    if count < 10**9:
        return f"{count:,}".replace(",", " ")
    digits = len(str(count)) - 1
    return f"about {count // 10 ** (digits - 1) / 10:g} × 10^{digits}"


def _edges_between(evaluation: Evaluation, start: int, end: int) -> dict[int, list[int]]:
    """The differentiable edges on paths from ``start`` to ``end``: receiving call → slots."""
    calls, values = evaluation.program.calls, evaluation.run.values
    from_start, edges = {start}, dict[int, list[int]]()
    for call in range(start + 1, end + 1):
        if values[call] is None:
            continue
        spec = calls[call]
        slots = [at for at, fed in enumerate(spec.inputs) if fed in from_start and spec.op.vjp_for(at) is not None]
        if slots:
            edges[call] = slots
            from_start.add(call)
    needed = {end}
    for call in range(end, start, -1):
        if call in needed:
            needed.update(calls[call].inputs[slot] for slot in edges.get(call, ()))
        else:
            edges.pop(call, None)
    return edges


def _scalar_locals(evaluation: Evaluation, edges: dict[int, list[int]]) -> dict[Edge, float] | None:
    """Every local derivative on the paths as a number, or None where one is not."""
    found: dict[Edge, float] = {}
    calls = evaluation.program.calls
    shapes = [call.shape for call in calls]
    for call, slots in edges.items():
        if any(prod(shapes[at]) != 1 for at in (call, *(calls[call].inputs[slot] for slot in slots))):
            return None
    for call, slots in edges.items():
        one = np.ones(shapes[call])
        for slot in slots:
            part = pull(evaluation, call, slot, one)
            assert part is not None
            found[call, slot] = float(part.item())
    return found


def _total(
    evaluation: Evaluation, edges: dict[int, list[int]], local: dict[Edge, float], start: int, end: int
) -> float:
    """The sum over all paths, without listing them."""
    gradient = {end: 1.0}
    for call in sorted(edges, reverse=True):
        above = gradient.get(call, 0.0)
        for slot in edges[call]:
            source = evaluation.program.calls[call].inputs[slot]
            gradient[source] = gradient.get(source, 0.0) + above * local[call, slot]
    return gradient.get(start, 0.0)


def _pulled(evaluation: Evaluation, edges: dict[int, list[int]], start: int, end: int) -> Array | None:
    """d(end)/d(start) for arrays, where the end is a single number."""
    out = evaluation.run.values[end]
    if out is None or out.size != 1:
        return None
    gradients: dict[int, Array] = {end: np.ones_like(out)}
    for call in sorted(edges, reverse=True):
        above = gradients.pop(call, None)
        for slot in edges[call] if above is not None else ():
            assert above is not None
            part = pull(evaluation, call, slot, above)
            source = evaluation.program.calls[call].inputs[slot]
            assert part is not None
            with np.errstate(all="ignore"):
                gradients[source] = part if source not in gradients else np.asarray(gradients[source] + part)
    return gradients.get(start)


def _list_trails(
    evaluation: Evaluation, edges: dict[int, list[int]], start: int, end: int, most: int
) -> list[list[Edge]]:
    """The first ``most`` paths. Every step of the search leads to a path, so it never runs dry."""
    found: list[list[Edge]] = []
    calls = evaluation.program.calls
    trail: list[Edge] = []
    stack: list[Iterator[int]] = [iter(edges.get(end, ()))]
    at = [end]
    while stack and len(found) < most:
        slot = next(stack[-1], None)
        if slot is None:
            stack.pop()
            at.pop()
            if trail:
                trail.pop()
            continue
        source = calls[at[-1]].inputs[slot]
        if source == start:
            found.append([*trail, (at[-1], slot)])
            continue
        trail.append((at[-1], slot))
        at.append(source)
        stack.append(iter(edges.get(source, ())))
    return found


def _path(wires: dict[Edge, Wire], trail: list[Edge], local: dict[Edge, float] | None) -> Path:
    factors = tuple(map(local.__getitem__, trail)) if local is not None else ()
    return Path(tuple(map(wires.__getitem__, trail)), factors, prod(factors) if local is not None else None)


def _factor(number: float) -> Written:
    return in_parentheses(value(number))


def _shortened(factors: list[Written]) -> list[Written]:
    """The factors to write out: all of them, or the first and the last ones."""
    half = MOST_FACTORS // 2
    return factors if len(factors) <= MOST_FACTORS else [*factors[:half], Written("…", r"\dots"), *factors[-half:]]


def _rows(left: Written, terms: list[list[Written]], most: int) -> list[Written]:
    """A sum of products, a row for each term, broken after ``most`` factors."""
    rows: list[Written] = []
    for factors in terms:
        for at, factor in enumerate(factors):
            if at == 0:
                rows.append((Written("+ ", "+ ") if rows else left) + factor)
            elif at % most == 0:
                rows.append(Written("× ", r"\cdot ") + factor)
            else:
                rows[-1] = rows[-1] + Written(" × ", r" \cdot ") + factor
    return rows or [left + Written("0", "0")]


def _more(count: int) -> list[Written]:
    """How many paths are not written out."""
    return [Written(f"+ … ({count_text(count)} more)", r"+ \dots")] if count > 0 else []
