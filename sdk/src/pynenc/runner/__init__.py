"""Programs that run invocations: `thread` in this process, `process` in worker processes under a supervisor.

`attempt` runs one claimed invocation, `loop` is a worker's claim, run and settle cycle; both runners use the two.
Stores are reached only through the components of the app.
"""
