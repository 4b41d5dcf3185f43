package main

import (
	"bufio"
	"errors"
	"io"
)

const lineLimit = 8 * 1024 * 1024 // of a request: a kernel module in base64 fits

var errLineTooLong = errors.New("the line is too long")

// lineReader reads lines of limited length; a longer one is skipped, and what follows is read as ever.
type lineReader struct{ input *bufio.Reader }

func newLineReader(input io.Reader) *lineReader {
	return &lineReader{bufio.NewReaderSize(input, 64*1024)}
}

// next gives a line of its own without its end. A line that is cut short by the input's end is no line.
func (reader *lineReader) next() ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		piece, err := reader.input.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		if tooLong = tooLong || len(line)+len(piece) > lineLimit; !tooLong {
			line = append(line, piece...)
		}
		if err != nil {
			continue
		}
		if tooLong {
			return nil, errLineTooLong
		}
		return line[:len(line)-1], nil
	}
}
