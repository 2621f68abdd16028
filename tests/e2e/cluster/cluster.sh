#!/usr/bin/env bash
# A Kubernetes cluster for the cluster and e2e tests: made, reused, filled with images, removed. `cluster.sh help` tells how.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

source "$here/versions.env"
source "$here/lib/output.sh"
source "$here/lib/settings.sh"
source "$here/lib/tools.sh"
source "$here/lib/engine.sh"
source "$here/lib/images.sh"
source "$here/lib/kind.sh"
source "$here/lib/network.sh"
source "$here/lib/product.sh"
source "$here/lib/autoscalers.sh"

usage() {
  cat <<'TEXT'
Usage: cluster.sh VERB

  up [WORKERS]            make a cluster of a control plane and WORKERS nodes (default 2), or reuse the one that is there
  down [--engine]         remove it; with --engine also stop the Docker engine that `up` had to start
  status                  mode, nodes and paths
  kubeconfig              print the path of the kubeconfig
  env                     print shell lines that set KUBECONFIG and PATH: eval "$(cluster.sh env)"
  build-image [TAG]       build the product image unless it is there, print its name; TAG defaults to a hash of its content
  build-example DIR       the same for an example folder on top of the product image
  build-valkey            the same for the store that the chart can install
  build-autoscaler X      the same for keda, or for external-metrics, which serves HorizontalPodAutoscalers
  autoscaler-manifests X  print what is applied to have X in the cluster
  load IMAGE...           put images into every node
  tools                   build the programs only

Environment:
  PYNENC_KUBECONFIG       use the cluster of this kubeconfig and create nothing (mode given)
  PYNENC_CLUSTER_MODE     stock: kind and its published image; built: everything made here. Default: stock if a registry answers
  PYNENC_CLUSTER          name of the cluster (default pynenc)
  PYNENC_CACHE            programs, kubeconfig and logs (default ~/.cache/pynenc-kind)
TEXT
}

up() {
  local workers=${1:-2}
  [[ $workers =~ ^[0-9]$ ]] || fail "up takes the number of worker nodes, 0 to 9"
  if [ -z "${PYNENC_KUBECONFIG:-}" ] && cluster_fits "$workers"; then
    decide_mode
    say "reusing cluster $cluster (mode $mode, $(node_count) nodes)"
    return
  fi
  decide_mode
  explain_mode
  case $mode in
    given) cluster_answers || fail "the cluster of $kubeconfig does not answer" ;;
    stock) prepare_stock ;;
    built) prepare_built ;;
  esac
  [ "$mode" = given ] || create_cluster "$workers"
  say "$(stamp) ready: export KUBECONFIG=$kubeconfig"
}

prepare_stock() {
  start_engine
  need_tools kind:kind kubernetes:kubectl helm:helm
}

# The compiler and the package manager want different things of the machine, so they run side by side.
prepare_built() {
  local tools
  build_tools engine
  build_tools kubernetes etcd coredns containerd kube-router kind helm &
  tools=$!
  start_engine
  make_node_os
  wait "$tools" || fail "the tools were not built"
  make_node_image
}

down() {
  decide_mode
  [ "$mode" != given ] || fail "the cluster of $kubeconfig was not made here and is left alone"
  if docker info >/dev/null 2>&1; then
    delete_cluster
  fi
  rm -f "$kubeconfig" "$mode_file"
  case ${1:-} in
    --engine) stop_engine ;;
    '') ;;
    *) fail "down takes --engine or nothing" ;;
  esac
}

status() {
  decide_mode
  explain_mode
  say "kubeconfig: $kubeconfig"
  cluster_answers || fail "no cluster answers"
  kubectl get nodes
}

environment() {
  # shellcheck disable=SC2016  # $PATH is for the shell that evaluates the line
  printf 'export KUBECONFIG=%q\nexport PATH=%q:"$PATH"\n' "$kubeconfig" "$bin"
}

main() {
  local verb=${1:-help}
  [ $# -eq 0 ] || shift
  mkdir -p "$bin"
  case $verb in
    up | down | build-image | build-example | build-valkey | build-autoscaler | load | tools) take_lock ;;
  esac
  case $verb in
    up) up "$@" ;;
    down) down "$@" ;;
    status) status ;;
    kubeconfig) printf '%s\n' "$kubeconfig" ;;
    env) environment ;;
    build-image) build_product_image "$@" ;;
    build-example) build_example_image "$@" ;;
    build-valkey) build_valkey_image ;;
    build-autoscaler) build_autoscaler_images "$@" ;;
    autoscaler-manifests) print_autoscaler_manifests "$@" ;;
    load) load_images "$@" ;;
    tools) build_tools engine kubernetes etcd coredns containerd kube-router kind helm ;;
    help | -h | --help) usage ;;
    *) usage >&2 && fail "unknown verb '$verb'" ;;
  esac
}

# Background work ignores the interrupt key and would outlive a failure elsewhere.
end_descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    end_descendants "$child"
    kill "$child" 2>/dev/null || true
  done
}
trap 'end_descendants $$' EXIT

main "$@"
