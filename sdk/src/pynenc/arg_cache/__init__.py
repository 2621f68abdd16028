"""Large arguments by content: `base` promises what is kept, `memory` and `redis` keep it."""
