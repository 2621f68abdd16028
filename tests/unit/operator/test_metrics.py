"""The numbers of the process are readable by Prometheus."""

from __future__ import annotations

from pynenc_operator.metrics import exposition


def test_writes_are_counted_by_method_and_kind():
    lines = exposition({("PATCH", "App/status"): 2, ("POST", "Event"): 1}, leading=True).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "pynenc_operator_leading 1",
        'pynenc_operator_api_writes_total{method="PATCH",kind="App/status"} 2',
        'pynenc_operator_api_writes_total{method="POST",kind="Event"} 1',
    ]


def test_every_metric_is_described():
    text = exposition({}, leading=False)
    assert text.count("# HELP") == text.count("# TYPE") == 2
    assert text.endswith("\n")
