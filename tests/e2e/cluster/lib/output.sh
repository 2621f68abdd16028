# shellcheck shell=bash
# Progress for people on stderr; stdout is kept for the results that callers read (paths, image names).

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# step TEXT COMMAND...: run COMMAND with its output in the log, tell that it lives and how long it took.
# COMMAND runs in a subshell, where `set -e` holds even though this function looks at its exit code.
step() {
  local text=$1 started=$SECONDS status=0 command ticker
  shift
  printf '\n--- %s: %s\n' "$(date -u +%FT%TZ)" "$text" >>"$log"
  "$@" </dev/null >>"$log" 2>&1 &
  command=$!
  tick "$text" "$started" "$command" &
  ticker=$!
  wait "$command" || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    say "$(stamp) $text: failed after $((SECONDS - started)) s; the end of $log:"
    tail -n 25 "$log" >&2
    exit "$status"
  fi
  say "$(stamp) $text: $((SECONDS - started)) s"
}

# tick TEXT STARTED PID: a line each half minute. Its sleep outlives it, so that holds neither lock nor pipe.
tick() {
  while sleep 30 >/dev/null 2>&1 9>&- && kill -0 "$3" 2>/dev/null; do
    say "$(stamp) $1: still at it after $((SECONDS - $2)) s"
  done
}

# Seconds since the script started, as a column.
stamp() { printf '[%4d s]' "$SECONDS"; }

# await SECONDS TEXT COMMAND...: try COMMAND five times a second until it succeeds.
await() {
  local deadline=$((SECONDS + $1)) text=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "waited in vain for $text"
    sleep 0.2
  done
}
