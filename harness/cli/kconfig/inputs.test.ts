import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { DrydockError } from '../../common/errors.ts'
import { parseSysctls } from './inputs.ts'

// The machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const read = (text: string) => Object.fromEntries(parseSysctls(text, 'f'))

describe('parseSysctls', () => {
  it('should read what sysctl -a prints and what sysctl.conf holds', () => {
    expect(
      read(`# comment
; another
kernel.printk = 4\t4\t1\t7
kernel.core_pattern = |/bin/false a=b
net.ipv4.conf.eth0/1.rp_filter=1
net/ipv4/conf/eth0.1/accept_redirects = 0
- vm.swappiness = 10
sysctl: permission denied on key 'net.core.bpf_jit_harden'
dev.cdrom.info =
kernel.sysrq = 1
kernel.sysrq = 0
`),
    ).toEqual({
      'kernel.printk': '4\t4\t1\t7',
      'kernel.core_pattern': '|/bin/false a=b',
      'net.ipv4.conf.eth0/1.rp_filter': '1',
      'net.ipv4.conf.eth0/1.accept_redirects': '0',
      'vm.swappiness': '10',
      'dev.cdrom.info': '',
      'kernel.sysrq': '0',
    })
  })

  it.each([
    ['', 'f: expected a list of sysctls, found an empty file'],
    ['kernel.sysrq = 0\nkernel.sysrq\n', 'f:2: expected NAME = VALUE, found "kernel.sysrq"'],
    [`${' '.repeat(100_000)}x`, 'f:1: expected NAME = VALUE, found "x"'],
    ['= 1', 'f:1: expected NAME = VALUE'],
    ['x'.repeat(8 * 1024 * 1024 + 1), 'f: expected a list of sysctls of at most 8388608 characters'],
    ['\u0000ELF', 'f:1: expected NAME = VALUE, found "\\\\x00ELF"'],
  ])('should name the line of what is wrong in %.30j', (text, message) => {
    expect(() => parseSysctls(text, 'f')).toThrow(message)
  })

  it('should answer any text with sysctls or one error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseSysctls(text, 'f')
        } catch (error) {
          if (!(error instanceof DrydockError && error.blame === 'usage')) throw error
        }
      }),
    )
  })
})
