"""How large the gradient of each parameter is, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.document.absence import Reason
from backprop_studio.document.number_text import number
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.scrolling import scrolled
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

ROW_HEIGHT = 26
BAR_HEIGHT = 14.0
HEADING, HEADING_OF_SUMS = "Gradient norms", "Gradient norms, added up"
SUMS = "zero_grad is off: every .grad is the sum of all backward passes since it was cleared last."


@dataclass(frozen=True)
class Norm:
    """The Euclidean norm of one parameter's gradient; None where there is none, and ``absent`` says why.

    ``passes`` are those whose gradients it is the sum of, as zero_grad is off.
    """

    name: str
    norm: float | None
    absent: str = Reason.NOT_COMPUTED.words
    passes: int = 1

    @property
    def is_sum(self) -> bool:
        """Has it added up over several passes?"""
        return self.passes > 1


class _Bars(QWidget):
    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("gradient_bars")
        self._themes = themes
        self.norms: tuple[Norm, ...] = ()
        self.labels: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A row for each parameter."""
        return QSize(200, ROW_HEIGHT * max(1, len(self.norms)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that are seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._themes.theme
        font = number_font(12)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        labels = self.labels
        widest = max((metrics.horizontalAdvance(label) for label in labels), default=0.0)
        room = max(20.0, self.width() - widest - 18)
        finite = [n.norm for n in self.norms if n.norm is not None and n.norm < float("inf")]
        largest = max(finite, default=0.0)
        seen = range(event.rect().top() // ROW_HEIGHT, min(len(labels), event.rect().bottom() // ROW_HEIGHT + 1))
        for row in seen:
            share = _share(self.norms[row].norm, largest)
            _paint_row(painter, theme, row * ROW_HEIGHT, room * share, labels[row])


class GradientNorms(QWidget):
    """A bar a parameter, longest for the largest gradient."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gradient_norms")
        self._bars = _Bars(themes)
        self._heading = heading = QLabel(HEADING)
        heading.setObjectName("gradient_norms_heading")
        heading.setFont(text_font(12, bold=True))
        heading.setMinimumHeight(24)
        self._nothing = QLabel("No parameters yet.")
        self._nothing.setProperty("quiet", True)
        area = scrolled(self._bars)
        area.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 14, 8)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(self._nothing)
        column.addWidget(area, 1)
        themes.changed.connect(self._bars.update)

    @property
    def norms(self) -> tuple[Norm, ...]:
        """What is shown."""
        return self._bars.norms

    def show_norms(self, norms: Sequence[Norm]) -> None:
        """Show the norms, in the order given."""
        rows_changed = len(norms) != len(self._bars.norms)
        self._bars.norms = tuple(norms)
        self._bars.labels = [_label(norm) for norm in norms]
        self._nothing.setVisible(not norms)
        self._heading.setText(HEADING_OF_SUMS if any(norm.is_sum for norm in norms) else HEADING)
        self._heading.setToolTip(tooltip(SUMS) if any(norm.is_sum for norm in norms) else "")
        self._bars.setAccessibleName(", ".join(self._bars.labels))
        if rows_changed:
            self._bars.setMinimumHeight(ROW_HEIGHT * len(norms))
            self._bars.updateGeometry()
        self._bars.update()

    def minimumSizeHint(self) -> QSize:
        """Bars that can still be compared."""
        return QSize(170, 100)


def _share(norm: float | None, largest: float) -> float:
    """How long a bar is, of the longest: 0 for none, 1 for an infinite one."""
    if norm is None or norm != norm or not norm:
        return 0.0
    return min(1.0, norm / largest) if largest > 0 else 1.0


def _label(norm: Norm) -> str:
    if norm.norm is None:
        return f"{plain(norm.name)} {norm.absent}"
    held = f".grad {number(norm.norm)} ({norm.passes} passes)" if norm.is_sum else f" {number(norm.norm)}"
    return f"{plain(norm.name)}{held}"


def _paint_row(painter: QPainter, theme: Theme, top: float, length: float, label: str) -> None:
    bar = QRectF(0, top + (ROW_HEIGHT - BAR_HEIGHT) / 2, max(2.0, length) if length else 0.0, BAR_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.backward)
    if length:
        painter.drawRoundedRect(bar, 3, 3)
    painter.setPen(theme.quiet)
    area = QRectF(bar.right() + (8 if length else 0), top, 1000, ROW_HEIGHT)
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
