package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const config = `{"process": {
  "terminal": true, "consoleSize": {"height": 1, "width": 1}, "user": {"uid": 0, "gid": 0}, "args": ["/bin/sh"], "cwd": "/",
  "env": ["A=b"], "capabilities": {"effective": ["CAP_CHOWN"]}, "noNewPrivileges": true, "apparmorProfile": "x"}}`

func describeProcess(t *testing.T, user ...string) map[string]any {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	encoded, err := processDescription(Container{Bundle: folder}, user)
	if err != nil {
		t.Fatal(err)
	}
	var process map[string]any
	if err := json.Unmarshal(encoded, &process); err != nil {
		t.Fatal(err)
	}
	return process
}

func TestProcessDescriptionShouldKeepTheContainersConfinement(t *testing.T) {
	process := describeProcess(t)
	if process["noNewPrivileges"] != true || process["apparmorProfile"] != "x" || process["terminal"] != false {
		t.Errorf("expected the container's own settings without a terminal, found %v", process)
	}
	if len(process["capabilities"].(map[string]any)) != 1 {
		t.Errorf("expected the container's capabilities, found %v", process["capabilities"])
	}
}

func TestProcessDescriptionShouldTakeCapabilitiesFromAnotherUser(t *testing.T) {
	process := describeProcess(t, "1000")
	if len(process["capabilities"].(map[string]any)) != 0 || process["user"].(map[string]any)["uid"] != 1000.0 {
		t.Errorf("expected user 1000 without capabilities, found %v", process)
	}
}

func TestReadStateShouldLeaveOutContainersThatHaveEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	state := runcState{ID: "a", Pid: os.Getpid(), StartTime: startTime(os.Getpid())}
	state.Config.Labels = []string{"bundle=/bundle"}
	for _, expectAlive := range []bool{true, false} {
		encoded, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, encoded, 0o600); err != nil {
			t.Fatal(err)
		}
		container, err := readState(path)
		if (err == nil) != expectAlive {
			t.Errorf("expected alive %v, found %v, %v", expectAlive, container, err)
		}
		if expectAlive && container.Bundle != "/bundle" {
			t.Errorf("expected the bundle from the labels, found %q", container.Bundle)
		}
		state.StartTime++ // Another process has the pid by now.
	}
}

func TestReadCrunStatusShouldLeaveOutContainersThatHaveEnded(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "web")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "status")
	for _, late := range []uint64{0, 1} {
		encoded, err := json.Marshal(crunStatus{Pid: os.Getpid(), StartTime: startTime(os.Getpid()) + late, Bundle: "/bundle"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, encoded, 0o600); err != nil {
			t.Fatal(err)
		}
		container, err := readCrunStatus(path)
		if (err == nil) != (late == 0) {
			t.Errorf("expected alive %v, found %v, %v", late == 0, container, err)
		}
		if late == 0 && (container.ID != "web" || container.Bundle != "/bundle" || container.RuntimeRoot != filepath.Dir(folder)) {
			t.Errorf("expected container web of /bundle, found %v", container)
		}
	}
}
