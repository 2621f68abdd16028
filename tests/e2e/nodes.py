"""The nodes of a cluster that `cluster.sh` made: containers of the Docker engine of this machine."""

from __future__ import annotations

import json
import subprocess

from support.kubectl import CLUSTER, checked

CONTROL_PLANE = f"{CLUSTER}-control-plane"


def docker(*arguments):
    """Run docker; answers with what it prints."""
    answer = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"docker {' '.join(arguments)}: {answer.stderr}"
    return answer.stdout.strip()


def on_node(node, *command):
    """Run a command on a node."""
    return docker("exec", node, *command)


def names():
    """The nodes that pods are placed on."""
    nodes = json.loads(checked("get", "nodes", "-l", "!node-role.kubernetes.io/control-plane", "-o", "json"))["items"]
    return [node["metadata"]["name"] for node in nodes]


def in_pod(node, pod, *command):
    """Run a command in the only container of a pod, without the API server."""
    [container] = containers_of(node, pod)
    return on_node(node, "crictl", "exec", container, *command)


def containers_of(node, pod):
    """The containers of a pod that run on a node."""
    return on_node(node, "crictl", "ps", "--quiet", "--label", f"io.kubernetes.pod.name={pod}").split()


def stop_api_server():
    """End the API server at once; its kubelet, which would start it again, ends before."""
    on_node(CONTROL_PLANE, "systemctl", "stop", "kubelet")
    container = on_node(CONTROL_PLANE, "crictl", "ps", "--quiet", "--name", "kube-apiserver")
    stop_container(CONTROL_PLANE, container)


def stop_container(node, *containers):
    """Kill what runs in a container; a busy node takes its time for it."""
    on_node(node, "crictl", "--timeout", "60s", "stop", "--timeout", "0", *containers)


def start_api_server():
    """The kubelet starts it again."""
    on_node(CONTROL_PLANE, "systemctl", "start", "kubelet")


def volume(name, node):
    """A PersistentVolume in a folder of a node, for the claim that asks for storage class `name`."""
    on_node(node, "mkdir", "-p", folder(name))
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": name,
        "local": {"path": folder(name)},
        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def empty(name, node):
    """Delete what is in a volume."""
    on_node(node, "find", folder(name), "-mindepth", "1", "-delete")


def folder(name):
    """Where a volume is on its node."""
    return f"/var/local/{name}"
