"""The passes as an animation without a window: GIF, APNG and WebP, by the painters that paint the canvas."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.narration import Narration
from backprop_studio.session.play_units import Unit
from backprop_studio.session.stepped_timeline import SteppedTimeline
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
FPS = 12.5
"""Frames a second; GIF counts in hundredths of a second."""
MOST_UNITS = 60
"""Where more events happen, all of a node happens at once; where those are more too, all of a layer."""
UNIT_SECONDS, MOST_FRAMES = 0.64, 600
"""About how long one event (or node, or layer) takes, in a power of two of frames; fewer where there would be many."""
RESTS = {"start": 0.5, "end": 2.0}
"""Seconds for which the first and the last picture stand."""
WIDEST, SCALE = 1280.0, 1.5
"""Pixels that an animation is wide at most, and pixels a scene unit where it is narrower."""
TALLEST = 2160.0
"""Pixels that an animation is high at most."""
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
    *,
    fps: float = FPS,
    width: int | None = None,
) -> None:
    """Write both passes to ``path``, by its ending. ``on_frame`` hears how many frames are done, and of how many.

    ``fps`` are frames a second, ``width`` is in pixels; None for what suits the graph. Raises ValueError with a
    sentence for another ending or a graph without passes, OSError where the file can not be written.
    """
    target = Path(path)
    kind = kind_of(target)
    film = Film(evaluation, THEMES[theme_name], fps=fps, width=width)

    def told() -> Iterator[QImage]:
        for done, image in enumerate(film, 1):
            yield image
            if on_frame is not None:
                on_frame(done, len(film))

    write_whole(target, encoded(told(), film.samples(), kind, fps))


def kind_of(path: Path) -> str:
    """What Pillow calls a file of that ending. Raises ValueError with a sentence for one that no animation has."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ValueError(f"{path.name}: animations are written as {', '.join(FORMATS)}. Choose one of these endings.")
    return kind


def encoded(frames: Iterable[QImage], samples: Iterable[QImage], kind: str, fps: float) -> bytes:
    """The file of an animation, for which Pillow keeps every frame: hence in the colours of some, a byte a pixel."""
    from PIL import Image  # only animations need it

    palette = _palette([_of_pillow(image) for image in samples])
    waiting = (_of_pillow(image).quantize(palette=palette, dither=Image.Dither.NONE) for image in frames)
    data = io.BytesIO()
    options = {"lossless": True, "quality": 20, "method": 0} if kind == "WEBP" else {}  # sharp, and soon done
    first, *rest = waiting  # a list: some formats ask for them twice
    first.save(data, kind, save_all=True, append_images=rest, duration=round(1000 / fps), loop=0, **options)
    return data.getvalue()


def _palette(samples: Sequence[Image.Image]) -> Image.Image:
    """The colours of some frames from all over the passes: with one palette, what stands still stays the same."""
    from PIL import Image

    sheet = Image.new("RGB", (samples[0].width, samples[0].height * len(samples)))
    for at, image in enumerate(samples):
        sheet.paste(image, (0, at * image.height))
    return sheet.quantize(256, Image.Quantize.MEDIANCUT)


def _of_pillow(image: QImage) -> Image.Image:
    """The same picture for Pillow."""
    from PIL import Image

    size = image.width(), image.height()
    return Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine(), 1)


def _timeline(evaluation: Evaluation) -> Timeline:
    """A timeline of the passes that happens in as many units as can be watched."""
    timeline = SteppedTimeline()
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


def _moments(timeline: Timeline, fps: float) -> Iterator[Timeline]:
    """The timeline at each frame."""
    count, step = _count(timeline), 2.0 ** -max(round(log2(fps * UNIT_SECONDS)), 0)
    while count > MOST_FRAMES * step:
        step *= 2.0
    timeline.to_start()
    yield from (timeline for _ in range(max(round(RESTS["start"] * fps), 1)))
    timeline.set_speed(1.0)
    timeline.play()
    while timeline.is_playing:
        timeline.advance(step)
        yield timeline
    yield from (timeline for _ in range(round(RESTS["end"] * fps)))


class Film:
    """The frames of both passes, painted anew each time they are asked for: all at once would take much memory.

    ``len`` says how many there are. Raises ValueError with a sentence where there are no passes.
    """

    def __init__(self, evaluation: Evaluation, theme: Theme, *, fps: float = FPS, width: int | None = None) -> None:
        """``fps`` are frames a second, ``width`` is in pixels; None for what suits the graph."""
        if not evaluation.trace.events:
            raise ValueError(
                "There are no passes to show: nothing in the graph can be computed. Give its inputs values."
            )
        need_application()
        self._evaluation, self._theme, self._fps = evaluation, theme, fps
        self._scene = Scene.of(evaluation)
        self._graph_painter = GraphPainter(theme, grid=False)
        self._pass_painter = PassPainter(self._graph_painter)
        area = area_of(self._scene)
        scale = min(SCALE, WIDEST / max(area.width(), 1.0)) if width is None else width / max(area.width(), 1.0)
        scale = min(scale, TALLEST / max(area.height(), 1.0))
        self._frame = Frame(scale, round(-area.left() * scale), round(-area.top() * scale), 1.0)
        across = max(round(area.width() * scale), NARROWEST) if width is None else width
        self._pixels = QRect(0, 0, across, max(round(area.height() * scale), 1))
        self._total = sum(1 for _ in _moments(_timeline(evaluation), fps))
        self._kept: tuple[object, QImage] | None = None

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[QImage]:
        for moment in _moments(_timeline(self._evaluation), self._fps):
            yield self._paint(moment)

    def samples(self) -> list[QImage]:
        """Some frames from all over the passes."""
        timeline, found = _timeline(self._evaluation), []
        for share in SAMPLES:
            timeline.seek(round(share * timeline.length))
            found.append(self._paint(timeline))
        return found

    def _paint(self, timeline: Timeline) -> QImage:
        image = self._still(timeline).copy()
        painter = QPainter(image)
        try:
            self._pass_painter.paint(painter, self._frame, self._scene)
            room = QRectF(0, self._pixels.height(), self._pixels.width(), CAPTION)
            _paint_caption(painter, self._theme, room, timeline.current_narration)
        finally:
            painter.end()
        return image

    def _still(self, timeline: Timeline) -> QImage:
        """What does not move between two events, painted once for all frames from one to the next."""
        scene, evaluation, pixels = self._scene, self._evaluation, self._pixels
        moment = (timeline, timeline.position, timeline.reached, timeline.progress > 0.0)
        if self._kept is not None and self._kept[0] == moment:
            return self._kept[1]
        scene.labels = Labels(evaluation.graph, evaluation, timeline)
        scene.marks = WireMarks(evaluation.graph, evaluation, timeline)
        image = QImage(pixels.width(), pixels.height() + CAPTION, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        try:
            painter.fillRect(image.rect(), self._theme.canvas)
            self._graph_painter.paint(painter, self._frame, scene, pixels)
        finally:
            painter.end()
        self._kept = (moment, image)
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
