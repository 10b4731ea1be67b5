"""The explanation: why the current event, the selected wire or the selected node shows the number it shows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPixmap, QRegion, QShowEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation, explain_node, explain_wire
from backprop_studio.document.graph import Wire
from backprop_studio.document.slope_entries import Pair
from backprop_studio.document.slopes import slope_of
from backprop_studio.document.tangents import Seed
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.formula_shelf import FormulaShelf
from backprop_studio.ui.panels.explanation_cards import BlockCard, ButtonRow, TensorPart, selectable_label
from backprop_studio.ui.panels.explanation_check_list import CheckListCard
from backprop_studio.ui.panels.explanation_checks import LampCard, NudgeCard, WhyCard
from backprop_studio.ui.panels.explanation_modes import ModesCard
from backprop_studio.ui.panels.explanation_slope import SlopeCard
from backprop_studio.ui.panels.stale_note import StaleNote
from backprop_studio.ui.panels.transport import stage_color
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.scrolling import scrolled
from backprop_studio.ui.theme import ThemeManager, text_font

REFRESH_MILLISECONDS = 30
LEAST_WIDTH = 280
"""Below this, in pixels, formulas and links would be cut off at the right."""
STALE = "Training is running. This explains the numbers from before it began; it follows when training pauses."
STEP_ON = "Nothing has travelled yet. Step on, or play: each step is explained here."
BEGIN = (
    "Select a node or a wire to see where its numbers come from, or play the passes: "
    "this panel then explains each step."
)


class ExplanationPanel(QWidget):
    """Follows the passes while they play, else the selection."""

    wire_chosen = Signal(object)
    """A wire whose link was clicked: it is about to be selected, and should be seen."""

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explanation")
        self.setMinimumWidth(LEAST_WIDTH)
        self._session, self._themes = session, themes
        self._shown: tuple[object, ...] | None = None
        self._subject = ""
        self._chosen: TensorPart | None = None
        """Where an entry was chosen last."""
        self.explanation: Explanation | None = None
        """What is explained now, None where nothing is."""
        self.hides_ahead = False
        """Must what was not reached yet stay hidden?"""
        self.shelf = FormulaShelf(self)
        self.title = selectable_label("explanation_title")
        self.title.setFont(text_font(13, bold=True))
        self.sentence = selectable_label("explanation_sentence")
        self.stale = StaleNote("explanation_stale", STALE, session.training)
        self.blocks = [BlockCard(self.shelf, themes) for _ in range(2)]
        """Cards of derivations, used again; more are made where they are needed."""
        self.lamp, self.nudge, self.why = LampCard(themes), NudgeCard(themes), WhyCard(self.shelf, themes)
        self.questions = [(self.why, self.lamp, self.nudge)]
        """What is asked about the gradient of each output: of almost every node there is one."""
        self.slope = SlopeCard(themes)
        self.checks, self.modes = CheckListCard(themes), ModesCard(themes)
        self._page = QWidget()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Explain what is current."""
        self._timer.stop()
        if not self.isVisible():
            return
        session, evaluation = self._session, self._session.evaluation
        subject = self._find_subject()
        if not session.is_evaluated and subject is not None:
            return  # the evaluation of the present graph is on its way
        timeline = session.timeline
        state = (evaluation, subject, timeline.trace, timeline.rule, self.hides_ahead, self._moment)
        if self._shown == state:
            return
        self._shown = state
        self.explanation = self._explain(evaluation, subject)
        self._show(evaluation)

    def show_checks(self) -> None:
        """Show the list of checked gradients, until something else is explained."""
        self.refresh()
        self.checks.heading.setChecked(True)
        self.checks.setVisible(not self.hides_ahead)
        self._bring_into_view(self.checks)

    def to_top(self) -> None:
        """Show the explanation from its beginning."""
        self.refresh()
        self._scroll_to_top()

    def copy_text(self) -> None:
        """Put the explanation on the clipboard as text."""
        if self.explanation is not None:
            QGuiApplication.clipboard().setText(self.explanation.text)

    def copy_latex(self) -> None:
        """Put its formulas on the clipboard as LaTeX."""
        if self.explanation is not None:
            QGuiApplication.clipboard().setText(self.explanation.latex)

    def copy_image(self) -> None:
        """Put a picture of the step on the clipboard: its title, sentence and derivation."""
        last = next((block for block in reversed(self.blocks) if not block.isHidden()), None)
        if last is None or self.explanation is None:
            return
        ratio = 2.0
        shown = QRect(0, 0, self._page.width(), last.geometry().bottom() + 1)
        height = shown.height() + self._column.contentsMargins().bottom()
        picture = QPixmap(round(shown.width() * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._themes.theme.panel)
        self._page.render(picture, QPoint(), QRegion(shown))
        QGuiApplication.clipboard().setPixmap(picture)

    def shutdown(self) -> None:
        """End the thread that sets formulas."""
        self._timer.stop()
        self.shelf.shutdown()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not followed while hidden."""
        super().showEvent(event)
        self._soon()

    def _lay_out(self) -> None:
        buttons = []
        for name, text, tip, slot in (
            ("text", "Text", "Put this explanation on the clipboard as text.", self.copy_text),
            ("latex", "LaTeX", "Put its formulas on the clipboard as LaTeX.", self.copy_latex),
            ("image", "Image", "Put a picture of this step on the clipboard.", self.copy_image),
        ):
            button = QToolButton()
            button.setText(text)
            button.setObjectName("copy_" + name)
            button.setProperty("flat", True)
            button.setFont(text_font(11))
            button.setAccessibleName(tip.rstrip("."))
            button.setToolTip(tooltip(tip))
            button.clicked.connect(slot)
            buttons.append(button)
        self._copy = ButtonRow("Copy as", *buttons)
        column = self._column = QVBoxLayout(self._page)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        rest = (self._copy, self.why, self.slope, self.lamp, self.nudge, self.checks, self.modes)
        for part in (self.stale, self.title, self.sentence, *self.blocks, *rest):
            column.addWidget(part)
        column.addStretch(1)
        area = self._area = scrolled(self._page, Qt.FocusPolicy.TabFocus)
        area.setObjectName("explanation_area")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _connect(self) -> None:
        session = self._session
        for block in self.blocks:
            self._connect_block(block)
        self.slope.pair_chosen.connect(self._show_slope)
        self._connect_questions(*self.questions[0])
        for card in (self.slope, self.checks):
            card.heading.clicked.connect(lambda _=False, card=card: self._bring_into_view(card))
        self.modes.play_asked.connect(self._play_forward_mode)
        session.selection_changed.connect(self._soon)
        session.evaluated.connect(self._soon)
        session.graph_changed.connect(self._soon)
        session.timeline.changed.connect(self._soon)
        self._themes.changed.connect(self._colour_title)

    def _scroll_to_top(self) -> None:
        self._area.verticalScrollBar().setValue(0)

    def _bring_into_view(self, card: QWidget) -> None:
        """Scroll to a card that was unfolded, once it has its room."""

        def scroll() -> None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # what was loaded first needs its height
            self._area.ensureWidgetVisible(card, 0, 8)

        QTimer.singleShot(REFRESH_MILLISECONDS, card, scroll)

    def _connect_block(self, block: BlockCard) -> None:
        block.wire_chosen.connect(self._choose_wire)
        block.tensor.followed.connect(lambda tensor=block.tensor: self._follow(tensor))

    def _soon(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start(REFRESH_MILLISECONDS)

    def _play_forward_mode(self, seed: Seed) -> None:
        if self._session.timeline.set_seed(seed):
            self._session.timeline.play()

    def _choose_wire(self, wire: Wire) -> None:
        self.wire_chosen.emit(wire)  # before it is selected, so that it is seen then
        self._session.select((), wire)

    def _find_subject(self) -> int | Wire | tuple[str, int] | None:
        """An event of the passes while they are shown, else the one node or wire selected, else what was before."""
        session, nodes = self._session, self._session.graph.nodes
        if session.timeline.is_active:
            event = session.timeline.current_event_index()
            return ("event", event) if event is not None else None
        selection = [node for node in session.selection if node in nodes]
        if len(selection) == 1:
            return selection[0]
        if selection:  # of a path that was chosen here, or of several nodes: go on explaining what there was
            before = self._shown[1] if self._shown is not None else None
            return before if isinstance(before, int) and before in nodes else None
        return session.selected_wire

    def _show(self, evaluation: Evaluation) -> None:
        found = self.explanation
        self.title.setVisible(found is not None)
        self.title.setText(plain(found.title) if found is not None else "")
        self._colour_title()
        nothing = STEP_ON if self._session.timeline.is_active else BEGIN
        self.sentence.setText(plain(found.sentence if found is not None else nothing))
        self.sentence.setVisible(bool(self.sentence.text()))
        shown = found.blocks if found is not None else ()
        while len(self.blocks) < len(shown):
            block = BlockCard(self.shelf, self._themes)
            self._connect_block(block)
            self._column.insertWidget(self._column.indexOf(self.blocks[-1]) + 1, block)
            self.blocks.append(block)
        for at, card in enumerate(self.blocks):
            card.setVisible(at < len(shown))
            if at < len(shown):
                card.show_block(evaluation, shown[at])
        self._copy.setVisible(found is not None)
        node = self._node_in_question(found)
        self._ask(evaluation, found, node)
        self._show_slope()
        self.checks.setVisible(found is None and not self.hides_ahead)
        if found is None and not self.hides_ahead:
            self.modes.show_graph(evaluation)
        else:
            self.modes.hide()
        subject = found.title if found is not None else ""
        if subject != self._subject:
            self._subject = subject
            # Later: a card that had the focus and is hidden now hands it on, which scrolls.
            QTimer.singleShot(0, self, self._scroll_to_top)

    def _colour_title(self) -> None:
        """An event is called in the colour of its stage, as on the transport bar."""
        timeline, theme = self._session.timeline, self._themes.theme
        trace, at = timeline.trace, timeline.current_event_index()
        color = theme.text if trace is None or at is None else stage_color(theme, trace.events[at].stage)
        style = f"color: {color.name()};"
        if self.title.styleSheet() != style:
            self.title.setStyleSheet(style)

    def _ask(self, evaluation: Evaluation, found: Explanation | None, node: int | None) -> None:
        """Show the questions about a node's gradient, of every output that has one."""
        outputs = () if node is None or self._is_ahead(node) else _outputs_in_question(evaluation, found, node)
        while len(self.questions) < len(outputs):
            self._add_questions()
        for at, (why, lamp, nudge) in enumerate(self.questions):
            if node is None or at >= len(outputs):
                for part in (why, lamp, nudge):
                    part.hide()
                continue
            why.show_node(evaluation, node, outputs[at])
            lamp.show_node(evaluation, node, outputs[at], found.wire if found is not None else None)
            nudge.show_node(evaluation, node, outputs[at])

    def _add_questions(self) -> None:
        """One more set of questions, below the others."""
        more = WhyCard(self.shelf, self._themes), LampCard(self._themes), NudgeCard(self._themes)
        for card in more:
            self._column.insertWidget(self._column.indexOf(self.checks), card)
        self.questions.append(more)
        self._connect_questions(*more)

    def _connect_questions(self, why: WhyCard, lamp: LampCard, nudge: NudgeCard) -> None:
        for card in (why, lamp, nudge):
            card.heading.clicked.connect(lambda _=False, card=card: self._bring_into_view(card))
        why.path_chosen.connect(lambda nodes: self._session.select(nodes))
        nudge.moved.connect(self._show_moved)

    def _show_slope(self, pair: Pair | None = None) -> None:
        """The function of the operation in question, or the loss over a source; at the entry that is followed."""
        found, evaluation = self.explanation, self._session.evaluation
        node = self._node_in_question(found)
        curve_of_loss = node is not None and evaluation.graph.nodes[node].op.is_source
        if found is None or self.hides_ahead or (curve_of_loss and node is not None and self._is_ahead(node)):
            self.slope.show_slope(None)
            return
        card = self._followed()
        entry, output = (None, 0) if card is None else (card.tensor.entry, card.tensor.output)
        self.slope.show_slope(slope_of(evaluation, found, entry, output=output, pair=pair))

    def _followed(self) -> BlockCard | None:
        """The card whose entry was chosen last, or the first that follows one."""
        cards = [card for card in self.blocks if not card.isHidden() and card.tensor.entry is not None]
        return next((card for card in cards if card.tensor is self._chosen), cards[0] if cards else None)

    def _follow(self, tensor: TensorPart) -> None:
        """An entry was chosen on a card."""
        self._chosen = tensor
        self._show_slope()

    def _show_moved(self, moved: tuple[float, float] | None) -> None:
        """Show on the curve of the loss where a nudge takes it."""
        slope, found = self.slope.slope, self.explanation
        if slope is not None and found is not None and found.node is not None:
            node = self._session.graph.nodes.get(found.node)
            if node is not None and node.op.is_source:
                self.slope.show_slope(replace(slope, moved=moved))

    def _node_in_question(self, found: Explanation | None) -> int | None:
        """Whose gradient is checked: the node, or the one that a wire brings its contribution to."""
        if found is None:
            return None
        return found.node if found.wire is None else found.wire.source

    @property
    def _moment(self) -> int | None:
        """The position of the passes while they are shown."""
        timeline = self._session.timeline
        return timeline.position if timeline.is_active else None

    def _is_ahead(self, node: int) -> bool:
        """Must a node's whole gradient stay hidden: the passes have not come to it, or it is asked for?"""
        timeline = self._session.timeline
        return self.hides_ahead or (timeline.is_active and timeline.gradient_known(node) != "known")

    def _explain(self, evaluation: Evaluation, subject: int | Wire | tuple[str, int] | None) -> Explanation | None:
        if isinstance(subject, Wire):
            return explain_wire(evaluation, subject) if subject in evaluation.graph.wires else None
        if isinstance(subject, tuple):
            timeline = self._session.timeline
            return timeline.explanation(subject[1])
        known = subject is not None and subject in evaluation.graph.nodes
        return explain_node(evaluation, subject) if known and subject is not None else None


def _outputs_in_question(evaluation: Evaluation, found: Explanation | None, node: int) -> tuple[int, ...]:
    """Which outputs of the node are asked about: the one that the wire comes from, else those that have a gradient."""
    if found is not None and found.wire is not None:
        return (evaluation.graph.output_of(found.wire.target, found.wire.slot),)
    outputs = range(len(evaluation.graph.nodes[node].names))
    return tuple(output for output in outputs if evaluation.gradient(node, output) is not None) or (0,)
