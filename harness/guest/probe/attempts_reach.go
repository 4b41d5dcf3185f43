package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What can be reached from a network namespace, and from a user's keyrings.

type listenArguments struct {
	// Name is that of an abstract socket, Port one of TCP on 127.0.0.1.
	Name string `json:"name"`
	Port int    `json:"port"`
}

// listenLife is how long a listener waits for those that shall not reach it.
const listenLife = 2 * time.Minute

// listenOn leaves a process behind that listens, for as long as it lives.
func listenOn(arguments listenArguments) Result {
	command := exec.Command("/proc/self/exe", "listen", arguments.Name, strconv.Itoa(arguments.Port))
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	output, err := command.StdoutPipe()
	if err != nil {
		return impossible("pipe: %v", err)
	}
	if err := command.Start(); err != nil {
		return impossible("no process that listens could be started: %v", err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if line = strings.TrimSpace(line); line != "ready" {
		return impossible("it does not listen: %s (%v)", line, err)
	}
	return allowed("listens on @%s and 127.0.0.1:%d", arguments.Name, arguments.Port)
}

// listen is the process that `listenOn` leaves.
func listen(arguments []string) error {
	if len(arguments) != 2 {
		return fmt.Errorf("usage: probe listen NAME PORT")
	}
	for network, address := range map[string]string{"unix": "@" + arguments[0], "tcp4": "127.0.0.1:" + arguments[1]} {
		listener, err := net.Listen(network, address)
		if err != nil {
			fmt.Println(err)
			return err
		}
		go func() {
			for {
				if connection, err := listener.Accept(); err == nil {
					connection.Close()
				}
			}
		}()
	}
	fmt.Println("ready")
	time.Sleep(listenLife)
	return nil
}

type connectArguments struct {
	Name string `json:"name"`
	Port int    `json:"port"`
}

const connectTimeout = 3 * time.Second

// connectTo is refused where nothing that listens is in reach.
func connectTo(arguments connectArguments) Result {
	network, address := "unix", "@"+arguments.Name
	if arguments.Name == "" {
		network, address = "tcp4", fmt.Sprintf("127.0.0.1:%d", arguments.Port)
	}
	connection, err := net.DialTimeout(network, address, connectTimeout)
	if err != nil {
		return failure("connect("+address+")", err, syscall.ECONNREFUSED, syscall.ENETUNREACH, syscall.EHOSTUNREACH)
	}
	connection.Close()
	return allowed("connected to %s", address)
}

type routeArguments struct {
	Address string `json:"address"`
}

// routeTo asks the kernel for a way to an address, by a datagram socket that sends nothing.
func routeTo(arguments routeArguments) Result {
	connection, err := net.Dial("udp4", net.JoinHostPort(arguments.Address, "80"))
	if err != nil {
		return failure("connect("+arguments.Address+")", err, syscall.ENETUNREACH, syscall.EHOSTUNREACH)
	}
	defer connection.Close()
	return allowed("has a route to %s, from %v", arguments.Address, connection.LocalAddr())
}

type keyringArguments struct {
	// Keyring is the number of the one that is not to be reached; 0 to learn that of one's own.
	Keyring int64 `json:"keyring"`
}

const (
	keyGetKeyring = 0
	userKeyring   = ^uintptr(3) // KEY_SPEC_USER_KEYRING is -4
)

// ownKeyring compares the keyring of this process's user with another: users of one number share it, unless they are in
// different user namespaces.
func ownKeyring(arguments keyringArguments) Result {
	number, _, errno := syscall.Syscall(syscall.SYS_KEYCTL, keyGetKeyring, userKeyring, 1)
	if errno != 0 {
		return failure("keyctl(KEYCTL_GET_KEYRING_ID)", errno, syscall.ENOSYS)
	}
	if arguments.Keyring != 0 && int64(number) != arguments.Keyring {
		return refused("keyctl(KEYCTL_GET_KEYRING_ID)", "ANOTHER", "keyring %d, which is its own", number)
	}
	return allowed("%d", number)
}

// awaitRelease waits for the kernel to have run a program that leaves a mark; false where none comes.
func awaitRelease(mark string) bool {
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	return false
}
