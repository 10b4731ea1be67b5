"""Nothing that comes from a document is read as markup."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument

from backprop_studio.ui.plain_text import plain, tooltip


def test_control_and_direction_characters_go() -> None:
    assert plain("a\u202eb\x00c\x1b[1m\ud800") == "abc[1m"
    assert plain("line\n\tnext ∂ −") == "line\n\tnext ∂ −"


def test_a_tooltip_shows_markup_as_text() -> None:
    document = QTextDocument()
    document.setHtml(tooltip('<img src="/etc/passwd"> & <b>x</b>\nnext'))
    assert document.toPlainText().replace("\u2028", "\n") == '<img src="/etc/passwd"> & <b>x</b>\nnext'
