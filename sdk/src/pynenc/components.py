"""Finds the class that a setting names, bare as in `RedisBroker` or by dotted path as in `my.module.MyBroker`."""

from __future__ import annotations

import importlib

from pynenc.errors import ConfigurationError

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
