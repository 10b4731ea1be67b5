"""Pictures of a graph without a window: PNG and SVG, by the painter that paints the canvas."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.theme import THEMES, Theme, text_font

PADDING = 32.0
"""Free space around the graph, in scene units."""
EMPTY_SIZE = QSize(360, 120)
MAX_PIXELS = 64_000_000
"""A larger picture is made at a smaller scale."""
_DOTS_PER_METER = 3780
"""96 dots per inch, whatever the screen's."""

_application: QGuiApplication | None = None


def render_picture(evaluation: Evaluation, theme: Theme, *, scale: float = 2.0) -> QImage:
    """The whole graph as an image, ``scale`` pixels a scene unit (fewer where it would pass MAX_PIXELS)."""
    need_application()
    scene = Scene.of(evaluation)
    area = area_of(scene)
    scale = min(scale, (MAX_PIXELS / max(area.width() * area.height(), 1.0)) ** 0.5)
    size = QSize(max(round(area.width() * scale), 1), max(round(area.height() * scale), 1))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(_DOTS_PER_METER)
    image.setDotsPerMeterY(_DOTS_PER_METER)
    painter = QPainter(image)
    try:
        _paint(painter, GraphPainter(theme, grid=False), scene, area, scale, QRect(0, 0, size.width(), size.height()))
    finally:
        painter.end()
    return image


def write_svg(path: str | os.PathLike[str], evaluation: Evaluation, theme: Theme) -> None:
    """Write the whole graph as an SVG file. Raises OSError with a sentence where that can not be done."""
    write_whole(Path(path), svg_bytes(evaluation, theme))


def svg_bytes(evaluation: Evaluation, theme: Theme) -> bytes:
    """The whole graph as SVG."""
    need_application()
    scene = Scene.of(evaluation)
    area = area_of(scene)
    size = QSize(round(area.width()), round(area.height()))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle("Computational graph")
    painter = QPainter(generator)
    try:
        _paint(
            painter,
            GraphPainter(theme, vector=True, grid=False),
            scene,
            area,
            1.0,
            QRect(0, 0, size.width(), size.height()),
        )
    finally:
        painter.end()
    return bytes(buffer.data().data())


def save_picture(
    evaluation: Evaluation, path: str | os.PathLike[str], theme_name: str = "light", scale: float = 2.0
) -> None:
    """Write the graph to ``path``, as PNG or SVG by its ending.

    Raises ValueError for another ending and OSError, with a sentence, where the file can not be written.
    """
    target = Path(path)
    theme = THEMES[theme_name]
    suffix = target.suffix.lower()
    if suffix == ".svg":
        write_svg(target, evaluation, theme)
    elif suffix == ".png":
        write_whole(target, png_bytes(render_picture(evaluation, theme, scale=scale)))
    else:
        raise ValueError(f"{target.name}: pictures are written as .png or .svg. Choose one of these endings.")


def png_bytes(image: QImage) -> bytes:
    """An image as PNG."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # The stubs ask for bytes; at run time it must be text.
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise OSError("The picture could not be encoded as PNG. Try a smaller scale.")
    return bytes(data.data())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file as a whole: a failure leaves what was there before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True) if beside.parent.is_dir() else None
        reason = (error.strerror or str(error)).lower()
        raise OSError(f"{path} could not be written: {reason}. Choose another place.") from error


def need_application() -> None:
    """Fonts need an application; without a window it paints off screen."""
    global _application
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _application = QGuiApplication(["backprop-studio"])


def area_of(scene: Scene) -> QRectF:
    """What a picture of a scene shows, in scene units: all of it, and some room around."""
    bounds = scene.bounds()
    if bounds is None:
        return QRectF(QPointF(0, 0), EMPTY_SIZE.toSizeF())
    return bounds.adjusted(-PADDING, -PADDING, PADDING, PADDING)


def _paint(
    painter: QPainter, graph_painter: GraphPainter, scene: Scene, area: QRectF, scale: float, pixels: QRect
) -> None:
    frame = Frame(scale, round(-area.left() * scale), round(-area.top() * scale), 1.0)
    graph_painter.paint(painter, frame, scene, pixels)
    if scene.bounds() is None:
        painter.setPen(graph_painter.theme.quiet)
        font = text_font(13)
        font.setPixelSize(max(1, round(13 * scale)))
        painter.setFont(font)
        painter.drawText(pixels, Qt.AlignmentFlag.AlignCenter, "The graph is empty.")
