package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"unsafe"
)

// addressRequest is struct ifreq with an IPv4 address, or with flags in its first two bytes.
type addressRequest struct {
	name    [syscall.IFNAMSIZ]byte
	address syscall.RawSockaddrInet4
	_       [8]byte
}

// routeEntry is struct rtentry of linux/route.h on 64-bit machines.
type routeEntry struct {
	_                            uint64
	destination, gateway, genmsk syscall.RawSockaddrInet4
	flags                        uint16
	_                            [6 + 8 + 8]byte
	metric                       int16
	_                            [6]byte
	device                       uintptr
	mtu, window                  uint64
	irtt                         uint16
	_                            [6]byte
}

const routeGateway = 3 // RTF_UP|RTF_GATEWAY

func inet(address netip.Addr) syscall.RawSockaddrInet4 {
	return syscall.RawSockaddrInet4{Family: syscall.AF_INET, Addr: address.As4()}
}

func control(request uintptr, argument unsafe.Pointer) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}

func bringUp(name string) error {
	wanted := addressRequest{address: syscall.RawSockaddrInet4{Family: syscall.IFF_UP | syscall.IFF_RUNNING}}
	copy(wanted.name[:], name)
	return control(syscall.SIOCSIFFLAGS, unsafe.Pointer(&wanted))
}

func setAddress(request uintptr, name string, address netip.Addr) error {
	wanted := addressRequest{address: inet(address)}
	copy(wanted.name[:], name)
	return control(request, unsafe.Pointer(&wanted))
}

func maskOf(bits int) netip.Addr {
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], ^uint32(0)<<(32-bits))
	return netip.AddrFrom4(mask)
}

// configure gives the interface its address and the machine its default route.
func configure(name string, granted lease) error {
	if err := setAddress(syscall.SIOCSIFADDR, name, granted.address); err != nil {
		return fmt.Errorf("set address %v: %w", granted.address, err)
	}
	if err := setAddress(syscall.SIOCSIFNETMASK, name, maskOf(granted.bits)); err != nil {
		return fmt.Errorf("set netmask: %w", err)
	}
	if !granted.router.IsValid() {
		return nil
	}
	any4 := inet(netip.IPv4Unspecified())
	route := routeEntry{destination: any4, gateway: inet(granted.router), genmsk: any4, flags: routeGateway}
	if err := control(syscall.SIOCADDRT, unsafe.Pointer(&route)); err != nil {
		return fmt.Errorf("set route over %v: %w", granted.router, err)
	}
	return nil
}

// packetSocket sees IPv4 packets of one interface before it has an address.
func packetSocket(device *net.Interface) (int, *syscall.SockaddrLinklayer, error) {
	ip := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, syscall.ETH_P_IP))
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, int(ip))
	if err != nil {
		return 0, nil, fmt.Errorf("packet socket: %w", err)
	}
	everyone := &syscall.SockaddrLinklayer{Protocol: ip, Ifindex: device.Index, Halen: 6}
	for index := range 6 {
		everyone.Addr[index] = 0xff
	}
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: ip, Ifindex: device.Index}); err != nil {
		syscall.Close(fd)
		return 0, nil, fmt.Errorf("bind to %s: %w", device.Name, err)
	}
	return fd, everyone, nil
}
