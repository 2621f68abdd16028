"""The program `pynenc`, also reachable as `kubectl pynenc`: parse, call the SDK, print.

One file a group of verbs. Nothing here decides anything, and nothing of the SDK imports from here.
"""
