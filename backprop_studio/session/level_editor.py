"""Groups as they are edited: the level that is seen, and every edit that makes, opens or joins groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from backprop_studio.document import bundles, edits
from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.document.grouping import add_to_group
from backprop_studio.document.groups import breadcrumbs, visible
from backprop_studio.document.items import item_group
from backprop_studio.document.opening import close_group, dissolve_group, open_group, with_lines_led
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.room import with_room, with_room_for_taller
from backprop_studio.document.wiring import Slot as InputSlot
from backprop_studio.session import edit_texts as texts
from backprop_studio.session.graph_editor import GraphEditor
from backprop_studio.session.room_taken import RoomTaken, given_back, room_taken


class LevelEditor(GraphEditor):
    """A graph editor that sees one level: what lies in the group that was entered, or outside all groups.

    What is added while one is in a group lies in that group. The level is no part of the document and not undone,
    but when the group goes, one stands in the nearest one around it that is left.
    """

    level_changed = Signal(object)
    """The id of the group that is seen from within, None outside all."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inside: int | None = None
        self._way: tuple[int, ...] = ()
        self._taken: dict[int, RoomTaken] = {}
        """What groups that were made pushed aside, by their ids: ungrouping gives that room back."""

    @property
    def inside(self) -> int | None:
        """The group that is seen from within, None outside all."""
        return self._inside

    def enter(self, group: int | None) -> None:
        """See a group from within; None: what lies outside all. Coming out of a group, that is selected."""
        if group == self._inside or not (group is None or group in self._graph.groups):
            return
        left = self._way
        self._stand_in(group)
        if left[: len(self._way)] == self._way:
            self.select({left[len(self._way)]})
        else:
            self.clear_selection()

    @Slot()
    def leave(self) -> bool:
        """See what lies around the group one is in, which is then selected. False outside all."""
        if self._inside is None:
            return False
        self.enter(self._way[-2] if len(self._way) > 1 else None)
        return True

    def open_way_to(self, item: int) -> None:
        """Enter the group that an item lies in, where it is not drawn at the level one is at."""
        group = item_group(self._graph, item)
        if group != self._inside and (self.hidden_in(item) is not None or not self._is_within(group)):
            self._stand_in(group)

    def hidden_in(self, item: int) -> int | None:
        """The collapsed group of this level that an item is seen as; None where it is drawn itself, or not here."""
        way = breadcrumbs(self._graph, item_group(self._graph, item))
        if self._inside is not None:
            if self._inside not in way:
                return None
            way = way[way.index(self._inside) + 1 :]
        return next((group for group in way if self._graph.groups[group].collapsed), None)

    # edits

    def join(self, source: OutputOf, slots: Sequence[InputSlot], taken: Collection[Wire] = ()) -> bool:
        """Wire an output to all inputs that a port stands for; ``taken`` are wires that go for it."""
        name = texts.wire_name(self._graph, source.node, slots[0][0], source.output)
        text = f"{'Rewire' if taken else 'Wire'} {name}"
        return self._try(lambda graph: bundles.join(graph, source, slots, taken), text)

    def join_problem(self, source: OutputOf, slots: Sequence[InputSlot]) -> str | None:
        """Why ``join`` would be refused, in one sentence, or None."""
        return bundles.join_problem(self._graph, source, slots)

    def unwire_all(self, wires: Sequence[Wire]) -> bool:
        """Take away wires that are drawn as one."""
        if len(wires) == 1:
            return self.unwire(wires[0].target, wires[0].slot)
        name = texts.wire_name(self._graph, wires[0].source, wires[0].target)
        return self._try(lambda graph: edits.slice_wires(graph, wires), f"Delete wires {name}")

    @Slot()
    def delete_selection(self) -> bool:
        """Delete what is selected, nodes with their wires; a wire with those that are drawn as one with it."""
        wire = self.selected_wire
        if wire is not None and not self.selected_items and self._graph.groups:
            drawn = (line.wires for line in visible(self._graph, self._inside).wires)
            return self.unwire_all(next((wires for wires in drawn if wire in wires), (wire,)))
        return super().delete_selection()

    def group_items(self, ids: Collection[int]) -> int | None:
        """Put items into a new collapsed group and select it; its id, or None where that is refused."""
        made: list[int] = []

        def edit(graph: Graph) -> Graph:
            after, group = edits.make_group(graph, ids)
            made[:] = [group]
            return with_lines_led(with_room(after, made), made)

        before = self._graph
        if not self._try(edit, f"Group {texts.nodes_name(self._graph, ids)}"):
            return None
        self._taken[made[0]] = room_taken(before, self._graph, made[0])
        self.select(made)
        return made[0]

    def ungroup(self, groups: Collection[int]) -> bool:
        """Take groups away; what lay in them is selected."""
        inner = [i for i in (*self._graph.nodes, *self._graph.groups) if item_group(self._graph, i) in groups]

        def edit(graph: Graph) -> Graph:
            for group in sorted(groups):
                graph = given_back(graph, self._taken[group]) if group in self._taken else graph
                graph = dissolve_group(graph, group)
            return graph

        if not groups or not self._try(edit, f"Ungroup {texts.nodes_name(self._graph, groups)}"):
            return False
        self.select(inner)
        return True

    def collapse(self, groups: Collection[int], collapsed: bool) -> bool:
        """Draw groups as one box each, or show what lies in them where they stand; what is beside them makes room."""

        def edit(graph: Graph) -> Graph:
            for group in sorted(groups):
                graph = (close_group if collapsed else open_group)(graph, group)
            return graph

        text = f"{'Collapse' if collapsed else 'Expand'} {texts.nodes_name(self._graph, groups)}"
        return bool(groups) and self._try(edit, text)

    def rename_group(self, group: int, name: str) -> str | None:
        """Give a group another name; the sentence where it is refused."""
        label = f"Rename {texts.nodes_name(self._graph, [group])} to {texts.shortened(name)}"
        return self._refusal(lambda graph: edits.rename_group(graph, group, name.strip()), label)

    def insert_graph(self, part: Graph, offset: Point, text: str) -> bool:
        """Add another graph, shifted by ``offset``, and select what it is made of. What is in its way makes room."""
        added: list[int] = []

        def edit(graph: Graph) -> Graph:
            after, ids = edits.insert(graph, part, offset)
            outer = (i for i in (*part.nodes, *part.groups) if item_group(part, i) is None)
            added[:] = [ids[item] for item in outer]
            return with_lines_led(with_room(self._completed(after), added), added)

        if not self._try(edit, text):
            return False
        self.select(added)
        return True

    @Slot()
    def select_all(self) -> None:
        """Select all that is drawn at this level."""
        graph = self._graph
        items = (*graph.nodes, *graph.groups, *graph.frames, *graph.comments)
        self.select(i for i in items if self._is_within(item_group(graph, i)) and self.hidden_in(i) is None)

    # inside

    def _completed(self, after: Graph) -> Graph:
        """What an edit adds, and puts into no group, lies in the one that was entered; what became taller has room.

        Raises EditError.
        """
        after = with_room_for_taller(self._graph, after)
        if self._inside is None or self._inside not in after.groups:
            return after
        return add_to_group(after, _loose(self._graph, after), self._inside)

    def _show(self, graph: Graph) -> None:
        """Where the group that was entered is gone, stand in the nearest one around it that is left."""
        left = [group for group in self._way if group in graph.groups]
        moved = self._inside is not None and self._inside not in graph.groups
        if moved:
            self._inside = left[-1] if left else None
        self._way = breadcrumbs(graph, self._inside)
        super()._show(graph)
        if moved:
            self.level_changed.emit(self._inside)

    def _stand_in(self, group: int | None) -> None:
        self._inside, self._way = group, breadcrumbs(self._graph, group)
        self.level_changed.emit(group)

    def _is_within(self, group: int | None) -> bool:
        """Does what lies in a group belong to the level, at any depth?"""
        return self._inside is None or self._inside in breadcrumbs(self._graph, group)


def _loose(before: Graph, after: Graph) -> Iterable[int]:
    """The items that one graph has and an earlier one has not, and that lie in no group."""
    parts = (after.nodes, after.groups, after.frames, after.comments)
    new = (i for part in parts for i in part if i >= before.next_id)
    return [i for i in new if item_group(after, i) is None]
