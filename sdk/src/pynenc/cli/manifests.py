"""`pynenc manifests`: describe an app to Kubernetes, and tell whether files or a cluster still say the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pynenc.api.names import CHARTS_STORE
from pynenc.cli.target import Target

if TYPE_CHECKING:
    from pynenc.manifests import Difference, Wanted

DRIFT = 3
"""The exit code of a comparison that found something."""

group = typer.Typer(help="Describe an app to Kubernetes, and tell what has changed since.", no_args_is_help=True)

AppArgument = Annotated[str, typer.Argument(metavar="[APP]", help="The app, such as tasks:app; default: --app.")]
AppRefOption = Annotated[
    str, typer.Option("--app-ref", help="Name of the App object; default: the app_id, without its namespace.")
]
WithPoolOption = Annotated[bool, typer.Option("--with-pool", help="App and WorkerPool objects too; needs --image.")]
ImageOption = Annotated[str, typer.Option("--image", help="The image that holds the code, for --with-pool.")]
SecretOption = Annotated[
    str,
    typer.Option("--redis-secret", help="With --with-pool: the Secret whose key `url` is the URL of the store."),
]
BundleOption = Annotated[
    bool,
    typer.Option(
        "--bundle",
        help="Tasks hold their code, pickled and signed with signing_keys, for pools without your image; needs -n.",
    ),
]
ContextOption = Annotated[str, typer.Option("--context", help="The context of the kubeconfig; default: its current.")]
KubeconfigOption = Annotated[str, typer.Option("--kubeconfig", help="The kubeconfig; default: as kubectl finds it.")]


@group.command()
def emit(
    context: typer.Context,
    spec: AppArgument = "",
    *,
    app_ref: AppRefOption = "",
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Namespace to write into the objects; default: none.")
    ] = "",
    with_pool: WithPoolOption = False,
    image: ImageOption = "",
    redis_secret: SecretOption = CHARTS_STORE,
    bundle: BundleOption = False,
) -> None:
    """Print a Task object for each decorated function, as YAML that kubectl takes.

    What is the default is not written, and the same code gives the same text. No cluster and no store are needed.

    Example: pynenc manifests emit tasks:app | kubectl apply -f -
    """
    from pynenc.manifests import emit as text_of

    target: Target = context.obj
    wanted = _wanted(app_ref, namespace, redis_secret, image, with_pool=with_pool, bundle=bundle)
    print(text_of(target.load(spec), wanted), end="")


@group.command()
def check(
    context: typer.Context,
    spec: AppArgument = "",
    *,
    files: Annotated[
        list[Path] | None,
        typer.Option("--filename", "-f", help="A file or folder of manifests to compare with; may be repeated."),
    ] = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Compare with the cluster, as diff does.")] = False,
    app_ref: AppRefOption = "",
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Namespace, for --cluster.")] = "",
    with_pool: WithPoolOption = False,
    image: ImageOption = "",
    redis_secret: SecretOption = CHARTS_STORE,
    bundle: BundleOption = False,
    kube_context: ContextOption = "",
    kubeconfig: KubeconfigOption = "",
) -> None:
    """Say what in checked-in manifests is not as `emit` would write it, and end with exit code 3 if there is something.

    Only kinds that emit writes are compared, by what they mean: labels, and defaults that are written out, are no
    difference. Without --cluster, neither cluster nor store is needed.

    Example: pynenc manifests check tasks:app -f manifests/
    """
    from pynenc.manifests.files import objects_in

    if bool(files) == cluster:
        raise typer.BadParameter("name what to compare with: -f FOLDER, or --cluster", param_hint="-f")
    wanted = _wanted(app_ref, namespace, redis_secret, image, with_pool=with_pool, bundle=bundle)
    found = objects_in(files) if files else _objects_at(kubeconfig, kube_context, namespace)
    differences = _differences(context.obj, spec, wanted, found)
    for difference in differences:
        print(difference)
    _end(differences)


@group.command()
def diff(
    context: typer.Context,
    spec: AppArgument = "",
    *,
    app_ref: AppRefOption = "",
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Namespace of the objects; default: that of the kubeconfig.")
    ] = "",
    with_pool: WithPoolOption = False,
    image: ImageOption = "",
    redis_secret: SecretOption = CHARTS_STORE,
    bundle: BundleOption = False,
    kube_context: ContextOption = "",
    kubeconfig: KubeconfigOption = "",
) -> None:
    """Show how the objects in a cluster would change if what `emit` prints were applied; exit code 3 if they would.

    It asks through kubectl, with its settings.

    Example: pynenc manifests diff tasks:app -n team-a
    """
    wanted = _wanted(app_ref, namespace, redis_secret, image, with_pool=with_pool, bundle=bundle)
    differences = _differences(context.obj, spec, wanted, _objects_at(kubeconfig, kube_context, namespace))
    for difference in differences:
        print("\n".join([f"# {difference}", *difference.lines]))
    _end(differences)


def _wanted(app_ref: str, namespace: str, redis_secret: str, image: str, *, with_pool: bool, bundle: bool) -> Wanted:
    from pynenc.manifests import Wanted

    if with_pool != bool(image):
        raise typer.BadParameter(
            "--with-pool and --image go together: --with-pool --image shop:1.4", param_hint="--image"
        )
    if bundle and not namespace:
        raise typer.BadParameter("a bundle is signed for one App: name its namespace", param_hint="--namespace")
    return Wanted(app_ref, namespace, image, redis_secret, bundle)


def _objects_at(kubeconfig: str, kube_context: str, namespace: str) -> list[dict[str, object]]:
    from pynenc.manifests.cluster import Place, objects_at

    return objects_at(Place(kubeconfig, kube_context, namespace))


def _differences(target: Target, spec: str, wanted: Wanted, found: Iterable[dict[str, object]]) -> list[Difference]:
    from pynenc.manifests import compare, objects_of

    app = target.load(spec)
    return compare(objects_of(app, wanted), found, wanted.app_name(app))


def _end(differences: list[Difference]) -> None:
    if differences:
        raise typer.Exit(DRIFT)
