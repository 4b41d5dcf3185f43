// Dhcp asks once for an address for eth0 and sets it, the default route and /etc/resolv.conf.
// Without an interface or a server it says so and fails; the machine goes on without a network.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	interfaceName = "eth0"
	resolvConf    = "/etc/resolv.conf"
	patience      = 10 * time.Second
	firstWait     = 500 * time.Millisecond
	longestPacket = 1500
)

type client struct {
	fd          int
	everyone    *syscall.SockaddrLinklayer
	transaction uint32
	hardware    [6]byte
	deadline    time.Time
}

// ask sends a message, again and again with growing pauses, until an answer of one of the kinds comes.
func (asking *client) ask(kind byte, extra []byte, answers ...byte) (lease, error) {
	packet := make([]byte, longestPacket)
	for wait := firstWait; time.Now().Before(asking.deadline); wait *= 2 {
		if err := syscall.Sendto(asking.fd, encode(kind, asking.transaction, asking.hardware, extra...), 0, asking.everyone); err != nil {
			return lease{}, fmt.Errorf("send: %w", err)
		}
		for until := time.Now().Add(wait); time.Now().Before(until); {
			left := syscall.NsecToTimeval(time.Until(until).Nanoseconds())
			if left.Sec == 0 && left.Usec == 0 {
				break // zero would mean to wait for ever
			}
			if err := syscall.SetsockoptTimeval(asking.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &left); err != nil {
				return lease{}, fmt.Errorf("set the time to wait: %w", err)
			}
			length, _, err := syscall.Recvfrom(asking.fd, packet, 0)
			if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
				continue
			}
			if err != nil {
				return lease{}, fmt.Errorf("receive: %w", err)
			}
			found, err := decode(packet[:length], asking.transaction)
			if err != nil {
				continue
			}
			for _, answer := range answers {
				if found.kind == answer {
					return found, nil
				}
			}
		}
	}
	return lease{}, fmt.Errorf("no DHCP server answered within %v", patience)
}

func obtain(device *net.Interface) (lease, error) {
	fd, everyone, err := packetSocket(device)
	if err != nil {
		return lease{}, err
	}
	defer syscall.Close(fd)
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return lease{}, err
	}
	asking := client{fd: fd, everyone: everyone, transaction: binary.BigEndian.Uint32(random[:]), deadline: time.Now().Add(patience)}
	copy(asking.hardware[:], device.HardwareAddr)
	offered, err := asking.ask(discover, nil, offer)
	if err != nil {
		return lease{}, err
	}
	if !offered.server.IsValid() {
		return lease{}, errors.New("the offer names no server")
	}
	address, server := offered.address.As4(), offered.server.As4()
	wanted := append([]byte{optionRequested, 4}, address[:]...)
	wanted = append(append(wanted, optionServer, 4), server[:]...)
	granted, err := asking.ask(request, wanted, ack, nak)
	if err == nil && granted.kind == nak {
		err = errors.New("the server took its offer back")
	}
	return granted, err
}

func run() error {
	device, err := net.InterfaceByName(interfaceName)
	if err != nil {
		return fmt.Errorf("%s: %w", interfaceName, err)
	}
	if err := bringUp(interfaceName); err != nil {
		return fmt.Errorf("bring %s up: %w", interfaceName, err)
	}
	granted, err := obtain(device)
	if err != nil {
		return err
	}
	if err := configure(interfaceName, granted); err != nil {
		return err
	}
	var resolvers strings.Builder
	for _, server := range granted.dns {
		fmt.Fprintf(&resolvers, "nameserver %v\n", server)
	}
	fmt.Printf("dhcp: %s has %v/%d from %v\n", interfaceName, granted.address, granted.bits, granted.server)
	return os.WriteFile(resolvConf, []byte(resolvers.String()), 0o644)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "dhcp: %v\n", err)
		os.Exit(1)
	}
}
