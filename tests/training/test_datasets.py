"""Datasets: shapes, classes, geometry without noise, and the same numbers for the same arguments."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.engine.ops import registry, sources
from backprop_studio.training.datasets import DATASETS, dataset

CLASSIFIED = ["xor", "circles", "moons", "spiral", "blobs"]


def test_the_operation_offers_exactly_the_datasets_there_are():
    kind = registry["data"].setting("kind")
    assert kind is not None
    assert kind.choices == sources.DATASETS == tuple(DATASETS)


def test_xor_is_the_truth_table():
    features, targets = dataset("xor")
    assert features.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert targets.tolist() == [[0], [1], [1], [0]]


@pytest.mark.parametrize("kind", CLASSIFIED)
@pytest.mark.parametrize("samples", [1, 2, 7, 100])
def test_two_classes_are_zeros_and_ones_in_a_column_in_equal_numbers(kind: str, samples: int):
    features, targets = dataset(kind, samples, 0.1)
    assert features.shape == (samples, 2)
    assert targets.shape == (samples, 1)
    assert features.dtype == targets.dtype == np.float64
    assert set(targets.ravel()) <= {0.0, 1.0}
    assert np.isfinite(features).all()
    if samples % 4 == 0:
        assert targets.mean() == 0.5


@pytest.mark.parametrize("kind", ["spiral", "blobs"])
def test_more_classes_are_class_indices(kind: str):
    features, targets = dataset(kind, 30, 0.0, classes=3)
    assert features.shape == (30, 2)
    assert targets.dtype == np.int64
    assert np.bincount(targets).tolist() == [10, 10, 10]


@pytest.mark.parametrize("kind", list(DATASETS))
def test_the_same_arguments_give_the_same_numbers_and_another_seed_others(kind: str):
    first = dataset(kind, 20, 0.3, seed=1)
    dataset.cache_clear()
    again, other = dataset(kind, 20, 0.3, seed=1), dataset(kind, 20, 0.3, seed=2)
    assert first is not again
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one, two)
        assert not one.flags.writeable
    assert any(not np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_circles_have_their_radii():
    features, targets = dataset("circles", 40, 0.0)
    radius = np.hypot(*features.T)
    assert np.allclose(radius, np.where(targets[:, 0] == 0, 1.0, 0.5))


def test_moons_are_half_circles_end_to_end():
    features, targets = dataset("moons", 20, 0.0)
    upper, lower = features[targets[:, 0] == 0], features[targets[:, 0] == 1]
    assert np.allclose(np.hypot(*upper.T), 1.0)
    assert np.allclose(np.hypot(*(lower - [1.0, 0.5]).T), 1.0)
    assert np.allclose(upper[[0, -1]], [[1, 0], [-1, 0]])
    assert np.allclose(lower[[0, -1]], [[0, 0.5], [2, 0.5]])


def test_arms_of_the_spiral_are_turned_copies_of_each_other():
    features, targets = dataset("spiral", 30, 0.0, classes=3)
    turn = 2.0 * np.pi / 3.0
    turned = features[targets == 0] @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert np.allclose(turned, features[targets == 1])


def test_blobs_lie_about_their_centres_as_wide_as_the_noise():
    features, targets = dataset("blobs", 20_000, 0.2, classes=4)
    for label in range(4):
        cloud = features[targets == label]
        centre = [np.cos(np.pi * label / 2), np.sin(np.pi * label / 2)]
        assert np.allclose(cloud.mean(0), centre, atol=0.01)
        assert np.allclose(cloud.std(0), 0.2, atol=0.01)


@pytest.mark.parametrize(("kind", "curve"), [("linear", lambda x: 2 * x + 1), ("sine", np.sin)])
def test_curves_are_exact_without_noise_and_noise_moves_the_targets_alone(kind: str, curve: object):
    features, targets = dataset(kind, 50, 0.0)
    assert features.shape == targets.shape == (50, 1)
    assert callable(curve)
    assert np.allclose(targets, curve(features))
    noisy = dataset(kind, 50, 0.5)
    assert np.array_equal(noisy[0], features)
    assert 0.3 < (noisy[1] - targets).std() < 0.7


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        dataset("planets")
