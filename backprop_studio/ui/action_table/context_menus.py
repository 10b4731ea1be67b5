"""What a right click offers."""

from __future__ import annotations

_COPYING = ("cut", "copy", "duplicate", "duplicate_wired", "")
_LOOKS = ("frame", "Graph/Colour")
_MODES = ("bypass", "mute")
_END = ("", "tidy_selection", "zoom_selection", "", "delete")

# fmt: off
CONTEXT_MENUS: dict[str, tuple[str, ...]] = {
    "node": (
        "explain_this", "", "edit_value", "rename", "Graph/Change To", "set_loss", "breakpoint", "forward_mode_from",
        "", "group", *_COPYING, *_LOOKS, *_MODES, "detach", *_END,
    ),
    "group": (
        "explain_this", "", "enter_group", "collapse", "rename", "",
        "group", "ungroup", "save_block", "", *_COPYING, *_LOOKS, *_MODES, *_END,
    ),
    "note": ("rename", "", "cut", "copy", "duplicate", "", *_LOOKS, "", "zoom_selection", "", "delete"),
    "wire": ("explain_this", "", "insert_node", "reroute_dot", "", "delete"),
    "canvas": (
        "quick_add", "comment", "paste", "", "undo", "redo", "", "select_all", "tidy", "fit", "leave_group", "",
        "find_operation",
    ),
}
# fmt: on
"""Names of the actions that a right click offers; "" for a separator, a path for a whole menu."""
