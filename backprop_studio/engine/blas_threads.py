"""How many threads NumPy's BLAS library uses: one, unless somebody asks for more.

With two threads and one other busy process a training step of half a millisecond took over a hundred: the threads wait
for each other by spinning. The graphs that people draw are too small to gain from more than one.
"""

from __future__ import annotations

import os
import sys

DEFAULT = 1
_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


_asked: list[int] = []


def asked_for() -> int | None:
    """The number of threads that was asked for last, None where it is still the default."""
    return _asked[-1] if _asked else None


def limit_blas_threads(count: int | None = None) -> None:
    """Let BLAS use ``count`` threads at most in this process.

    Without ``count`` it is one, unless the environment says otherwise. Costs nothing before NumPy is imported. Raises
    ValueError for a count below 1.
    """
    if count is not None and count < 1:
        raise ValueError(f"BLAS needs at least 1 thread, not {count}.")
    if count is not None:
        _asked[:] = [count]
    if "numpy" not in sys.modules:
        for variable in _VARIABLES:
            if count is not None:
                os.environ[variable] = str(count)
            else:
                os.environ.setdefault(variable, str(DEFAULT))
        return
    from threadpoolctl import threadpool_limits  # only where NumPy has made its threads already

    named = os.environ.get(_VARIABLES[0], "")
    chosen = count if count is not None else int(named) if named.isdigit() else DEFAULT
    threadpool_limits(chosen, user_api="blas")
