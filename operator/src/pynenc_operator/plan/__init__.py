"""Deciding: `(object, observed, now) -> Plan`, one module per kind; pure.

Nothing here reads a clock, the cluster or the store: `reconcile` observes and carries a plan out.
"""
