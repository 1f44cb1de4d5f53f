"""Kept pages: two processes on one order get in each other's way without an error."""

import threading

from openprospect_nb.api.fetching.pages import PageStore


def test_a_page_is_saved_while_another_removes_the_folder(tmp_path):
    """Saving and clearing at once raises nothing, and what is there in the end is whole."""
    store, stop = PageStore(tmp_path / "a" / "o"), threading.Event()

    def clear():
        while not stop.is_set():
            PageStore(tmp_path / "a" / "o").clear()

    other = threading.Thread(target=clear)
    other.start()
    try:
        for offset in range(300):
            store.save(offset, b"{}")
    finally:
        stop.set()
        other.join()
    store.save(7, b"{}")

    assert store.load(7) == b"{}"
    assert {path.read_bytes() for path in (tmp_path / "a" / "o").iterdir()} == {b"{}"}


def test_a_page_that_cannot_be_kept_costs_a_request_and_not_the_fetch(tmp_path, caplog):
    """Where the folder cannot be made the page is given up, and that is said."""
    (tmp_path / "a").write_text("a file stands where the folder should")

    PageStore(tmp_path / "a" / "o").save(0, b"{}")

    assert "page 0 is not kept" in caplog.text
