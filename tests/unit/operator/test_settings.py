"""Settings come from the environment, and a mistake is told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pynenc_operator.settings import from_environment


def settings_of(**fields):
    return from_environment({f"PYNENC_OPERATOR__{name}": value for name, value in fields.items()} | {"PATH": "/bin"})


@pytest.mark.parametrize(
    ("fields", "namespaces", "clusterwide", "canary"),
    [
        pytest.param({"LEASE_NAMESPACE": "a"}, ("a",), False, True, id="its own"),
        pytest.param({"LEASE_NAMESPACE": "a", "WATCH_NAMESPACES": "a"}, ("a",), False, True, id="its own by name"),
        pytest.param({"WATCH_NAMESPACES": "b, c,"}, ("b", "c"), False, False, id="several"),
        pytest.param({"WATCH_NAMESPACES": "*"}, (), True, False, id="all"),
    ],
)
def test_namespaces_are_a_list(fields, namespaces, clusterwide, canary):
    settings = settings_of(**fields)
    assert (settings.namespaces, settings.clusterwide, settings.has_canary) == (namespaces, clusterwide, canary)


def test_numbers_are_read():
    settings = settings_of(RESYNC_SECONDS="5", HEALTH_PORT="0", LOG_FORMAT="text")
    assert (settings.resync_seconds, settings.health_port, settings.log_format) == (5.0, 0, "text")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"RESINC_SECONDS": "5"}, id="an unknown field"),
        pytest.param({"RESYNC_SECONDS": "often"}, id="no number"),
        pytest.param({"LOG_FORMAT": "xml"}, id="an unknown format"),
        pytest.param({"LEASE_SECONDS": "1"}, id="too short a lease"),
    ],
)
def test_a_mistake_is_an_error(fields):
    with pytest.raises(ValidationError):
        settings_of(**fields)


def test_values_given_as_they_are_stay():
    assert type(settings_of()).model_validate({"watch_namespaces": ("a",)}).namespaces == ("a",)
