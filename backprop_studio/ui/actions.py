"""The one table of everything a person can ask the window to do, and the menus, toolbar and shortcuts made from it.

Longer than 400 lines because an action is to be found, and added, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from backprop_studio.ui.plain_text import tooltip


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One row of the table.

    ``menu`` is the path of the menu, such as "View/Theme". ``handler`` is "<group>.<method>" of the
    window's commands; an action that has a ``value`` (such as one of a ``choice`` group) calls it with
    that, any other checkable one with the new state. ``needs`` names the state in which the
    action can be used ("" for always). ``scope`` "canvas" makes the shortcuts work only
    while the canvas itself has the focus, not while a field on it is edited. ``toolbar`` is its place
    there, ``short`` its text there ("" for icon alone).
    """

    name: str
    text: str
    menu: str
    handler: str
    shortcuts: tuple[str, ...] = ()
    needs: str = ""
    icon: str = ""
    tip: str = ""
    toolbar: Literal["", "left", "centre", "right"] = ""
    short: str = ""
    scope: Literal["window", "canvas"] = "window"
    checkable: bool = False
    choice: str = ""
    value: str = ""
    separator: bool = False
    """True where a separator stands above it in its menu."""


MENUS = ("&File", "&Edit", "&View", "&Graph", "&Run", "&Learn", "&Help")

_A = ActionSpec
# fmt: off
TABLE: tuple[ActionSpec, ...] = (
    _A("new", "&New", "File", "files.new", ("Ctrl+N",), tip="Begin with an empty canvas."),
    _A("open", "&Open…", "File", "files.open", ("Ctrl+O",),
       tip="Open a .backprop document or a file of graph code."),
    _A("save", "&Save", "File", "files.save", ("Ctrl+S",), separator=True),
    _A("save_as", "Save &As…", "File", "files.save_as", ("Ctrl+Shift+S",)),
    _A("export_picture", "&Export Picture…", "File", "files.export_picture", ("Ctrl+E",), "nodes",
       tip="Write the graph with its numbers as a PNG or SVG picture.", separator=True),
    _A("quit", "&Quit", "File", "files.quit", ("Ctrl+Q",), separator=True),

    _A("undo", "U&ndo", "Edit", "edit.undo", ("Ctrl+Z",), "undo", "undo", toolbar="left"),
    _A("redo", "&Redo", "Edit", "edit.redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", "redo", toolbar="left"),
    _A("cut", "Cu&t", "Edit", "clipboard.cut", ("Ctrl+X",), "some items", scope="canvas", separator=True),
    _A("copy", "&Copy", "Edit", "clipboard.copy", ("Ctrl+C",), "some items", scope="canvas",
       tip="Copy what is selected. In a text editor, nodes paste as graph code."),
    _A("paste", "&Paste", "Edit", "clipboard.paste", ("Ctrl+V",), "", scope="canvas",
       tip="Paste nodes, or graph code such as y = x*w + b, at the pointer."),
    _A("duplicate", "D&uplicate", "Edit", "clipboard.duplicate", ("Ctrl+D",), "some items", scope="canvas"),
    _A("duplicate_wired", "Duplicate with &Wires", "Edit", "clipboard.duplicate_wired", ("Ctrl+Shift+D",),
       "some nodes", tip="The copies are fed by what feeds the originals.", scope="canvas"),
    _A("delete", "&Delete", "Edit", "edit.delete", ("Del", "Backspace"), "selection", scope="canvas",
       separator=True),
    _A("select_all", "Select &All", "Edit", "edit.select_all", ("Ctrl+A",), "nodes", scope="canvas"),
    _A("group", "&Group Selection", "Edit/&Group", "group.make", ("Ctrl+G",), "some nodes",
       tip="Put what is selected into a group, drawn as one box whose ports are the wires that were cut."),
    _A("ungroup", "&Ungroup", "Edit/&Group", "group.ungroup", ("Ctrl+Shift+G",), "some groups",
       tip="Take the selected groups away; what lies in them stays."),
    _A("collapse", "&Collapse or Expand", "Edit/&Group", "group.toggle", ("Ctrl+.",), "collapsible", separator=True,
       tip="Draw a group as one box, or show what lies in it where it stands. Its triangle does the same."),
    _A("enter_group", "&Enter", "Edit/&Group", "group.enter", ("Alt+Down",), "one group",
       tip="See the selected group from within. Enter, or a double click on it, does the same."),
    _A("leave_group", "&Leave", "Edit/&Group", "group.leave", ("Alt+Up",), "inside",
       tip="See what lies around the group that one is in. Backspace does the same where nothing is selected."),
    _A("save_block", "&Save to Palette…", "Edit/&Group", "group.save", (), "one group", separator=True,
       tip="Keep the selected group as a block of your own, listed in the palette under My blocks."),
    _A("find", "&Find…", "Edit", "seek.find", ("Ctrl+F",), "nodes",
       tip="Find nodes by name, operation or value.", separator=True),
    _A("find_next", "Find Ne&xt", "Edit", "seek.find_next", ("F3",), "nodes"),
    _A("find_previous", "Find Pre&vious", "Edit", "seek.find_previous", ("Shift+F3",), "nodes"),
    _A("find_operation", "Find &Operation", "Edit", "edit.find_operation", ("Ctrl+Shift+F",),
       tip="Search the operations; Enter places the one found."),

    _A("fit", "&Fit Graph", "View", "view.fit", ("Ctrl+0",), "nodes", "fit", "Show the whole graph.", "left", "Fit"),
    _A("zoom_selection", "Zoom to &Selection", "View", "view.zoom_to_selection", ("Ctrl+Shift+0",), "selection"),
    _A("zoom_in", "Zoom &In", "View", "view.zoom_in", ("Ctrl++", "Ctrl+=")),
    _A("zoom_out", "Zoom &Out", "View", "view.zoom_out", ("Ctrl+-",)),
    _A("zoom_actual", "A&ctual Size", "View", "view.zoom_actual", ("Ctrl+1",)),
    _A("theme_system", "As the &System", "View/&Theme", "view.set_theme", checkable=True, choice="theme",
       value="system"),
    _A("theme_light", "&Light", "View/&Theme", "view.set_theme", checkable=True, choice="theme", value="light"),
    _A("theme_dark", "&Dark", "View/&Theme", "view.set_theme", checkable=True, choice="theme", value="dark"),
    _A("animate_full", "&Full", "View/&Animate", "view.set_animate", tip="Numbers travel along the wires.",
       checkable=True, choice="animate", value="full"),
    _A("animate_steps", "&Steps Only", "View/&Animate", "view.set_animate",
       tip="Each step appears at once, one after the other.", checkable=True, choice="animate", value="steps"),
    _A("animate_off", "&Off", "View/&Animate", "view.set_animate",
       tip="Playing goes to the end of the pass at once.", checkable=True, choice="animate", value="off"),
    _A("guides", "Alignment &Guides", "View", "view.set_guides",
       tip="Nodes that are dragged line up with others. Hold Shift to place one freely.", checkable=True,
       separator=True),
    _A("minimap", "&Minimap", "View", "seek.set_minimap", checkable=True,
       tip="A map of the whole graph in the corner, once it is large enough to need one."),
    _A("magnitudes", "Colour Wires by Gra&dient", "View", "seek.set_magnitudes", checkable=True,
       tip="The larger the gradient on a wire, the stronger its colour; on a logarithmic scale."),
    _A("cards", "Cards on &Wires", "View", "run.set_cards", checkable=True,
       tip="While the passes play, each step's derivation stands beside its wire."),
    _A("show_palette", "O&perations", "View", "view.show_palette", ("Ctrl+Alt+1",), checkable=True, separator=True),
    _A("show_inspector", "I&nspector", "View", "view.show_inspector", ("Ctrl+Alt+2",), checkable=True),
    _A("show_explanation", "&Explanation", "View", "view.show_explanation", ("Shift+F1", "Ctrl+Alt+4"), "", "explain",
       "Why is this number what it is? Explains the step that plays, or what is selected.", "right", "Explain",
       checkable=True),
    _A("show_training", "T&raining", "View", "view.show_training", ("Ctrl+Alt+3",), checkable=True),
    _A("show_outline", "Outline", "View", "seek.show_outline", ("Ctrl+Alt+5",), checkable=True,
       tip="All nodes with their values and gradients, as a list."),
    _A("show_history", "&History", "View", "seek.show_history", ("Ctrl+Alt+6",), checkable=True,
       tip="Every step that can be undone, by name; a click goes there."),
    _A("present", "Present", "View", "seek.present", ("Shift+F11",), checkable=True, separator=True,
       tip="The graph alone, as large as it goes. Esc leaves."),
    _A("fullscreen", "F&ull Screen", "View", "view.fullscreen", ("F11",), checkable=True),
    _A("reset_layout", "Reset &Layout", "View", "view.reset_layout", tip="Put every panel back where it was at first."),

    _A("quick_add", "&Add…", "Graph", "graph.quick_add", ("Ctrl+Return",), "",
       tip="Type an operation, a number or a formula. On the canvas, Tab or any letter does the same."),
    _A("tidy", "&Tidy", "Graph", "arrange.tidy", ("Ctrl+L",), "nodes", "tidy",
       "Lay the graph out anew, from left to right.", "left", "Tidy", separator=True),
    _A("tidy_selection", "Tidy &Selection", "Graph", "arrange.tidy_selection", (), "several nodes"),
    _A("align_left", "&Left Edges", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="left"),
    _A("align_centre_x", "&Centres", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="centre_x"),
    _A("align_right", "&Right Edges", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="right"),
    _A("align_top", "&Tops", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="top"),
    _A("align_centre_y", "&Middles", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="centre_y"),
    _A("align_bottom", "&Bottoms", "Graph/Ali&gn", "arrange.align", (), "several nodes", value="bottom"),
    _A("distribute_x", "&Horizontally", "Graph/&Distribute", "arrange.distribute", (), "three nodes", value="x"),
    _A("distribute_y", "&Vertically", "Graph/&Distribute", "arrange.distribute", (), "three nodes", value="y"),
    _A("frame", "&Frame Selection", "Graph", "arrange.frame", ("Ctrl+J",), "some items",
       tip="Draw a titled frame around what is selected. Dragged by its title, it carries what is in it."),
    _A("comment", "Add Comme&nt", "Graph", "arrange.comment", ("Ctrl+/",),
       tip="Write a text on the canvas, at the pointer. A double click edits it."),
    _A("colour_grey", "&Plain", "Graph/C&olour", "arrange.recolour", (), "some items", value="grey"),
    _A("colour_blue", "&Blue", "Graph/C&olour", "arrange.recolour", (), "some items", value="blue"),
    _A("colour_green", "&Green", "Graph/C&olour", "arrange.recolour", (), "some items", value="green"),
    _A("colour_yellow", "&Yellow", "Graph/C&olour", "arrange.recolour", (), "some items", value="yellow"),
    _A("colour_red", "&Red", "Graph/C&olour", "arrange.recolour", (), "some items", value="red"),
    _A("colour_purple", "P&urple", "Graph/C&olour", "arrange.recolour", (), "some items", value="purple"),
    _A("bypass", "&Bypass", "Graph", "arrange.bypass", ("Ctrl+B",), "some nodes", separator=True,
       tip="Let the selected nodes pass their first input on. Once more switches them on."),
    _A("mute", "&Mute", "Graph", "arrange.mute", ("Ctrl+M",), "some nodes",
       tip="Let the selected nodes give zeros. Once more switches them on."),
    _A("detach", "Detac&h", "Graph", "arrange.detach", (), "some nodes",
       tip="Take the selected nodes out of their wires, which heal. Alt and dragging a node does the same."),
    _A("set_loss", "Set as &Loss", "Graph", "graph.set_loss", ("Ctrl+Shift+L",), "one node",
       tip="Differentiate the selected node. Once more leaves the choice to the program.", separator=True),
    _A("rename", "&Rename", "Graph", "graph.rename", ("F2",), "one item",
       tip="Edit the name of the selected node, the title of a frame or the text of a comment."),
    _A("edit_value", "Edit &Value", "Graph", "graph.edit_value", ("Return",), "source", scope="canvas"),
    _A("show_code", "Graph &Code", "Graph", "view.show_code", ("Ctrl+Shift+C",), "", "code",
       "The graph as text, to read, edit and copy.", "right", "Code", checkable=True, separator=True),

    _A("step_back", "Step &Back", "Run", "run.step_back", ("F9", "Ctrl+Left"), "playable", "step-back",
       "Take one event back.", "centre", "Step back"),
    _A("play", "&Play Passes", "Run", "run.toggle", ("F5", "Ctrl+Space"), "playable", "play",
       "Play the forward and the backward pass, wire by wire. On the canvas, Space does the same.",
       "centre", "Play passes"),
    _A("step", "&Step", "Run", "run.step", ("F10", "Ctrl+Right"), "playable", "step-forward",
       "Go on by one event.", "centre", "Step"),
    _A("to_start", "To the S&tart", "Run", "run.to_start", ("Shift+F9", "Ctrl+Shift+Left"), "playable"),
    _A("to_end", "To the &End", "Run", "run.to_end", ("Shift+F10", "Ctrl+Shift+Right"), "playable"),
    _A("previous_stage", "Pre&vious Stage", "Run", "run.previous_stage", ("[",), "playable", scope="canvas"),
    _A("next_stage", "Ne&xt Stage", "Run", "run.next_stage", ("]",), "playable", scope="canvas"),
    _A("stop", "St&op Playing", "Run", "run.stop", ("Esc",), "playing",
       tip="Leave the passes and show all numbers."),
    _A("whole_step", "Show the &Update", "Run", "run.set_whole_step",
       tip="After the passes the parameters take their step, and zero_grad clears their gradients.", checkable=True,
       separator=True),
    _A("zero_grad", "&Zero Gradients", "Run", "run.set_zero_grad",
       tip="Off: gradients are not cleared; playing again adds to them, as in PyTorch.", checkable=True),
    _A("unit_event", "&Event", "Run/Play b&y", "run.set_unit", tip="One number, one step.", checkable=True,
       choice="unit", value="event"),
    _A("unit_node", "&Node", "Run/Play b&y", "run.set_unit", tip="All that happens at a node at once.",
       checkable=True, choice="unit", value="node"),
    _A("unit_depth", "&Layer", "Run/Play b&y", "run.set_unit",
       tip="Neighbouring nodes at the same distance from the inputs at once. Long passes play so of themselves.",
       checkable=True, choice="unit", value="depth"),
    _A("loop_stage", "&Loop the Stage", "Run", "run.set_loop",
       tip="While playing, begin the stage anew at its end.", checkable=True),
    _A("forward_mode", "Forward &Mode", "Run", "run.set_forward_mode", ("Ctrl+Shift+P",), "playable", separator=True,
       tip="Play dual numbers forward for one number: the selected input or parameter, else the one before.",
       checkable=True),
    _A("forward_mode_from", "Forward Mode from &Here", "Run", "run.forward_mode_from", (), "seed",
       tip="Carry the derivative with respect to the selected input or parameter forward."),
    _A("breakpoint", "Toggle Brea&kpoint", "Run", "run.toggle_breakpoint", ("F8",), "some nodes", separator=True,
       tip="Playing stops at every event of the selected nodes, in both passes."),
    _A("clear_breakpoints", "&Clear All Breakpoints", "Run", "run.clear_breakpoints", (), "breakpoints"),
    _A("predict", "Pre&dict First", "Run", "run.set_predict", ("Ctrl+P",), "playable",
       tip="Hides what lies ahead and asks for the next number before it is shown.", checkable=True),
    _A("train", "T&rain", "Run", "run.train", ("Ctrl+T",), "trainable", "train",
       "Run gradient descent until paused.", "centre", "Train", separator=True),
    _A("train_step", "Train O&ne Step", "Run", "run.train_step", ("Ctrl+Shift+T",), "trainable"),
    _A("train_reset", "Reset &Weights", "Run", "run.train_reset", (), "trained",
       tip="Go back to the parameters from before training."),
    _A("optimizer_settings", "Opt&imizer Settings", "Run", "training.show_settings", (), "nodes",
       tip="Show or hide momentum, weight decay, clipping and the batch beside the training controls."),
    _A("check_gradients", "Check &Gradients", "Run", "check.check_gradients", (), "nodes",
       tip="Compare the gradient of every source with central differences of the loss, and list how they agree."),
    _A("evaluation_mode", "Ev&aluation Mode", "Run", "run.set_evaluation_mode", ("Ctrl+Shift+E",), "nodes",
       tip="Compute as a trained model is used: dropout drops nothing, batch_norm takes its running statistics. "
       "Training is always in training mode.", checkable=True, separator=True),
    _A("blas_1", "&1", "Run/&BLAS Threads", "view.set_blas_threads", tip="Steadiest: matrix products on one thread.",
       checkable=True, choice="blas", value="1"),
    _A("blas_2", "&2", "Run/&BLAS Threads", "view.set_blas_threads", checkable=True, choice="blas", value="2"),
    _A("blas_4", "&4", "Run/&BLAS Threads", "view.set_blas_threads", checkable=True, choice="blas", value="4"),

    _A("shortcuts", "&Keyboard Shortcuts", "Help", "help.shortcuts", ("F1",)),
    _A("about", "&About Backprop Studio", "Help", "help.about", separator=True),
)
# fmt: on

CONTEXT_MENUS: dict[str, tuple[str, ...]] = {
    "node": (
        "edit_value",
        "rename",
        "set_loss",
        "breakpoint",
        "forward_mode_from",
        "",
        "group",
        "cut",
        "copy",
        "duplicate",
        "duplicate_wired",
        "",
        "frame",
        "Graph/Colour",
        "bypass",
        "mute",
        "detach",
        "",
        "tidy_selection",
        "zoom_selection",
        "",
        "delete",
    ),
    "wire": ("delete",),
    "group": (
        "enter_group",
        "collapse",
        "rename",
        "",
        "group",
        "ungroup",
        "save_block",
        "",
        "cut",
        "copy",
        "duplicate",
        "duplicate_wired",
        "",
        "frame",
        "Graph/Colour",
        "bypass",
        "mute",
        "",
        "tidy_selection",
        "zoom_selection",
        "",
        "delete",
    ),
    "note": ("rename", "", "cut", "copy", "duplicate", "", "frame", "Graph/Colour", "", "zoom_selection", "", "delete"),
    "canvas": (
        "quick_add",
        "comment",
        "paste",
        "",
        "undo",
        "redo",
        "",
        "select_all",
        "tidy",
        "fit",
        "",
        "find_operation",
    ),
}
"""Names of the actions that a right click offers; "" for a separator, a path for a whole menu."""


def menu_title(mnemonic: str) -> str:
    """A menu's title without the mark of its mnemonic."""
    return mnemonic.replace("&", "")


class Actions(QObject):
    """The QActions of the table, by name, bound to handlers, with the menus that hold them."""

    def __init__(self, window: QWidget, handler: Callable[[str], Callable[..., object]]) -> None:
        """Make every action. ``handler`` finds the function for a row's handler path when it is first used."""
        super().__init__(window)
        self.setObjectName("actions")
        self._window = window
        self._find = handler
        self._groups: dict[str, QActionGroup] = {}
        self._by_name = {spec.name: self._make(spec) for spec in TABLE}
        self.menus: dict[str, QMenu] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus of ``bar`` from the table."""
        for title in MENUS:
            menu = bar.addMenu(title)
            menu.setObjectName("menu_" + menu_title(title).lower())
            menu.setToolTipsVisible(True)
            self.menus[menu_title(title)] = menu
        for spec in TABLE:
            menu = self._menu(spec.menu)
            if spec.separator:
                menu.addSeparator()
            menu.addAction(self._by_name[spec.name])

    def bind_canvas(self, canvas: QWidget) -> None:
        """Let the shortcuts of scope "canvas" work while ``canvas`` has the focus."""
        for spec in TABLE:
            if spec.scope == "canvas":
                canvas.addAction(self._by_name[spec.name])

    def context_menu(self, kind: str, parent: QWidget) -> QMenu:
        """The menu that a right click brings up on a "node", a "note", a "wire" or the empty "canvas"."""
        menu = QMenu(parent)
        menu.setObjectName("context_menu_" + kind)
        for name in CONTEXT_MENUS[kind]:
            if name in self.menus:
                menu.addAction(self.menus[name].menuAction())  # addMenu would take the submenu along when this goes
            elif name:
                menu.addAction(self._by_name[name])
            else:
                menu.addSeparator()
        return menu

    def at(self, place: str) -> list[tuple[ActionSpec, QAction]]:
        """The rows and actions that stand at a place of the toolbar."""
        return [(spec, self._by_name[spec.name]) for spec in TABLE if spec.toolbar == place]

    def enable(self, states: Collection[str]) -> None:
        """Enable each action whose needed state is among ``states`` (or that needs none)."""
        for spec in TABLE:
            self._by_name[spec.name].setEnabled(not spec.needs or spec.needs in states)

    def disable_all(self) -> None:
        """Disable every action: nothing is there yet that could carry one out."""
        for action in self._by_name.values():
            action.setEnabled(False)

    def choose(self, choice: str, value: str) -> None:
        """Show ``value`` as the chosen one of a group, without calling its handler."""
        for spec in TABLE:
            if spec.choice == choice:
                self._by_name[spec.name].setChecked(spec.value == value)

    def _menu(self, path: str) -> QMenu:
        top, _, rest = path.partition("/")
        if not rest:
            return self.menus[top]
        key = menu_title(path)
        if key not in self.menus:
            submenu = self.menus[top].addMenu(rest)
            submenu.setObjectName("menu_" + menu_title(rest).lower())
            submenu.setToolTipsVisible(True)
            self.menus[key] = submenu
        return self.menus[key]

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self._window)
        action.setObjectName("action_" + spec.name)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setIconVisibleInMenu(False)  # some actions have none, and those of the toolbar have its colours
        action.setToolTip(tooltip(with_shortcut(spec)))
        action.setCheckable(spec.checkable)
        if spec.choice:
            group = self._groups.setdefault(spec.choice, QActionGroup(self))
            group.addAction(action)
        if spec.scope == "canvas":
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        else:
            self._window.addAction(action)
        action.triggered.connect(self._caller(spec))
        return action

    def _caller(self, spec: ActionSpec) -> Callable[[bool], None]:
        def call(checked: bool) -> None:
            """Carry the action out."""
            function = self._find(spec.handler)
            if spec.value:
                function(spec.value)
            elif spec.checkable:
                function(checked)
            else:
                function()

        return call


def with_shortcut(spec: ActionSpec) -> str:
    """What the action does and its first shortcut, for a tooltip."""
    text = spec.tip or menu_title(spec.text).rstrip("…")
    if spec.shortcuts:
        text += f"\n{shown_shortcut(spec.shortcuts[0])}"
    return text


def shown_shortcut(keys: str) -> str:
    """A shortcut as this system writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def shortcut_rows(specs: Iterable[ActionSpec] = TABLE) -> list[tuple[str, str, str]]:
    """(menu, what it does, shortcuts) of every action that has a shortcut, for the help page."""
    return [
        (
            menu_title(spec.menu).partition("/")[0],
            menu_title(spec.text).rstrip("…"),
            ", ".join(shown_shortcut(keys) for keys in spec.shortcuts),
        )
        for spec in specs
        if spec.shortcuts
    ]
