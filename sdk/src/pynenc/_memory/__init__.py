"""The transitions of the Redis library in one process: product code for tests and demos, and the model in our tests.

`store` holds the lock and the clock, `state` the data and what all verbs share, `limits`, `moves`, `handing` and
`graph` what several verbs share. The verbs are in `lifecycle`, `handing`, `waiting`, `cancelling`, `limits` and
`recovery`, one function a verb, named as in `pynenc.orchestrator.base`, and what is read is in `listing`. Nothing here
talks to Redis.
"""
