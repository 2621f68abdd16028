# shellcheck shell=bash
# Images made without a registry: Debian, the node of kind, and the programs of the control plane.

# The folders of tools/ whose programs a node holds.
node_tools=(engine kubernetes etcd coredns containerd kube-router)

debian_image=localhost/pynenc/debian:$DEBIAN_RELEASE
node_os_image=localhost/pynenc/node-os:$DEBIAN_RELEASE

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# build NAME CONTEXT [ARGUMENT...]: the network is the host's, which may be the only one with a name server or proxy.
build() {
  local name=$1 context=$2
  shift 2
  docker build --quiet --network host --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
    --tag "$name" "$@" "$context"
}

make_debian() {
  has_image "$debian_image" && return
  command -v debootstrap >/dev/null || step "install debootstrap" install_packages debootstrap
  step "base image: Debian $DEBIAN_RELEASE" bootstrap_debian
}

bootstrap_debian() {
  local root
  root=$(mktemp -d "$cache/debian.XXXXXX")
  debootstrap --variant=minbase "$DEBIAN_RELEASE" "$root"
  # Every image made here is loaded into every node: leave out what nothing running in one reads.
  rm -rf "$root"/usr/share/{doc,info,locale,man}/* "$root"/var/{cache/apt,lib/apt/lists,log}/*
  cp "$here/images/slim.dpkg" "$root/etc/dpkg/dpkg.cfg.d/slim"
  cp "$here/images/slim.apt" "$root/etc/apt/apt.conf.d/slim"
  tar -C "$root" -c . | docker import - "$debian_image"
  rm -rf "$root"
}

make_node_os() {
  make_debian
  has_image "$node_os_image" || step "node image: packages" \
    build "$node_os_image" "$here/images" --file "$here/images/node-os.Dockerfile" --build-arg "BASE=$debian_image"
}

# Named by what it is made of, so that a change here makes another image.
node_image() {
  printf 'localhost/pynenc/kind-node:%s-%s\n' "$(kubernetes_version)" \
    "$(digest "${node_tools[@]/#/$here/tools/}" "$here/node" "$here/images/node-os.Dockerfile" | cut -c1-8)"
}

make_node_image() {
  local image
  image=$(node_image)
  has_image "$image" && return
  step "node image: system" build_node_system
  step "node image: control plane" preload_node "$image"
  docker image ls --filter reference='localhost/pynenc/kind-node' --format '{{.Repository}}:{{.Tag}}' |
    grep -vFx "$image" | xargs --no-run-if-empty docker image rm >/dev/null 2>&1 || true
}

build_node_system() {
  local context
  context=$(mktemp -d "$cache/node.XXXXXX")
  cp "$here"/node/* "$bin"/{containerd,containerd-shim-runc-v2,ctr,crictl,kubelet,kubeadm,kubectl,runcnores} "$context"
  kubernetes_version >"$context/version"
  sed -i "s#PAUSE_IMAGE#$(control_plane_images | grep /pause:)#" "$context/containerd.toml"
  build localhost/pynenc/kind-node-system:latest "$context" --build-arg "BASE=$node_os_image"
  rm -rf "$context"
}

# kubeadm says itself under which names it looks for the control plane.
control_plane_images() {
  kubeadm config images list --kubernetes-version "$(kubernetes_version)" --image-repository localhost/k8s
}

kube_router_image() {
  awk '$1 == "github.com/cloudnativelabs/kube-router/v2" { print "localhost/k8s/kube-router:" $2 }' \
    "$here/tools/kube-router/go.mod"
}

# The images go into the store of the node's own containerd, packed: to unpack them here would need an overlay
# on an overlay, which kernels refuse, and kind does not wait long enough for a node that imports them at its start.
preload_node() {
  local images image loader=pynenc-preload
  mapfile -t images < <(control_plane_images && kube_router_image)
  for image in "${images[@]}"; do
    build_program_image "$image"
  done
  docker rm --force "$loader" 2>/dev/null || true
  docker run --detach --name "$loader" --privileged --entrypoint containerd localhost/pynenc/kind-node-system:latest
  await 30 "containerd in the node image" docker exec "$loader" ctr version
  docker save "${images[@]}" | docker exec --interactive "$loader" ctr --namespace k8s.io images import --no-unpack -
  docker stop "$loader"
  docker commit --change 'ENTRYPOINT ["/usr/local/bin/entrypoint"]' --change 'CMD []' "$loader" "$1"
  docker rm "$loader"
}

# build_program_image NAME: an image that holds the program of that name, on nothing unless it calls iptables.
build_program_image() {
  local program context base=scratch
  program=$(basename "${1%:*}")
  case $program in
    kube-proxy | kube-router) base=$node_os_image ;;
  esac
  context=$(mktemp -d "$cache/program.XXXXXX")
  cp "$bin/$program" "$context/program"
  printf 'FROM %s\nCOPY program /usr/local/bin/%s\nENTRYPOINT ["/usr/local/bin/%s"]\n' "$base" "$program" "$program" \
    >"$context/Dockerfile"
  build "$1" "$context"
  rm -rf "$context"
}
