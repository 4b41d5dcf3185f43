package main

import (
	"net/netip"
	"testing"
)

// answer turns a request as encode writes it into what a server would say.
func answer(kind byte, transaction uint32, options ...byte) []byte {
	packet := encode(kind, transaction, [6]byte{2, 0, 0, 0, 0, 1}, options...)
	packet[20], packet[21], packet[22], packet[23] = 0, serverPort, 0, clientPort
	packet[28] = 2
	copy(packet[28+16:], []byte{10, 0, 2, 15})
	return packet
}

func TestShouldReadWhatAServerOffers(t *testing.T) {
	found, err := decode(answer(offer, 7, optionMask, 4, 255, 255, 255, 0, optionServer, 4, 10, 0, 2, 2,
		optionRouter, 4, 10, 0, 2, 2, optionDNS, 8, 10, 0, 2, 3, 10, 0, 2, 4), 7)
	if err != nil {
		t.Fatal(err)
	}
	if found.kind != offer || found.address != netip.MustParseAddr("10.0.2.15") || found.bits != 24 ||
		found.server != netip.MustParseAddr("10.0.2.2") || found.router != found.server || len(found.dns) != 2 {
		t.Errorf("found %+v", found)
	}
}

func TestShouldPassOverAnswersToOthers(t *testing.T) {
	if _, err := decode(answer(offer, 7), 8); err == nil {
		t.Error("took the answer to another transaction")
	}
	if _, err := decode(encode(discover, 7, [6]byte{}), 7); err == nil {
		t.Error("took a request for an answer")
	}
}

func TestShouldHaveAChecksumThatVerifies(t *testing.T) {
	packet := encode(discover, 1, [6]byte{1, 2, 3, 4, 5, 6})
	if checksum(packet[:20]) != 0 {
		t.Errorf("checksum over header and checksum is %#x", checksum(packet[:20]))
	}
}

func FuzzShouldReadAnyPacketWithoutPanic(f *testing.F) {
	whole := answer(ack, 1, optionMask, 4, 255, 255, 0, 0, 0, optionDNS, 3, 1, 2, 3)
	for length := range whole {
		f.Add(whole[:length])
	}
	f.Fuzz(func(_ *testing.T, packet []byte) {
		decode(packet, 1)
	})
}
