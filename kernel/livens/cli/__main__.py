"""``python -m livens.cli``, the same as ``jupyter livens``."""

import sys

from livens.cli import main

if __name__ == "__main__":
    sys.exit(main())
