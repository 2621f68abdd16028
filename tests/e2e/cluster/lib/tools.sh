# shellcheck shell=bash
# Programs from Go modules. Each folder of tools/ is a module, since their dependencies contradict each other.
# The go.mod and go.sum in git pin every dependency, so a build resolves nothing and only downloads.

# build_tools MODULE...: what was built from the same sources by the same compiler is kept.
build_tools() {
  local module wanted=()
  command -v go >/dev/null || fail "Go is needed to build the tools: install it, or set PYNENC_CLUSTER_MODE=stock"
  for module in "$@"; do
    [ "$(cat "$cache/built/$module" 2>/dev/null)" = "$(tool_digest "$module")" ] || wanted+=("$module")
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  mkdir -p "$cache/built"
  fetch_sources "${wanted[@]}" 9>&- &
  for module in "${wanted[@]}"; do
    step "build $module" build_module "$module"
    tool_digest "$module" >"$cache/built/$module"
  done
}

# need_tools MODULE:PROGRAM...: build only what PATH does not have.
need_tools() {
  local pair
  for pair in "$@"; do
    command -v "${pair#*:}" >/dev/null || build_tools "${pair%:*}"
  done
}

# Debug information, which the linker would drop anyway, is not made in the first place: an eighth of the time.
build_flags=(-trimpath -buildvcs=false -gcflags=all=-dwarf=false)

# A module either names foreign commands as tools or holds small programs of its own.
build_module() {
  local source=$here/tools/$1 packages=tool
  if compgen -G "$source/*/main.go" >/dev/null; then
    packages=./...
  fi
  # GOGC: collecting its own garbage as often as by default costs the compiler a sixth of the time.
  CGO_ENABLED=0 GOGC=300 go -C "$source" build "${build_flags[@]}" -ldflags "$(link_flags "$1")" -o "$bin/" "$packages"
}

# kubeadm and kubelet compare versions, which the release build sets by the linker.
link_flags() {
  local version package=k8s.io/component-base/version
  printf -- '-s -w'
  [ "$1" = kubernetes ] || return 0
  version=$(kubernetes_version)
  printf -- ' -X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s' \
    "$package" "$version" "$package" "$package" "$(cut -d. -f2 <<<"$version")"
}

kubernetes_version() {
  awk '$1 == "k8s.io/kubernetes" { print $2 }' "$here/tools/kubernetes/go.mod"
}

tool_digest() {
  { go env GOVERSION GOARCH && link_flags "$1" && printf '%s ' "${build_flags[@]}" && digest "$here/tools/$1"; } |
    sha256sum | cut -c1-16
}

# digest PATH...: a hash of names and contents, the same in every clone.
digest() {
  local path
  for path in "$@"; do
    (
      cd "$(dirname "$path")"
      find "$(basename "$path")" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    )
  done | sha256sum | cut -c1-12
}

# Downloads run ahead of the compiler, which otherwise waits for the network at the start of every module.
fetch_sources() {
  local module
  for module in "$@"; do
    go -C "$here/tools/$module" list -deps tool ./... >/dev/null 2>&1 || true
  done
}
