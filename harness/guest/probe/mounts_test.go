package main

import "testing"

const mountinfo = `22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
28 1 254:1 / / ro,relatime shared:1 - squashfs /dev/loop0 ro,errors=continue
31 28 0:26 / /with\040blank\134 rw - tmpfs a\011b rw,size=64k
a line that is none
40 28 0:30 / /short rw - tmpfs
`

func TestParseMountsShouldReadEveryFieldAndLeaveOutOtherLines(t *testing.T) {
	mounts := parseMounts(mountinfo)
	if len(mounts) != 3 {
		t.Fatalf("expected 3 mounts, found %d: %v", len(mounts), mounts)
	}
	expected := Mount{Path: "/", Options: "ro,relatime", FsType: "squashfs", Source: "/dev/loop0", SuperOptions: "ro,errors=continue"}
	if mounts[1] != expected {
		t.Errorf("expected %v, found %v", expected, mounts[1])
	}
	if mounts[2].Path != `/with blank\` || mounts[2].Source != "a\tb" {
		t.Errorf("expected escapes to be undone, found %q and %q", mounts[2].Path, mounts[2].Source)
	}
}

func FuzzParseMountsShouldSurviveAnything(f *testing.F) {
	f.Add(mountinfo)
	f.Add(`1 2 3:4 / /\0 rw - a b`)
	f.Fuzz(func(t *testing.T, text string) { parseMounts(text) })
}

func TestCgroupFolderShouldFindBothVersions(t *testing.T) {
	mounts := []Mount{
		{Path: "/sys/fs/cgroup/unified", FsType: "cgroup2", SuperOptions: "rw"},
		{Path: "/sys/fs/cgroup/cpu,cpuacct", FsType: "cgroup", SuperOptions: "rw,cpu,cpuacct"},
		{Path: "/sys/fs/cgroup/systemd", FsType: "cgroup", SuperOptions: "rw,xattr,name=systemd"},
	}
	for controllers, expected := range map[string]string{
		"": "/sys/fs/cgroup/unified", "cpu,cpuacct": "/sys/fs/cgroup/cpu,cpuacct", "name=systemd": "/sys/fs/cgroup/systemd", "pids": "",
	} {
		if folder, _ := cgroupFolder(mounts, controllers); folder != expected {
			t.Errorf("%q: expected %q, found %q", controllers, expected, folder)
		}
	}
}
