"""The settings of training are saved with a document, checked when it is opened, and left out where all is as new."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio import api
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.training_settings import DEFAULT_LEARNING_RATE, TrainingSettings, first_setup
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.resource_files import resource_text
from backprop_studio.training.algorithms import ALGORITHMS
from tests.document.support import graphs

SCHEMA = jsonschema.Draft202012Validator(json.loads(resource_text("document.schema.json")))


@st.composite
def training_settings(draw: st.DrawFn) -> TrainingSettings:
    setup = first_setup(draw(st.sampled_from(sorted(ALGORITHMS))))
    for name in draw(st.lists(st.sampled_from(sorted(setup.values)), unique=True)):
        setting = setup.algorithm.setting(name)
        most = setting.maximum if setting.maximum is not None else 1e6
        setup = setup.having(**{name: draw(st.floats(setting.minimum, most))})
    count = st.none() | st.integers(1, 2**53)
    pace = st.none() | st.just(math.inf) | st.floats(1e-300, 1e9)
    return TrainingSettings(
        setup, draw(count), draw(count), draw(st.integers(0, 2**53)), draw(pace),
        draw(st.sampled_from(["float64", "float32"])),
    )  # fmt: skip


@given(graphs(), training_settings())
def test_they_come_back_as_they_were_saved(graph: Graph, settings: TrainingSettings) -> None:
    data = dumps(replace(graph, training_settings=settings))
    SCHEMA.validate(json.loads(data))
    back = loads(data)
    assert replace(back, training_settings=None) == loads(dumps(graph))
    assert (back.training_settings or TrainingSettings()) == settings
    assert dumps(back) == data, "equal documents give equal bytes"


def test_what_is_as_in_a_new_document_is_left_out() -> None:
    assert dumps(replace(EMPTY_GRAPH, training_settings=TrainingSettings())) == dumps(EMPTY_GRAPH)
    assert b"training_settings" not in dumps(EMPTY_GRAPH)
    adam = TrainingSettings(first_setup("adam"), batch=16)
    saved = json.loads(dumps(replace(EMPTY_GRAPH, training_settings=adam)))
    assert saved["training_settings"] == {"optimizer": "adam", "batch": 16}
    assert first_setup("momentum").learning_rate == DEFAULT_LEARNING_RATE
    assert first_setup("adam").learning_rate == 1e-3


def document(settings: Any) -> bytes:
    fields = {"format": "backprop-studio", "version": 1, "nodes": [], "wires": [], "training_settings": settings}
    return json.dumps(fields).encode()


def test_an_older_file_opens_with_those_of_a_new_document() -> None:
    assert loads(b'{"format": "backprop-studio", "version": 1, "nodes": [], "wires": []}').training_settings is None
    assert loads(document(None)).training_settings is None
    assert loads(document({})).training_settings is None


@pytest.mark.parametrize(
    ("settings", "place", "told"),
    [
        ({"optimizer": "magic"}, "$.training_settings.optimizer", "no optimiser 'magic'"),
        ({"settings": {"momentum": 0.5}}, "$.training_settings.settings", "SGD has no setting momentum"),
        ({"optimizer": "adam", "settings": {"beta1": 1.0}}, "$.training_settings.settings", "beta1"),
        ({"settings": {"lr": -1}}, "$.training_settings.settings", "learning rate"),
        ({"batch": 0}, "$.training_settings.batch", "whole number from 1"),
        ({"batch": 2.5}, "$.training_settings.batch", "int"),
        ({"steps": 0}, "$.training_settings.steps", "whole number from 1"),
        ({"seed": -1}, "$.training_settings.seed", "whole number from 0"),
        ({"pace": 0}, "$.training_settings.pace", "above 0"),
        ({"pace": "slow"}, "$.training_settings.pace", "slow"),
        ({"dtype": "int8"}, "$.training_settings.dtype", "int8"),
        ({"colour": "red"}, "$.training_settings", "colour"),
        ([], "$.training_settings", "array"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(settings: Any, place: str, told: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        loads(document(settings), "a.backprop")
    sentence = str(refusal.value)
    assert sentence.startswith(f"Cannot open a.backprop: {place}: ")
    assert told in sentence


def test_training_without_a_window_hands_them_on(tmp_path: Path) -> None:
    settings = TrainingSettings(first_setup("adam"), steps=5)
    graph = replace(parse_graph_code("w = parameter(2.)\nL = square(w)"), training_settings=settings)
    api.save(graph, tmp_path / "a.backprop")
    trained = api.train(tmp_path / "a.backprop", steps=2)
    assert trained.optimizer.name == "sgd", "the command line and Python have defaults of their own"
    api.save(trained.graph, tmp_path / "b.backprop")
    assert api.load(tmp_path / "b.backprop").training_settings == settings
