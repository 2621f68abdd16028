"""How invocations, dead letters and tables look."""

from __future__ import annotations

import json

import pytest
import yaml

from pynenc.cli.output import Listing, Output, one_line, printable, shortened, table
from pynenc.cli.views import change_object, dead_listing, description, listing_of, record_object, span, time_text
from pynenc.core.failures import Failure
from pynenc.core.records import Change, InvocationRecord
from pynenc.core.status import Status

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND
FAILURE = Failure("ValueError", "no such\naddress", "builtins", "Traceback ...\n  line\x1b[31m 1\n")


def record(**changes: object) -> InvocationRecord:
    members: dict[str, object] = {
        "invocation_id": "id-1",
        "task_id": "tasks.add",
        "status": Status.FAILED,
        "queue": "default",
        "priority": 0,
        "arguments": b'{"password": "secret"}',
        "payload": FAILURE.dump(),
        "attempt": 2,
        "retries": 1,
        "losses": 0,
        "fence": "7",
        "worker": "w1",
        "parent_id": "",
        "registered_us": NOW - 90 * SECOND,
        "started_us": NOW - 60 * SECOND,
        "changed_us": NOW - 5 * SECOND,
    }
    return InvocationRecord(**{**members, **changes})  # type: ignore[arg-type]  # by name, each of its type


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86_400, "1d"), (10**7, "115d")],
)
def test_a_span_has_its_largest_unit(seconds, expected):
    assert span(int(seconds * SECOND)) == expected


def test_times_are_utc_with_milliseconds_and_never_is_none():
    assert time_text(NOW + 1500) == "2027-01-15T08:00:00.001Z"
    assert time_text(0) is None


def test_a_table_has_columns_dashes_and_no_blanks_at_the_end():
    assert table(("ID", "STATUS"), [("1", "FAILED"), ("200", "")]).splitlines() == [
        "ID    STATUS",
        "1     FAILED",
        "200   -",
    ]


def test_text_of_others_cannot_drive_a_terminal_or_break_a_line():
    assert one_line("a\n\tb\x1b[31mc") == "a b[31mc"
    assert printable("a\x07b") == "ab"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"


@pytest.mark.parametrize("form", [Output.JSON, Output.YAML])
def test_a_listing_for_programs_is_an_array(form):
    listing = Listing(("ID",), [("1",)], [{"id": "1", "text": "ä"}], "id")
    read = json.loads if form is Output.JSON else yaml.safe_load
    assert read(listing.text(form)) == [{"id": "1", "text": "ä"}]


def test_a_listing_of_nothing_says_so_to_people_only():
    listing = Listing(("ID",), [], [], "id", "no such invocations")
    assert listing.text(Output.TABLE) == "no such invocations"
    assert listing.text(Output.NAME) == ""
    assert listing.text(Output.JSON) == "[]"


def test_names_stand_one_a_line():
    assert listing_of([record(), record(invocation_id="id-2")], NOW).text(Output.NAME) == "id-1\nid-2"


def test_an_invocation_is_a_row_with_ages():
    row = listing_of([record(cancelling=True)], NOW).text(Output.TABLE).splitlines()[1]
    assert row.split() == ["id-1", "tasks.add", "CANCELLING", "default", "1m", "5s", "2", "w1"]


def test_a_dead_letter_shows_its_reason_on_the_line():
    row = dead_listing([record()], NOW).text(Output.TABLE).splitlines()[1]
    assert row.split(maxsplit=5)[5] == "ValueError: no such address"
    assert dead_listing([record(payload=b"")], NOW).text(Output.TABLE).splitlines()[1].endswith("-")


def test_an_object_has_no_payloads():
    told = record_object(record())
    assert "secret" not in json.dumps(told)
    assert told["error"] == {"type": "ValueError", "message": "no such\naddress"}
    assert record_object(record(status=Status.SUCCESS, payload=b'"secret"'))["error"] is None


def test_a_description_leaves_out_what_is_not_set_and_shows_blocks_last():
    told = record_object(record(parent_id="", due_us=0))
    told["error"] = {"type": "ValueError", "message": "no", "traceback": FAILURE.traceback}
    told["history"] = [
        change_object(Change(Status.REGISTERED, NOW)),
        change_object(Change(Status.RUNNING, NOW, "w1", 2)),
    ]
    told["arguments"] = {"x": 1}
    lines = description(told).splitlines()
    assert "status      FAILED" in lines
    assert not any(line.startswith(("parent", "due", "cancelling")) for line in lines)
    assert "  2027-01-15T08:00:00.000Z  RUNNING                 attempt 2 on w1" in lines
    assert lines[lines.index("error:") + 1] == "  ValueError: no"
    assert "    line[31m 1" in lines
    assert lines[lines.index("arguments:") + 2] == '    "x": 1'
