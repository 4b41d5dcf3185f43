import { describe, expect, it } from 'vitest'
import { seccompFilter } from './seccomp.ts'

interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly args?: readonly { readonly value: number }[]
}
const { syscalls } = seccompFilter('x86_64') as { syscalls: readonly Rule[] }

const unconditionally = new Set(
  syscalls
    .filter(({ action, args }) => action === 'SCMP_ACT_ALLOW' && args === undefined)
    .flatMap(({ names }) => names),
)

describe('seccompFilter', () => {
  it.each([
    'mount',
    'umount2',
    'move_mount',
    'open_tree',
    'fsopen',
    'pivot_root',
    'chroot',
    'unshare',
    'setns',
    'clone',
    'clone3',
    'bpf',
    'perf_event_open',
    'keyctl',
    'add_key',
    'request_key',
    'io_uring_setup',
    'userfaultfd',
    'ptrace',
    'process_vm_readv',
    'process_vm_writev',
    'pidfd_getfd',
    'open_by_handle_at',
    'init_module',
    'finit_module',
    'kexec_load',
    'kexec_file_load',
    'reboot',
    'swapon',
    'settimeofday',
    'clock_settime',
    'personality',
    'socket',
    'syslog',
    'iopl',
    'ioperm',
    'acct',
    'quotactl',
    'mbind',
    'vhangup',
  ])('should not let %s through whatever its arguments', (name) => {
    expect(unconditionally).not.toContain(name)
  })

  it('should refuse the families that kernel exploits came through', () => {
    const families = syscalls
      .filter(({ names }) => names.includes('socket'))
      .map(({ args }) => args?.[0]?.value)
    expect(families).not.toContain(38) // AF_ALG
    expect(families).not.toContain(40) // AF_VSOCK
    expect(families).toContain(2)
  })

  it('should tell the C library that there is no clone3, so that it takes clone', () => {
    expect(syscalls.find(({ names }) => names.includes('clone3'))).toMatchObject({ errnoRet: 38 })
  })
})
