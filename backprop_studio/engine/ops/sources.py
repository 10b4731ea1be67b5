"""Operations that hold a value: input, target, parameter, constant."""

from __future__ import annotations

from backprop_studio.engine.op import Category, Formula, Op, Sample, Setting, Spelling, registry

INITIALISERS = ("zeros", "ones", "normal", "uniform", "xavier", "he")


def _source(
    name: str, symbol: str, title: str, sentence: str, spelling: Spelling,
    *, settings: tuple[Setting, ...] = (), differentiable: bool = True, synonyms: tuple[str, ...] = (),
) -> Op:  # fmt: skip
    def no_forward(**_: object) -> None:
        raise TypeError(f"{name} holds a value; it computes none")

    def no_shape(**_: object) -> tuple[int, ...]:
        raise TypeError(f"the shape of {name} is that of its value")

    return registry.add(
        Op(
            name=name, symbol=symbol, title=title, category=Category.SOURCE, inputs=(),
            forward=no_forward,  # type: ignore[arg-type]
            vjps=(), jvp=None, shape=no_shape, formula=Formula("$out", "$out"), local=(), gradient=(),
            spelling=spelling, samples=(Sample((), {}),), sentence=sentence, source="PyTorch: torch.tensor",
            settings=settings, differentiable=differentiable, synonyms=synonyms,
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
