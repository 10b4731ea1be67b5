"""The passes as an animation without a window: GIF, APNG and WebP, by the painters that paint the canvas."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.narration import Narration
from backprop_studio.session.play_units import Unit
from backprop_studio.session.timeline import Timeline
from backprop_studio.ui.canvas.card_picture import stage_colors
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.labels import Labels
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.pass_painter import PassPainter
from backprop_studio.ui.canvas.picture import area_of, need_application, write_whole
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.wire_marks import WireMarks
from backprop_studio.ui.theme import THEMES, Theme, number_font, text_font

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {".gif": "GIF", ".apng": "PNG", ".webp": "WEBP"}
"""Endings of animations, and what Pillow calls them."""
FRAME_MS = 80
"""How long a frame is shown; GIF counts in hundredths of a second."""
MOST_UNITS = 60
"""Where more events happen, all of a node happens at once; where those are more too, all of a layer."""
FRAMES_PER_UNIT, MOST_FRAMES = 8, 600
"""Frames in which one event (or node, or layer) happens: a power of two; fewer where there would be too many."""
RESTS = {"start": 6, "end": 24}
"""Frames for which the first and the last picture stand."""
WIDEST, SCALE = 1280.0, 1.5
"""Pixels that an animation is wide at most, and pixels a scene unit where it is narrower."""
NARROWEST = 480
"""Pixels that the line below a small graph needs."""
SAMPLES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where in the passes the colours of a palette are taken from."""
CAPTION = 34
"""Height of the line below the graph, in pixels."""


def save_animation(
    evaluation: Evaluation,
    path: str | os.PathLike[str],
    theme_name: str = "light",
    on_frame: Callable[[int, int], None] | None = None,
) -> None:
    """Write both passes to ``path``, by its ending. ``on_frame`` hears how many frames are done, and of how many.

    Raises ValueError with a sentence for another ending or a graph without passes, OSError where the file can not be
    written.
    """
    target = Path(path)
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        raise ValueError(f"{target.name}: animations are written as {', '.join(FORMATS)}. Choose one of these endings.")
    if not evaluation.trace.events:
        raise ValueError("There are no passes to show: nothing in the graph can be computed. Give its inputs values.")
    need_application()
    film = _Film(evaluation, THEMES[theme_name], kind, on_frame)
    data = io.BytesIO()
    options = {"lossless": True, "quality": 20, "method": 0} if kind == "WEBP" else {}  # sharp, and soon done
    film.first().save(data, kind, save_all=True, append_images=film, duration=FRAME_MS, loop=0, **options)
    write_whole(target, data.getvalue())


def _timeline(evaluation: Evaluation) -> Timeline:
    """A timeline of the passes that happens in as many units as can be watched."""
    timeline = Timeline()
    timeline.set_evaluation(evaluation)
    units: tuple[Unit, ...] = ("event", "node", "depth")
    for unit in units:
        timeline.unit = unit
        if _count(timeline) <= MOST_UNITS:
            break
    return timeline


def _count(timeline: Timeline) -> int:
    """Units from the start to the end."""
    timeline.to_start()
    count = 0
    while timeline.position < timeline.length:
        timeline.seek(timeline.flight_end)
        count += 1
    return count


def _moments(timeline: Timeline) -> Iterator[Timeline]:
    """The timeline at each frame."""
    count, step = _count(timeline), 1.0 / FRAMES_PER_UNIT
    while count > MOST_FRAMES * step:
        step *= 2.0
    timeline.to_start()
    yield from (timeline for _ in range(RESTS["start"]))
    timeline.set_speed(1.0)
    timeline.play()
    while timeline.is_playing:
        timeline.advance(step)
        yield timeline
    yield from (timeline for _ in range(RESTS["end"]))


class _Film:
    """The frames for Pillow, painted anew each time they are asked for: all at once would take much memory."""

    def __init__(
        self, evaluation: Evaluation, theme: Theme, kind: str, on_frame: Callable[[int, int], None] | None
    ) -> None:
        self._evaluation, self._theme, self._on_frame = evaluation, theme, on_frame
        self._scene = Scene.of(evaluation)
        self._graph_painter = GraphPainter(theme, grid=False)
        self._pass_painter = PassPainter(self._graph_painter)
        area = area_of(self._scene)
        scale = min(SCALE, WIDEST / max(area.width(), 1.0))
        self._frame = Frame(scale, round(-area.left() * scale), round(-area.top() * scale), 1.0)
        self._pixels = QRect(0, 0, max(round(area.width() * scale), NARROWEST), max(round(area.height() * scale), 1))
        self._total = sum(1 for _ in _moments(_timeline(evaluation)))
        self._palette = self._find_palette() if kind == "GIF" else None

    def first(self) -> Image.Image:
        """The frame before the first event."""
        timeline = _timeline(self._evaluation)
        timeline.to_start()
        return self._painted(timeline)

    def __iter__(self) -> Iterator[Image.Image]:
        for done, moment in enumerate(_moments(_timeline(self._evaluation)), 1):
            yield self._painted(moment)
            if self._on_frame is not None:
                self._on_frame(done, self._total)

    def _painted(self, timeline: Timeline) -> Image.Image:
        """One frame, with the palette that all have in common where the format wants one."""
        from PIL import Image  # only animations need it

        image = self._paint(timeline)
        size = image.width(), image.height()
        found = Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine(), 1)
        return found if self._palette is None else found.quantize(palette=self._palette, dither=Image.Dither.NONE)

    def _find_palette(self) -> Image.Image:
        """The colours of some frames from all over the passes: with one palette, what stands still stays the same."""
        from PIL import Image

        self._palette = None
        timeline = _timeline(self._evaluation)
        found = []
        for share in SAMPLES:
            timeline.seek(round(share * timeline.length))
            found.append(self._painted(timeline))
        sheet = Image.new("RGB", (found[0].width, found[0].height * len(found)))
        for at, image in enumerate(found):
            sheet.paste(image, (0, at * image.height))
        return sheet.quantize(256, Image.Quantize.MEDIANCUT)

    def _paint(self, timeline: Timeline) -> QImage:
        scene, evaluation, pixels = self._scene, self._evaluation, self._pixels
        scene.labels = Labels(evaluation.graph, evaluation, timeline)
        scene.marks = WireMarks(evaluation.graph, evaluation, timeline)
        image = QImage(pixels.width(), pixels.height() + CAPTION, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        try:
            painter.fillRect(image.rect(), self._theme.canvas)
            self._graph_painter.paint(painter, self._frame, scene, pixels)
            self._pass_painter.paint(painter, self._frame, scene)
            room = QRectF(0, pixels.height(), pixels.width(), CAPTION)
            _paint_caption(painter, self._theme, room, timeline.current_narration)
        finally:
            painter.end()
        return image


def _paint_caption(painter: QPainter, theme: Theme, room: QRectF, told: Narration | None) -> None:
    """What happens, in one line: the place in the passes, a sentence, and the arithmetic on the right."""
    painter.fillRect(room, theme.panel)
    if told is None:
        return
    color = stage_colors(theme, told.stage)[1]
    place, words, numbers = text_font(13, bold=True), text_font(13), number_font(13, bold=True)
    left = room.left() + 14
    left += _write(painter, room.adjusted(left, 0, -14, 0), told.title, place, color) + 12
    used = _width(told.arithmetic, numbers)
    if used < (room.right() - left) * 0.6:
        _write(painter, QRectF(room.right() - 14 - used, room.top(), used, CAPTION), told.arithmetic, numbers, color)
        room = room.adjusted(0, 0, -used - 12, 0)
    _write(painter, QRectF(left, room.top(), room.right() - 14 - left, CAPTION), told.sentence, words, theme.text)


def _write(painter: QPainter, room: QRectF, text: str, font: QFont, color: QColor) -> float:
    """One line, cut short where it does not fit; returns how wide it is."""
    painter.setFont(font)
    painter.setPen(color)
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return _width(shown, font)


def _width(text: str, font: QFont) -> float:
    return float(QFontMetrics(font).horizontalAdvance(text))


def _of_pillow(image: QImage, kind: str) -> Image.Image:
    """The same picture for Pillow; with a palette of its own where the format wants one."""
    from PIL import Image  # only animations need it

    size = image.width(), image.height()
    found = Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine(), 1)
    return found.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) if kind == "GIF" else found
