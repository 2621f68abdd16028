"""Order of ready work and wake-up hints: `base` promises them, `memory` and `redis` keep the promise."""
