# shellcheck shell=bash
# The life of a kind cluster.

# A short limit: a cluster whose engine was killed leaves a kubeconfig that points to nobody.
cluster_answers() {
  [ -s "$kubeconfig" ] && kubectl --request-timeout=4s get --raw /readyz >/dev/null 2>&1
}

node_count() { kubectl get nodes --no-headers 2>/dev/null | wc -l; }

# cluster_fits WORKERS: it answers and has at least as many nodes as asked for.
cluster_fits() {
  cluster_answers && [ "$(node_count)" -gt "$1" ]
}

create_cluster() {
  delete_cluster
  printf '%s\n' "$mode" >"$mode_file"
  step "create cluster $cluster with $1 workers" kind_create "$1"
  if [ "$mode" = built ]; then
    step "pod network, network policies, DNS" set_up_network
  else
    step "nodes and DNS" await_stock_cluster
  fi
}

kind_create() {
  local file=$cache/$cluster.kind.yaml
  kind_config "$1" >"$file"
  kind create cluster --name "$cluster" --config "$file" --kubeconfig "$kubeconfig"
}

delete_cluster() {
  command -v kind >/dev/null || return 0
  if kind get clusters 2>/dev/null | grep -qx "$cluster"; then
    step "remove cluster $cluster" kind delete cluster --name "$cluster" --kubeconfig "$kubeconfig"
  fi
}

await_stock_cluster() {
  kubectl wait --for=condition=Ready nodes --all --timeout=120s
  kubectl -n kube-system rollout status deployment/coredns --timeout=120s
}

kind_config() { # WORKERS
  local number image=''
  if [ "$mode" = built ]; then
    cat "$here/node/kind.yaml"
    image=$(node_image)
  else
    printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n'
  fi
  printf 'nodes:\n'
  kind_node control-plane "$image"
  for ((number = 0; number < $1; number++)); do
    kind_node worker "$image"
  done
}

kind_node() { # ROLE IMAGE; without an image kind takes its own
  printf -- '  - role: %s\n' "$1"
  [ -z "$2" ] || printf '    image: %s\n' "$2"
}
