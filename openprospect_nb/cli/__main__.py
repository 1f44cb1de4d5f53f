"""``python -m openprospect_nb.cli``: the command line where its script is not on the path."""

import sys

from openprospect_nb.cli.running import main

sys.exit(main())
