"""Record PyTorch's numbers for every case: ``python -m tests.oracle.make_torch_table``, where PyTorch is installed."""

from __future__ import annotations

import torch

from tests.oracle import table
from tests.oracle.cases import cases
from tests.oracle.torch_numbers import torch_answer


def main() -> None:
    """Write the table and say how long it is."""
    answers = {name: torch_answer(op, sample) for name, op, sample in cases()}
    table.write(str(torch.__version__).split("+")[0], answers)
    print(f"{len(answers)} cases written to {table.PATH}")


if __name__ == "__main__":
    main()
