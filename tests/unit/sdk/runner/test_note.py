"""The page that a worker and its supervisor share."""

from __future__ import annotations

from multiprocessing import get_context

from pynenc.runner.note import SIZE, Note, Order, note_id


def test_both_sides_read_what_either_wrote() -> None:
    page = get_context("fork").RawArray("B", SIZE)
    ours, theirs = Note(page), Note(page)
    ours.order = Order.SPARE
    ours.look = 7.5
    theirs.set_deadline(12.25, b"doom")
    theirs.enter(b"an-id")
    theirs.end()
    assert (theirs.order, theirs.look) == (Order.SPARE, 7.5)
    assert (ours.deadline, ours.doomed, ours.is_busy, ours.is_ended) == (12.25, b"doom", True, True)


def test_whose_code_ran_is_blamed() -> None:
    note = Note()
    assert note.blamed() == []
    note.enter(b"long-name")
    note.enter(b"short")
    assert note.blamed() == ["short"]
    note.leave()
    assert note.blamed() == []


def test_a_coroutine_is_blamed_only_while_its_code_runs() -> None:
    note = Note()
    note.count_coroutines(2)
    note.step(b"a")
    assert note.blamed() == ["a"]
    note.step(b"")
    assert note.blamed() is None, "any of them may have used threads or processes of its own"
    note.count_coroutines(0)
    assert note.blamed() == []


def test_an_id_that_is_too_long_is_cut() -> None:
    note = Note()
    note.enter(note_id("x" * 1000))
    note.step(b"y")
    cut, other = note.blamed() or ["", ""]
    assert (cut.strip("x"), other) == ("", "y")
    assert 36 < len(cut) < 1000
