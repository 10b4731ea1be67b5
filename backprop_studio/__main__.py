"""``python -m backprop_studio``: the same as the command backprop-studio."""

import sys

from backprop_studio.cli import main

if __name__ == "__main__":
    sys.exit(main())
