"""All ways along which one node acts on another, and the chain rule that adds them up.

Paths are counted, and their sum is taken, by dynamic programming; they are listed one by one only where there are
few. Nothing here takes longer than linear in the wires, times the paths listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import pull, scalar_local
from backprop_studio.document.symbols_text import Written, in_parentheses, partial, value
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Edge

MOST_PATHS = 200
"""With more paths than this, only the shortest ones are listed; count and sum stand for the rest."""
FEW_PATHS = 5
MOST_FACTORS = 24
"""Factors of a path that are written out."""
MOST_TERMS = 6
"""Paths that are written out in the chain rule."""


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
    """The paths from ``source`` to ``target``, both node ids."""

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

    @property
    def is_complete(self) -> bool:
        """Is every path listed?"""
        return len(self.listed) == self.count


def find_paths(evaluation: Evaluation, source: int, target: int) -> Paths:
    """All differentiable paths from one node to another. Nodes that were not computed have none."""
    start, end = evaluation.position(source), evaluation.position(target)
    nothing = Paths(source, target, 0, (), None, None, frozenset())
    if start is None or end is None or start > end:
        return nothing
    edges = _edges_between(evaluation, start, end)
    if start != end and not edges.get(end):
        return nothing
    counts = {start: 1}
    for call in sorted(edges):
        counts[call] = sum(counts.get(evaluation.program.calls[call].inputs[slot], 0) for slot in edges[call])
    local = _scalar_locals(evaluation, edges)
    listed = _list_paths(evaluation, edges, local, start, end, FEW_PATHS if counts[end] > MOST_PATHS else MOST_PATHS)
    total = _total(evaluation, edges, local, start, end) if local is not None else None
    gradient = None if total is not None else _pulled(evaluation, edges, start, end)
    wires = frozenset(evaluation.wire_of((call, slot)) for call, slots in edges.items() for slot in slots)
    return Paths(source, target, counts[end], listed, total, gradient, wires)


def chain_rule(evaluation: Evaluation, paths: Paths) -> tuple[Written, Written | None]:
    """The chain rule over all listed paths, as symbols and, where every factor is a number, with the numbers in."""
    graph = evaluation.graph
    left = partial(graph.nodes[paths.target].name, graph.nodes[paths.source].name)
    shown = paths.listed[:MOST_TERMS]
    symbols = _joined([path_symbols(evaluation, path) for path in shown], paths.count)
    equals = Written(" = ", " = ")
    if paths.source == paths.target:
        return left + equals + Written("1", "1"), None
    if paths.total is None:
        return left + equals + symbols, None
    numbers = _joined([path_numbers(path, alone=at == 0) for at, path in enumerate(shown)], paths.count)
    return left + equals + symbols, left + equals + numbers + equals + value(paths.total)


def path_symbols(evaluation: Evaluation, path: Path) -> Written:
    """One path's product of local derivatives, as symbols."""
    nodes = evaluation.graph.nodes
    factors = [partial(nodes[wire.target].name, nodes[wire.source].name) for wire in path.wires]
    return _times(factors)


def path_numbers(path: Path, *, alone: bool = True) -> Written:
    """One path's product of local derivatives, as numbers."""
    factors = [value(factor) for factor in path.factors]
    first = factors[:1] if alone else [in_parentheses(factor) for factor in factors[:1]]
    return _times([*first, *(in_parentheses(factor) for factor in factors[1:])])


def path_names(evaluation: Evaluation, path: Path) -> str:
    """The nodes on a path in the order of the forward pass: "w → m → z → L"."""
    nodes = evaluation.graph.nodes
    names = [nodes[wire.source].name for wire in reversed(path.wires)] + [nodes[path.wires[0].target].name]
    return " → ".join(names if len(names) <= MOST_FACTORS else [*names[:10], "…", *names[-10:]])


def summary(evaluation: Evaluation, paths: Paths) -> str:
    """How many paths there are, in one sentence."""
    graph = evaluation.graph
    source, target = graph.nodes[paths.source].name, graph.nodes[paths.target].name
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
    for call, slots in edges.items():
        if any(np.prod(calls[at].shape) != 1 for at in (call, *(calls[call].inputs[slot] for slot in slots))):
            return None
    for call, slots in edges.items():
        for slot in slots:
            local = scalar_local(evaluation, call, slot)
            if local is None:
                return None
            found[call, slot] = local
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


def _list_paths(
    evaluation: Evaluation,
    edges: dict[int, list[int]],
    local: dict[Edge, float] | None,
    start: int,
    end: int,
    most: int,
) -> tuple[Path, ...]:
    """The first ``most`` paths. Every step of the search leads to a path, so it never runs dry."""
    found: list[Path] = []
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
            found.append(_path(evaluation, [*trail, (at[-1], slot)], local))
            continue
        trail.append((at[-1], slot))
        at.append(source)
        stack.append(iter(edges.get(source, ())))
    return tuple(found)


def _path(evaluation: Evaluation, trail: list[Edge], local: dict[Edge, float] | None) -> Path:
    factors = tuple(local[edge] for edge in trail) if local is not None else ()
    product = 1.0
    for factor in factors:
        product *= factor
    return Path(tuple(map(evaluation.wire_of, trail)), factors, product if local is not None else None)


def _times(factors: list[Written]) -> Written:
    if len(factors) > MOST_FACTORS:
        half = MOST_FACTORS // 2
        factors = [*factors[:half], Written("…", r"\dots"), *factors[-half:]]
    found = factors[0]
    for factor in factors[1:]:
        found = found + Written(" × ", r" \cdot ") + factor
    return found


def _joined(terms: list[Written], count: int) -> Written:
    if not terms:
        return Written("0", "0")
    found = terms[0]
    for term in terms[1:]:
        found = found + Written(" + ", " + ") + term
    if count > len(terms):
        found = found + Written(f" + … ({count_text(count - len(terms))} more)", r" + \dots")
    return found
