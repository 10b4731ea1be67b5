"""Pictures without a window: PNG and SVG, golden pictures, the empty graph, targets that can not be written."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.ui.canvas.picture import PADDING, render_picture, save_picture, write_svg
from backprop_studio.ui.theme import DARK, LIGHT
from tests.ui.canvas.conftest import Builder, fan_out, product_of_sum

GOLDEN = Path(__file__).parent / "golden"
BLOCK = 16
TOLERANCE = 14.0
"""Difference of the mean colour of any block (of 255) that versions of Qt and FreeType may make."""


def tensors() -> Builder:
    """A layer, a clash and an unfinished node."""
    content = np.linspace(-1.0, 1.0, 8)
    built = Builder().source("input", "X", content.reshape(4, 2), 0, 0)
    built.source("parameter", "W", content.reshape(2, 4), 0, 140)
    built.op("matmul", "matmul_1", 220, 60, "X", "W").op("mean", "L", 440, 60, "matmul_1")
    built.source("constant", "c", [1.0, 2.0, 3.0], 0, 280).op("add", "add_1", 440, 240, "matmul_1", "c")
    return built.op("relu", "relu_1", 660, 240, "add_1").op("multiply", "multiply_1", 660, 60, "L", None)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["fan_out", "tensors"])
def test_golden_pictures(qapp: QApplication, name: str, theme: object) -> None:
    built = {"fan_out": fan_out, "tensors": tensors}[name]()
    image = render_picture(evaluate_graph(built.graph), theme, scale=1.0)  # type: ignore[arg-type]
    path = GOLDEN / f"{name}-{theme.name}.png"  # type: ignore[attr-defined]
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        assert image.save(str(path))
    expected = QImage(str(path))
    assert image.size() == expected.size()
    assert worst_block(image, expected) < TOLERANCE


def worst_block(one: QImage, other: QImage) -> float:
    """The largest absolute difference of the mean colours of blocks of BLOCK × BLOCK pixels."""
    return float(np.abs(block_means(one) - block_means(other)).max())


def block_means(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width() // BLOCK * BLOCK, image.height() // BLOCK * BLOCK
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:height, :width, :3]
    return pixels.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3).mean((1, 3))


def test_a_wrong_picture_is_told_from_the_golden_one(qapp: QApplication) -> None:
    built = fan_out()
    right = render_picture(evaluate_graph(built.graph), LIGHT, scale=1.0)
    moved = edits.move(built.graph, {built.ids["p"]: (240.0, 60.0)})
    assert worst_block(right, render_picture(evaluate_graph(moved), LIGHT, scale=1.0)) > 2 * TOLERANCE


@pytest.mark.parametrize("scale", [1.0, 2.0, 1.5])
def test_the_picture_holds_the_graph_at_its_scale(qapp: QApplication, scale: float) -> None:
    image = render_picture(evaluate_graph(product_of_sum().graph), DARK, scale=scale)
    width, height = 440 + 140 + 2 * PADDING, 286 + 2 * PADDING
    assert abs(image.width() - width * scale) <= 1
    assert abs(image.height() - height * scale) <= 1
    assert image.pixelColor(2, 2) == DARK.canvas
    header = image.pixelColor(round((PADDING + 70) * scale), round((PADDING + 5) * scale))
    assert header == DARK.header_parameter


@pytest.fixture
def evaluation() -> Evaluation:
    return evaluate_graph(product_of_sum().graph)


def test_png_and_svg_are_written(qapp: QApplication, evaluation: Evaluation, tmp_path: Path) -> None:
    for name in ("graph.png", "graph.SVG"):
        save_picture(evaluation, tmp_path / name, "dark")
    assert QImage(str(tmp_path / "graph.png")).width() > 1000
    root = ElementTree.parse(tmp_path / "graph.SVG").getroot()
    texts = "".join(root.itertext())
    for number in ("20", "5", "L → loss", "parameter"):
        assert number in texts
    assert not [element for element in root.iter() if element.tag.endswith("image")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.SVG", "graph.png"]


def test_svg_and_png_show_the_same(qapp: QApplication, evaluation: Evaluation, tmp_path: Path) -> None:
    write_svg(tmp_path / "graph.svg", evaluation, LIGHT)
    png = render_picture(evaluation, LIGHT, scale=1.0)
    svg = QImage(png.size(), QImage.Format.Format_RGB32)
    svg.fill(QColor("red"))
    painter = QPainter(svg)
    renderer = QSvgRenderer(str(tmp_path / "graph.svg"))
    assert renderer.isValid()
    renderer.render(painter)
    painter.end()
    assert worst_block(svg, png) < 40.0


def test_an_empty_graph_says_so(qapp: QApplication, tmp_path: Path) -> None:
    empty = evaluate_graph(EMPTY_GRAPH)
    image = render_picture(empty, LIGHT)
    shades = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert LIGHT.canvas.name() in shades
    assert len(shades) > 3
    save_picture(empty, tmp_path / "empty.svg")
    assert "The graph is empty." in (tmp_path / "empty.svg").read_text(encoding="utf-8")


def test_a_picture_of_a_graph_spread_far_apart_is_made_smaller(qapp: QApplication) -> None:
    built = Builder().source("input", "x", 1.0, 0, 0).source("input", "y", 1.0, 60_000, 30_000)
    image = render_picture(evaluate_graph(built.graph), LIGHT)
    assert not image.isNull()
    assert image.width() * image.height() <= 65_000_000


def test_targets_that_can_not_be_written(qapp: QApplication, evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "missing" / "graph.png", tmp_path / "file" / "graph.svg"):
        with pytest.raises(OSError, match=r"could not be written: .*Choose another place\.") as caught:
            save_picture(evaluation, target)
        assert str(target) in str(caught.value)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OSError, match="could not be written"):
        save_picture(evaluation, tmp_path / "folder.png")
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        save_picture(evaluation, tmp_path / "graph.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_full_disk_leaves_the_old_picture(qapp: QApplication, evaluation: Evaluation, tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.ui.canvas.picture import save_picture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
evaluation = evaluate_graph(EMPTY_GRAPH)
save_picture(evaluation, {str(tmp_path / "a.png")!r})
before = open({str(tmp_path / "a.png")!r}, "rb").read()
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    save_picture(evaluation, {str(tmp_path / "a.png")!r}, "dark")
except OSError as error:
    assert "could not be written" in str(error), error
else:
    sys.exit("nothing was raised")
assert open({str(tmp_path / "a.png")!r}, "rb").read() == before
"""
    environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_wire_led_around_everything_is_in_the_picture_and_leaves_heat_maps_alone(qapp: QApplication) -> None:
    built = tensors()
    wire = (built.ids["L"], 0)
    plain = render_picture(evaluate_graph(built.graph), LIGHT, scale=1.0)
    graph = edits.add_bend(built.graph, *wire, 0, (400.0, -200.0))
    bent = render_picture(evaluate_graph(graph), LIGHT, scale=1.0)
    assert bent.width() == plain.width()
    assert plain.height() + 190 <= bent.height() <= plain.height() + 260
    below = bent.height() - plain.height()
    heat = QImage(plain).copy(60, PADDING + 30, 60, 40), QImage(bent).copy(60, PADDING + 30 + below, 60, 40)
    assert worst_block(*heat) < 1.0
