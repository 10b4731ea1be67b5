"""The number of BLAS threads is a setting of the Run menu."""

from __future__ import annotations

import threadpoolctl

from backprop_studio.engine import blas_threads
from tests.ui.window_support import Opened


def used() -> set[int]:
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}


def test_the_setting_counts_at_once_and_is_remembered(opened: Opened, monkeypatch) -> None:
    monkeypatch.setattr(blas_threads, "_asked", [])
    try:
        opened.trigger("blas_2")
        assert used() == {2}
        assert opened.window.settings.text("blas_threads", "1") == "2"
        assert opened.window.actions_table["blas_2"].isChecked()
        assert not opened.window.actions_table["blas_1"].isChecked()
    finally:
        blas_threads.limit_blas_threads(1)
    assert used() == {1}
