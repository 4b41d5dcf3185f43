package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	configFolder  = "/run/config"
	metadataMount = "/run/metadata"
	largestFile   = 256 << 10
	deepest       = 8
)

// metadata is what the image is told from outside.
type metadata struct {
	hostname string
}

// entry is a file or a folder in LinuxKit's JSON: content and perm, or entries.
type entry struct {
	Perm    string           `json:"perm"`
	Content *string          `json:"content"`
	Entries map[string]entry `json:"entries"`
}

// volumeID is the name of an ISO 9660 volume: 32 bytes at offset 40 of sector 16.
func volumeID(device string) string {
	file, err := os.Open(device)
	if err != nil {
		return ""
	}
	defer file.Close()
	descriptor := make([]byte, 72)
	if _, err := file.ReadAt(descriptor, 16*2048); err != nil || string(descriptor[1:6]) != "CD001" {
		return ""
	}
	return strings.TrimSpace(string(descriptor[40:72]))
}

func findDisk() string {
	disks, err := filepath.Glob("/sys/block/vd*")
	if err != nil {
		return ""
	}
	for _, disk := range disks {
		if device := filepath.Join("/dev", filepath.Base(disk)); strings.EqualFold(volumeID(device), "cidata") {
			return device
		}
	}
	return ""
}

func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err == nil && len(content) > largestFile {
		err = fmt.Errorf("%s: more than %d bytes", path, largestFile)
	}
	return content, err
}

// readMetadata takes the configuration from the disk named `cidata`, if there is one: LinuxKit's file `config`, else
// NoCloud's `user-data`. Files appear below /run/config.
func readMetadata() (metadata, error) {
	device := findDisk()
	if device == "" {
		say("no metadata disk")
		return metadata{}, nil
	}
	if err := os.MkdirAll(metadataMount, 0o700); err != nil {
		return metadata{}, err
	}
	flags := uintptr(syscall.MS_RDONLY | syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC)
	if err := syscall.Mount(device, metadataMount, "iso9660", flags, ""); err != nil {
		return metadata{}, fmt.Errorf("mount %s: %w", device, err)
	}
	defer func() {
		step("unmount the metadata disk", syscall.Unmount(metadataMount, 0))
		step("remove its mount point", os.Remove(metadataMount))
	}()
	read := metadata{hostname: hostnameIn(metadataMount)}
	config, err := readLimited(filepath.Join(metadataMount, "config"))
	if errors.Is(err, os.ErrNotExist) {
		return read, writeKeys(metadataMount)
	}
	if err != nil {
		return read, err
	}
	var entries map[string]entry
	if err := json.Unmarshal(config, &entries); err != nil {
		return read, fmt.Errorf("config on %s: %w", device, err)
	}
	return read, writeEntries(configFolder, entries, 0)
}

func writeEntries(folder string, entries map[string]entry, depth int) error {
	if depth > deepest {
		return fmt.Errorf("%s: deeper than %d folders", folder, deepest)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for name, entry := range entries {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("%s: %q is no file name", folder, name)
		}
		path := filepath.Join(folder, name)
		if entry.Content == nil {
			if err := writeEntries(path, entry.Entries, depth+1); err != nil {
				return err
			}
			continue
		}
		mode, err := strconv.ParseUint(entry.Perm, 8, 9)
		if err != nil {
			mode = 0o600
		}
		if err := os.WriteFile(path, []byte(*entry.Content), os.FileMode(mode)); err != nil {
			return err
		}
	}
	return nil
}

// writeKeys takes the list `ssh_authorized_keys` from NoCloud's user-data, and nothing else of it.
func writeKeys(folder string) error {
	content, err := readLimited(filepath.Join(folder, "user-data"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var keys bytes.Buffer
	inList := false
	for line := range strings.Lines(string(content)) {
		text := strings.TrimSpace(line)
		item, isItem := strings.CutPrefix(text, "- ")
		switch {
		case text == "ssh_authorized_keys:":
			inList = true
		case inList && isItem:
			keys.WriteString(strings.Trim(item, `"'`) + "\n")
		case text != "":
			inList = false
		}
	}
	if keys.Len() == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(configFolder, "ssh"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(configFolder, "ssh", "authorized_keys"), keys.Bytes(), 0o600)
}

func hostnameIn(folder string) string {
	content, err := readLimited(filepath.Join(folder, "meta-data"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if name, found := strings.CutPrefix(line, "local-hostname:"); found {
			return strings.Trim(strings.TrimSpace(name), `"'`)
		}
	}
	return ""
}

func setHostname(told metadata) error {
	name := told.hostname
	if name == "" {
		name = "drydock"
	}
	return syscall.Sethostname([]byte(name))
}
