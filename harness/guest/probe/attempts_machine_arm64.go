package main

// Attempts on what this architecture does not have.

func ioPorts(none) Result { return impossible("arm64 has no instructions for I/O ports") }

func modifyLdt(none) Result { return impossible("arm64 has no segments") }

func callVsyscall(none) Result { return impossible("arm64 has no vsyscall page") }
