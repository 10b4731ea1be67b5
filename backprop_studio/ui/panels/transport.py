"""The bar that plays the passes: what happens in words and numbers, the buttons, the scrubber, the speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget, QWidgetAction

from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.tangents import Seed, seed_label, seed_value, seeds, with_entry_of
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage
from backprop_studio.session.timeline import Timeline
from backprop_studio.ui.icons import icon
from backprop_studio.ui.panels.entry_grid import EntryGrid
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.panels.scrubber import TYPE as NAMES_TYPE
from backprop_studio.ui.panels.scrubber import Scrubber
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

EVENTS_PER_SECOND = 2.0
"""What a speed of 1× means."""
SPEEDS = (0.05, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
"""From one event in ten seconds to twenty a second."""
WIDTH, HEIGHT = 780, 90
TYPE, ENTRY_TYPE, ICON, BUTTON, SPEED_BUTTON = 13, 12, 16, (28, 26), (56, 26)
"""Pixels of what stands in it."""
WORDS_GAP = 10
LARGE_WIDTH, LARGE_BUTTONS = 60, 0.85
"""In large type: its width in pixels of the type, and by how much of that its buttons grow."""
READY = "Play, or F5, shows the numbers travel"
SEED_WIDTH = 150
START = "The sources hold their values; nothing is computed yet"
KEPT_START = "Values as in the graph again; without zero_grad each .grad keeps what it had"
FORWARD_START = "Each value brings its derivative by the chosen number along"


class TransportBar(QWidget):
    """Shown while the passes are played or stepped through; floats at the foot of the canvas.

    ``size_changed`` tells that it wants another height.
    """

    size_changed = Signal()

    def __init__(
        self,
        timeline: Timeline,
        themes: ThemeManager,
        parent: QWidget | None = None,
        below: QWidget | None = None,
    ) -> None:
        """``below`` stands at the foot while it is not hidden."""
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAccessibleName("Passes")
        self._timeline = timeline
        self._themes = themes
        self._below = below
        self._shown: tuple[object, ...] | None = None
        self._large = 0
        """Pixels of the type where it is to be read from afar, 0 for the usual size."""
        self._title = ElidedLabel("transport_title", text_font(13, bold=True))
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._sentence = ElidedLabel("transport_sentence", text_font(13))
        self._arithmetic = ElidedLabel("transport_arithmetic", number_font(13, bold=True), Qt.AlignmentFlag.AlignRight)
        self._arithmetic.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._entry = ElidedLabel("transport_entry", number_font(ENTRY_TYPE), Qt.AlignmentFlag.AlignRight)
        self._entry.setContentsMargins(0, 0, BUTTON[0] + WORDS_GAP, 0)  # it ends where the arithmetic does
        self._entry.hide()
        self.scrubber = Scrubber(themes)
        self._buttons: dict[str, QToolButton] = {}
        self._lay_out()
        self.scrubber.sought.connect(timeline.seek)
        self.scrubber.next_stage.connect(timeline.next_stage)
        self.scrubber.previous_stage.connect(timeline.previous_stage)
        timeline.changed.connect(self.refresh)
        themes.changed.connect(self._recolour)
        self._recolour()

    def sizeHint(self) -> QSize:
        """As wide as the design has it, with room for what stands below."""
        below = self._below
        if self._large:
            return QSize(LARGE_WIDTH * self._large, super().sizeHint().height())
        entry = 0 if self._entry.isHidden() else self._entry.sizeHint().height() + 4
        return QSize(WIDTH, HEIGHT + entry + (below.sizeHint().height() + 6 if below and not below.isHidden() else 0))

    def set_large(self, pixels: int) -> None:
        """Write in type of so many pixels, and stay while nothing is played; 0 goes back to what is usual."""
        self._large = pixels
        size = pixels or TYPE
        for label, font in (
            (self._title, text_font(size, bold=True)),
            (self._sentence, text_font(size)),
            (self._arithmetic, number_font(size, bold=True)),
            (self._entry, number_font(round(ENTRY_TYPE * size / TYPE))),
        ):
            label.setFont(font)
            label.updateGeometry()
        self._stack_words(bool(pixels))
        self.scrubber.set_type(round(NAMES_TYPE * size / TYPE))
        share = max(size / TYPE * LARGE_BUTTONS, 1.0) if pixels else 1.0
        for name, button in self._buttons.items():
            width, height = SPEED_BUTTON if name == "speed" else BUTTON
            button.setFixedSize(round(width * share), round(height * share))
            button.setIconSize(QSize(round(ICON * share), round(ICON * share)))
        self._buttons["speed"].setFont(number_font(round(12 * share)))
        self._shown = None
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()  # the size is asked for at once
        self.updateGeometry()
        self.refresh()

    def _stack_words(self, stacked: bool) -> None:
        """Give the sentence a line of its own, where the type is so large that it would be cut beside the rest."""
        if stacked == (self._words.indexOf(self._sentence) < 0):
            return
        if stacked:
            self._words.removeWidget(self._sentence)
            self._words.insertStretch(1, 1)
            self._column.insertWidget(1, self._sentence)
        else:
            self._column.removeWidget(self._sentence)
            self._words.takeAt(1)
            self._words.insertWidget(1, self._sentence, 1)

    def refresh(self) -> None:
        """Show where the timeline stands; hidden while nothing is played, unless it is large."""
        timeline = self._timeline
        self._show_entry_line()
        self.setVisible(timeline.is_active or bool(self._large))
        if self.isHidden():
            return
        trace = timeline.trace
        ahead = timeline.progress * (timeline.flight_end - timeline.position)
        stages = list(zip(trace.stages, trace.stage_ends, strict=True)) if trace else []
        self.scrubber.show_state(timeline.position, ahead, stages)
        playing = timeline.is_playing
        self._set_icon("play", "pause" if playing else "play", "Pause" if playing else "Play")
        for name in ("to_start", "back"):
            self._buttons[name].setEnabled(timeline.position > 0 or timeline.progress > 0)
        self._buttons["close"].setEnabled(timeline.is_active)
        for name in ("forward", "to_end"):
            self._buttons[name].setEnabled(timeline.position < timeline.length)
        self._show_seed()
        self._buttons["speed"].setText(speed_text(timeline.speed))
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return on the slider or a button is not meant for the node that is selected on the canvas behind."""
        event.setAccepted(event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card that stands out from the canvas."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._themes.theme.node_border, 1))
        painter.setBrush(self._themes.theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)

    def _lay_out(self) -> None:
        timeline = self._timeline
        words = self._words = QHBoxLayout()
        words.setSpacing(WORDS_GAP)
        words.addWidget(self._title)
        words.addWidget(self._sentence, 1)
        words.addWidget(self._arithmetic)
        words.addWidget(self._button("close", "close", "Leave the passes and show all numbers (Esc)", timeline.stop))
        controls = QHBoxLayout()
        controls.setSpacing(2)
        for name, picture, text, slot in (
            ("to_start", "to-start", "To the start", timeline.to_start),
            ("back", "step-back", "One event back", timeline.step_back),
            ("play", "play", "Play", timeline.toggle),
            ("forward", "step-forward", "One event on", timeline.step_forward),
            ("to_end", "to-end", "To the end", timeline.to_end),
        ):
            controls.addWidget(self._button(name, picture, text, slot), 0, Qt.AlignmentFlag.AlignTop)
        controls.addSpacing(4)
        controls.addWidget(self.scrubber, 1)
        controls.addWidget(self._seed_button(), 0, Qt.AlignmentFlag.AlignTop)
        controls.addWidget(self._speed_button(), 0, Qt.AlignmentFlag.AlignTop)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(16, 7, 10, 4)
        column.setSpacing(4)
        column.addLayout(words)
        column.addWidget(self._entry)
        column.addLayout(controls)
        if self._below is not None:
            column.addWidget(self._below)

    def _button(self, name: str, picture: str, text: str, slot: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setObjectName("transport_" + name)
        button.setProperty("flat", True)
        button.setStyleSheet("padding: 0;")
        button.setProperty("picture", picture)
        button.setIconSize(QSize(ICON, ICON))
        button.setFixedSize(*BUTTON)
        button.setAccessibleName(text)
        button.setToolTip(tooltip(text))
        button.clicked.connect(lambda: slot())
        self._buttons[name] = button
        return button

    def _seed_button(self) -> QToolButton:
        """Shown in forward mode: for which number it is played, with a menu of all others."""
        button = self._button("seed", "", "Play forward mode for another input or parameter", lambda: None)
        button.setFixedSize(SEED_WIDTH, 26)
        button.setFont(number_font(12))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(lambda: self._fill_seeds(menu))
        button.setMenu(menu)
        button.hide()
        return button

    def _fill_seeds(self, menu: QMenu) -> None:
        evaluation = self._timeline.evaluation
        for submenu in menu.findChildren(QMenu):
            submenu.deleteLater()
        menu.clear()
        if evaluation is None:
            return
        now = self._timeline.seed
        for first in seeds(evaluation):
            seed, value = with_entry_of(first, now), seed_value(evaluation, first)
            text = plain(seed_label(evaluation, seed)).replace("&", "&&")
            if value is not None and value.size > 1:
                self._add_entries(menu.addMenu(text), seed, value)
                continue
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(seed == now)
            action.triggered.connect(lambda _=False, seed=seed: self._timeline.set_seed(seed))

    def _add_entries(self, menu: QMenu, seed: Seed, value: Array) -> None:
        """A grid of an array's entries: the one that is clicked is what forward mode is played for."""
        grid = EntryGrid(self._themes, can_choose=True)

        def show(entry: Index) -> None:
            grid.show_array(value, "click an entry", "forward", (), entry)

        def choose(entry: Index) -> None:
            self._timeline.set_seed(replace(seed, entry=entry))
            show(entry)

        show(seed.entry)
        grid.setFixedSize(grid.sizeHint())
        grid.chosen.connect(choose)
        action = QWidgetAction(menu)
        action.setDefaultWidget(grid)
        menu.addAction(action)

    def _show_seed(self) -> None:
        caption, button = self._timeline.tangent_caption, self._buttons["seed"]
        button.setVisible(caption is not None)
        if caption is not None:
            metrics = QFontMetrics(button.font())
            room, whole = SEED_WIDTH - 24, f"derivative {caption}"
            fits = metrics.horizontalAdvance(whole) <= room
            text = whole if fits else metrics.elidedText(caption, Qt.TextElideMode.ElideMiddle, room)
            button.setText(plain(text).replace("&", "&&"))

    def _speed_button(self) -> QToolButton:
        button = self._button("speed", "", "Speed", lambda: None)
        button.setFixedSize(*SPEED_BUTTON)
        button.setFont(number_font(12))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        group = QActionGroup(menu)
        for factor in SPEEDS:
            action = menu.addAction(f"{factor:g}×\t{factor * EVENTS_PER_SECOND:g} a second")
            action.setObjectName(f"speed_{factor:g}")
            action.setCheckable(True)
            action.setChecked(factor * EVENTS_PER_SECOND == self._timeline.speed)
            action.setData(factor)
            group.addAction(action)
        group.triggered.connect(lambda action: self._timeline.set_speed(action.data() * EVENTS_PER_SECOND))
        menu.aboutToShow.connect(lambda: self._check_speed(group))
        button.setMenu(menu)
        return button

    def _check_speed(self, group: QActionGroup) -> None:
        for action in group.actions():
            action.setChecked(action.data() * EVENTS_PER_SECOND == self._timeline.speed)

    def _tell(self) -> None:
        """Put what happens now, or happened last, into words."""
        timeline, theme = self._timeline, self._themes.theme
        now = timeline.current_events if timeline.is_active else None
        shown = (timeline.trace, timeline.rule, now, timeline.halted_at, timeline.position)
        if self._shown == shown:
            return
        self._shown = shown
        self._entry.show_text("", theme.quiet)
        if not timeline.is_active:
            self._title.show_text("Ready", theme.quiet)
            self._sentence.show_text(READY, theme.text)
            self._arithmetic.show_text("", theme.text)
            return
        told = timeline.current_narration
        if told is None:
            self._title.show_text("Start" if timeline.seed is None else "Forward mode", theme.quiet)
            self._sentence.show_text(self._start_sentence(), theme.text)
            self._arithmetic.show_text("", theme.text)
            return
        color = stage_color(theme, told.stage)
        self._title.show_text(told.title, color)
        self._arithmetic.show_text(told.arithmetic, color)
        obstacle = timeline.obstacle if timeline.progress == 0.0 else None
        if obstacle is not None:
            self._title.show_text("The passes end here", theme.error)  # instead of the count: the sentence needs room
            self._arithmetic.show_text("", color)
            self._sentence.show_text(obstacle, theme.error)
        elif timeline.halted_at is not None and timeline.evaluation is not None:
            name = timeline.evaluation.graph.nodes[timeline.halted_at].name
            self._sentence.show_text(f"Breakpoint at {name}: {told.sentence}", theme.error)
        else:
            self._sentence.show_text(told.sentence, theme.text)
        if obstacle is None and not self._entry.isHidden():
            self._entry.show_text(timeline.current_entry, theme.quiet)

    def _start_sentence(self) -> str:
        """What is known before the first event."""
        if self._timeline.seed is not None:
            return FORWARD_START
        return KEPT_START if self._timeline.rule.kept else START

    def _show_entry_line(self) -> None:
        """Have a line for an entry where there are arrays, throughout the passes: the bar must not jump."""
        wanted = self._timeline.seed is None and self._timeline.has_arrays
        if wanted == self._entry.isHidden():
            self._entry.setVisible(wanted)
            self.size_changed.emit()

    def _set_icon(self, name: str, picture: str, text: str) -> None:
        button = self._buttons[name]
        if button.property("picture") != picture:
            button.setProperty("picture", picture)
            button.setIcon(icon(picture, self._themes.theme.text))
            button.setAccessibleName(text)
            button.setToolTip(tooltip(text))

    def _recolour(self) -> None:
        for button in self._buttons.values():
            picture = button.property("picture")
            if picture:
                button.setIcon(icon(picture, self._themes.theme.text))
        self._shown = None
        self.refresh()
        self.update()


def stage_color(theme: Theme, stage: Stage) -> QColor:
    """The colour of text about a stage."""
    return {
        Stage.FORWARD: theme.forward_text,
        Stage.BACKWARD: theme.backward_text,
        Stage.TANGENT: theme.tangent_text,
    }.get(stage, theme.update_text)


def speed_text(events_per_second: float) -> str:
    """A speed as a factor, such as "0.5×"."""
    return f"{events_per_second / EVENTS_PER_SECOND:g}×"
