package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func attempt(t *testing.T, name string, arguments any) Result {
	t.Helper()
	encoded, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	result, err := attempts[name](Request{Attempt: name, Args: encoded})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAttemptsOnFilesShouldBeAllowedInAWritableFolderAndLeaveItAsItWas(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("content"), 0o640); err != nil {
		t.Fatal(err)
	}
	before := describeAll(t, folder)
	for _, name := range []string{
		"create", "mkdir", "mknod", "symlink", "link", "rename", "unlink", "chmod", "chown", "utimens", "truncate", "fallocate", "mmap-write",
	} {
		paths := []string{folder}
		if name != "create" && name != "mkdir" && name != "mknod" && name != "symlink" {
			paths = append(paths, file)
		}
		for _, path := range paths {
			if result := attempt(t, name, atPath{path}); result.Outcome != "allowed" {
				t.Errorf("%s %s: expected allowed, found %v", name, path, result)
			}
		}
	}
	if result := attempt(t, "write-file", contentAtPath{file, "other"}); result.Outcome != "allowed" {
		t.Errorf("write-file: expected allowed, found %v", result)
	}
	after := describeAll(t, folder)
	if before != after {
		t.Errorf("expected the folder as it was:\n%s\nfound:\n%s", before, after)
	}
}

func describeAll(t *testing.T, folder string) string {
	t.Helper()
	lines, err := hashTrees([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestOpenReadShouldTellAnEmptyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if result := attempt(t, "open-read", atPath{file}); result.Errno != "EOF" {
		t.Errorf("expected EOF, found %v", result)
	}
}

func TestSafeSyscallShouldKnowNoOthers(t *testing.T) {
	if result := attempt(t, "syscall", syscallArguments{"exit"}); result.Outcome != "impossible" {
		t.Errorf("expected impossible, found %v", result)
	}
	for name := range safeCalls {
		if _, twice := capabilityFirst[name]; twice {
			t.Errorf("%s is in both tables", name)
		}
	}
}

func TestWithinShouldCompareWholeNames(t *testing.T) {
	for _, example := range []struct {
		path, folder string
		within       bool
	}{
		{"/a", "/a", true}, {"/a/b", "/a", true}, {"/ab", "/a", false}, {"/", "/a", false}, {"/a", "/", true}, {"/../b", "/", false},
	} {
		if within(example.path, example.folder) != example.within {
			t.Errorf("%v", example)
		}
	}
}

func TestModuleNameShouldSurviveWhatIsNoModule(t *testing.T) {
	if name := moduleName([]byte("\x7fELF")); name != "" {
		t.Errorf("expected no name, found %q", name)
	}
}
