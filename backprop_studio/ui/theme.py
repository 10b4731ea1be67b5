"""Colours and fonts of the window, light and dark, and how they reach Qt's own widgets.

Two colours carry the meaning everywhere: ``forward`` (blue) for values and ``backward`` (orange) for
gradients. Green stands for parameters and updates, violet for the loss, cyan for forward mode; yellow and pink are
the signs in heat maps. Where one of the five is
used for *text*, take its ``…_text`` twin: it keeps a contrast of at least 4.5 on every surface.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.stylesheet import stylesheet

ThemeChoice = Literal["light", "dark", "system"]

TEXT_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"]
NUMBER_FAMILIES = ["JetBrains Mono", "Cascadia Mono", "Menlo", "DejaVu Sans Mono"]


@dataclass(frozen=True, eq=False)
class Theme:
    """All colours of one appearance. There are two: LIGHT and DARK, compared by identity."""

    name: Literal["light", "dark"]
    window: QColor
    """Behind everything; shows between panels."""
    panel: QColor
    canvas: QColor
    node: QColor
    node_border: QColor
    text: QColor
    quiet: QColor
    """Captions and what is not computed; readable on window, panel, canvas and node."""
    forward: QColor
    backward: QColor
    update: QColor
    loss: QColor
    tangent: QColor
    """Forward mode: derivatives that travel with the values."""
    plus: QColor
    minus: QColor
    """Signs in heat maps, of values and gradients alike: neither the colour of the one nor of the other, the same in
    both themes, and apart for every kind of colour-blindness."""

    forward_text: QColor
    backward_text: QColor
    update_text: QColor
    loss_text: QColor
    tangent_text: QColor
    error: QColor
    """Problems; readable as text and strong enough as a border."""
    warning: QColor
    """What can be computed and deserves a look; readable as text."""
    accent_text: QColor
    """Text on a fill of ``forward``, such as on the primary button."""

    line: QColor
    """Between panels and around fields."""
    button: QColor
    """Buttons, icon tiles, the empty part of a track."""
    button_hover: QColor
    field: QColor
    """Behind text that can be edited, and code."""
    hover: QColor
    """A list row or menu entry under the pointer."""
    selection: QColor
    """Selected rows and text."""
    node_hover: QColor
    """Border of the node under the pointer."""
    node_selected: QColor
    """Border of a selected node."""
    header_source: QColor
    header_parameter: QColor
    header_operation: QColor
    header_loss: QColor
    header_caption: QColor
    """The small name in a node's header; readable on every header fill."""
    grid: QColor
    wire: QColor
    port: QColor
    """Ring of a port."""
    shadow: QColor


def _theme(name: Literal["light", "dark"], colors: str) -> Theme:
    """A theme from lines of "field #rrggbb" (or #aarrggbb)."""
    parts = colors.split()
    named = {field: QColor(code) for field, code in zip(parts[::2], parts[1::2], strict=True)}
    return Theme(name=name, **named)


LIGHT = _theme(
    "light",
    """
    window #f3f4f7      panel #ffffff        canvas #fafbfc       node #ffffff        node_border #cfd6e1
    text #1c222b        quiet #667085        forward #1967d2      backward #c4560a    update #137a4b       loss #8430b8
    forward_text #1762c8  backward_text #b04c07  update_text #117446  loss_text #8430b8
    tangent #0b7285     tangent_text #0b6a7c    plus #cfae00        minus #d23b7e
    error #b42318       warning #8a6100      accent_text #ffffff
    line #dfe3ea        button #eef1f5       button_hover #e2e7ee field #f6f7f9
    hover #eef3fb       selection #d3e3fa    node_hover #9db2d0   node_selected #1c222b
    header_source #e6e8eb  header_parameter #d9eae2  header_operation #dae7f8  header_loss #ebdef4
    header_caption #5a6476
    grid #dde2ea        wire #b3bac6         port #9aa4b2         shadow #2e101828
    """,
)

DARK = _theme(
    "dark",
    """
    window #14171c      panel #1b1f26        canvas #11141a       node #1f242d        node_border #363e4c
    text #e6e9ee        quiet #8b94a3        forward #5aa2ff      backward #ff9a3d    update #4cc38a       loss #d17bff
    forward_text #5aa2ff  backward_text #ff9a3d  update_text #4cc38a  loss_text #d17bff
    tangent #35d0d6     tangent_text #35d0d6    plus #cfae00        minus #d23b7e
    error #ff7a7a       warning #e6b93c      accent_text #0b1220
    line #2a303a        button #262c37       button_hover #303847 field #12151a
    hover #242b37       selection #2b4468    node_hover #5d6b82   node_selected #f4f6fa
    header_source #30363f  header_parameter #263d3b  header_operation #28384e  header_loss #3c324e
    header_caption #9aa3b2
    grid #232935        wire #4a515d         port #5b6472         shadow #66000000
    """,
)

THEMES = {"light": LIGHT, "dark": DARK}


def text_font(size: float, *, bold: bool = False) -> QFont:
    """The font of all text. ``size`` in pixels of the unscaled window."""
    return _font(TEXT_FAMILIES, size, bold, QFont.StyleHint.SansSerif)


def number_font(size: float, *, bold: bool = False) -> QFont:
    """The monospaced font of numbers and code. ``size`` in pixels of the unscaled window."""
    return _font(NUMBER_FAMILIES, size, bold, QFont.StyleHint.Monospace)


def _font(families: list[str], size: float, bold: bool, hint: QFont.StyleHint) -> QFont:
    font = QFont()
    font.setFamilies(families)
    font.setStyleHint(hint)
    font.setPixelSize(max(1, round(size)))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def palette(theme: Theme) -> QPalette:
    """The theme as a palette for Qt's own widgets."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    result = QPalette()
    # fmt: off
    table = {
        role.Window: theme.panel, role.WindowText: theme.text, role.Base: theme.field, role.AlternateBase: theme.hover,
        role.Text: theme.text, role.Button: theme.button, role.ButtonText: theme.text,
        role.BrightText: theme.accent_text, role.ToolTipBase: theme.node, role.ToolTipText: theme.text,
        role.PlaceholderText: theme.quiet,
        role.Highlight: theme.forward, role.HighlightedText: theme.accent_text, role.Accent: theme.forward,
        role.Link: theme.forward_text, role.LinkVisited: theme.loss_text, role.Light: theme.button_hover,
        role.Midlight: theme.button, role.Mid: theme.line, role.Dark: theme.node_border, role.Shadow: theme.shadow,
    }
    # fmt: on
    for color_role, color in table.items():
        result.setColor(color_role, color)
    for color_role in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(group.Disabled, color_role, disabled_text(theme))
    result.setColor(group.Disabled, role.Highlight, theme.button_hover)
    return result


def disabled_text(theme: Theme) -> QColor:
    """Text of what can not be used just now: halfway between quiet text and the panel."""
    return blend(theme.quiet, theme.panel, 0.6)


def blend(over: QColor, under: QColor, share: float) -> QColor:
    """``over`` laid on ``under`` with opacity ``share`` (0 to 1), as an opaque colour."""
    a, b = (over.red(), over.green(), over.blue()), (under.red(), under.green(), under.blue())
    return QColor(*(round(x * share + y * (1 - share)) for x, y in zip(a, b, strict=True)))


def contrast(a: QColor, b: QColor) -> float:
    """Contrast of two opaque colours by WCAG 2: from 1 (none) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    channels = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def apply(app: QApplication, theme: Theme) -> None:
    """Give every widget of the program the theme's palette, style sheet and font."""
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    app.setFont(text_font(13))
    app.setPalette(palette(theme))
    colors = {field.name: getattr(theme, field.name) for field in fields(theme) if field.name != "name"}
    names = {name: _css(color) for name, color in colors.items()}
    app.setStyleSheet(stylesheet({**names, "disabled": _css(disabled_text(theme))}))


def _css(color: QColor) -> str:
    return color.name() if color.alpha() == 255 else color.name(QColor.NameFormat.HexArgb)


class ThemeManager(QObject):
    """Holds the theme in force and follows the system where that is wanted.

    ``changed(theme)`` is emitted after Qt's widgets have been given the new theme.
    """

    changed = Signal(object)

    def __init__(self, choice: ThemeChoice = "system", parent: QObject | None = None) -> None:
        """Take up ``choice`` and apply it where an application runs."""
        super().__init__(parent)
        self._choice: ThemeChoice = choice
        self._theme = LIGHT
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self.set(choice)

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        """What was asked for: "light", "dark" or "system"."""
        return self._choice

    def set(self, choice: ThemeChoice) -> None:
        """Use the light or the dark theme, or whichever the system shows. Raises ValueError for another word."""
        if choice not in ("light", "dark", "system"):
            raise ValueError(f"a theme is light, dark or system, not {choice!r}")
        self._choice = choice
        self._theme = THEMES[choice] if choice != "system" else self._system_theme()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply(app, self._theme)
        self.changed.emit(self._theme)

    def _system_theme(self) -> Theme:
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.set("system")
