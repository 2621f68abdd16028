"""Records of invocations, read only: `base` promises them, `memory` and `redis` keep the promise."""
