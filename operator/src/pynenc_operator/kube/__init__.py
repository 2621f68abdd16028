"""The only Kubernetes client: reading, server-side apply, Events, the Lease.

Nothing here knows what is wanted; watching belongs to `handlers`. Errors of the client leave as `ClusterError`.
"""
