# shellcheck shell=bash
# The Docker engine: one that runs is used as it is; on a bare Debian machine one is installed and started.

engine_pid_file=$cache/dockerd.pid

start_engine() {
  docker info >/dev/null 2>&1 && return
  if [ "$(uname -s)" != Linux ] || [ "$(id -u)" -ne 0 ]; then
    fail "no Docker engine answers: start it (only root on Linux gets one started by this script)"
  fi
  if ! command -v dockerd runc iptables docker >/dev/null; then
    step "install the Docker engine" install_packages docker.io iptables runc
  fi
  step "start the Docker engine" launch_engine
}

install_packages() {
  command -v apt-get >/dev/null || fail "install $* by hand: this machine has no apt-get"
  apt-get update -qq
  # No service manager of the machine is to start a daemon of its own.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@"
}

launch_engine() {
  local options=(--pidfile "$engine_pid_file")
  if ! may_raise_limits; then
    build_tools engine
    options+=(--add-runtime "runcnores=$bin/runcnores" --default-runtime runcnores)
  fi
  # A session of its own and none of our files: the engine outlives the script, and must not hold its lock or pipes.
  setsid dockerd "${options[@]}" </dev/null >"$cache/dockerd.log" 2>&1 9>&- &
  await 30 "the Docker engine, see $cache/dockerd.log" docker info
}

# Whether this machine grants CAP_SYS_RESOURCE (bit 24 of the bounding set), without which runc needs its wrapper.
may_raise_limits() {
  local bounding
  bounding=$((16#$(awk '/^CapBnd/ { print $2 }' /proc/self/status)))
  ((bounding >> 24 & 1))
}

stop_engine() {
  local pid
  pid=$(cat "$engine_pid_file" 2>/dev/null) || { say "no engine was started here"; return; }
  if [ -n "$(docker ps --quiet 2>/dev/null)" ]; then
    say "the engine stays: containers other than those of cluster $cluster run in it"
    return
  fi
  # The number may belong to another process by now.
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
    kill "$pid"
    await 30 "the engine's end" engine_is_gone "$pid"
  fi
  rm -f "$engine_pid_file"
}

engine_is_gone() { [ ! -d "/proc/$1" ]; }
