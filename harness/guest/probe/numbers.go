package main

// System calls since 5.1, whose numbers all architectures share and the syscall package lacks.
const (
	sysPidfdSendSignal       = 424
	sysIoUringSetup          = 425
	sysIoUringEnter          = 426
	sysIoUringRegister       = 427
	sysOpenTree              = 428
	sysMoveMount             = 429
	sysFsopen                = 430
	sysFsconfig              = 431
	sysFsmount               = 432
	sysFspick                = 433
	sysPidfdOpen             = 434
	sysClone3                = 435
	sysPidfdGetfd            = 438
	sysProcessMadvise        = 440
	sysMountSetattr          = 442
	sysLandlockCreateRuleset = 444
	sysMemfdSecret           = 447
	sysProcessMrelease       = 448
)

// Constants of the kernel's headers that the syscall package lacks.
const (
	atFdcwd       = -100
	oPath         = 0x200000
	mfdCloexec    = 1
	mfdAllowSeal  = 2
	mfdExec       = 0x10
	fAddSeals     = 1033
	allSeals      = 0x1 | 0x2 | 0x4 | 0x8
	prSecurebits  = 28
	secbitNoroot  = 0x3 // SECBIT_NOROOT and its lock
	mountAttrRO   = 1
	openTreeClone = 1
	moveEmptyPath = 4 // MOVE_MOUNT_F_EMPTY_PATH
)
