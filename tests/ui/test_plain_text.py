"""Nothing that comes from a document is read as markup."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument, QTextOption

from backprop_studio.ui.plain_text import plain, tooltip


def test_control_and_direction_characters_go() -> None:
    assert plain("a\u202eb\x00c\x1b[1m\ud800") == "abc[1m"
    assert plain("line\n\tnext ∂ −") == "line\n\tnext ∂ −"


def test_a_tooltip_shows_markup_as_text() -> None:
    document = QTextDocument()
    document.setHtml(tooltip('<img src="/etc/passwd"> & <b>x</b>\nnext'))
    assert document.toPlainText().replace("\u2028", "\n") == '<img src="/etc/passwd"> & <b>x</b>\nnext'


def test_rows_of_arrays_stay_whole_in_a_tooltip() -> None:
    rows = "[[ 0.25,  1.  ],\n [-3.5 ,  0.  ]]"
    document = QTextDocument()
    document.setHtml(tooltip(f"shape 2 × 2\n{rows}"))
    assert document.toPlainText().replace("\u2028", "\n") == f"shape 2 × 2\n{rows}"
    words = document.defaultTextOption()
    words.setWrapMode(QTextOption.WrapMode.WordWrap)
    document.setDefaultTextOption(words)
    document.setTextWidth(40)
    block = document.firstBlock().layout()
    assert block is not None
    document.size()
    lines = [block.lineAt(number).textLength() for number in range(block.lineCount())]
    assert lines[-2:] == [len(row) + (number == 0) for number, row in enumerate(rows.split("\n"))]
    assert "nbsp" not in tooltip(" ".join(["[0.123456789,"] * 40)), "what is too wide for a screen is broken"
