"""How the empty cards of a scene's nodes look: told once, as long as nothing changes that decides it."""

from __future__ import annotations

from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import Look


class SceneLooks(dict[int, Look]):
    """The looks of the nodes of a scene as it is now, made when they are first asked for.

    Nodes that look alike have the same object, so that what is kept by look can be kept by its identity.
    """

    def __init__(self, scene: Scene, *, far: bool) -> None:
        super().__init__()
        self._scene, self._far = scene, far
        self._basis = self._decides()
        self._faulty = scene.labels.mistaken
        self._alike: dict[Look, Look] = {}

    def holds(self, scene: Scene, *, far: bool) -> bool:
        """Are these the looks of a scene still? All that decides them is frozen, and replaced as a whole."""
        if scene is not self._scene or far is not self._far:
            return False
        return all(now is before for now, before in zip(self._decides(), self._basis, strict=True))

    def __missing__(self, node: int) -> Look:
        look = self._make(node)
        look = self[node] = self._alike.setdefault(look, look)
        return look

    def _decides(self) -> tuple[object, ...]:
        scene = self._scene
        return scene.graph, scene.selection, scene.ranks, scene.labels.evaluation

    def _make(self, key: int) -> Look:
        scene, far = self._scene, self._far
        graph, node = scene.graph, scene.graph.nodes[key]
        return Look(
            scene.labels.kind(node),
            scene.geometry.shapes[scene.geometry.node_row[key]],
            key in scene.selection,
            key in self._faulty,
            far,
            node.mode,
            () if far else scene.ranks.ports(key),
            node.color,
            () if far else graph.loose_slots(key),
            key == scene.labels.doubtful,
        )
