// Modprobe is the program that a twin's kernel runs for modules that it lacks: `modprobe -q -- ALIAS` loads
// /usr/lib/autoload/ALIAS.ko.xz.
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
	err := module.Load(filepath.Join(folder, alias+".ko.xz"))
	if os.IsNotExist(err) {
		os.Exit(1) // the kernel asks for much that no twin has
	}
	console.Log("modprobe", "%s: %v", alias, err)
}
