"""The colours are those of the design, readable, and reach Qt's widgets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backprop_studio.ui.theme import DARK, LIGHT, Theme, ThemeManager, contrast, number_font, text_font

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def _look_restored(qapp: QApplication) -> Iterator[None]:
    palette, sheet, font = qapp.palette(), qapp.styleSheet(), qapp.font()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


def test_colours_of_the_design() -> None:
    design = {
        DARK: "window #14171c panel #1b1f26 canvas #11141a node #1f242d node_border #363e4c text #e6e9ee quiet #8b94a3 "
        "forward #5aa2ff backward #ff9a3d update #4cc38a loss #d17bff",
        LIGHT: "window #f3f4f7 panel #ffffff canvas #fafbfc node_border #cfd6e1 text #1c222b quiet #667085 "
        "forward #1967d2 backward #c4560a update #137a4b loss #8430b8",
    }
    for theme, text in design.items():
        parts = text.split()
        for name, code in zip(parts[::2], parts[1::2], strict=True):
            assert getattr(theme, name) == QColor(code), (theme.name, name)


def test_contrast_of_known_colours() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#777777")) == pytest.approx(1)
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.01)


def surfaces(theme: Theme) -> list[QColor]:
    return [theme.window, theme.panel, theme.canvas, theme.node, theme.field]


@BOTH
def test_text_is_readable_everywhere(theme: Theme) -> None:
    inks = [
        theme.text, theme.quiet, theme.forward_text, theme.backward_text, theme.update_text, theme.loss_text,
        theme.error, theme.warning,
    ]  # fmt: skip
    pairs = [(ink, ground) for ink in inks for ground in surfaces(theme)]
    headers = [theme.header_source, theme.header_parameter, theme.header_operation, theme.header_loss]
    pairs += [(theme.header_caption, header) for header in headers]
    pairs += [
        (theme.header_caption, theme.header_source),
        (theme.update_text, theme.header_parameter),
        (theme.forward_text, theme.header_operation),
        (theme.loss_text, theme.header_loss),
        (theme.accent_text, theme.forward),
        (theme.accent_text, theme.forward_text),
        (theme.text, theme.button),
        (theme.text, theme.button_hover),
        (theme.text, theme.hover),
        (theme.text, theme.selection),
        (theme.update_text, theme.button),
    ]
    for ink, ground in pairs:
        assert contrast(ink, ground) >= 4.5, (ink.name(), ground.name())


@BOTH
def test_strokes_that_carry_meaning_stand_out(theme: Theme) -> None:
    for ink in (theme.forward, theme.backward, theme.update, theme.loss, theme.error):
        assert contrast(ink, theme.canvas) >= 3.0


def test_the_manager_gives_widgets_the_theme(qapp: QApplication) -> None:
    manager = ThemeManager("light")
    told: list[Theme] = []
    manager.changed.connect(told.append)
    manager.set("dark")
    assert manager.theme is DARK
    assert manager.choice == "dark"
    assert told == [DARK]
    assert qapp.palette().color(QPalette.ColorRole.Window) == DARK.panel
    button = QPushButton("Play")
    button.setProperty("primary", True)
    button.resize(120, 40)
    assert button.grab().toImage().pixelColor(12, 20) == DARK.forward
    assert button.palette().color(QPalette.ColorRole.ButtonText) == DARK.accent_text


@BOTH
def test_a_box_that_is_not_ticked_is_seen(qapp: QApplication, qtbot: QtBot, theme: Theme) -> None:
    ThemeManager(theme.name)
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.setStyleSheet(f"background: {theme.panel.name()};")
    boxes = [QCheckBox(holder), QCheckBox(holder)]
    boxes[1].setChecked(True)
    assert boxes[0].sizeHint() == boxes[1].sizeHint(), "its text must not move when it is ticked"
    image = boxes[0].grab().toImage()
    middle = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    assert max(contrast(color, theme.panel) for color in middle) > 3.0


def test_the_system_is_followed(qapp: QApplication) -> None:
    manager = ThemeManager("system")
    system_is_dark = qapp.styleHints().colorScheme() is Qt.ColorScheme.Dark
    assert manager.theme is (DARK if system_is_dark else LIGHT)
    manager.set("dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert manager.theme is DARK


def test_an_unknown_theme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="light, dark or system"):
        ThemeManager("light").set("sepia")  # type: ignore[arg-type]


def test_fonts_have_the_asked_size_and_every_sheet_colour_is_filled_in(qapp: QApplication) -> None:
    assert text_font(13).pixelSize() == 13
    assert number_font(12.6).pixelSize() == 13
    assert text_font(0.2).pixelSize() == 1
    ThemeManager("dark")
    assert "$" not in qapp.styleSheet()


def test_signs_in_heat_maps_are_no_role_and_the_same_in_both_themes() -> None:
    assert [LIGHT.plus.name(), LIGHT.minus.name()] == [DARK.plus.name(), DARK.minus.name()]
    assert contrast(LIGHT.plus, LIGHT.minus) > 2, "told apart without hue"
    for theme in (LIGHT, DARK):
        roles = [theme.forward, theme.backward, theme.update, theme.loss, theme.tangent]
        for sign in (theme.plus, theme.minus):
            assert all(_apart(sign, role) > 20 for role in roles)


def _apart(one: QColor, other: QColor) -> int:
    """Degrees of hue between two colours."""
    between = abs(one.hue() - other.hue())
    return min(between, 360 - between)
