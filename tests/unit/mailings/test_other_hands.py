"""Files of other hands are read as their writers meant them."""

from __future__ import annotations

from pathlib import Path

import pytest

from openprospect_nb.mailings import read_mailings

from .other_hands import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_of_another_hand_is_read_as_it_was_meant(case: Case, tmp_path: Path) -> None:
    """Each address is of the kind its writer meant, and nobody takes the sender for somebody who was written to."""
    path = tmp_path / case.file
    path.write_bytes(case.content)
    read = read_mailings(path)
    kinds = dict(read.frame.select("email", "kind").rows())

    assert {email: kinds.get(email) for email in case.kinds} == case.kinds
    assert not [email for email in kinds if email.startswith("me@seller.example")]
