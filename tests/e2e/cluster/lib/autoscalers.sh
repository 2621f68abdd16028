# shellcheck shell=bash
# What autoscalers of pools need in the cluster: KEDA, and an adapter that gives metrics to HorizontalPodAutoscalers.

keda_module=github.com/kedacore/keda/v2

keda_version() { awk -v name="$keda_module" '$1 == name { print $2 }' "$here/tools/keda/go.mod"; }

adapter_image() { printf 'localhost/pynenc/external-metrics:%s\n' "$(digest "$here/tools/external-metrics")"; }

# build_autoscaler_images NAME: prints the names of its images.
build_autoscaler_images() {
  local version
  case ${1:-} in
    keda)
      version=$(keda_version)
      build_tools keda
      autoscaler_image "localhost/pynenc/keda:$version" operator /keda
      autoscaler_image "localhost/pynenc/keda-metrics-apiserver:$version" adapter /keda-adapter
      ;;
    external-metrics)
      build_tools external-metrics
      autoscaler_image "$(adapter_image)" external-metrics /external-metrics
      ;;
    *) fail "build-autoscaler takes keda or external-metrics" ;;
  esac
}

# autoscaler_image NAME PROGRAM PATH: the programs stand where KEDA's own manifests expect them.
autoscaler_image() {
  start_engine
  has_image "$1" || step "image $1" build_autoscaler_image "$@"
  printf '%s\n' "$1"
}

build_autoscaler_image() {
  local context
  context=$(mktemp -d "$cache/autoscaler.XXXXXX")
  cp "$bin/$2" "$context/program"
  printf 'FROM scratch\nCOPY program %s\nUSER 65532:65532\nENTRYPOINT ["%s"]\n' "$3" "$3" >"$context/Dockerfile"
  build "$1" "$context"
  rm -rf "$context"
}

# print_autoscaler_manifests NAME: what is applied to have it in the cluster, with the images made here.
print_autoscaler_manifests() {
  case ${1:-} in
    keda) keda_manifests ;;
    external-metrics) sed "s#IMAGE#$(adapter_image)#" "$here/tools/external-metrics/manifests.yaml" ;;
    *) fail "autoscaler-manifests takes keda or external-metrics" ;;
  esac
}

# They are part of KEDA's module. Its admission webhooks are left out, so there is nothing to patch for them.
keda_manifests() {
  local folder version
  version=$(keda_version)
  go -C "$here/tools/keda" mod download "$keda_module" # the programs may come from the cache, without their sources
  folder=$(go -C "$here/tools/keda" list -m -f '{{.Dir}}' "$keda_module")
  kubectl kustomize "$folder/config/minimal" |
    sed -E -e "s#image: ghcr.io/kedacore/([a-z-]+):.*#image: localhost/pynenc/\1:$version#" \
      -e 's#imagePullPolicy: Always#imagePullPolicy: IfNotPresent#' \
      -e 's#^( *)- --enable-cert-rotation=true#&\n\1- --enable-webhook-patching=false#'
}
