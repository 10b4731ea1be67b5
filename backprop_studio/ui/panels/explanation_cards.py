"""The cards of the explanation: a derivation, its terms as links, the entries of its arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from backprop_studio.document.entries import EntryStory, follow_contribution, follow_value
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import MOST_TERMS, Block, Line, Term
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import size_words
from backprop_studio.document.symbols_text import Written
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.formula_shelf import FormulaShelf
from backprop_studio.ui.panels.entry_grid import EntryGrid
from backprop_studio.ui.panels.formula_view import FormulaView
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.link_button import LinkButton
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

ROLES: dict[Stage, Role] = {
    Stage.FORWARD: "forward", Stage.BACKWARD: "backward", Stage.UPDATE: "update", Stage.ZERO_GRAD: "update",
    Stage.TANGENT: "tangent",
}  # fmt: skip

LINK_TIP = "Select this wire and see its rule."


LONG_NAME = 8
"""Characters of a name from which on it may break."""
_JOINT = re.compile(r"_|∂/∂|\w(?=\[)")


class FormulaStack(QWidget):
    """Formulas one below the other; their widgets are used again when others are shown."""

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__()
        self._shelf, self._themes = shelf, themes
        self.views: list[FormulaView] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def show_formulas(self, formulas: list[tuple[Written, Role]]) -> None:
        """Show these, hide the rest."""
        while len(self.views) < len(formulas):
            view = FormulaView(self._shelf, self._themes)
            self.views.append(view)
            self._column.addWidget(view)
        for at, view in enumerate(self.views):
            view.setVisible(at < len(formulas))
            if at < len(formulas):
                view.show_formula(*formulas[at])


class Card(QFrame):
    """A tinted ground with a heading."""

    def __init__(self, name: str, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName(name)
        self.heading = plain_label(name + "_heading", wrap=True)
        self.heading.setFont(text_font(12, bold=True))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 9, 12, 10)
        self.column.setSpacing(6)
        self.column.addWidget(self.heading)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    def _recolour(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QFrame#{self.objectName()} {{ background: {theme.field.name()}; border: 1px solid {theme.line.name()};"
            " border-radius: 7px; }"
        )


class BlockCard(Card):
    """One derivation. ``wire_chosen`` is emitted with the wire of a term that was clicked."""

    wire_chosen = Signal(object)

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__("explanation_block", themes)
        self._themes = themes
        self._terms: list[LinkButton] = []
        self.formulas = FormulaStack(shelf, themes)
        self._links = QWidget()
        self._link_column = QVBoxLayout(self._links)
        self._link_column.setContentsMargins(0, 0, 0, 0)
        self._link_column.setSpacing(3)
        self._notes = selectable_label("explanation_notes", variant="quiet")
        self.tensor = TensorPart(shelf, themes)
        for part in (self.formulas, self._links, self._notes, self.tensor):
            self.column.addWidget(part)

    def show_block(self, evaluation: Evaluation, block: Block) -> None:
        """Show a derivation."""
        self.heading.setText(plain(block.heading))
        self.formulas.show_formulas([(line.written, _role(line, block)) for line in block.lines])
        for view, line in zip(self.formulas.views, block.lines, strict=False):
            view.setToolTip(tooltip(f"{line.written.text}\n{line.hint}" if line.hint else line.written.text))
        self._show_terms(block)
        self._notes.setText(plain("\n".join(block.notes)))
        self._notes.setVisible(bool(block.notes))
        self.tensor.show_block(evaluation, block)

    def _show_terms(self, block: Block) -> None:
        for button in self._terms:
            button.deleteLater()
        self._terms.clear()
        for factor in block.factors:
            self._link(factor, factor.label, f"= {factor.written.text}")
        for term in block.terms[:MOST_TERMS]:
            self._link(term, f"from {term.label}", term.written.text)
        self._links.setVisible(bool(self._terms))

    def _link(self, term: Term, text: str, number: str) -> None:
        """Add a button that selects the wire of a term."""
        button = LinkButton("explanation_term", text, number, LINK_TIP)
        button.clicked.connect(lambda: self.wire_chosen.emit(term.wire))
        self._terms.append(button)
        self._link_column.addWidget(button)


class TensorPart(QWidget):
    """The entries of a result: a chosen one is followed as scalars, and what made it is lit.

    ``followed`` is emitted when another entry is chosen.
    """

    followed = Signal()

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._evaluation: Evaluation | None = None
        self._block: Block | None = None
        self._entry: Index | None = None
        self._hint = plain_label("entry_hint", "Click an entry to follow another one.", wrap=True, variant="quiet")
        self.grid = EntryGrid(themes, can_choose=True)
        self.title = selectable_label("entry_title")
        self.title.setFont(text_font(12, bold=True))
        self.story = FormulaStack(shelf, themes)
        self._operands: list[EntryGrid] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(6)
        for part in (self._hint, self.grid, self.title, self.story):
            self._column.addWidget(part)
        self.grid.chosen.connect(self.follow)

    @property
    def entry(self) -> Index | None:
        """The entry that is followed, None where none is."""
        return self._entry if not self.isHidden() else None

    @property
    def output(self) -> int:
        """Which of its node's outputs the entry is of."""
        block, evaluation = self._block, self._evaluation
        if block is None or evaluation is None:
            return 0
        call = block.call
        if block.edge is not None:
            call = evaluation.program.calls[block.edge[0]].inputs[block.edge[1]]
        return 0 if call is None else evaluation.output_at(call)

    @property
    def operands(self) -> list[EntryGrid]:
        """The grids of what the result was made of that are shown."""
        return [grid for grid in self._operands if not grid.isHidden()]

    def show_block(self, evaluation: Evaluation, block: Block) -> None:
        """Show the entries of a derivation's result; nothing for a single number."""
        before = self._block
        same = before is not None and (block.edge, block.call, block.heading) == (
            before.edge, before.call, before.heading
        )  # fmt: skip
        self._evaluation, self._block = evaluation, block
        result = block.result
        shown = result is not None and result.size > 1
        self.setVisible(shown)
        if not shown or result is None:
            return
        keeps = same and self._entry is not None and _fits(self._entry, result)
        self._entry = self._entry if keeps else self._telling(result)
        self._show(result)

    def _telling(self, result: Array) -> Index | None:
        """The entry that is followed until another is chosen: that of largest magnitude; None where nothing made it."""
        block, evaluation = self._block, self._evaluation
        if block is None or evaluation is None or not self._can_follow or not np.isfinite(result).all():
            return None
        if block.edge is None and block.call is not None and evaluation.program.calls[block.call].op.is_source:
            return None
        return tuple(int(at) for at in np.unravel_index(int(np.abs(result).argmax()), result.shape))

    def follow(self, entry: Index) -> None:
        """Follow one entry."""
        if self._block is not None and self._block.result is not None:
            self._entry = entry
            self._show(self._block.result)
            self.followed.emit()

    def _show(self, result: Array) -> None:
        assert self._block is not None
        assert self._evaluation is not None
        role = ROLES[self._block.stage]
        caption = f"{self._caption()}, {size_words(result.shape)}"
        self.grid.show_array(result, caption, role, (), self._entry)
        story = self._story() if self._entry is not None else None
        self._hint.setVisible(self._can_follow)
        for part in (self.title, self.story):
            part.setVisible(story is not None)
        if story is not None:
            self.title.setText(plain(story.title))
            lines = [(line, "text") for line in story.lines[:-1]]
            self.story.show_formulas([*lines, (story.lines[-1], role)])  # type: ignore[list-item]
        self._show_operands(story)

    def _caption(self) -> str:
        """What the array is, such as "∂L/∂W through m"."""
        assert self._block is not None
        assert self._evaluation is not None
        program, edge = self._evaluation.program, self._block.edge
        if edge is None or program.loss is None:
            return self._block.heading
        source = program.calls[program.calls[edge[0]].inputs[edge[1]]].name
        return f"∂{program.calls[program.loss].name}/∂{source} through {program.calls[edge[0]].name}"

    @property
    def _can_follow(self) -> bool:
        block = self._block
        return block is not None and any(way is not None for way in (block.edge, block.call, block.follow))

    def _story(self) -> EntryStory | None:
        assert self._block is not None
        assert self._evaluation is not None
        assert self._entry is not None
        if self._block.follow is not None:
            return self._block.follow(self._entry)
        if self._block.edge is not None:
            return follow_contribution(self._evaluation, *self._block.edge, self._entry)
        return follow_value(self._evaluation, self._block.call, self._entry) if self._block.call is not None else None

    def _show_operands(self, story: EntryStory | None) -> None:
        """The arrays that the entry was made of, with the entries that made it lit."""
        found: list[tuple[Array, str, Role, frozenset[Index]]] = []
        if story is not None and self._block is not None and self._evaluation is not None:
            evaluation, calls = self._evaluation, self._evaluation.program.calls
            call = self._block.edge[0] if self._block.edge is not None else self._block.call
            upstream = evaluation.run.gradients[call] if self._block.edge is not None and call is not None else None
            if upstream is not None and call is not None:
                caption = f"upstream gradient at {calls[call].name}"
                found.append((upstream, caption, "backward", story.lit_upstream))
            for source, lit in story.lit_values.items():
                value = evaluation.run.values[source]
                if value is not None and lit:
                    found.append((value, f"value of {calls[source].name}", "forward", lit))
        while len(self._operands) < len(found):
            grid = EntryGrid(self._themes)
            self._operands.append(grid)
            self._column.addWidget(grid)
        for at, grid in enumerate(self._operands):
            grid.setVisible(at < len(found))
            if at < len(found):
                grid.show_array(*found[at])


class ButtonRow(QWidget):
    """Buttons side by side, behind a quiet word."""

    def __init__(self, word: str, *buttons: QAbstractButton) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        label = plain_label("", word, variant="quiet")
        label.setFont(text_font(11))
        row.addWidget(label)
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)


class NumberTable(QWidget):
    """Rows of a name and numbers, the numbers right-aligned."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(0, 1)
        self._grid.setVerticalSpacing(3)
        self._labels: dict[tuple[int, int], QLabel] = {}
        """By row and column; kept from one table to the next, as a check fills its rows one by one."""
        self.rows: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these rows; the first is a heading."""
        if self.rows == tuple(rows):
            return
        self.rows = tuple(rows)
        cells = {(at, column): text for at, row in enumerate(rows) for column, text in enumerate(row)}
        for place in self._labels.keys() - cells.keys():
            self._labels[place].hide()
        for place, text in cells.items():
            label = self._labels.get(place)
            if label is None:
                label = self._labels[place] = self._new_label(*place)
            text = plain(_between_words(text) if _is_name(*place) else text)
            if label.text() != text:
                label.setText(text)
            label.show()

    def _new_label(self, at: int, column: int) -> QLabel:
        is_name = _is_name(at, column)
        label = plain_label("", wrap=is_name, variant="quiet" if is_name else "")
        label.setFont(number_font(12))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        self._grid.addWidget(label, at, column, side)
        return label


def _is_name(at: int, column: int) -> bool:
    """Headings and what stands in the first column."""
    return at == 0 or column == 0


def _between_words(text: str) -> str:
    """A name with invisible places to break where it is long: behind an underscore, before an index."""
    return _JOINT.sub(lambda found: found[0] + "\u200b", text) if len(text) > LONG_NAME else text


def selectable_label(name: str, *, variant: str = "") -> QLabel:
    """A label of several lines whose text can be selected and copied."""
    label = plain_label(name, wrap=True, variant=variant)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _role(line: Line, block: Block) -> Role:
    if line.kind == "result":
        is_shape = block.result is not None and block.result.size > 1  # no number, so not in the colour of one
        return "quiet" if is_shape else ROLES[block.stage]
    return "quiet" if line.kind == "shapes" else "text"


def _fits(entry: Index, array: Array) -> bool:
    return len(entry) == array.ndim and all(at < size for at, size in zip(entry, array.shape, strict=True))
