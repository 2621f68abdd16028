"""Pods that are gone without a word: what their workers held is given to others at once, and why is told.

The leases of those workers would do the same some seconds later, without knowing why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pynenc.api import names
from pynenc.api.v1alpha1 import WorkerPool
from pynenc.config.fields import RunnerSettings
from pynenc.core.records import Recovered, WorkerInfo
from pynenc.core.status import Status
from pynenc_operator import reasons
from pynenc_operator.plan.fate import Fate, fate_of, has_no_runner
from pynenc_operator.plan.result import Manifest, News, ObjectKey
from pynenc_operator.plan.workerpool import ObservedPool
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.ports import Store


async def recover_lost(context: Context, pool: WorkerPool, observed: ObservedPool, store: Store) -> Sequence[News]:
    """Recover what workers of the pool held whose pods are gone; an Event for each pod that was working.

    The objects of invocations that live on get one too, since they may end without a trace of it; the error of one that
    is given up says it.

    The workers were listed before the pods, so a pod that is missing was not made in between.
    """
    news = []
    for uid, workers in _by_pod(pool, observed.workers or ()).items():
        fate = await _fate_if_gone(context, pool, uid, workers[0].host, observed.pods)
        if fate is None:
            continue
        recovered = [one for worker in workers for one in await store.recover(worker, fate, max_losses_of(pool))]
        for one in (one for one in recovered if one.status is Status.REROUTED):
            await _tell_objects(context, store, one, f"pod {workers[0].host} {fate.how} while it had this")
        if recovered:
            ends = Counter(one.status for one in recovered)
            told = ", ".join(f"{number} {status.value}" for status, number in sorted(ends.items()))
            news.append(News(reasons.POD_LOST, f"pod {workers[0].host} {fate.how}; what it ran: {told}", bad=True))
    return news


async def _tell_objects(context: Context, store: Store, recovered: Recovered, what: str) -> None:
    news = News(reasons.POD_LOST, f"{what}; it runs again", bad=True)
    for key in store.objects_of(recovered.invocation_id):
        await context.applier.tell(key, news)


def _by_pod(pool: WorkerPool, workers: Sequence[WorkerInfo]) -> Mapping[str, Sequence[WorkerInfo]]:
    by_pod: defaultdict[str, list[WorkerInfo]] = defaultdict(list)
    for worker in workers:
        if worker.pool == pool.metadata.name and worker.pod_uid:
            by_pod[worker.pod_uid].append(worker)
    return by_pod


async def _fate_if_gone(
    context: Context, pool: WorkerPool, uid: str, name: str, pods: Sequence[Manifest]
) -> Fate | None:
    """Why a pod is gone, or None if it is not; one that merely lost its labels is not in the list and not gone."""
    pod = next((pod for pod in pods if pod["metadata"]["uid"] == uid), None)
    if pod is None:
        pod = await context.cluster.get(ObjectKey("Pod", pool.metadata.namespace, name))
        if pod is None or pod["metadata"]["uid"] != uid:
            return context.memory.fate(uid)
    return fate_of(pod) if has_no_runner(pod) else None


def max_losses_of(pool: WorkerPool) -> int:
    """After how many losses the pool's runners give an invocation up."""
    set_ = {variable.name: variable.value for variable in pool.spec.env}.get(names.ENV_MAX_LOSSES, "")
    return int(set_) if set_.isdecimal() else RunnerSettings.max_losses
