"""Where an App has signing keys, what the operator queues is signed, and what it reads was."""

from __future__ import annotations

import uuid

import pytest

from pynenc.api.v1alpha1 import AppSpec, Redis
from pynenc.core.inline import make_bundle, text_of_bundle, unseal
from pynenc.core.records import Answer, Declaration, DeclaredKind, Settlement, WorkerInfo
from pynenc.core.seal import Keyring
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest
from unit.operator.builders import NAMESPACE, make_app
from unit.operator.world import World

KEYS = "new:0123456789abcdef,old:fedcba9876543210"
REFERENCE = {"name": "signing", "key": "keys"}


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


FUNCTION = f"{double.__module__}.double"


class Signed(World):
    """A world whose App has signing keys, with a Task and an Invocation of it."""

    def app(self):
        spec = AppSpec.from_dict({"redis": {}, "signingKeysSecretRef": REFERENCE})
        return self.cluster.put("App", make_app(self.name).model_copy(update={"spec": spec}))

    async def queue_one(self):
        keys = self.app(), self.task(function=FUNCTION), self.invocation(arguments={"number": 4})
        await self.look(*keys)
        return keys[-1]

    def work(self, signing_keys):
        """A worker with keys of its own takes the invocation and runs it; the arguments that it read."""
        app = self.store()
        app.conf.signing_keys = signing_keys
        payloads = app.task(double).payloads
        assert app.orchestrator.join(WorkerInfo("w", "pod-1", "main"), 60) is Answer.OK
        (claimed,) = app.orchestrator.claim("w", ClaimRequest(uuid.uuid4().hex, ("default",))).items
        args, _ = payloads.load_arguments(claimed.arguments)
        result = payloads.dump_result(double(*args))
        end = Settlement(claimed.invocation_id, claimed.fence, Status.SUCCESS, result, 60)
        assert app.orchestrator.finish("w", [end]) == [Answer.OK]
        return args


@pytest.fixture
async def world():
    made = Signed()
    yield made
    made.close()


async def test_a_worker_with_the_keys_reads_what_the_operator_queued_and_the_operator_its_result(world):
    world.cluster.secrets["signing", "keys"] = KEYS + "\n"
    once = await world.queue_one()
    assert world.work(KEYS) == [4]
    await world.look(once)
    assert world.cluster.status(once)["result"] == 8


async def test_a_result_that_is_signed_with_another_key_is_not_shown(world):
    world.cluster.secrets["signing", "keys"] = KEYS
    once = await world.queue_one()
    assert world.work("third:0123456789abcdef," + KEYS) == [4]
    await world.look(once)
    status = world.cluster.status(once)
    assert "result" not in status
    assert status["resultBytes"] > 0


@pytest.mark.parametrize(
    ("secret", "reason", "told"),
    [
        pytest.param(None, "SecretNotFound", 'Secret "signing" with key "keys" not found', id="no Secret"),
        pytest.param("short", "InvalidSigningKeys", "must be id:key,id2:key2 with keys of at least 16", id="no keys"),
    ],
)
async def test_without_keys_nothing_is_queued(world, secret, reason, told):
    if secret:
        world.cluster.secrets["signing", "keys"] = secret
    once = await world.queue_one()
    app = world.app()
    await world.look(app)
    assert world.condition(app, "Ready") == ("False", reason)
    message = world.cluster.status(app)["conditions"][0]["message"]
    assert told in message
    assert "short" not in message
    assert world.stores.get(app) is None
    assert world.cluster.status(once)["conditions"] == []


async def test_an_app_that_gets_keys_later_signs_from_then_on(world):
    plain = world.cluster.put("App", make_app(world.name).model_copy(update={"spec": AppSpec(redis=Redis())}))
    await world.look(plain)
    world.cluster.secrets["signing", "keys"] = KEYS
    await world.queue_one()
    assert world.work(KEYS) == [4]


@pytest.mark.parametrize(
    ("signer", "answer"), [(KEYS, ("True", "Accepted")), ("new:ffffffffffffffffffff", ("False", "BundleNotTrusted"))]
)
async def test_a_bundle_is_trusted_if_its_author_has_signed_it(world, signer, answer):
    app = world.app()
    world.cluster.secrets["signing", "keys"] = KEYS
    app_id, name = f"{NAMESPACE}/{world.name}", "inline.hello.main"
    bundle = make_bundle(Keyring.read(signer), app_id, name, b"pickled", "3.11")
    task = world.task("hello", function=None, source={"bundle": bundle})
    await world.look(app, task)
    assert world.condition(task, "Accepted") == answer
    declared = world.store().orchestrator.declared(DeclaredKind.SOURCE)[name]
    assert unseal(Keyring.read(KEYS), app_id, name, declared) == text_of_bundle(bundle)


async def test_source_is_signed_on_its_way_to_the_store(world):
    app = world.app()
    world.cluster.secrets["signing", "keys"] = KEYS
    task = world.task("hello", function=None, source={"python": "def main(): return 1"})
    await world.look(app, task)
    declared = world.store().orchestrator.declared(DeclaredKind.SOURCE)
    (name,) = declared
    arguments = (f"{NAMESPACE}/{world.name}", name, declared[name])
    assert unseal(Keyring.read(KEYS), *arguments) == "def main(): return 1"
    world.store().orchestrator.declare(Declaration(DeclaredKind.SOURCE, name, "not signed"))
    world.stores.get(app)._facts = None
    await world.look(app)
    assert world.store().orchestrator.declared(DeclaredKind.SOURCE) == declared
    del world.cluster.objects[task]
    world.stores.get(app)._facts = None
    await world.look(app)
    assert world.store().orchestrator.declared(DeclaredKind.SOURCE) == {}
