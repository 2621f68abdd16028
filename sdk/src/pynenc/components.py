"""Finds the class that a setting names, bare as in `RedisBroker` or by dotted path as in `my.module.MyBroker`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pynenc.errors import ConfigurationError

if TYPE_CHECKING:
    from pynenc.broker.base import BaseBroker
    from pynenc.orchestrator.base import BaseOrchestrator

KINDS = {
    "orchestrator": "BaseOrchestrator",
    "broker": "BaseBroker",
    "state_backend": "BaseStateBackend",
    "arg_cache": "BaseArgCache",
    "serializers": "BaseSerializer",
    "runner": "BaseRunner",
}
"""Package of each kind of component, and the class in its `base` module that a component derives from."""

OWN = {
    "MemOrchestrator": "pynenc.orchestrator.memory",
    "RedisOrchestrator": "pynenc.orchestrator.redis",
    "MemBroker": "pynenc.broker.memory",
    "RedisBroker": "pynenc.broker.redis",
    "MemStateBackend": "pynenc.state_backend.memory",
    "RedisStateBackend": "pynenc.state_backend.redis",
    "MemArgCache": "pynenc.arg_cache.memory",
    "RedisArgCache": "pynenc.arg_cache.redis",
    "PickleSerializer": "pynenc.serializers.pickle",
    "JsonSerializer": "pynenc.serializers.json",
    "ThreadRunner": "pynenc.runner.thread",
    "ProcessRunner": "pynenc.runner.process.supervisor",
}


def component_class(kind: str, name: str) -> type:
    """The class called `name`, which is a component of `kind` (a key of `KINDS`).

    Raises:
        ConfigurationError: there is no such class, or it is not of that kind.
    """
    module_name, _, class_name = name.rpartition(".")
    module_name = module_name or OWN.get(name, "")
    if not module_name:
        ours = ", ".join(own for own in OWN if OWN[own].startswith(f"pynenc.{kind}."))
        raise ConfigurationError(f'unknown {kind} class "{name}"; use one of {ours}, or a dotted path to your own')
    base = getattr(importlib.import_module(f"pynenc.{kind}.base"), KINDS[kind])
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f'cannot load {kind} class "{name}": {error}') from error
    if not isinstance(found, type) or not issubclass(found, base):
        raise ConfigurationError(f'"{name}" does not derive from pynenc.{kind}.base.{base.__name__}')
    return found


def orchestrator_class(name: str, broker_name: str) -> type[BaseOrchestrator]:
    """The class of an orchestrator, composed with the broker when that is not the store's own."""
    from pynenc.broker.base import FusedBroker
    from pynenc.orchestrator.composed import composed

    found: type[BaseOrchestrator] = component_class("orchestrator", name)
    return found if issubclass(component_class("broker", broker_name), FusedBroker) else composed(found)


def hints_class(orchestrator_name: str) -> type[BaseBroker]:
    """The broker class that comes with the store of an orchestrator, for its hints."""
    from pynenc.orchestrator.memory import MemOrchestrator

    in_memory = issubclass(component_class("orchestrator", orchestrator_name), MemOrchestrator)
    return component_class("broker", "MemBroker" if in_memory else "RedisBroker")
