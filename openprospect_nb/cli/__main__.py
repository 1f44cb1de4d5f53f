"""``python -m openprospect_nb.cli``: the command line where its script is not on the path."""

import sys

from openprospect_nb.cli.running import main

if __name__ == "__main__":
    sys.exit(main())
