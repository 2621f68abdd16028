module pynenc.io/e2e/tools/engine

go 1.26.0
