"""The Kubernetes API of the product, as pydantic models: the source of `crds/`.

Pure: nothing here reads a file, a clock or a cluster. `names` holds every name that reaches a cluster,
`v1alpha1` the models, `schema` turns a model into a structural OpenAPI schema, `crds` turns a kind into a
CustomResourceDefinition, and `python -m pynenc.api` alone writes files. What the operator does with these
objects lives in `pynenc_operator`.
"""
