// runcnores is runc for machines that lack CAP_SYS_RESOURCE: it takes that capability and negative OOM scores, which
// the kernel would refuse, out of the specification and then becomes runc. Where the capability is there it changes nothing.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	capability    = "CAP_SYS_RESOURCE"
	capabilityBit = 24
)

func main() {
	if err := become(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "runcnores:", err)
		os.Exit(1)
	}
}

func become(arguments []string) error {
	granted, err := mayRaiseLimits()
	if err != nil {
		return err
	}
	if !granted {
		if err := mend(arguments); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, arguments...), os.Environ())
}

// mayRaiseLimits reads the bounding set: what is not in it, no child can have.
func mayRaiseLimits() (bool, error) {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return false, err
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if digits, found := strings.CutPrefix(lines.Text(), "CapBnd:"); found {
			bounding, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 64)
			return bounding>>capabilityBit&1 == 1, err
		}
	}
	return false, fmt.Errorf("no CapBnd in /proc/self/status")
}

// mend rewrites the specification that runc is about to read, if this command reads one.
func mend(arguments []string) error {
	switch {
	case slices.Contains(arguments, "create"), slices.Contains(arguments, "run"):
		bundle := option(arguments, "--bundle", "-b")
		return rewrite(filepath.Join(bundle, "config.json"), func(document map[string]any) map[string]any {
			process, _ := document["process"].(map[string]any)
			return process
		})
	case slices.Contains(arguments, "exec"):
		if path := option(arguments, "--process", "-p"); path != "" {
			return rewrite(path, func(document map[string]any) map[string]any { return document })
		}
	}
	return nil
}

// option gives the value of the first of names, written as "name value" or "name=value"; "" if none is there.
func option(arguments []string, names ...string) string {
	for i, argument := range arguments {
		for _, name := range names {
			if argument == name && i+1 < len(arguments) {
				return arguments[i+1]
			}
			if value, found := strings.CutPrefix(argument, name+"="); found {
				return value
			}
		}
	}
	return ""
}

// rewrite changes the process that find points to within the JSON document at path.
func rewrite(path string, find func(map[string]any) map[string]any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // limits of 2^64-1 do not fit into a float
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	weaken(find(document))
	if raw, err = json.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

func weaken(process map[string]any) {
	if process == nil {
		return
	}
	capabilities, _ := process["capabilities"].(map[string]any)
	for set, value := range capabilities {
		names, _ := value.([]any)
		capabilities[set] = slices.DeleteFunc(names, func(name any) bool { return name == capability })
	}
	if score, isNumber := process["oomScoreAdj"].(json.Number); isNumber && strings.HasPrefix(score.String(), "-") {
		process["oomScoreAdj"] = 0
	}
}
