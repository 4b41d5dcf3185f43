package main

import (
	"strconv"
	"strings"
	"testing"
)

func TestLayoutsShouldBeOfManyStartsAndTheSameWhereRandomisationIsOff(t *testing.T) {
	found, err := findLayouts()
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Random) != layoutStarts || len(found.Fixed) != 2 {
		t.Fatalf("expected %d and 2 layouts, found %d and %d", layoutStarts, len(found.Random), len(found.Fixed))
	}
	if found.Fixed[0] != found.Fixed[1] {
		t.Errorf("expected the same layout twice, found %+v", found.Fixed)
	}
}

const someMaps = `555555554000-555555555000 r-xp 00000000 00:01 1028  /memfd:drydock-program (deleted)
7ffff7ffb000-7ffff7ffd000 r-xp 00000000 00:00 0  [vdso]
7ffff7ffd000-7ffff7ffe000 r-xp 00000000 00:01 1029  /memfd:drydock-loader (deleted)
7ffff7ffe000-7ffff7fff000 r-xp 00001000 00:01 1029  /memfd:drydock-loader (deleted)
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0
`

// status is a stat line with the numbers 1... as its fields, and a name made to confuse.
func status(count int) string {
	fields := make([]string, count)
	for index := range fields {
		fields[index] = strings.Repeat("1", 1+index%3)
	}
	fields[stackField], fields[heapField] = strconv.Itoa(0x7ffffffff080), strconv.Itoa(0x555555556000)
	return "7 (a) b) " + strings.Join(fields, " ")
}

func TestLayoutShouldBeReadFromTheFirstMappingOfEachName(t *testing.T) {
	found, err := parseLayout(someMaps, status(50))
	want := Layout{"0x555555554000", "0x7ffff7ffd000", "0x555555556000", "0x7ffffffff080", "0x7ffff7ffb000"}
	if err != nil || found != want {
		t.Errorf("expected %+v, found %+v, %v", want, found, err)
	}
}

func TestLayoutShouldBeAnErrorWhereAPartIsMissing(t *testing.T) {
	for _, example := range []struct{ maps, status string }{
		{"", status(50)}, {strings.ReplaceAll(someMaps, "[vdso]", "[heap]"), status(50)}, {someMaps, "7 (a) S 1"}, {someMaps, ""},
	} {
		if found, err := parseLayout(example.maps, example.status); err == nil {
			t.Errorf("expected an error, found %+v", found)
		}
	}
}
