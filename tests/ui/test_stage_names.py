"""Every stage of the scrubber is named, whatever its length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.ui.panels.scrubber import Scrubber
from backprop_studio.ui.panels.stage_names import GAP, StageName, place_names
from tests.ui.window_support import Opened

WIDTHS = st.lists(st.tuples(st.floats(5, 80), st.floats(0, 300)), min_size=1, max_size=6)


@given(WIDTHS, st.floats(50, 800))
def test_names_stand_in_order_apart_and_within_their_room(parts: list[tuple[float, float]], room: float) -> None:
    names, start = [], 0.0
    for at, (width, length) in enumerate(parts):
        names.append(StageName(str(at), width, start, start + length))
        start += length
    found = place_names(names, 0.0, room)
    right = -GAP
    for text, left in found:
        assert left >= right + GAP - 1e-6
        right = left + parts[int(text)][0]
    assert right <= room + 1e-6
    if sum(width + GAP for width, _ in parts) <= room:
        assert len(found) == len(parts)


def test_a_name_with_room_stands_beneath_the_middle_of_its_stage() -> None:
    assert place_names([StageName("a", 20, 0, 100), StageName("b", 20, 100, 300)], 0, 300) == [("a", 40), ("b", 190)]


@pytest.mark.parametrize("name", ["neuron-loss", "fan-out", "moons"])
def test_all_five_lines_of_a_training_step_are_named(opened: Opened, name: str) -> None:
    opened.workspace.open_example(name)
    opened.session.flush()
    opened.session.timeline.seek(1)
    names = [text for text, _ in opened.widget(Scrubber, "scrubber").names]
    assert names == ["forward", "loss", "backward", "update", "zero_grad"]
    opened.session.timeline.set_stages(whole_step=False)
    assert [text for text, _ in opened.widget(Scrubber, "scrubber").names] == ["forward", "loss", "backward"]
