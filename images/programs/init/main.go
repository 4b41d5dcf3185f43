// Init is pid 1 of the reference image: it mounts what /etc/fstab lists, loads modules, sets the kernel's settings,
// takes the configuration from the metadata disk, runs the onboot containers, starts containerd and the services,
// and then only reaps and waits to be told to power off. It needs no other program but runc, containerd and ctr.
package main

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"drydock.test/images/internal/console"
	"drydock.test/images/internal/module"
)

func say(format string, arguments ...any) { console.Log("init", format, arguments...) }

// step does one thing of the start; a failure is said on the console and the start goes on.
func step(what string, err error) {
	if err != nil {
		say("FAILED to %s: %v", what, err)
	}
}

func bringUp(children *children) {
	step("mount", mountAll("/etc/fstab"))
	step("load modules", module.LoadAll("/usr/lib/modules"))
	step("set sysctls", applySysctls("/etc/sysctl.d/10-start.conf"))
	step("bring lo up", loopbackUp())
	metadata, err := readMetadata()
	step("read the metadata disk", err)
	step("set the host name", setHostname(metadata))
	step("run the onboot containers", runOnboot(children))
	step("start containerd", startContainerd(children))
	started, err := startServices(children)
	step("start services", err)
	step("set the last sysctls", applySysctls("/etc/sysctl.d/90-running.conf"))
	say("all services are up: %s", strings.Join(started, " "))
}

func main() {
	if os.Getpid() != 1 {
		say("expected to be pid 1")
		os.Exit(2)
	}
	begun := time.Now()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2)
	step("take over ctrl-alt-del", syscall.Reboot(syscall.LINUX_REBOOT_CMD_CAD_OFF))
	children := newChildren()
	go func() {
		bringUp(children)
		say("start took %d ms", time.Since(begun).Milliseconds())
	}()
	say("%v: powering off", <-stop)
	powerOff(children)
}
