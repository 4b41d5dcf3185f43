package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const concurrent = 4

// server answers the requests of a stream, several at a time and in any order.
type server struct {
	containers *containerProbes
	slots      chan struct{}
	running    sync.WaitGroup
	mutex      sync.Mutex // of what follows
	output     io.Writer
	session    int
}

func newServer(output io.Writer) *server {
	return &server{containers: newContainerProbes(), slots: make(chan struct{}, concurrent), output: output}
}

// serve answers requests from standard input until its end.
func serve([]string) error {
	// In a container the probe's own file was handed on; the processes that it starts need it not.
	syscall.CloseOnExec(probeFd)
	server := newServer(os.Stdout)
	err := server.answerAll(newLineReader(os.Stdin))
	server.running.Wait()
	server.containers.close()
	return err
}

// answerAll answers what it reads until the input's end.
func (server *server) answerAll(input *lineReader) error {
	for {
		line, err := input.next()
		switch {
		case err == io.EOF:
			return nil
		case err == errLineTooLong:
			server.send(server.session, respond(0, nil, &Problem{Code: codeBadRequest, Message: err.Error()}))
		case err != nil:
			return err
		case len(strings.TrimSpace(string(line))) > 0:
			server.take(line)
		}
	}
}

// take starts to answer one line. A greeting does not wait for what an earlier peer has asked.
func (server *server) take(line []byte) {
	if words := strings.Fields(string(line)); words[0] == "hello" {
		server.greet(words[1:])
		return
	}
	var request Request
	if err := json.Unmarshal(line, &request); err != nil {
		server.send(server.session, respond(0, nil, &Problem{Code: codeBadRequest, Message: err.Error()}))
		return
	}
	if request.Op == "end" {
		server.send(server.session, respond(request.ID, true, nil))
		server.containers.close()
		os.Exit(0)
	}
	session := server.session
	server.slots <- struct{}{}
	server.running.Add(1)
	go func() {
		defer func() { <-server.slots; server.running.Done() }()
		result, err := route(request, server.containers)
		server.send(session, respond(request.ID, result, err))
	}()
}

// greet begins the session of a new peer, who has no use for answers to requests that an earlier one made, and sets
// the clock where it is told to. The peer knows by its nonce that all that comes from now on is meant for it. The words
// are `hello NONCE [MILLISECONDS SINCE 1970]`, and the answer is `hello NONCE [WHY THE CLOCK WAS NOT SET]`: the first
// thing in each fork, whose processor has to be warmed up for whatever takes part in it, such as a JSON decoder.
func (server *server) greet(words []string) {
	problem := ""
	if len(words) > 1 {
		problem = setClock(words[1])
	}
	nonce := ""
	if len(words) > 0 {
		nonce = words[0]
	}
	server.mutex.Lock()
	defer server.mutex.Unlock()
	server.session++
	io.WriteString(server.output, "hello "+nonce+" "+problem+"\n")
}

// setClock says why it could not.
func setClock(milliseconds string) string {
	since, err := strconv.ParseInt(milliseconds, 10, 64)
	if err == nil {
		moment := syscall.NsecToTimeval(since * 1_000_000)
		err = os.NewSyscallError("settimeofday", syscall.Settimeofday(&moment))
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (server *server) send(session int, response Response) {
	server.mutex.Lock()
	defer server.mutex.Unlock()
	if session == server.session {
		writeResponse(server.output, response)
	}
}

// once answers one request.
func once([]string) error {
	line, err := io.ReadAll(io.LimitReader(os.Stdin, lineLimit))
	if err != nil {
		return err
	}
	containers := newContainerProbes()
	defer containers.close()
	return writeResponse(os.Stdout, answer(line, containers))
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
	if request.Op == "start" {
		return containers.startOwn(request)
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
	switch {
	case request.Op == "reach":
		return runChild(request) // Its filter cannot be taken off again.
	case request.Op == "try":
		return try(request)
	case request.Place == "here" || isOnHost:
		return readInTime(request)
	}
	return runChild(request)
}

// isOnHost is whether this process is where the place "host" is.
var isOnHost = false
