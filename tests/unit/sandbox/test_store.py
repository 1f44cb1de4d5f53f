"""The database: durable, shared between processes, and reproducible."""

from __future__ import annotations

import itertools
import stat
import uuid

import pytest

from openprospect_nb.sandbox import Sandbox
from openprospect_nb.sandbox.clock import EPOCH_US, MINUTE_US, SandboxClock
from openprospect_nb.sandbox.records.store import SandboxSettings, Store


@pytest.fixture
def store():
    """An empty store whose clock stands still and whose chance is counted."""
    numbers = itertools.count(1)
    made = Store(None, SandboxClock(lambda: 5_000_000), lambda: uuid.UUID(int=next(numbers)))
    yield made
    made.close()


def test_reproducible_ids_follow_from_seed_kind_and_ordinal(store):
    """Equal facts give equal UUIDv4s, any other fact another one; chance is not asked."""
    settings = SandboxSettings(reproducible=True)
    first = store.identify(settings, "order", 1)

    assert first == store.identify(settings, "order", 1)
    assert len({first, store.identify(settings, "order", 2), store.identify(settings, "profile", 1)}) == 3
    assert first != store.identify(SandboxSettings(seed=43, reproducible=True), "order", 1)
    assert uuid.UUID(first).version == 4


def test_other_ids_come_from_chance(store):
    """Without reproducibility the injected chance makes the id."""
    assert store.identify(SandboxSettings(), "order", 1) == str(uuid.UUID(int=1))


def test_creation_stamps_are_minutes_after_the_epoch_or_the_present(store):
    """Reproducible rows are stamped a minute apart from a fixed start, others by the clock."""
    with store.write() as db:
        stamps = [store.creation_stamp(db, SandboxSettings(reproducible=True)) for _ in range(2)]
        present = store.creation_stamp(db, SandboxSettings(clock_offset_us=7))

    assert stamps == [EPOCH_US + MINUTE_US, EPOCH_US + 2 * MINUTE_US]
    assert present == 5_007


def test_ordinals_are_taken_in_blocks(store):
    """Each kind counts for itself, and a block is contiguous."""
    with store.write() as db:
        assert [store.take(db, "a"), store.take(db, "a", 5), store.take(db, "a"), store.take(db, "b")] == [1, 2, 7, 1]


def test_a_failed_transaction_leaves_nothing(store):
    """An exception in the block undoes all of it."""

    def fail():
        with store.write() as db:
            store.take(db, "a", 5)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.write() as db:
        assert store.take(db, "a") == 1


def test_state_survives_a_restart(tmp_path):
    """What a sandbox with a file was told, the next one on that file knows; the file is private."""
    path = tmp_path / "sandbox.db"
    with Sandbox(seed=7, step_seconds=0, db=path) as first:
        first.control.settings(inline_count=3)
        first.control.advance(86_400)
        before = first.control.state()
    with Sandbox(seed=8, step_seconds=5, db=path) as second:
        after = second.control.state()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert after["settings"] == before["settings"] | {"step_seconds": 5}
    assert after["settings"]["seed"] == 7
    assert after["clock"] >= before["clock"]
