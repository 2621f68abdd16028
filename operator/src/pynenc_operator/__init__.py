"""The operator: turns Kubernetes objects into work in the store and workers in pods, and mirrors what became of it.

`bootstrap` wires everything; `handlers` only put keys on a queue; `reconcile` observes, asks `plan` (pure) and applies.
The store is reached through `store` alone, Kubernetes through `kube` alone.
"""
