"""The function of an operation, or the loss over one source, with its tangent: the plot comes from another room."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from backprop_studio.document.number_text import number
from backprop_studio.document.slopes import Slope
from backprop_studio.ui.panels.explanation_cards import selectable_label
from backprop_studio.ui.panels.explanation_checks import SteadyComboBox
from backprop_studio.ui.panels.explanation_fold import FoldCard
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager


class SlopeCard(FoldCard):
    """``plot_wanted`` is emitted once, when a plot is to be seen first; ``shown`` with every Slope from then on.

    ``pair_chosen`` carries the Pair of entries that is to be shown instead.
    """

    plot_wanted = Signal()
    shown = Signal(object)
    pair_chosen = Signal(object)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("explanation_slope", "Slope", themes)
        self.slope: Slope | None = None
        """What is shown, None where there is nothing."""
        self._plot: QWidget | None = None
        self._sentence = selectable_label("slope_sentence", variant="quiet")
        self.pairs = SteadyComboBox()
        self.pairs.setObjectName("slope_pairs")
        self.pairs.setAccessibleName("Entries that the plot shows")
        self.pairs.setToolTip("Which entry of the result is drawn, over which entry of the input.")
        self.pairs.setMinimumContentsLength(6)
        self.pairs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.pairs.activated.connect(lambda _: self.pair_chosen.emit(self.pairs.currentData()))
        self.column.addWidget(self._sentence)
        self.column.addWidget(self.pairs)
        self.unfolded.connect(self._open)

    def show_slope(self, slope: Slope | None) -> None:
        """Show a function, or hide the card."""
        self.slope = slope
        self.setVisible(slope is not None)
        if slope is None:
            return
        self.set_title(slope.title)
        self.set_summary("kink" if slope.is_kink else f"slope {number(slope.slope)}")
        self._sentence.setText(plain(slope.sentence))
        self._offer(slope)
        self._open()

    def _offer(self, slope: Slope) -> None:
        """Offer the other entries."""
        self.pairs.setVisible(bool(slope.choices))
        self.pairs.clear()
        for pair in slope.choices:
            self.pairs.addItem(plain(slope.label_of(pair)), pair)
            if pair == slope.entries:
                self.pairs.setCurrentIndex(self.pairs.count() - 1)

    def set_plot(self, plot: QWidget) -> None:
        """Place the plot."""
        self._plot = plot
        self.column.insertWidget(0, plot)

    def _open(self) -> None:
        if self.slope is None or not self.is_open:
            return
        if self._plot is None:
            self.plot_wanted.emit()
        self.shown.emit(self.slope)
