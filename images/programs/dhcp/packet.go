package main

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Message types and options of RFC 2131 and 2132.
const (
	discover = 1
	offer    = 2
	request  = 3
	ack      = 5
	nak      = 6

	optionMask      = 1
	optionRouter    = 3
	optionDNS       = 6
	optionRequested = 50
	optionType      = 53
	optionServer    = 54
	optionWanted    = 55
	optionEnd       = 255

	fixedLength = 240 // up to and with the magic cookie
	clientPort  = 68
	serverPort  = 67
)

const magicCookie = 0x63825363

// lease is what a server offers or grants.
type lease struct {
	kind    byte
	address netip.Addr
	server  netip.Addr
	bits    int
	router  netip.Addr
	dns     []netip.Addr
}

// encode makes an Ethernet payload: IPv4, UDP and a DHCP message, broadcast from no address.
func encode(kind byte, transaction uint32, hardware [6]byte, extra ...byte) []byte {
	message := make([]byte, fixedLength, 320)
	message[0], message[1], message[2] = 1, 1, 6 // a request, from Ethernet, whose addresses have 6 bytes
	binary.BigEndian.PutUint32(message[4:], transaction)
	binary.BigEndian.PutUint16(message[10:], 0x8000) // answer by broadcast
	copy(message[28:], hardware[:])
	binary.BigEndian.PutUint32(message[236:], magicCookie)
	message = append(message, optionType, 1, kind, optionWanted, 3, optionMask, optionRouter, optionDNS)
	message = append(message, extra...)
	message = append(message, optionEnd)

	packet := make([]byte, 28, 28+len(message))
	packet[0], packet[8], packet[9] = 0x45, 64, 17 // IPv4 with 20 bytes of header, 64 hops, UDP
	binary.BigEndian.PutUint16(packet[2:], uint16(28+len(message)))
	copy(packet[16:], []byte{255, 255, 255, 255})
	binary.BigEndian.PutUint16(packet[10:], checksum(packet[:20]))
	binary.BigEndian.PutUint16(packet[20:], clientPort)
	binary.BigEndian.PutUint16(packet[22:], serverPort)
	binary.BigEndian.PutUint16(packet[24:], uint16(8+len(message))) // the UDP checksum may be absent over IPv4
	return append(packet, message...)
}

func checksum(header []byte) uint16 {
	sum := uint32(0)
	for index := 0; index+1 < len(header); index += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[index:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

var errNotOurs = errors.New("not an answer to this client")

// decode reads a packet as encode writes it; whatever is no answer to the transaction gives errNotOurs.
func decode(packet []byte, transaction uint32) (lease, error) {
	if len(packet) < 20 || packet[0]>>4 != 4 || packet[9] != 17 {
		return lease{}, errNotOurs
	}
	start := int(packet[0]&15) * 4
	if start < 20 || len(packet) < start+8+fixedLength || binary.BigEndian.Uint16(packet[start+2:]) != clientPort {
		return lease{}, errNotOurs
	}
	message := packet[start+8:]
	if message[0] != 2 || binary.BigEndian.Uint32(message[4:]) != transaction ||
		binary.BigEndian.Uint32(message[236:]) != magicCookie {
		return lease{}, errNotOurs
	}
	found := lease{address: netip.AddrFrom4([4]byte(message[16:20])), bits: 24}
	for options := message[fixedLength:]; len(options) >= 2 && options[0] != optionEnd; {
		if options[0] == 0 { // padding
			options = options[1:]
			continue
		}
		length := int(options[1])
		if len(options) < 2+length {
			return lease{}, errNotOurs
		}
		found.take(options[0], options[2:2+length])
		options = options[2+length:]
	}
	return found, nil
}

func (found *lease) take(option byte, value []byte) {
	switch {
	case option == optionType && len(value) == 1:
		found.kind = value[0]
	case option == optionMask && len(value) == 4:
		found.bits = 0
		for mask := binary.BigEndian.Uint32(value); mask&0x80000000 != 0; mask <<= 1 {
			found.bits++
		}
	case option == optionServer && len(value) == 4:
		found.server = netip.AddrFrom4([4]byte(value))
	case option == optionRouter && len(value) >= 4:
		found.router = netip.AddrFrom4([4]byte(value[:4]))
	case option == optionDNS:
		for ; len(value) >= 4; value = value[4:] {
			found.dns = append(found.dns, netip.AddrFrom4([4]byte(value[:4])))
		}
	}
}
