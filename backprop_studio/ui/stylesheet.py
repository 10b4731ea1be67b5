"""The style sheet of Qt's own widgets: flat, calm, the same in light and dark but for the colours.

Widgets choose a variant by a dynamic property: ``primary`` (bool) makes a button the one thing to do,
``quiet`` (bool) a label a caption, ``heading`` (bool) a label a title, ``update`` (bool) colours a button's
text green.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

_SHEET = Template("""
QMainWindow, QDialog, QMessageBox { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $forward; }
QWidget { color: $text; }
QLabel { background: transparent; }
QLabel[quiet="true"] { color: $quiet; }
QLabel[heading="true"] { font-weight: 600; }
QLabel[error="true"] { color: $error; }
QLabel[warning="true"] { color: $warning; }
QLabel[bubble="true"] { background: $panel; border: 1px solid $error; border-radius: 6px; padding: 6px 9px; }
QFrame[frameShape="4"], QFrame[frameShape="5"] { color: $line; }

QMenuBar { background: $panel; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $button; }
QMenu { background: $panel; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 26px; border-radius: 5px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::icon { padding-left: 6px; }

QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; padding: 6px 10px; spacing: 8px; }
QToolBar::separator { width: 1px; background: $line; margin: 4px 4px; }
QToolBar::handle { width: 0px; image: none; }
QToolButton, QPushButton {
    background: $button; border: 1px solid transparent; border-radius: 6px; padding: 5px 12px; }
QToolButton { padding: 5px 9px; }
QToolButton:hover, QPushButton:hover { background: $button_hover; }
QToolButton:pressed, QPushButton:pressed { background: $line; }
QToolButton:checked, QPushButton:checked { background: $selection; }
QToolButton:disabled, QPushButton:disabled { color: $disabled; }
QToolButton:focus, QPushButton:focus { border-color: $forward; }
QToolButton::menu-indicator { image: none; }
QToolButton[flat="true"], QPushButton:flat { background: transparent; }
QToolButton[flat="true"]:hover, QPushButton:flat:hover { background: $button; }
QToolButton[update="true"]:enabled, QPushButton[update="true"]:enabled { color: $update_text; }
QToolButton#status_check, QToolButton#status_health {
    background: transparent; padding: 1px 5px; color: $quiet; }
QToolButton#status_health[standing="problem"] { color: $error; }
QToolButton#status_health[standing="notice"] { color: $warning; }
QLabel#status_mode { color: $update_text; font-weight: 600; }
QToolButton#status_check:hover, QToolButton#status_health:hover:enabled { background: $button; }
QToolButton#status_check[standing="agrees"] { color: $update_text; }
QToolButton#status_check[standing="disagrees"] { color: $error; }
QToolButton#status_check[standing="too small"], QToolButton#status_check[standing="kink"],
QToolButton#status_check[standing="not finite"] { color: $warning; }
QToolButton[primary="true"], QPushButton[primary="true"] {
    background: $forward; color: $accent_text; font-weight: 600; }
QToolButton[primary="true"]:hover, QPushButton[primary="true"]:hover { background: $forward_text; }
QToolButton[primary="true"]:focus, QPushButton[primary="true"]:focus { border-color: $text; }
QToolButton[primary="true"]:disabled, QPushButton[primary="true"]:disabled {
    background: $button; color: $disabled; }

QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; font-weight: 600; }
QDockWidget::title {
    background: $panel; padding: 9px 12px; border-bottom: 1px solid $line; text-align: left; }
QDockWidget > QWidget { background: $panel; }
QCheckBox, QRadioButton { border: 1px solid transparent; border-radius: 4px; padding: 1px 3px 1px 1px; }
QCheckBox:focus, QRadioButton:focus { border-color: $forward; }
QCheckBox::indicator:unchecked:enabled {
    background: $field; border: 1px solid $quiet; border-radius: 2px; width: 12px; height: 12px; }
QTabBar { font-size: 12px; }
QTabBar::tab { background: transparent; padding: 6px 6px; color: $quiet; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $forward; }
QTabBar::tab:hover { color: $text; }
QTabBar:focus { background: $hover; border-radius: 5px; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QSplitter::handle { background: $line; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    background: $field; border: 1px solid $line; border-radius: 6px;
    selection-background-color: $forward; selection-color: $accent_text; }
QLineEdit, QComboBox { padding: 4px 8px; }
QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QComboBox QLineEdit { border: none; padding: 0; background: transparent; }
QAbstractSpinBox { padding: 4px 0 4px 6px; }
QPlainTextEdit, QTextEdit { padding: 6px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $node_border; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border-color: $forward; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: $error; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $disabled; }
QLineEdit:read-only { background: transparent; }
QComboBox { padding-right: 22px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow {
    image: none; width: 0px; height: 0px; margin-right: 8px;
    border-left: 4px solid $field; border-right: 4px solid $field; border-top: 5px solid $quiet; }
QComboBox QAbstractItemView {
    background: $panel; border: none; padding: 4px; outline: none;
    selection-background-color: $selection; selection-color: $text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 16px; border: none; background: transparent; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $button_hover; }
QAbstractSpinBox::up-arrow {
    image: none; width: 0px; height: 0px;
    border-left: 3px solid $field; border-right: 3px solid $field; border-bottom: 4px solid $quiet; }
QAbstractSpinBox::down-arrow {
    image: none; width: 0px; height: 0px;
    border-left: 3px solid $field; border-right: 3px solid $field; border-top: 4px solid $quiet; }

QSlider::groove:horizontal { height: 6px; background: $button; border-radius: 3px; }
QSlider::sub-page:horizontal { height: 6px; background: $forward; border-radius: 3px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -4px 0; border-radius: 7px; background: $text; }
QSlider::handle:horizontal:disabled { background: $disabled; }
QProgressBar { background: $button; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $forward; border-radius: 3px; }

QAbstractItemView {
    background: $panel; border: 1px solid transparent; border-radius: 5px; outline: none;
    alternate-background-color: $hover; }
QAbstractItemView:focus, QScrollArea:focus { border-color: $forward; }
QTreeView { show-decoration-selected: 0; selection-background-color: transparent; }
QTreeView::branch:selected { background: transparent; }
QTreeView::item, QListView::item { padding: 4px 6px; border-radius: 5px; color: $text; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $selection; color: $text; }
QHeaderView::section { background: $panel; color: $quiet; border: none; border-bottom: 1px solid $line; padding: 5px; }
QScrollArea { border: 1px solid transparent; border-radius: 5px; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $node_border; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QToolTip { background: $node; color: $text; border: 1px solid $node_border; padding: 5px 7px; }
QStatusBar { background: $panel; border-top: 1px solid $line; color: $quiet; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $quiet; padding: 3px 8px; }
QGroupBox { border: none; margin-top: 18px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
""")


def stylesheet(colors: Mapping[str, str]) -> str:
    """The style sheet with ``colors`` filled in: a CSS colour for every field of a theme, and ``disabled``."""
    return _SHEET.substitute(colors)
