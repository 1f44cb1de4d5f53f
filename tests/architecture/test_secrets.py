"""No committed file, notebook outputs and packed homes included, holds a key, a path, a private host or an address."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Hosts that addresses in our files may name, beside reserved ones: the vendor, sources we credit, XML names, and firms
# whose pages our readers must take apart. Add a host here when you link to it on purpose.
HOSTS = {"openprospect.io", "api.openprospect.io", "www.geonames.org", "www.w3.org", "semver.org", "linkedin.com",
         "www.linkedin.com", "de.linkedin.com", "facebook.com", "voila.readthedocs.io", "gmail.com",
         "www.google.com"}  # fmt: skip
# Free-mail and throw-away providers are what these tests are about; the persons are invented.
MAILBOXES = {"a@gmail.com", "eva@gmail.com", "e.va@gmail.com", "eva+x@googlemail.com", "roth@gmail.com", "x@gmx.de",
             "me@web.de", "x@mailinator.com", "b@c.de", "fay@acme-of-no-one.co.uk",
             "ute.alt@gmx.de", "k.neu@web.de", "fuchs@web.de", "foxtools@gmail.com"}  # fmt: skip
RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|invalid|test|localhost)", re.IGNORECASE)

SECRETS = {
    "a live key": r"(?:lnc|op|sk|rk)_live_\w{8,}",
    "a cloud key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b",
    "a hosting token": r"\bgh[opusr]_\w{30,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|\bpypi-[\w-]{40,}|\bnpm_\w{36}",
    "a chat token": r"\bxox[abprs]-[\w-]{10,}",
    "a model key": r"\bsk-[\w-]{20,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}",
    "a bearer token": r"(?i)bearer\s+(?!lnc_test_)[\w.~+/-]{20,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a path of a machine": r"(?<![\w.-])(?:/(?:home|Users|root|work|tmp|opt|var/folders)/\w|[A-Z]:\\\\?Users\\)",
}
HOST = re.compile(r"https?://(?:[^\s/@'\"]*@)?((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
MAIL = re.compile(r"\b[a-z0-9._%+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)


def findings(text: str) -> list[str]:
    """Return what must not be in *text*: what it is, and enough of it to find it."""
    found = [f"{what}: {hit.group()[:24]}" for what, shape in SECRETS.items() for hit in re.finditer(shape, text)]
    found += [f"host {m[1]}" for m in HOST.finditer(text) if not RESERVED.fullmatch(m[1]) and m[1].lower() not in HOSTS]
    found += [
        f"address {m.group()}"
        for m in MAIL.finditer(text)
        if not RESERVED.fullmatch(m[1]) and m.group().lower() not in MAILBOXES
    ]
    return found


def strings(value: object) -> str:
    """Return every text in decoded JSON, so that no escape hides anything."""
    if isinstance(value, dict):
        return "\n".join(strings(member) for member in value.values())
    if isinstance(value, list):
        # the lines of a notebook's cell or output are one text
        return ("" if all(isinstance(v, str) for v in value) else "\n").join(strings(member) for member in value)
    return value if isinstance(value, str) else ""


def texts_of(path: Path) -> list[str]:
    """Return what a file says: its text, a notebook's also decoded, each file of a packed home."""
    if path.name.endswith(".tar.xz"):
        with tarfile.open(path) as archive:
            members = [archive.extractfile(entry) for entry in archive if entry.isfile()]
            return [member.read().decode("ascii", "replace") for member in members if member is not None]
    text = path.read_bytes().decode("utf-8", "replace")
    return [text, strings(json.loads(text))] if path.suffix == ".ipynb" else [text]


def committed() -> list[Path]:
    """Return every file under version control, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_secret_is_committed():
    """Keys, tokens, paths, hosts that are not meant, and mailboxes that could be somebody's: none in any file."""
    marks = [str(ROOT.parent) + "/", str(Path.home()) + "/"]
    bad = {}
    for path in committed():
        for text in texts_of(path):
            found = findings(text) + [f"path {mark}" for mark in marks if len(mark) > 6 and mark in text]
            if found:
                bad[str(path.relative_to(ROOT))] = found
    assert bad == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lnc_live_" + "k3y" * 6, "a live key"),
        ("AKIA" + "Z7" * 8, "a cloud key"),
        ("ghp_" + "x1" * 18, "a hosting token"),
        ("eyJ" + "hbGciOiJI" * 2 + ".eyJ" + "zdWIiOiIx" * 2, "a signed token"),
        ("Authorization: Bearer " + "t0ken" * 5, "a bearer token"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("read /" + "home/ada/x.csv", "a path of a machine"),
        ("https://" + "packages.firm.de/simple", "host packages.firm.de"),
        ("ada@" + "firm.de", "address ada@" + "firm.de"),
        ("", None),
        ("ada@firm.example https://api.openprospect.io/v1 http://127.0.0.1:9 tests/home/x Bearer lnc_test_full", None),
    ],
)
def test_the_scan_finds_what_it_looks_for(text, what):
    """Each shape is found in the middle of a line, and what is meant to be there is not."""
    assert [found.split(":")[0] for found in findings(f'x "{text}" y')] == ([what] if what else [])


def test_the_scan_reads_notebook_outputs_without_their_escapes(tmp_path):
    """A key that a cell printed over two JSON strings is found in the decoded output."""
    key = "lnc_live_" + "k3y" * 6
    cell = {"cell_type": "code", "source": [], "outputs": [{"text": [key[:11], key[11:]], "output_type": "stream"}]}
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert [text for text in texts_of(notebook) if findings(text)]


def test_outputs_of_notebooks_show_no_key_and_no_address():
    """What checked cells printed names no key at all, masked ones aside, and nobody's e-mail outside of .example."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        printed = strings([cell.get("outputs", []) for cell in json.loads(path.read_text("utf-8"))["cells"]])
        assert not re.search(r"lnc_(live|test)_\w{5,}", printed), path.name
        assert [m.group() for m in MAIL.finditer(printed) if not m[1].lower().endswith(".example")] == [], path.name
