"""`ProcessRunner`: a supervisor that never runs a task, and worker processes that run nothing else.

Workers talk to the store themselves; the supervisor renews the leases of all of them in one call, notices at once
when one is gone, gives back what it held, and starts another. The two share a pipe and one byte of memory (`wire`).
"""
