"""The life-cycle verbs of invocations: `base` promises them, `memory` and `redis` keep the promise."""
