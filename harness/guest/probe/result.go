package main

import (
	"fmt"
	"syscall"
)

// Result is what came of an attempt: allowed, refused or impossible (it could not even be tried).
type Result struct {
	Outcome string `json:"outcome"`
	Detail  string `json:"detail,omitempty"`
	Errno   string `json:"errno,omitempty"`
	Call    string `json:"call,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

func allowed(format string, values ...any) Result {
	return Result{Outcome: "allowed", Detail: fmt.Sprintf(format, values...)}
}

func impossible(format string, values ...any) Result {
	return Result{Outcome: "impossible", Reason: fmt.Sprintf(format, values...)}
}

// refused is for refusals that have no errno, or one that needs no judging.
func refused(call, errno, format string, values ...any) Result {
	return Result{Outcome: "refused", Call: call, Errno: errno, Detail: fmt.Sprintf(format, values...)}
}

// These alone say no; every other errno means that the attempt was wrong (no such path, no such file system,
// bad arguments, no memory), unless the attempt names it as one of its own refusals.
var refusals = []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.EROFS}

// failure judges the error of a call: a refusal, or an attempt that could not be made.
func failure(call string, err error, also ...syscall.Errno) Result {
	if isErrno(err, refusals...) || isErrno(err, also...) {
		return refused(call, errnoName(err), "")
	}
	if name := errnoName(err); name != "" {
		return impossible("%s answered %s", call, name)
	}
	return impossible("%s: %v", call, err)
}

// and adds to a result's detail or reason.
func (result Result) and(format string, values ...any) Result {
	text := fmt.Sprintf(format, values...)
	part := &result.Detail
	if result.Outcome == "impossible" {
		part = &result.Reason
	}
	if *part == "" {
		*part = text
	} else {
		*part += "; " + text
	}
	return result
}

// undone says in the result's detail whether undoing worked.
func (result Result) undone(err error) Result {
	if err != nil {
		return result.and("NOT undone: %v", err)
	}
	return result.and("undone")
}
