package main

import (
	"encoding/json"
	"io"
)

// Request is one line of JSON to the probe, and also what a child process is given on standard input.
type Request struct {
	ID        int             `json:"id"`
	Op        string          `json:"op"`
	Place     string          `json:"place,omitempty"` // "host", "here" or "container:[NAMESPACE/]ID"
	UID       *int            `json:"uid,omitempty"`
	Attempt   string          `json:"attempt,omitempty"`
	Args      json.RawMessage `json:"args,omitempty"`
	Paths     []string        `json:"paths,omitempty"`
	Limit     int64           `json:"limit,omitempty"` // bytes per file
	TimeoutMs int             `json:"timeoutMs,omitempty"`
}

// Response is one line of JSON from the probe: a result or an error.
type Response struct {
	ID     int      `json:"id"`
	Result any      `json:"result,omitempty"`
	Error  *Problem `json:"error,omitempty"`
}

// Reply is a response as it is read from another process of the probe, to be handed on.
type Reply struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *Problem        `json:"error"`
}

// Problem is why a request has no result. Code is an errno's name, or BAD_REQUEST, UNREACHABLE or TIMED_OUT.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (problem *Problem) Error() string { return problem.Message }

const (
	codeBadRequest  = "BAD_REQUEST"
	codeUnreachable = "UNREACHABLE"
	codeTimedOut    = "TIMED_OUT"
)

// problemOf turns any error into a problem.
func problemOf(err error) *Problem {
	if problem, is := err.(*Problem); is {
		return problem
	}
	code := errnoName(err)
	if code == "" {
		code = codeBadRequest
	}
	return &Problem{Code: code, Message: err.Error()}
}

// respond makes the response to a request.
func respond(id int, result any, err error) Response {
	if err != nil {
		return Response{ID: id, Error: problemOf(err)}
	}
	return Response{ID: id, Result: result}
}

// writeResponse writes a line: the response, or why its result cannot be written as JSON.
func writeResponse(output io.Writer, response Response) error {
	line, err := json.Marshal(response)
	if err != nil {
		line, err = json.Marshal(respond(response.ID, nil, err))
	}
	if err == nil {
		_, err = output.Write(append(line, '\n'))
	}
	return err
}
