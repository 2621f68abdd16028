# shellcheck shell=bash
# Where things are kept, and which of the three kinds of cluster is meant.
# shellcheck disable=SC2034  # these names are read by the other files

cache=${PYNENC_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pynenc-kind}
cluster=${PYNENC_CLUSTER:-pynenc}
bin=$cache/bin
log=$cache/$cluster.log
repository=$(cd "$here/../../.." && pwd)

# A file of our own: neither read from nor merged into ~/.kube/config, which may point to somebody's real cluster.
kubeconfig=${PYNENC_KUBECONFIG:-$cache/$cluster.kubeconfig}

# The mode a cluster was made in; later commands must treat it alike, whatever can be reached by then.
mode_file=$cache/$cluster.mode

# The tools made here come first, so that clients and server are of one version.
export PATH=$bin:$PATH
export KUBECONFIG=$kubeconfig

# Sets `mode`: given (a named kubeconfig), stock (published images), built (everything made here).
decide_mode() {
  if [ -n "${PYNENC_KUBECONFIG:-}" ]; then
    mode=given
  elif [ -n "${PYNENC_CLUSTER_MODE:-}" ]; then
    mode=$PYNENC_CLUSTER_MODE
  elif [ -s "$mode_file" ]; then
    mode=$(<"$mode_file")
  elif registry_answers; then
    mode=stock
  else
    mode=built
  fi
  case $mode in
    given) [ -n "${PYNENC_KUBECONFIG:-}" ] || fail "mode given needs PYNENC_KUBECONFIG=/path/to/kubeconfig" ;;
    stock | built) ;;
    *) fail "PYNENC_CLUSTER_MODE is '$mode'; use stock, built or given" ;;
  esac
}

explain_mode() {
  case $mode in
    given) say "mode given: the cluster of $kubeconfig, nothing is created" ;;
    stock) say "mode stock: kind with its published node image" ;;
    built) say "mode built: no image registry answers, tools and node image are made from source (cache: $cache)" ;;
  esac
}

# Asks for the manifest only: a pull of the image itself would take minutes where it works.
registry_answers() {
  command -v docker >/dev/null || return 1
  docker image inspect "$STOCK_NODE_IMAGE" >/dev/null 2>&1 ||
    timeout 8 docker manifest inspect "$STOCK_NODE_IMAGE" >/dev/null 2>&1
}

# One command at a time changes the cache or the cluster; the lock goes with the process.
take_lock() {
  exec 9>"$cache/lock"
  if ! flock --nonblock 9; then
    say "waiting for another run that holds $cache/lock"
    flock 9
  fi
}
