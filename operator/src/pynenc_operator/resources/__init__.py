"""Builders of the Kubernetes objects that the operator owns; pure: a spec goes in, a manifest comes out.

When to apply one is decided in `plan`.
"""
