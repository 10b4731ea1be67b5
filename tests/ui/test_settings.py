"""What is remembered is checked before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from backprop_studio.ui.settings import LAYOUT_VERSION, Settings


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def test_a_blob_comes_back_as_it_was(store: QSettings) -> None:
    Settings(store).save_blob("window/state", QByteArray(b"\x00\xff layout"))
    store.sync()
    again = QSettings(store.fileName(), QSettings.Format.IniFormat)
    assert Settings(again).blob("window/state") == QByteArray(b"\x00\xff layout")


def test_a_missing_blob_is_none(store: QSettings) -> None:
    assert Settings(store).blob("window/state") is None


@pytest.mark.parametrize("damage", ["blob", "sha256", "version", "type"])
def test_a_damaged_blob_is_none(store: QSettings, damage: str) -> None:
    settings = Settings(store)
    settings.save_blob("window/state", QByteArray(b"layout"))
    changed = {
        "blob": ("window/state/blob", QByteArray(b"lay0ut")),
        "sha256": ("window/state/sha256", "0" * 64),
        "version": ("window/state/version", LAYOUT_VERSION + 1),
        "type": ("window/state/blob", "layout"),
    }[damage]
    store.setValue(*changed)
    assert settings.blob("window/state") is None


def test_a_start_that_never_finished_is_noticed(store: QSettings) -> None:
    settings = Settings(store)
    assert settings.begin_opening()
    assert not settings.begin_opening(), "the window before never opened"
    settings.opened()
    assert settings.begin_opening()


def test_texts_and_numbers_out_of_range_are_the_default(store: QSettings) -> None:
    settings = Settings(store)
    settings.set_text("theme", "purple")
    assert settings.text("theme", "system", ("light", "dark", "system")) == "system"
    settings.set_text("theme", "dark")
    assert settings.text("theme", "system", ("light", "dark", "system")) == "dark"
    for stored, expected in (("2.5", 2.5), ("nan", 1.0), ("-3", 1.0), ("fast", 1.0)):
        store.setValue("speed", stored)
        assert settings.number("speed", 1.0, 0.1, 10.0) == expected
    settings.set_number("speed", 0.25)
    assert settings.number("speed", 1.0, 0.1, 10.0) == 0.25


def test_forgetting_the_layout_leaves_the_rest(store: QSettings) -> None:
    settings = Settings(store)
    settings.set_text("theme", "dark")
    settings.save_blob("window/state", QByteArray(b"layout"))
    settings.forget_layout()
    assert settings.blob("window/state") is None
    assert settings.text("theme", "light") == "dark"
