package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Services get this long to end by themselves.
const patience = 3 * time.Second

func othersRun() bool {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == 1 {
			continue
		}
		// Kernel threads have no program.
		if _, err := os.Readlink("/proc/" + entry.Name() + "/exe"); !errors.Is(err, os.ErrNotExist) {
			return true
		}
	}
	return false
}

func powerOff(children *children) {
	syscall.Kill(-1, syscall.SIGTERM)
	for deadline := time.Now().Add(patience); othersRun() && time.Now().Before(deadline); {
		children.reap()
		time.Sleep(20 * time.Millisecond)
	}
	syscall.Kill(-1, syscall.SIGKILL)
	syscall.Sync()
	step("power off", syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF))
}
