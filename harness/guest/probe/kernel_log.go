package main

import (
	"encoding/base64"
	"syscall"
)

// kernelLog is all that the kernel still has of its log, in base64, each line as `<6>[    1.234567] text`.
func kernelLog() (string, error) {
	const (
		readAll    = 3
		sizeBuffer = 10
	)
	size, err := syscall.Klogctl(sizeBuffer, nil)
	if err != nil {
		return "", err
	}
	buffer := make([]byte, min(max(size, 1), fileLimit))
	length, err := syscall.Klogctl(readAll, buffer)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(buffer[:length]), nil
}
