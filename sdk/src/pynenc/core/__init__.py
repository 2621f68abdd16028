"""Pure rules of the system: values in, values out.

Nothing here performs I/O, reads a clock, or draws randomness; the current time and any random number come
in as arguments. Everything else in the package may import from here, and this package imports only
`pynenc.errors`.
"""
