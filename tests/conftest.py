"""Every test, and every notebook run beside them, has a home of its own and no key from outside."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Set while pytest starts, so that the kernels of the notebook tests inherit it too.
_home = tempfile.mkdtemp(prefix="openprospect-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["OPENPROSPECT_HOME"] = _home
for _name in ("OPENPROSPECT_API_KEY", "OPENPROSPECT_BASE_URL"):
    os.environ.pop(_name, None)
