# shellcheck shell=bash
# What a cluster without published images lacks: a pod network, network policies, and a DNS that asks nobody else.

set_up_network() {
  local nodes name line='{.metadata.name} {.spec.podCIDR} {.status.addresses[?(@.type=="InternalIP")].address}{"\n"}'
  # Before the first pod of CoreDNS can run, so that it starts with the right settings at once.
  set_up_dns
  await 60 "the pod ranges" every_node_has_a_range
  nodes=$(kubectl get nodes -o jsonpath="{range .items[*]}$line{end}")
  while read -r name _; do
    docker exec --interactive "$name" sh -c 'cat >/etc/pod-network && systemctl restart pod-network' <<<"$nodes"
  done <<<"$nodes"
  sed "s#KUBE_ROUTER_IMAGE#$(kube_router_image)#" "$here/node-addons/kube-router.yaml" | kubectl apply -f -
  kubectl wait --for=condition=Ready nodes --all --timeout=60s
  kubectl -n kube-system rollout status daemonset/kube-router --timeout=60s
  kubectl -n kube-system rollout status deployment/coredns --timeout=60s
}

# The controller assigns them a moment after a node joins.
every_node_has_a_range() {
  local ranges
  ranges=$(kubectl get nodes -o jsonpath='{.items[*].spec.podCIDR}')
  [ "$(wc -w <<<"$ranges")" -eq "$(node_count)" ]
}

# Docker's name server, which the node has as its own, leads CoreDNS back to itself: serve the cluster's names only.
set_up_dns() {
  kubectl apply --server-side --force-conflicts -f "$here/node-addons/coredns.yaml"
  kubectl -n kube-system scale deployment/coredns --replicas=1
}
