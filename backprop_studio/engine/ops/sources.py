"""Operations that hold a value: input, target, parameter, constant, and data, which holds two."""

from __future__ import annotations

from typing import NoReturn

from backprop_studio.engine.op import Category, Formula, Op, Sample, Setting, Spelling, registry

DATASETS = ("xor", "circles", "moons", "spiral", "blobs", "linear", "sine")
"""The datasets that ``data`` can make, by name; what they hold is told where they are made."""
MAX_SAMPLES = 100_000
MAX_CLASSES = 10
INITIALISERS = ("zeros", "ones", "normal", "uniform", "xavier", "he")


def _source(
    name: str, symbol: str, title: str, sentence: str, spelling: Spelling,
    *, settings: tuple[Setting, ...] = (), differentiable: bool = True, synonyms: tuple[str, ...] = (),
    outputs: tuple[str, ...] = ("out",), source: str = "PyTorch: torch.tensor",
) -> Op:  # fmt: skip
    def no_forward(**_: object) -> NoReturn:
        raise TypeError(f"{name} holds a value; it computes none")

    def no_shape(**_: object) -> NoReturn:
        raise TypeError(f"the shape of {name} is that of its value")

    return registry.add(
        Op(
            name=name, symbol=symbol, title=title, category=Category.SOURCE, inputs=(),
            forward=no_forward, vjps=(), jvp=None, shape=no_shape,
            formula=Formula("$out", "$out"), local=(), gradient=(), spelling=spelling,
            samples=(Sample((), {}),), sentence=sentence, source=source,
            settings=settings, differentiable=differentiable, synonyms=synonyms, outputs=outputs,
        )
    )  # fmt: skip


input_ = _source(
    "input", "x", "Input", "An input holds data that the graph is given; training leaves it as it is.",
    Spelling("torch.tensor($out, requires_grad=True)", "jnp.array($out)", "np.array($out)"),
    synonyms=("x", "feature", "data", "variable"),
)  # fmt: skip
target = _source(
    "target", "t", "Target", "A target holds what the graph ought to answer; training leaves it as it is.",
    Spelling("torch.tensor($out)", "jnp.array($out)", "np.array($out)"),
    synonyms=("y", "label", "ground truth"),
)  # fmt: skip
parameter = _source(
    "parameter", "θ", "Parameter", "A parameter holds what training changes.",
    Spelling("torch.nn.Parameter(torch.tensor($out))", "jnp.array($out)", "np.array($out)"),
    settings=(
        Setting("shape", "shape", None, "Sizes of the axes where the value is drawn by init."),
        Setting("init", "choice", "xavier", "How a value is drawn where only a shape is given.", choices=INITIALISERS),
        Setting("seed", "int", 0, "Seed of the random numbers of init.", minimum=0),
    ),
    synonyms=("weight", "bias", "w", "b", "theta"),
)  # fmt: skip
constant = _source(
    "constant", "c", "Constant", "A constant never changes, and no gradient is computed for it.",
    Spelling("torch.tensor($out)", "jnp.array($out)", "np.array($out)"),
    differentiable=False, synonyms=("number", "literal"),
)  # fmt: skip
data = _source(
    "data", "▤", "Data", "Data holds the features of a dataset and, beside them, its targets; training leaves both as "
    "they are.",
    Spelling("torch.tensor($out)", "jnp.array($out)", "np.array($out)"),
    settings=(
        Setting("kind", "choice", "xor", "The dataset, where it holds no arrays of its own.", choices=DATASETS),
        Setting("samples", "int", None, "Rows; 4 for xor and 100 for the others where none are given.",
                minimum=1, maximum=MAX_SAMPLES),
        Setting("noise", "float", None, "Standard deviation of the noise, added to the points or, of linear and sine, "
                "to the targets; the dataset's own where none is given.", minimum=0.0, maximum=1e6),
        Setting("classes", "int", 2, "Classes of blobs and spiral; with more than two, the targets are class indices.",
                minimum=2, maximum=MAX_CLASSES),
        Setting("seed", "int", 0, "Seed of the random numbers.", minimum=0),
    ),
    synonyms=("dataset", "features", "targets", "moons", "circles", "spiral", "blobs", "xor", "sine"),
    outputs=("features", "targets"), source="scikit-learn: sklearn.datasets; TensorFlow Playground",
)  # fmt: skip
