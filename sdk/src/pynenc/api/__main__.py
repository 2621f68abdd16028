"""`python -m pynenc.api --out crds/ [--chart FOLDER] [--reference FOLDER]`: write the custom resource definitions.

The same models give the same bytes. The chart's copy differs by three template conditions alone; `crds/` is for
`kubectl apply --server-side -f crds/`. The reference is JSON Schemas for editors and a page of all fields, which shows
the manifests in the folder `manifests` beside it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pynenc.api import names
from pynenc.api.crds import DEFINITIONS, custom_resource_definition
from pynenc.api.editors import file_name, json_schema
from pynenc.api.reference import reference
from pynenc.api.yaml_text import yaml_of

HEADER = '# Generated from the models in sdk/src/pynenc/api by "make generate"; edit those.\n'
README = """\
# Custom resource definitions

Generated from the models in `sdk/src/pynenc/api/v1alpha1` by `make generate`: edit the models, never these files.

    kubectl apply --server-side -f crds/

installs them without the chart. The chart `charts/pynenc` carries the same definitions as templates.

| kind | resource | short name |
|---|---|---|
"""


def chart_template(crd: dict[str, Any]) -> str:
    """The definition as a template of the chart: behind `crds.install`, and kept on uninstall by `crds.keep`."""
    name = f"metadata:\n  name: {crd['metadata']['name']}\n"
    keep = "  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n"
    body = yaml_of(crd).replace(name, name + keep, 1)
    return f"{HEADER}{{{{- if .Values.crds.install }}}}\n{body}{{{{- end }}}}\n"


def files(*, chart: bool) -> dict[str, str]:
    """`{file name: text}` of all definitions, as templates of the chart or as plain manifests."""
    crds = {d.resource: custom_resource_definition(d) for d in DEFINITIONS}
    texts = {
        f"{names.GROUP}_{resource.plural}.yaml": chart_template(crd) if chart else HEADER + yaml_of(crd)
        for resource, crd in crds.items()
    }
    return texts if chart else {**texts, "README.md": README + "".join(map(_row, crds))}


def reference_files(folder: Path) -> dict[str, str]:
    """`{path: text}` of what is generated for readers and editors, below `folder`."""
    schemas = {f"schemas/{file_name(d)}": json.dumps(json_schema(d), indent=2) + "\n" for d in DEFINITIONS}
    examples = {
        d.resource.kind: (folder / "manifests" / f"{d.resource.singular}.yaml").read_text(encoding="utf-8")
        for d in DEFINITIONS
    }
    return {**schemas, "crds.md": reference(examples)}


def _row(resource: names.Resource) -> str:
    return f"| {resource.kind} | `{resource.crd_name}` | `{resource.short_name}` |\n"


def write(folder: Path, texts: dict[str, str]) -> None:
    """Write the files, and remove generated ones that are no longer among them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        if old.read_text(encoding="utf-8").startswith(HEADER):
            old.unlink()
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(prog="python -m pynenc.api", description="Write the custom resource definitions.")
    parser.add_argument("--out", type=Path, required=True, help="folder for plain manifests")
    parser.add_argument("--chart", type=Path, help="folder for chart templates")
    parser.add_argument("--reference", type=Path, help="folder for schemas and the page of fields")
    options = parser.parse_args(arguments)
    write(options.out, files(chart=False))
    if options.chart:
        write(options.chart, files(chart=True))
    if options.reference:
        write(options.reference, reference_files(options.reference))


if __name__ == "__main__":
    main()
