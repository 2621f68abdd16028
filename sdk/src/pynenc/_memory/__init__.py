"""The transitions of the Redis library in one process: product code for tests and demos, and the model in our tests."""
