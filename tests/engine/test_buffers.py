"""Memory of plans: aligned, handed on where it fits, given out again once released."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_studio.engine.buffers import Buffers, aligned, aligned_copy
from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.symbols import WITH_PARAMETERS, Kind, Tape

FLOAT = np.dtype(np.float64)


@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (128, 10), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.bool_])
def test_arrays_start_at_a_multiple_of_64_bytes(shape: tuple[int, ...], dtype: Any) -> None:
    for _ in range(5):
        array = aligned(shape, np.dtype(dtype))
        assert array.size == 0 or array.ctypes.data % 64 == 0
        assert array.shape == shape
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.flags.writeable


def test_a_copy_holds_what_it_is_a_copy_of() -> None:
    array = np.arange(12.0).reshape(3, 4).T
    copied = aligned_copy(array)
    np.testing.assert_array_equal(copied, array)
    assert not np.shares_memory(copied, array)


def test_a_released_buffer_is_given_out_again() -> None:
    buffers = Buffers()
    first = buffers.take(1, (3, 2), FLOAT)
    assert buffers.take(2, (3, 2), FLOAT) is not first
    buffers.release(1)
    assert buffers.take(3, (2, 3), FLOAT) is not first
    assert buffers.take(4, (3, 2), FLOAT) is first


def test_a_buffer_is_handed_on_where_it_fits() -> None:
    buffers = Buffers()
    first = buffers.take(1, (3, 2), FLOAT)
    assert buffers.hand_on(1, 2, (3,), FLOAT) is None
    assert buffers.hand_on(1, 2, (3, 2), np.dtype(np.float32)) is None
    assert buffers.hand_on(1, 2, (3, 2), FLOAT) is first
    assert buffers.hand_on(1, 3, (3, 2), FLOAT) is None
    buffers.release(1)
    assert buffers.take(4, (3, 2), FLOAT) is not first


def test_one_call_is_written_down_with_all_its_arrays() -> None:
    @one_call(lambda x, y, times: x.shape)
    def scaled(x: Any, y: Any, *, dtype: np.dtype, times: float, into: Any = None) -> Any:
        return np.multiply(x + y, times, out=into)

    np.testing.assert_array_equal(scaled(np.ones(3), np.ones(3), dtype=FLOAT, times=2.0), np.full(3, 4.0))
    tape = Tape({})
    x, y = (tape.leaf((3,), FLOAT, WITH_PARAMETERS) for _ in range(2))
    made = scaled(x, y, dtype=FLOAT, times=2.0)
    assert made.kind is Kind.CALL
    assert made.shape == (3,)
    assert made.arguments == (x, y)
    assert made is scaled(x, y, dtype=FLOAT, times=2.0)
    assert made is not scaled(x, y, dtype=FLOAT, times=3.0)
    result = np.empty(3)
    made.function(np.ones(3), np.zeros(3), out=result)
    np.testing.assert_array_equal(result, np.full(3, 2.0))
