"""Forward mode beside reverse mode, for the graph as a whole: the cost table, and dual numbers from one input."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.mode_comparison import agreement, cost_table, dual_numbers, is_quick
from backprop_studio.document.slope_entries import fitting
from backprop_studio.document.tangents import Seed, seed_label, seed_value, seeds
from backprop_studio.ui.panels.entry_grid import EntryGrid
from backprop_studio.ui.panels.explanation_cards import NumberTable, selectable_label
from backprop_studio.ui.panels.explanation_checks import SteadyComboBox
from backprop_studio.ui.panels.explanation_fold import FoldCard
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font


class ModesCard(FoldCard):
    """Offered while nothing is selected: passes and multiplications each way, counted on this very graph."""

    play_asked = Signal(object)
    """The Seed that forward mode is to be played for."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("explanation_modes", "Why backward?", themes)
        self._shown: Evaluation | None = None
        self._wanted: Evaluation | None = None
        self.unfolded.connect(self._fill)
        self.table = NumberTable("modes_table")
        self.sentence = selectable_label("modes_sentence", variant="quiet")
        self.button = QPushButton("Count multiplications")
        self.button.setObjectName("modes_count")
        self.button.clicked.connect(self._count)
        self.source = SteadyComboBox()
        self.source.setObjectName("modes_source")
        self.source.setAccessibleName("Carry dual numbers from this input")
        self.source.activated.connect(lambda _: self._choose_source())
        self._entry: Index = ()
        """The entry of the source that is chosen."""
        self.grid = EntryGrid(themes, can_choose=True)
        self.grid.chosen.connect(self._choose_entry)
        words = "Forward mode goes the other way: beside every value it carries the derivative with respect to"
        self._caption = plain_label("modes_caption", words, wrap=True, variant="quiet")
        self.play = QPushButton("Play on the canvas")
        self.play.setObjectName("modes_play")
        self.play.setToolTip(tooltip("Let value and derivative travel forward along the wires, from this input."))
        self.play.clicked.connect(self._play)
        self.duals = NumberTable("modes_duals")
        self.agreement = selectable_label("modes_agreement")
        self.agreement.setFont(number_font(12))
        for part in (
            self.button,
            self.table,
            self.sentence,
            self._caption,
            self.source,
            self.grid,
            self.play,
            self.duals,
            self.agreement,
        ):
            self.column.addWidget(part)

    def show_graph(self, evaluation: Evaluation) -> None:
        """Show the cost of a graph's gradient."""
        loss = evaluation.program.loss
        self.setVisible(loss is not None and evaluation.run.gradients[loss] is not None)
        self._wanted = evaluation
        if self.is_open and not self.isHidden():
            self._fill()

    def _fill(self) -> None:
        """Count and carry for the graph in question, once it is to be seen."""
        evaluation = self._wanted
        if evaluation is None or self._shown is evaluation:
            return
        self._shown = evaluation
        quick = is_quick(evaluation)
        self.button.setVisible(not quick)
        for part in (self.table, self.sentence):
            part.setVisible(quick)
        if quick:
            self._count()
        before = self.source.currentText()
        self.source.clear()
        for seed in seeds(evaluation):
            self.source.addItem(plain(evaluation.graph.nodes[seed.node].names[seed.output]), seed)
        known = self.source.findText(before)
        self.source.setCurrentIndex(max(0, known))
        first = self.source.currentData()
        value = None if first is None else seed_value(evaluation, first)
        if known < 0 or value is None or fitting(self._entry, value.shape) is None:
            self._entry = () if first is None else first.entry
        self._carry()

    def _choose_source(self) -> None:
        """Begin at the first entry of another source."""
        self._entry = self.source.currentData().entry
        self._carry()

    def _choose_entry(self, entry: Index) -> None:
        """Differentiate by another entry."""
        self._entry = entry
        self._carry()

    @property
    def _seed(self) -> Seed | None:
        """The number that is chosen."""
        first = self.source.currentData()
        return None if first is None else replace(first, entry=self._entry)

    def _count(self) -> None:
        if self._shown is None:
            return
        found = cost_table(self._shown)
        self.button.hide()
        self.table.setVisible(found is not None)
        self.sentence.setVisible(found is not None)
        if found is not None:
            self.table.show_rows(found.rows)
            self.sentence.setText(plain(found.sentence))

    def _play(self) -> None:
        if self._seed is not None:
            self.play_asked.emit(self._seed)

    def _carry(self) -> None:
        """Carry dual numbers forward from the chosen number."""
        seed = self._seed
        for part in (self._caption, self.source, self.play, self.duals, self.agreement):
            part.setVisible(seed is not None)
        value = None if self._shown is None or seed is None else seed_value(self._shown, seed)
        self.grid.setVisible(value is not None and value.size > 1)
        if self._shown is None or seed is None or value is None:
            return
        label = seed_label(self._shown, seed)
        if value.size > 1:
            self.grid.show_array(value, f"by {label}; click another entry", "forward", (), seed.entry)
        duals = dual_numbers(self._shown, seed.node, seed.entry, seed.output)
        rows = [(dual.name, dual.value, dual.tangent) for dual in duals]
        self.duals.show_rows([("", "value", f"∂/∂{label}"), *rows])
        self.agreement.setText(plain(agreement(self._shown, seed.node, seed.entry, seed.output)))
