package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	launchTimeout = 60 * time.Second
	answerLimit   = 64 * 1024 * 1024
)

// containerProbes are the probes that runc has started in containers, one per container and user: entering a
// container takes a second on an emulated processor, so it is done once. Each attempt still has its own process.
type containerProbes struct {
	mutex  sync.Mutex
	probes map[string]*containerProbe
}

func newContainerProbes() *containerProbes {
	return &containerProbes{probes: map[string]*containerProbe{}}
}

func (all *containerProbes) close() {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	for _, probe := range all.probes {
		probe.stop()
	}
}

// ask sends a request to the probe in a container, which it starts where there is none, or where it has ended.
func (all *containerProbes) ask(name string, request Request) (json.RawMessage, error) {
	key, uid := name, request.UID
	if changesUser[request.Attempt] {
		uid = nil
	}
	if uid != nil {
		key = fmt.Sprintf("%s as %d", name, *uid)
	}
	all.mutex.Lock()
	probe, running := all.probes[key]
	if !running || probe.hasEnded() {
		var err error
		if probe, err = startInContainer(name, uid); err != nil {
			all.mutex.Unlock()
			return nil, err
		}
		all.probes[key] = probe
	}
	all.mutex.Unlock()
	request.Place = "here"
	if uid != nil {
		request.UID = nil // It was changed to when the probe was started.
	}
	return probe.ask(request)
}

// containerProbe is `runc exec` with a probe in the container at its other end.
type containerProbe struct {
	command *exec.Cmd
	input   io.WriteCloser
	stderr  *limitedBuffer
	ended   chan struct{}
	mutex   sync.Mutex
	waiting map[int]chan Reply
	next    int
}

func startInContainer(name string, uid *int) (*containerProbe, error) {
	arguments := []string{"launch", name}
	if uid != nil {
		arguments = append(arguments, strconv.Itoa(*uid))
	}
	return startProbe(arguments, nil)
}

// startProbe starts a way to launch a probe in a container, and hands it a file with the description.
func startProbe(arguments []string, content []byte) (*containerProbe, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer self.Close()
	description, err := memfd("drydock-process", mfdCloexec)
	if err != nil {
		return nil, err
	}
	defer description.Close()
	if _, err := description.Write(content); err != nil {
		return nil, err
	}
	probe := &containerProbe{
		command: exec.Command("/proc/self/exe", arguments...),
		stderr:  &limitedBuffer{},
		ended:   make(chan struct{}),
		waiting: map[int]chan Reply{},
	}
	probe.command.ExtraFiles = []*os.File{self, description}
	probe.command.Stderr = probe.stderr
	probe.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if probe.input, err = probe.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := probe.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := probe.command.Start(); err != nil {
		return nil, err
	}
	go probe.listen(output)
	return probe, nil
}

func (probe *containerProbe) listen(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(make([]byte, 64*1024), answerLimit)
	for lines.Scan() {
		var response Reply
		if json.Unmarshal(lines.Bytes(), &response) != nil {
			break
		}
		probe.mutex.Lock()
		if waiting, known := probe.waiting[response.ID]; known {
			waiting <- response
		}
		probe.mutex.Unlock()
	}
	probe.command.Process.Signal(syscall.SIGTERM)
	probe.command.Wait()
	close(probe.ended)
}

func (probe *containerProbe) hasEnded() bool {
	select {
	case <-probe.ended:
		return true
	default:
		return false
	}
}

func (probe *containerProbe) ask(request Request) (json.RawMessage, error) {
	answer := make(chan Reply, 1)
	probe.mutex.Lock()
	probe.next++
	request.ID = probe.next
	probe.waiting[request.ID] = answer
	line, err := json.Marshal(request)
	if err == nil {
		_, err = probe.input.Write(append(line, '\n'))
	}
	probe.mutex.Unlock()
	defer func() {
		probe.mutex.Lock()
		delete(probe.waiting, request.ID)
		probe.mutex.Unlock()
	}()
	if err != nil {
		<-probe.ended
		return nil, probe.gone()
	}
	timeout := launchTimeout + time.Duration(request.TimeoutMs)*time.Millisecond
	select {
	case response := <-answer:
		if response.Error != nil {
			return nil, response.Error
		}
		return response.Result, nil
	case <-probe.ended:
		return nil, probe.gone()
	case <-time.After(timeout):
		probe.stop()
		return nil, &Problem{Code: codeUnreachable, Message: fmt.Sprintf("no answer from the container within %v", timeout)}
	}
}

// gone says how the probe in the container ended. Exit codes above 128 are runc's way to tell a signal.
func (probe *containerProbe) gone() error {
	return &Problem{
		Code: codeUnreachable,
		Message: fmt.Sprintf("the probe in the container has ended (%v): %s",
			probe.command.ProcessState, bytes.TrimSpace(probe.stderr.bytes())),
	}
}

func (probe *containerProbe) stop() {
	probe.input.Close()
	select {
	case <-probe.ended:
	case <-time.After(2 * time.Second):
		probe.command.Process.Kill()
	}
}

// limitedBuffer keeps the first few KiB of what is written to it.
type limitedBuffer struct {
	mutex sync.Mutex
	kept  []byte
}

func (buffer *limitedBuffer) Write(data []byte) (int, error) {
	buffer.mutex.Lock()
	defer buffer.mutex.Unlock()
	if room := stderrLimit - len(buffer.kept); room > 0 {
		buffer.kept = append(buffer.kept, data[:min(room, len(data))]...)
	}
	return len(data), nil
}

func (buffer *limitedBuffer) bytes() []byte {
	buffer.mutex.Lock()
	defer buffer.mutex.Unlock()
	return append([]byte(nil), buffer.kept...)
}
