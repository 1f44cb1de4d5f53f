"""The pytest plugin, as another project meets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Plugins that other projects need not have, and that take half a second to load.
UNUSED = ("-p", "no:schemathesis", "-p", "no:nbval")
PROJECT = """
import subprocess, sys
import openprospect_nb as op

ICP = op.ICP(profile_name="n", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"])

def test_my_report(openprospect_sandbox):
    order = openprospect_sandbox.client.orders.discover(ICP, 10).wait(timeout=30, progress=False)
    assert order.results().companies.height == 10

def test_my_script(openprospect_sandbox):
    script = "import openprospect_nb as op; print(op.connect().orders.list().height)"
    openprospect_sandbox.client.orders.discover("%s" % openprospect_sandbox.client.profiles.create(ICP).profile_id, 1)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "1\\n", done.stderr

def test_a_rejected_order(openprospect_sandbox):
    profile = openprospect_sandbox.client.profiles.create(ICP)
    openprospect_sandbox.control.settings(step_seconds=0)
    order = openprospect_sandbox.client.orders.discover(profile, 1)
    openprospect_sandbox.control.transition(order.order_id, "REJECTED", "too vague")
    assert order.refresh().status == "REJECTED"
    assert order.state.reason == "too vague"
"""


@pytest.mark.slow
def test_another_project_tests_its_code_with_the_fixture(tmp_path):
    """In a project of its own the fixture is just there: client, control, and op.connect() in other processes."""
    (tmp_path / "test_mine.py").write_text(PROJECT, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *UNUSED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr
