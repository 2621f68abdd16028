# shellcheck shell=bash
# What autoscalers of pools need in the cluster: an adapter that gives metrics to HorizontalPodAutoscalers.

adapter_image() { printf 'localhost/pynenc/external-metrics:%s\n' "$(digest "$here/tools/external-metrics")"; }

# build_autoscaler_images NAME: prints the names of its images.
build_autoscaler_images() {
  case ${1:-} in
    external-metrics)
      build_tools external-metrics
      autoscaler_image "$(adapter_image)" external-metrics /external-metrics
      ;;
    *) fail "build-autoscaler takes external-metrics" ;;
  esac
}

# autoscaler_image NAME PROGRAM PATH: an image that holds a program alone, at that path.
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
    external-metrics) sed "s#IMAGE#$(adapter_image)#" "$here/tools/external-metrics/manifests.yaml" ;;
    *) fail "autoscaler-manifests takes external-metrics" ;;
  esac
}
