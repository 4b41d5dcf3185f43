package main

import (
	"os"
	"strings"
	"testing"
)

const sampleMaps = `55911fb7e000-55911fc80000 r-xp 00000000 07:00 205                        /usr/sbin/init
55911fc80000-55911fcf4000 r--p 00102000 07:00 205                        /usr/sbin/init
7fcdbe8fa000-7fcdbe8fc000 r-xp 00000000 00:00 0                          [vdso]
7fcdbe900000-7fcdbe901000 r-xp 00000000 00:01 12                         /memfd:a b (deleted)
00400000-01000000 r-xp 00000000 07:00 191                                /usr/bin/containerd
7fcdbe902000-7fcdbe903000 rwxp 00000000 00:00 0
nonsense
`

func TestExecutable(t *testing.T) {
	found := executable(sampleMaps)
	names := []string{}
	for _, mapping := range found {
		names = append(names, mapping.Name+"|"+mapping.area)
	}
	want := "/usr/sbin/init|55911fb7e000-55911fc80000 [vdso]| /memfd:a b (deleted)|7fcdbe900000-7fcdbe901000 /usr/bin/containerd|400000-1000000 |"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}

func TestProcessOf(t *testing.T) {
	process, err := hashedFiles{}.processOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	program := process.Mappings[0]
	if program.Start != "exe" || program.File == nil || len(program.File.Sha256) != 64 || program.File.Links == 0 {
		t.Errorf("expected the test's own program, found %+v", program)
	}
}

func TestSocketInode(t *testing.T) {
	if inode, err := socketInode("socket:[517]"); err != nil || inode != 517 {
		t.Errorf("expected 517, found %d, %v", inode, err)
	}
	for _, other := range []string{"pipe:[517]", "/dev/null", "socket:[x]"} {
		if inode, err := socketInode(other); err == nil {
			t.Errorf("expected %q to be no socket, found %d", other, inode)
		}
	}
}
