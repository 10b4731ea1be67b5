"""The passes as GIF, APNG and WebP: every frame is there, both stages are seen, and nothing is left half written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.tidying import tidy
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.ui.canvas.animation import CAPTION, FORMATS, MOST_FRAMES, RESTS, UNIT_SECONDS, save_animation
from backprop_studio.ui.theme import DARK


def evaluated(code: str) -> Evaluation:
    return evaluate_graph(tidy(parse_graph_code(code)))


NEURON = "w = parameter(2.)\nx = input(3.)\nL = square(w * x)"


def frames(path: Path) -> list[np.ndarray]:
    found = []
    with Image.open(path) as film:
        for at in range(film.n_frames):
            film.seek(at)
            found.append(np.asarray(film.convert("RGB")).astype(int))
    return found


def shows(picture: np.ndarray, color: tuple[int, int, int]) -> bool:
    """Are there some pixels of about that colour?"""
    return int((np.abs(picture - np.array(color)).max(axis=-1) < 40).sum()) > 30


@pytest.mark.parametrize("ending", FORMATS)
def test_both_passes_are_seen(ending: str, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / f"passes{ending}"
    heard: list[tuple[int, int]] = []
    save_animation(evaluated(NEURON), path, "dark", lambda done, total: heard.append((done, total)))
    found = frames(path)
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        assert film.format == FORMATS[ending]
    captions = [picture[-CAPTION:] for picture in found]
    assert not shows(captions[0], DARK.forward_text.getRgb()[:3])
    blue = [at for at, caption in enumerate(captions) if shows(caption, DARK.forward_text.getRgb()[:3])]
    orange = [at for at, caption in enumerate(captions) if shows(caption, DARK.backward_text.getRgb()[:3])]
    assert blue
    assert orange
    assert max(blue) < max(orange), "the backward pass comes last"
    done, total = heard[-1]
    assert done == total
    assert [each for each, _ in heard[-total:]] == list(range(1, total + 1))
    assert list(tmp_path.iterdir()) == [path]


def test_it_takes_its_time(tmp_path: Path, qtbot: QtBot) -> None:
    evaluation = evaluated(NEURON)
    save_animation(evaluation, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as film:
        shown = 0
        for at in range(film.n_frames):
            film.seek(at)
            shown += film.info["duration"]
    events = len(evaluation.trace.events)
    assert shown >= 900 * (UNIT_SECONDS * events + sum(RESTS.values()))


def test_a_long_graph_is_played_in_larger_pieces(tmp_path: Path, qtbot: QtBot) -> None:
    lines = ["x0 = parameter(1.)", *(f"x{at} = sin(x{at - 1}) * x{at - 1}" for at in range(1, 120))]
    totals: list[int] = []
    save_animation(evaluated("\n".join(lines)), tmp_path / "a.webp", on_frame=lambda done, total: totals.append(total))
    assert len(totals) <= MOST_FRAMES + 13 * sum(RESTS.values())


def test_what_can_not_be_animated_is_said(tmp_path: Path, qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="Choose one of these endings"):
        save_animation(evaluated(NEURON), tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="There are no passes to show"):
        save_animation(evaluated("L = square(a)"), tmp_path / "a.gif")
    with pytest.raises(OSError, match="Choose another place"):
        save_animation(evaluated(NEURON), tmp_path / "none" / "a.gif")
    assert list(tmp_path.iterdir()) == []
