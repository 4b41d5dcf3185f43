package main

import (
	"encoding/json"
	"syscall"
)

type socketArguments struct {
	Family json.RawMessage `json:"family"`
}

// Families by name, with the numbers of the kernel's headers.
var families = map[string]int{
	"AF_UNIX": 1, "AF_INET": 2, "AF_AX25": 3, "AF_IPX": 4, "AF_APPLETALK": 5, "AF_NETROM": 6, "AF_ATMPVC": 8, "AF_X25": 9,
	"AF_INET6": 10, "AF_ROSE": 11, "AF_KEY": 15, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_RDS": 21, "AF_PPPOX": 24, "AF_LLC": 26,
	"AF_CAN": 29, "AF_TIPC": 30, "AF_BLUETOOTH": 31, "AF_RXRPC": 33, "AF_PHONET": 35, "AF_IEEE802154": 36, "AF_CAIF": 37,
	"AF_ALG": 38, "AF_NFC": 39, "AF_VSOCK": 40, "AF_KCM": 41, "AF_QIPCRTR": 42, "AF_SMC": 43, "AF_XDP": 44, "AF_MCTP": 45,
}

const (
	dccp       = 6 // SOCK_DCCP
	icmp       = 1
	everything = 0x0300 // ETH_P_ALL in network order
)

func socket(arguments socketArguments) Result {
	var family int
	var name string
	if json.Unmarshal(arguments.Family, &family) != nil {
		if err := json.Unmarshal(arguments.Family, &name); err != nil {
			return impossible("the family is neither a number nor a name: %s", arguments.Family)
		}
		known := false
		if family, known = families[name]; !known {
			return impossible("no socket family is called %q", name)
		}
	}
	var last error
	// A family may have sockets of one type only.
	for kind := syscall.SOCK_STREAM; kind <= dccp; kind++ {
		fd, err := syscall.Socket(family, kind|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			return allowed("made a socket of family %d, type %d", family, kind).undone(syscall.Close(fd))
		}
		last = err
		if !isErrno(err, syscall.ESOCKTNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.EPROTOTYPE, syscall.EINVAL, syscall.EOPNOTSUPP) {
			break
		}
	}
	return failure("socket", last, syscall.EAFNOSUPPORT, syscall.ENOSYS)
}

func rawSocket(none) Result {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, icmp)
	if err == nil {
		return allowed("made a raw ICMP socket").undone(syscall.Close(fd))
	}
	first := failure("socket(AF_INET, SOCK_RAW)", err, syscall.EAFNOSUPPORT)
	if fd, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, everything); err == nil {
		return allowed("made a packet socket").undone(syscall.Close(fd))
	}
	second := failure("socket(AF_PACKET, SOCK_RAW)", err, syscall.EAFNOSUPPORT)
	if first.Outcome != "refused" {
		return second.and("ICMP: %s", first.Reason)
	}
	return first.and("AF_PACKET: %s", second.Errno+second.Reason)
}
