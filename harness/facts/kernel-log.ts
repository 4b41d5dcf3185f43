/** What a kernel found when it looked for pages that are writable and executable at once, after it had sealed its own. */
export interface WriteExecuteReport {
  readonly passed: boolean
  /** The line that says so. */
  readonly line: string
}

// x86: arch/x86/mm/dump_pagetables.c; arm64 and others: mm/ptdump.c, arch/arm64/mm/ptdump.c
const report = /^(?:x86\/mm: )?Checked W\+X mappings: (passed|FAILED)\b/

/** From the lines of the kernel's log; undefined where the kernel did not look, or its log does not reach back so far. */
export const writeExecuteReport = (log: readonly string[]): WriteExecuteReport | undefined => {
  for (const text of log) {
    const [, outcome] = report.exec(text) ?? []
    if (outcome !== undefined) return { passed: outcome === 'passed', line: text }
  }
  return undefined
}

// security/security.c, security/lsm_init.c
const modules = /^LSM: (?:initializing lsm=|security modules: )([a-z0-9_,]+)/i

/** The security modules that the kernel said it starts with. */
export const announcedSecurityModules = (log: readonly string[]): readonly string[] | undefined => {
  for (const text of log) {
    const [, names] = modules.exec(text) ?? []
    if (names !== undefined) return names.split(',')
  }
  return undefined
}
