"""First values of parameters: their spread, their seeds, what is refused."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from backprop_studio.engine.ops.sources import INITIALISERS
from backprop_studio.training.initialisers import fans, initial_value


@pytest.mark.parametrize("init", INITIALISERS)
def test_shape_type_and_seed(init: str) -> None:
    first = initial_value((3, 4), init, 5)
    assert first.shape == (3, 4)
    assert first.dtype == np.float64
    assert np.array_equal(first, initial_value((3, 4), init, 5))
    assert np.array_equal(first, initial_value((3, 4), init, 6)) == (init in ("zeros", "ones"))


@pytest.mark.parametrize("init", INITIALISERS)
@pytest.mark.parametrize("shape", [(), (0,), (5,), (0, 3), (2, 3, 4, 5)])
def test_every_shape(init: str, shape: tuple[int, ...]) -> None:
    assert initial_value(shape, init, 0).shape == shape
    assert np.isfinite(initial_value(shape, init, 0)).all()


def test_spread() -> None:
    shape = (300, 100)
    assert not initial_value(shape, "zeros").any()
    assert (initial_value(shape, "ones") == 1).all()
    normal, uniform = initial_value(shape, "normal"), initial_value(shape, "uniform")
    assert abs(normal.mean()) < 0.02
    assert normal.std() == pytest.approx(1, abs=0.02)
    assert -1 <= uniform.min() < -0.99
    assert 0.99 < uniform.max() < 1
    bound = sqrt(6 / 400)
    xavier = initial_value(shape, "xavier")
    assert np.abs(xavier).max() == pytest.approx(bound, rel=0.01)
    assert np.abs(xavier).max() <= bound
    assert initial_value(shape, "he").std() == pytest.approx(sqrt(2 / 300), rel=0.02)


def test_spread_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    weight = torch.empty(100, 300)  # PyTorch's order: (outputs, inputs)
    torch.nn.init.xavier_uniform_(weight)
    assert initial_value((300, 100), "xavier").std() == pytest.approx(weight.std().item(), rel=0.03)
    torch.nn.init.kaiming_normal_(weight)
    assert initial_value((300, 100), "he").std() == pytest.approx(weight.std().item(), rel=0.03)


@pytest.mark.parametrize(
    ("shape", "expected"), [((), (1, 1)), ((5,), (5, 1)), ((2, 8), (2, 8)), ((16, 3, 5, 5), (75, 400))]
)
def test_fans(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert fans(shape) == expected


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"no initialiser 'glorot'\. Use zeros"):
        initial_value((2,), "glorot")
    with pytest.raises(ValueError, match="at most"):
        initial_value((100_000, 100_000), "xavier")
    with pytest.raises(ValueError, match="at most 32 axes"):
        initial_value((1,) * 40, "zeros")
    with pytest.raises(ValueError, match="at most 32 axes"):
        initial_value((8,) * 2000, "zeros")
    with pytest.raises(ValueError, match=r"has 1\.00e\+576 numbers"):
        initial_value((10**18,) * 32, "zeros")
