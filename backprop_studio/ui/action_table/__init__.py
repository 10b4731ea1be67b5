"""The one table of everything a person can ask the window to do, parted by menu."""

from __future__ import annotations

from backprop_studio.ui.action_table.document_menus import DOCUMENT_MENUS
from backprop_studio.ui.action_table.graph_menus import GRAPH_MENUS
from backprop_studio.ui.action_table.spec import ActionSpec

MENUS = ("&File", "&Edit", "&View", "&Graph", "&Run", "&Learn", "&Help")

TABLE: tuple[ActionSpec, ...] = (*DOCUMENT_MENUS, *GRAPH_MENUS)
