import { describe, expect, it } from 'vitest'
import { announcedSecurityModules, writeExecuteReport } from './kernel-log.ts'

describe("the kernel's log", () => {
  it.each([
    ['x86/mm: Checked W+X mappings: passed, no W+X pages found.', true],
    ['Checked W+X mappings: passed, no W+X pages found', true],
    ['x86/mm: Checked W+X mappings: FAILED, 4853 W+X pages found.', false],
    ['Checked W+X mappings: FAILED, 3 W+X pages found, 0 non-UXN pages found', false],
  ])('should tell what the kernel found of its own pages: %s', (line, passed) => {
    expect(writeExecuteReport(['Freeing unused memory', line, 'Run /init'])).toEqual({ passed, line })
  })

  it('should tell nothing where the kernel did not look', () => {
    expect(writeExecuteReport(['a program says: Checked W+X mappings: passed'])).toBeUndefined()
  })

  it('should name the security modules', () => {
    expect(announcedSecurityModules(['LSM: initializing lsm=lockdown,capability,yama'])).toEqual([
      'lockdown',
      'capability',
      'yama',
    ])
    expect(announcedSecurityModules(['SELinux:  Initializing.'])).toBeUndefined()
  })
})
