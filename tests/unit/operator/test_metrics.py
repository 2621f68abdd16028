"""The numbers of the process are readable by Prometheus."""

from __future__ import annotations

from pynenc_operator.metrics import PoolFigures, exposition, pool_exposition


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


def test_pools_are_told_by_namespace_and_name_and_what_is_not_known_is_left_out():
    pools = {("a", "main"): PoolFigures(7, 4, 3, 2, 1, 5, 2), ("b", "dark"): PoolFigures(None, None, 1, 1, 1, None, 4)}
    lines = pool_exposition(pools, {("a", "main"): 6}).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'pynenc_pool_backlog{namespace="a",pool="main"} 7',
        'pynenc_pool_replicas{namespace="a",pool="main",state="asked"} 4',
        'pynenc_pool_replicas{namespace="a",pool="main",state="desired"} 3',
        'pynenc_pool_replicas{namespace="a",pool="main",state="current"} 2',
        'pynenc_pool_replicas{namespace="a",pool="main",state="available"} 1',
        'pynenc_pool_replicas{namespace="b",pool="dark",state="desired"} 1',
        'pynenc_pool_replicas{namespace="b",pool="dark",state="current"} 1',
        'pynenc_pool_replicas{namespace="b",pool="dark",state="available"} 1',
        'pynenc_pool_workers_busy{namespace="a",pool="main"} 5',
        'pynenc_pool_slots{namespace="a",pool="main"} 2',
        'pynenc_pool_slots{namespace="b",pool="dark"} 4',
        'pynenc_pool_scale_events_total{namespace="a",pool="main"} 6',
    ]
