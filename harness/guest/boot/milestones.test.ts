import { describe, expect, it } from 'vitest'
import { phaseOfLine, phaseOfPrompt } from './milestones.ts'

describe('the phase that a console line shows', () => {
  it.each([
    ['[    0.000000] Linux version 6.12.1 (gcc) #1 SMP', 'kernel'],
    ['[    0.000000][    T0] Booting Linux on physical CPU 0x0000000000 [0x000f0510]', 'kernel'],
    ['Linux version 4.4.0 (gcc) #1', 'kernel'],
    ['EFI stub: Booting Linux Kernel...', 'kernel'],
    ['[    2.052409] Run /init as init process', 'init'],
    ['[    1.953990] Freeing unused kernel image (initmem) memory: 3948K', 'init'],
    ['[    1.000000] Freeing unused kernel memory: 1024K', 'init'],
    ['SeaBIOS (version 1.16.2-debian-1.16.2-1)', undefined],
    ['', undefined],
  ])('should see in the firmware phase: %s', (line, phase) => {
    expect(phaseOfLine(line, 'firmware')).toBe(phase)
  })

  it('should take words without a stamp after the kernel’s as those of the first program', () => {
    expect(phaseOfLine('Welcome to LinuxKit', 'kernel')).toBe('init')
    expect(phaseOfLine('EFI stub: Loaded initrd', 'kernel')).toBe('kernel')
    expect(phaseOfLine('[    0.00000] BIOS-e820: [mem', 'kernel')).toBeUndefined()
    expect(phaseOfLine('    0.000000] BIOS-e820: [mem', 'kernel')).toBeUndefined()
    expect(phaseOfLine('[  OK  ] Started Session 1 of root', 'kernel')).toBe('init')
    expect(phaseOfLine('   ', 'kernel')).toBeUndefined()
  })

  it('should see a prompt', () => {
    expect(phaseOfPrompt('drydock login: ')).toBe('login')
    expect(phaseOfPrompt('/ # ')).toBe('login')
    expect(phaseOfPrompt('Starting service 3 of 4...')).toBeUndefined()
  })
})
