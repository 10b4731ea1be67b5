"""BLAS uses one thread unless somebody asks for more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from backprop_studio.engine.blas_threads import limit_blas_threads

SHOW = "import numpy, threadpoolctl; print([p['num_threads'] for p in threadpoolctl.threadpool_info()])"


def threads(before: str, after: str = "", **environment: str) -> str:
    """What a fresh process says of its BLAS threads after ``before``, NumPy's import and ``after``."""
    limit = "from backprop_studio.engine.blas_threads import limit_blas_threads as limit"
    script = "\n".join([limit, before, "import numpy", after, SHOW])
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=clean | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_one_by_default_whether_numpy_is_there_or_not() -> None:
    assert threads("limit()") == "[1]"
    assert threads("", "limit()") == "[1]"


def test_what_is_asked_for_counts_and_so_does_the_environment() -> None:
    assert threads("limit(2)") == "[2]"
    assert threads("", "limit(2)") == "[2]"
    assert threads("limit()", OPENBLAS_NUM_THREADS="2") == "[2]"
    assert threads("", "limit()", OPENBLAS_NUM_THREADS="2") == "[2]"


def test_fewer_than_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 thread, not 0"):
        limit_blas_threads(0)
