package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	defaultTimeout = 20 * time.Second
	stderrLimit    = 4096
)

// runChild does a request in a process of its own, so that nothing of it stays and nothing of it can hang the probe.
func runChild(request Request) (json.RawMessage, error) {
	input, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	timeout := timeoutOf(request)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, "/proc/self/exe", "child")
	command.Stdin = bytes.NewReader(input)
	command.Stdout = &stdout
	command.Stderr = &stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	// The whole group: an attempt may have processes of its own.
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	err = command.Run()
	var response Reply
	if json.Unmarshal(stdout.Bytes(), &response) == nil && (response.Result != nil || response.Error != nil) {
		if response.Error != nil {
			return nil, response.Error
		}
		return response.Result, nil
	}
	if ctx.Err() != nil {
		return nil, &Problem{Code: codeTimedOut, Message: fmt.Sprintf("no answer within %v", timeout)}
	}
	return nil, silence(err, stderr.Bytes())
}

func timeoutOf(request Request) time.Duration {
	if request.TimeoutMs > 0 {
		return time.Duration(request.TimeoutMs) * time.Millisecond
	}
	return defaultTimeout
}

// diedOf is the signal that ended a child.
type diedOf struct{ signal syscall.Signal }

func (death diedOf) Error() string { return fmt.Sprintf("the process was killed by %v", death.signal) }

// silence says why a child answered nothing.
func silence(err error, stderr []byte) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, is := exit.Sys().(syscall.WaitStatus); is && status.Signaled() {
			return diedOf{status.Signal()}
		}
	}
	if len(stderr) > stderrLimit {
		stderr = stderr[:stderrLimit]
	}
	return &Problem{Code: codeUnreachable, Message: fmt.Sprintf("the process gave no answer (%v): %s", err, bytes.TrimSpace(stderr))}
}

// child does the request that it reads from standard input, in the place it asks for, and answers on standard output.
func child([]string) error {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	result, err := doRequest(request)
	return writeResponse(os.Stdout, respond(request.ID, result, err))
}

func doRequest(request Request) (any, error) {
	if request.Place == "host" {
		if err := enterHost(needsOwnCgroup[request.Attempt]); err != nil {
			return nil, err
		}
	}
	if request.Op != "try" {
		return read(request)
	}
	attempt, known := attempts[request.Attempt]
	if !known {
		return nil, &Problem{Code: codeBadRequest, Message: fmt.Sprintf("no attempt is called %q", request.Attempt)}
	}
	if request.UID != nil && !changesUser[request.Attempt] {
		if err := becomeUser(*request.UID); err != nil {
			return impossible("could not become user %d: %v", *request.UID, err), nil
		}
	}
	return attempt(request)
}

// try is runChild for attempts: how the process ended is an answer too.
func try(request Request) (Result, error) {
	encoded, err := runChild(request)
	var death diedOf
	var problem *Problem
	switch {
	case errors.As(err, &death) && death.signal == syscall.SIGSYS:
		return refused(request.Attempt, "SIGSYS", "a seccomp filter killed the process"), nil
	case errors.As(err, &death) && death.signal == syscall.SIGKILL && usesUp[request.Attempt]:
		return refused(request.Attempt, "SIGKILL", "killed for what it had taken"), nil
	case errors.As(err, &death):
		return impossible("%v", death), nil
	case errors.As(err, &problem) && (problem.Code == codeUnreachable || problem.Code == codeTimedOut):
		return impossible("%s", problem.Message), nil
	case err != nil:
		return Result{}, err
	}
	var result Result
	err = json.Unmarshal(encoded, &result)
	return result, err
}
