"""App: resolve the URL of its store, look, and carry the plan out."""

from __future__ import annotations

from pynenc.api.v1alpha1 import App, SecretKeyReference, SigningKeysReference
from pynenc.core.seal import Keyring
from pynenc.errors import BackendError
from pynenc_operator import reasons
from pynenc_operator.plan.app import ObservedApp, StoreFacts, plan_app
from pynenc_operator.plan.result import ObjectKey, Plan, Problem
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.ports import Store


async def reconcile_app(context: Context, key: ObjectKey) -> Plan:
    """Look at one App."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        await context.stores.forget(key)
        context.standings.pop(key, None)
        return await context.gone(key)
    app = App.from_dict(manifest)
    url, keys = await _url(context, app), await _signing_keys(context, app)
    store: Store | None = None
    if isinstance(url, Problem) or isinstance(keys, Problem):
        await context.stores.forget(key)  # what is connected would not sign, or not as it should
    else:
        store = await context.stores.connect(key, url, keys)
    missing = next((found for found in (url, keys) if isinstance(found, Problem)), None)
    observed = ObservedApp(
        store=missing or await _facts(store),
        tasks=await context.tasks(key.namespace),
        pools=await context.pools(key.namespace),
        catalog=await context.catalog(key.namespace),
        last=context.standings.get(key),
        written_seconds_ago=context.applier.written_seconds_ago(key),
    )
    plan = plan_app(app, observed, context.now())
    await context.applier.carry_out(key, manifest, app.status, plan, store)
    if isinstance(observed.store, StoreFacts):
        context.standings[key] = observed.store.standing
    return plan


async def _facts(store: Store | None) -> StoreFacts | Problem:
    if store is None or store.problem is not None:
        return (store and store.problem) or Problem(reasons.REDIS_UNREACHABLE, "the store was not connected")
    try:
        return await store.facts()
    except BackendError as error:
        return store.problem or Problem(reasons.REDIS_UNREACHABLE, str(error))


async def _url(context: Context, app: App) -> str | Problem:
    reference = app.spec.redis.url_secret_ref
    if reference is None:
        return app.spec.redis.url or ""
    value = await context.cluster.secret_value(app.metadata.namespace, reference.name, reference.key)
    return value or Problem(reasons.KEY_NOT_FOUND, _missing(app, reference))


async def _signing_keys(context: Context, app: App) -> Keyring | Problem:
    reference = app.spec.signing_keys_secret_ref
    if reference is None:
        return Keyring()
    value = await context.cluster.secret_value(app.metadata.namespace, reference.name, reference.key)
    if not value:
        return Problem(reasons.KEY_NOT_FOUND, _missing(app, reference))
    try:
        return Keyring.read(value.strip())
    except ValueError as error:
        told = f'Secret "{reference.name}" with key "{reference.key}" {error}'
        return Problem(reasons.INVALID_SIGNING_KEYS, told)


def _missing(app: App, reference: SecretKeyReference | SigningKeysReference) -> str:
    return f'Secret "{reference.name}" with key "{reference.key}" not found in namespace {app.metadata.namespace}'
