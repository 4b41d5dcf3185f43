// Modprobe is the program that a twin's kernel runs for modules that it lacks: `modprobe -q -- ALIAS` loads what is in
// /usr/lib/autoload/ALIAS. Of most aliases there is nothing.
package main

import (
	"os"
	"path/filepath"

	"drydock.test/images/internal/console"
	"drydock.test/images/internal/module"
)

const folder = "/usr/lib/autoload"

func main() {
	alias := filepath.Base(os.Args[len(os.Args)-1])
	if err := module.LoadAll(filepath.Join(folder, alias)); err != nil {
		console.Log("modprobe", "%s: %v", alias, err)
		os.Exit(1)
	}
}
