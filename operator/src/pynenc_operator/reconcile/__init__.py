"""Observing, asking `plan`, and carrying the plan out: one module per kind.

Reconciling is level-triggered: it looks at the world as it is and needs no memory of events. The outside is reached
through `ports` alone.
"""
