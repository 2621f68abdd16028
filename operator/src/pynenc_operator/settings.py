"""Settings of the operator, read once from the environment: `PYNENC_OPERATOR__<FIELD>`.

Not here: anything a user sets on an object, and the store's address, which each App names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PREFIX = "PYNENC_OPERATOR__"
ALL_NAMESPACES = "*"


class Settings(BaseModel):
    """What an installation decides; unknown variables with the prefix are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to serve; empty: only that of the lease; `*`: all, which needs cluster-wide rights."""
    lease_name: str = Field(default="pynenc-operator", min_length=1)
    lease_namespace: str = Field(default="default", min_length=1)
    identity: str = ""
    """The name under which this process leads; empty: host name and process id."""
    lease_seconds: int = Field(default=15, ge=2)
    renew_seconds: float = Field(default=10.0, ge=2)
    """After this long without a renewal the leader steps down; shorter than `lease_seconds`."""
    retry_seconds: float = Field(default=2.0, ge=1)
    resync_seconds: float = Field(default=60.0, gt=0)
    """How often everything is looked at again, whether an event came or not."""
    deaf_seconds: float = Field(default=90.0, gt=0)
    """A watch that has not delivered a known change for this long fails the liveness probe."""
    workers: int = Field(default=8, ge=1, le=64)
    """How many objects are reconciled at the same time."""
    health_host: str = ""
    """Where probes are answered; empty: on every address, since they come from the node."""
    health_port: int = Field(default=8080, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"

    @field_validator("watch_namespaces", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @property
    def clusterwide(self) -> bool:
        """Whether all namespaces are served."""
        return ALL_NAMESPACES in self.watch_namespaces

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces served by name; empty when all are."""
        return () if self.clusterwide else self.watch_namespaces or (self.lease_namespace,)

    @property
    def has_canary(self) -> bool:
        """Whether the Lease is watched: only where its namespace is the one served, since elsewhere rights may lack."""
        return self.namespaces == (self.lease_namespace,)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` asks for.

    Raises:
        pydantic.ValidationError: a variable with the prefix is unknown or has a bad value.
    """
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    return Settings.model_validate(given)
