package main

import (
	"slices"
	"testing"
)

func TestAddedModulesShouldBeThoseOfTheLaterTextOnly(t *testing.T) {
	before := "loop 40960 1 - Live 0x0\nsquashfs 81920 1 - Live 0x0\n"
	if added := addedModules(before, before); len(added) != 0 {
		t.Errorf("expected none, found %v", added)
	}
	after := "vsock 61440 0 - Live 0x0\n" + before + "tipc 400 0 - Live 0x0\n"
	if added := addedModules(before, after); !slices.Equal(added, []string{"vsock", "tipc"}) {
		t.Errorf("expected vsock and tipc, found %v", added)
	}
}

func TestMissingDisciplineShouldBeOneThatIsNotListed(t *testing.T) {
	if number, err := missingDiscipline("n_tty       0\nn_null     27\n"); err != nil || number != lineDisciplines[0] {
		t.Errorf("expected %d, found %d, %v", lineDisciplines[0], number, err)
	}
	if number, err := missingDiscipline("n_tty 0\nn_hdlc 13\n"); err != nil || number != lineDisciplines[1] {
		t.Errorf("expected %d, found %d, %v", lineDisciplines[1], number, err)
	}
	if number, err := missingDiscipline("a 13\nb 21\nc 1\nd 3\ne 15\n"); err == nil {
		t.Errorf("expected an error, found %d", number)
	}
}

func TestSettingPathShouldBeBelowProcSys(t *testing.T) {
	if path := settingPath("kernel.yama.ptrace_scope"); path != "/proc/sys/kernel/yama/ptrace_scope" {
		t.Errorf("found %s", path)
	}
}
