"""What all dialogs share."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QMessageBox

Box = QMessageBox | QDialogButtonBox


def dress(box: Box, primary: QAbstractButton | None = None) -> None:
    """Take the style's own icons off the buttons, which suit neither theme; let ``primary`` stand out."""
    for button in box.buttons():
        button.setIcon(QIcon())
    if primary is not None:
        primary.setProperty("primary", True)
