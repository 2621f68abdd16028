"""The only Kubernetes client: reading, server-side apply, Events, the Lease.

Nothing here knows what is wanted; watching belongs to `handlers`. Errors of the client leave as `ClusterError`.
"""

from pynenc_operator.kube.cluster import KubeCluster
from pynenc_operator.kube.connection import Credentials, connect, load_credentials
from pynenc_operator.kube.lease import CountingLeaseLock, LeaseElection, LeaseTimes
from pynenc_operator.kube.transport import Transport

__all__ = [
    "CountingLeaseLock",
    "Credentials",
    "KubeCluster",
    "LeaseElection",
    "LeaseTimes",
    "Transport",
    "connect",
    "load_credentials",
]
