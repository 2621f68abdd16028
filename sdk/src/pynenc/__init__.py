"""A task system for Python whose definitions live in Kubernetes and whose work lives in Redis.

Example:
    >>> from pynenc import Pynenc
    >>> app = Pynenc()
    >>> @app.task
    ... def add(x: int, y: int) -> int:
    ...     return x + y
"""

from pynenc.app import Pynenc
from pynenc.arguments import Arguments
from pynenc.core.concurrency import ConcurrencyControlType
from pynenc.errors import PynencError, RetryError, TaskFailed, WorkerLost
from pynenc.group import InvocationGroup
from pynenc.invocation import Invocation
from pynenc.task import Task

__all__ = [
    "Arguments",
    "ConcurrencyControlType",
    "Invocation",
    "InvocationGroup",
    "Pynenc",
    "PynencError",
    "RetryError",
    "Task",
    "TaskFailed",
    "WorkerLost",
    "__version__",
]

__version__ = "0.1.0"
