"""Python's search for cycles is held back while companies are told apart, and only then."""

import gc

import pytest

from openprospect_nb.analysis.identity.firms import without_collecting


@pytest.mark.parametrize("is_on", [True, False])
def test_the_search_for_cycles_is_afterwards_as_it_was(is_on):
    """It is off inside and as before behind, also where it was off and where something fails."""
    (gc.enable if is_on else gc.disable)()
    try:
        with pytest.raises(ValueError, match="inside"), without_collecting():
            raise ValueError(f"inside, on: {gc.isenabled()}")
        assert gc.isenabled() is is_on
        with without_collecting():
            assert not gc.isenabled()
    finally:
        gc.enable()
