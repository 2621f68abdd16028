"""Health and metrics of a runner, as probes and Prometheus read them."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from socket import socket

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pynenc.core.records import Settlement
from pynenc.core.status import Status
from pynenc.errors import ConfigurationError
from pynenc.runner.attempt import Release, Retry
from pynenc.runner.endpoint import Endpoint, Health
from pynenc.runner.host import REPORT
from pynenc.runner.metrics import Figures
from pynenc.runner.tally import Tally


def samples(figures: Figures) -> dict[str, float]:
    """Value of each sample by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(figures.text().decode())
    return {
        "|".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in families
        for sample in family.samples
    }


def test_reports_of_workers_add_up() -> None:
    words: list[bytes] = []
    tally, figures = Tally(words.append), Figures("fast")
    end = Settlement("a", "1", Status.SUCCESS, b"1", 60)
    for step, seconds in ((end, 0.002), (end, 0.2), (Retry(), 3.0), (Release(), 0.0), (None, 0.0)):
        tally.add("mail.send", step, seconds)
    tally.report()
    tally.report()
    for word in words:
        assert word.startswith(REPORT)
        figures.add(word[len(REPORT) :])
    found = samples(figures)
    assert found["pynenc_invocations_total|succeeded|mail.send"] == 2
    assert found["pynenc_invocations_total|retried|mail.send"] == 1
    assert found["pynenc_invocations_total|given_back|mail.send"] == 1
    assert found["pynenc_invocations_total|lost|mail.send"] == 1
    assert found["pynenc_invocation_duration_seconds_count|mail.send"] == 5
    assert found["pynenc_invocation_duration_seconds_sum|mail.send"] == pytest.approx(3.202)
    assert found["pynenc_invocation_duration_seconds_bucket|0.005|mail.send"] == 3


def test_workers_and_losses_are_told() -> None:
    figures = Figures("fast")
    figures.workers, figures.losses, figures.recovered = {"active": 2, "paused": 1}, 3, 4
    found = samples(figures)
    assert found["pynenc_workers|fast|active"] == 2
    assert found["pynenc_worker_losses_total|fast"] == 3
    assert found["pynenc_recovered_total"] == 4


def test_a_report_holds_no_payload() -> None:
    words: list[bytes] = []
    Tally(words.append).add("mail.send", Settlement("a", "1", Status.FAILED, b"secret", 60), 0.1)
    assert list(json.loads(words[0][len(REPORT) :])["mail.send"]) == ["seconds", "buckets", "failed"]


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def free_port() -> int:
    with socket() as found:
        found.bind(("", 0))
        return int(found.getsockname()[1])


def test_probes_and_metrics_are_answered() -> None:
    health, figures, port = Health(patience_seconds=60), Figures("fast"), free_port()
    with Endpoint(port, health, figures):
        assert get(port, "/healthz") == (200, "ok")
        assert get(port, "/readyz") == (503, "no")
        health.tick(is_ready=True)
        assert get(port, "/readyz") == (200, "ok")
        assert get(port, "/metrics")[0] == 200
        assert get(port, "/secret")[0] == 404


def test_a_port_that_is_taken_is_refused() -> None:
    with socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match=r"http_port \d+ cannot be used \(Address already in use\)"):
            Endpoint(int(taken.getsockname()[1]), Health(60), Figures(""))


def test_a_supervisor_that_does_not_go_round_is_dead() -> None:
    health = Health(patience_seconds=0.0)
    health.tick(is_ready=True)
    time.sleep(0.001)
    assert (health.is_alive, health.is_ready) == (False, False)


def test_without_a_port_nothing_is_served() -> None:
    with Endpoint(0, Health(60), Figures("")) as endpoint:
        assert vars(endpoint) == {"_server": None}
