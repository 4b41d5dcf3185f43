package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
)

const (
	lineLimit  = 8 * 1024 * 1024 // of a request: a kernel module in base64 fits
	concurrent = 4
)

// serve answers requests from standard input, several at a time, until its end.
func serve([]string) error {
	// In a container the probe's own file was handed on; the processes that it starts need it not.
	syscall.CloseOnExec(probeFd)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 64*1024), lineLimit)
	output := json.NewEncoder(os.Stdout)
	var writing sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, concurrent)
	containers := newContainerProbes()
	for input.Scan() {
		line := append([]byte(nil), input.Bytes()...)
		slots <- struct{}{}
		running.Add(1)
		go func() {
			defer func() { <-slots; running.Done() }()
			response := answer(line, containers)
			writing.Lock()
			defer writing.Unlock()
			output.Encode(response)
		}()
	}
	running.Wait()
	containers.close()
	return input.Err()
}

// once answers one request.
func once([]string) error {
	line, err := io.ReadAll(io.LimitReader(os.Stdin, lineLimit))
	if err != nil {
		return err
	}
	containers := newContainerProbes()
	defer containers.close()
	return json.NewEncoder(os.Stdout).Encode(answer(line, containers))
}

func answer(line []byte, containers *containerProbes) Response {
	var request Request
	if err := json.Unmarshal(line, &request); err != nil {
		return respond(0, nil, &Problem{Code: codeBadRequest, Message: err.Error()})
	}
	result, err := route(request, containers)
	return respond(request.ID, result, err)
}

// disturbs are the attempts that others would see while they last.
var disturbs = map[string]bool{
	"remount": true, "remount-attr": true, "bind-over": true, "mount-tmpfs": true, "overlay-over": true, "umount": true,
	"write-file": true, "load-module": true, "settime": true, "fork-limit": true, "memory-limit": true,
}

// disturbance is held by one attempt that disturbs, or by any number of requests that do not.
var disturbance sync.RWMutex

// route sends a request to the process that can do it.
func route(request Request, containers *containerProbes) (any, error) {
	if request.Op == "try" && disturbs[request.Attempt] {
		disturbance.Lock()
		defer disturbance.Unlock()
	} else {
		disturbance.RLock()
		defer disturbance.RUnlock()
	}
	if name, is := strings.CutPrefix(request.Place, "container:"); is {
		result, err := containers.ask(name, request)
		var problem *Problem
		if request.Op == "try" && errors.As(err, &problem) && problem.Code == codeUnreachable {
			return impossible("%s", problem.Message), nil
		}
		return result, err
	}
	if request.Place != "host" && request.Place != "here" {
		return nil, &Problem{Code: codeBadRequest, Message: fmt.Sprintf("no place is called %q", request.Place)}
	}
	if request.Op == "try" {
		return try(request)
	}
	return runChild(request)
}
