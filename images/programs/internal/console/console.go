// Package console writes what the image's own programs do to the console, one line each.
package console

import (
	"fmt"
	"os"
	"strings"
)

// Log writes `NAME: text` as one line, whatever the text holds.
func Log(name, format string, arguments ...any) {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, fmt.Sprintf(format, arguments...))
	fmt.Fprintf(os.Stdout, "%s: %s\n", name, strings.TrimSpace(text))
}
