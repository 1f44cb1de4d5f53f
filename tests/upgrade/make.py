"""Make the homes that the upgrade test opens: each with the code of an earlier commit, run in a worktree of it.

``python tests/upgrade/make.py COMMIT…`` writes ``homes/COMMIT.tar.xz``, the home of a client whose server was elsewhere
(the newest sandbox); ``COMMIT-embedded`` one whose server was that commit's embedded sandbox. README.md lists them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import openprospect_nb as op

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PORT = 47615  # where the server of the first kind of home was; nothing listens there when the test runs

# Runs on the code of the old commit, so it uses only what every version of it had.
BUY = """
import json, sys
from pathlib import Path
from openprospect_nb.icp import ICP

url, key, home = sys.argv[1], sys.argv[2], Path(sys.argv[3]) / "home"
if url:
    from openprospect_nb.client import Client
    client = Client(api_key=key, base_url=url, home=home, poll_interval=0.05)
else:
    import openprospect_nb
    client = openprospect_nb.connect(home=home, poll_interval=0.05)

def icp(name, what, country):
    return ICP(profile_name=name, ideal_customer_profile=what, seller_offering="Planning software",
               target_countries=[country])

facts = {"url": url, "key": key, "search": None}
builders = icp("Machine builders", "Machine builders with 50 to 500 employees", "DE")
first = client.orders.discover(builders, 2, title="first")
first.wait(timeout=60, progress=False)
first.results()
if hasattr(client, "deliveries"):
    facts["search"] = first.prospect_search_id
    client.deliveries.sync(first.prospect_search_id)
second = client.orders.discover(icp("Breweries", "Breweries with their own bottling", "AT"), 3, title="second",
                                name="spring list")
try:
    client.orders.discover(builders, 2, blacklist_ids=["00000000-0000-4000-8000-000000000000"])
except Exception as error:
    print("refused:", error)

def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value

rows = client.journal.frame().iter_rows(named=True)
facts["journal"] = [{name: plain(value) for name, value in row.items()} for row in rows]
facts["orders"] = [first.order_id, second.order_id]
client.close()
(Path(sys.argv[3]) / "facts.json").write_text(json.dumps(facts, indent=1))
"""


def make(commit: str, url: str, key: str, target: Path) -> None:
    """Run the purchase on the code of *commit* and pack what it left on disk."""
    with tempfile.TemporaryDirectory() as folder:
        tree, made = Path(folder) / "tree", Path(folder) / "made"
        made.mkdir()
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, commit], check=True)
        try:
            environment = os.environ | {"PYTHONPATH": str(tree), "OPENPROSPECT_CACHE": str(Path(folder) / "cache")}
            subprocess.run([sys.executable, "-c", BUY, url, key, made], check=True, env=environment, cwd=folder)
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True)
        with tarfile.open(target, "w:xz", preset=9) as archive:
            for path in sorted(made.rglob("*")):
                archive.add(path, path.relative_to(made), recursive=False, filter=_nobody)


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave the account that made the archive out of it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    with op.Sandbox(port=PORT, step_seconds=0.05) as server:
        for name in sys.argv[1:]:
            place = HERE / "homes" / f"{name}.tar.xz"
            if name.endswith("-embedded"):
                make(name.removesuffix("-embedded"), "", "", place)
            else:
                make(name, server.url, server.key, place)
            print(place.name, place.stat().st_size)
