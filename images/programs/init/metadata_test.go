package main

import (
	"os"
	"path/filepath"
	"testing"
)

func content(text string) *string { return &text }

func TestShouldWriteFilesAndFoldersOfTheConfiguration(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "config")
	err := writeEntries(folder, map[string]entry{
		"ssh": {Entries: map[string]entry{"authorized_keys": {Perm: "0600", Content: content("key")}}},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "ssh", "authorized_keys")
	written, err := os.ReadFile(path)
	if err != nil || string(written) != "key" {
		t.Fatalf("found %q, %v", written, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestShouldRefuseNamesThatLeadElsewhere(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "../x", "a\x00b"} {
		if err := writeEntries(t.TempDir(), map[string]entry{name: {Content: content("")}}, 0); err == nil {
			t.Errorf("%q was written", name)
		}
	}
}

func TestShouldRefuseBottomlessFolders(t *testing.T) {
	nested := map[string]entry{}
	for range deepest + 2 {
		nested = map[string]entry{"a": {Entries: nested}}
	}
	if err := writeEntries(t.TempDir(), nested, 0); err == nil {
		t.Error("wrote them")
	}
}

func TestShouldReadTheHostName(t *testing.T) {
	folder := t.TempDir()
	text := "instance-id: i-1\nlocal-hostname: \"box\"\n"
	if err := os.WriteFile(filepath.Join(folder, "meta-data"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if name := hostnameIn(folder); name != "box" {
		t.Errorf("found %q", name)
	}
}

func TestShouldReadNoMoreThanTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, make([]byte, largestFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readLimited(path); err == nil {
		t.Error("read it")
	}
}
