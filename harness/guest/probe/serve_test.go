package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// talk gives a server's two ends: where to write requests, and its answers line by line.
func talk(t *testing.T) (io.Writer, *bufio.Scanner) {
	t.Helper()
	requests, input := io.Pipe()
	output, answers := io.Pipe()
	go newServer(answers).answerAll(newLineReader(requests))
	t.Cleanup(func() { input.Close() })
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, answerLimit)
	return input, lines
}

func expectLine(t *testing.T, lines *bufio.Scanner, expected string) {
	t.Helper()
	if !lines.Scan() || strings.TrimSpace(lines.Text()) != expected {
		t.Fatalf("expected %q, found %q (%v)", expected, lines.Text(), lines.Err())
	}
}

func TestServerShouldAnswerAGreetingAtOnceAndForgetWhatAnEarlierPeerAsked(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("target", fifo); err != nil {
		t.Fatal(err)
	}
	input, lines := talk(t)
	hold := make(chan struct{})
	disturbance.Lock() // Keeps the earlier peer's requests waiting.
	go func() { <-hold; disturbance.Unlock() }()
	for id := range concurrent {
		fmt.Fprintf(input, `{"id":%d,"op":"readlink","place":"here","paths":[%q]}`+"\n", id, fifo)
	}
	io.WriteString(input, `{"id":9,"op":"rea`+"\n")
	if !lines.Scan() || !strings.Contains(lines.Text(), codeBadRequest) {
		t.Fatalf("expected half a line to be a bad request, found %q", lines.Text())
	}
	io.WriteString(input, "\nhello nonce-1 \n")
	expectLine(t, lines, "hello nonce-1")
	close(hold)
	fmt.Fprintf(input, `{"id":1,"op":"readlink","place":"here","paths":[%q]}`+"\n", fifo)
	expectLine(t, lines, `{"id":1,"result":"target"}`)
	io.WriteString(input, "hello nonce-2\n")
	expectLine(t, lines, "hello nonce-2")
}

func TestSetClockShouldSayWhyItDidNot(t *testing.T) {
	if problem := setClock("tomorrow"); !strings.Contains(problem, "invalid syntax") {
		t.Fatalf("expected a problem with the number, found %q", problem)
	}
}

func TestLineReaderShouldSkipALineThatIsTooLongAndHalfALineAtTheEnd(t *testing.T) {
	reader := newLineReader(strings.NewReader("one\n" + strings.Repeat("x", lineLimit+1) + "\ntwo\n\nhalf"))
	for _, expected := range []struct {
		line string
		err  error
	}{{"one", nil}, {"", errLineTooLong}, {"two", nil}, {"", nil}, {"", io.EOF}} {
		line, err := reader.next()
		if string(line) != expected.line || err != expected.err {
			t.Fatalf("expected %q and %v, found %q and %v", expected.line, expected.err, line, err)
		}
	}
}

func TestReadsShouldEndInTime(t *testing.T) {
	started := time.Now()
	_, err := readInTime(Request{Op: "hash", Paths: []string{"/usr"}, TimeoutMs: 1})
	if problem, is := err.(*Problem); !is || problem.Code != codeTimedOut || time.Since(started) > 10*time.Second {
		t.Fatalf("expected %s, found %v after %v", codeTimedOut, err, time.Since(started))
	}
}
