"""The transitions of the Redis library in one process: product code for tests and demos, and the model in our tests.

`store` holds the lock and the clock, `state` the data and what all verbs share; the verbs are in `lifecycle`,
`waiting` and `recovery`, one function a verb, named as in `pynenc.orchestrator.base`. Nothing here talks to Redis.
"""
