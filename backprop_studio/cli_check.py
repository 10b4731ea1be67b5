"""What ``check`` prints: how far analytic and numeric gradients differ, source by source."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_studio.api import CheckReport
from backprop_studio.cli_text import json_array, json_number, table
from backprop_studio.document.checking import kink_sentence, near_sentence, notes_on, sample_sentence, small_sentence
from backprop_studio.engine.gradient_check import LeafCheck


def check_json(report: CheckReport) -> dict[str, Any]:
    """The object that ``check --json`` prints, without a notice."""
    leaves = {
        name: {
            "passed": leaf.passed and bool(np.isfinite(leaf.analytic).all()),
            "max_relative_error": json_number(leaf.worst),
            "kinks": int(leaf.kink.sum()),
            "too_small": 0 if leaf.small is None else int(leaf.small.sum()),
            **_compared_json(leaf),
            "kink": kink_sentence(leaf) or None,
            "note": notes_on(leaf) or None,
        }
        for name, leaf in report.leaves.items()
    }
    error = json_number(report.max_error)
    return {"passed": report.passed, "loss": report.loss, "max_relative_error": error, "nodes": leaves}


def _compared_json(leaf: LeafCheck) -> dict[str, Any]:
    """Both gradients; of a sample of the entries those alone, with where they stand."""
    if leaf.checked is None:
        return {"analytic": json_array(leaf.analytic), "numeric": json_array(leaf.numeric)}
    at, both = leaf.checked, (leaf.analytic, leaf.numeric)
    analytic, numeric = (json_array(array[at]) for array in both)
    return {"entries": np.argwhere(at).tolist(), "analytic": analytic, "numeric": numeric}


def check_text(report: CheckReport) -> str:
    """What ``check`` prints: a table of the sources, what is to be known of their kinks, and the verdict."""
    rows = [
        (name, str(leaf.analytic.size), f"{leaf.worst:.1e}", str(int(leaf.kink.sum())), _verdict(leaf))
        for name, leaf in report.leaves.items()
    ]
    parts = [table(("node", "entries", "relative error", "kinks", "gradient"), rows)]
    for name, leaf in report.leaves.items():
        parts += [f"{name}: {kink_sentence(leaf)}."] if leaf.kink.any() else []
        told = (sample_sentence(leaf), near_sentence(leaf), small_sentence(leaf))
        parts += [f"{name}: {sentence}" for sentence in told if sentence]
    parts += dict.fromkeys(leaf.note for leaf in report.leaves.values() if leaf.note)
    return "\n\n".join([*parts, _outcome(report)])


def _outcome(report: CheckReport) -> str:
    leaves = report.leaves.values()
    if not report.is_finite:
        return f"Gradients of {report.loss} are NaN or infinite here, so there is nothing to compare them with."
    entries, at_kinks = sum(leaf.kink.size for leaf in leaves), sum(int(leaf.kink.sum()) for leaf in leaves)
    if entries == at_kinks > 0:
        return f"Every entry lies at a kink of {report.loss}: away from kinks there is nothing to compare."
    if leaves and all(leaf.is_small for leaf in leaves):
        return f"The gradients of {report.loss} are too small for central differences to tell whether they are right."
    kinks = " away from the kinks" if at_kinks else ""
    outcome = "agree" if report.passed else "do NOT agree"
    return f"The gradients of {report.loss} {outcome} with central differences{kinks}."


def _verdict(leaf: LeafCheck) -> str:
    if not np.isfinite(leaf.analytic).all():
        return "not finite"
    if not leaf.passed:
        return "WRONG"
    return "kink" if leaf.kink.any() else "too small to tell" if leaf.is_small else "right"
