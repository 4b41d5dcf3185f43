import { type ElfHeader, objectType } from './header.ts'
import type { Language } from './language.ts'
import type { Libc } from './libc.ts'
import type { Sections } from './sections.ts'
import { type Imports, symbolTableNames } from './symbols.ts'

/** A guard that compilers put into functions; `not-applicable` where the file cannot tell, or the language has none. */
export interface Guard {
  readonly found: 'yes' | 'no' | 'not-applicable'
  /** One phrase. */
  readonly reason: string
}

export interface Guards {
  /** Stack canaries (-fstack-protector). */
  readonly canary: Guard
  /** Checked forms of glibc's functions (-D_FORTIFY_SOURCE). */
  readonly fortify: Guard
}

/** What the verdicts rest on. */
export interface GuardParts {
  readonly language: Language | undefined
  readonly libc: Libc | undefined
  readonly imports: Imports | undefined
  readonly sections: Sections
  /** Takes a C library from outside, so that what its own code calls is among its imports. */
  readonly isDynamic: boolean
}

const notApplicable = (reason: string): Guard => ({ found: 'not-applicable', reason })

const noLanguage = (language: Language | undefined): Guard | undefined => {
  if (language === 'c' || language === 'c++') return undefined
  return notApplicable(language === undefined ? 'of an unknown language' : `not a matter of ${language}`)
}

const canarySymbol = '__stack_chk_fail'

export const guardsOf = (header: ElfHeader, parts: GuardParts): Guards => ({
  canary: noLanguage(parts.language) ?? canaryOf(header, parts),
  fortify: noLanguage(parts.language) ?? fortifyOf(parts),
})

const canaryOf = (header: ElfHeader, { imports, sections, isDynamic }: GuardParts): Guard => {
  if (isDynamic && imports !== undefined) {
    return imports.reserved.includes(canarySymbol)
      ? { found: 'yes', reason: `calls ${canarySymbol}` }
      : { found: 'no', reason: `does not call ${canarySymbol}` }
  }
  const named = symbolTableNames(header, sections, canarySymbol)
  if (named === undefined) return notApplicable('its own and its library’s functions cannot be told apart')
  if (!named) return { found: 'no', reason: `no symbol ${canarySymbol}` }
  // Nothing but the C library defines it, and an object file holds none.
  return header.type === objectType.relocatable
    ? { found: 'yes', reason: `calls ${canarySymbol}` }
    : notApplicable('static: the C library inside checks canaries in any case')
}

/** Functions that glibc's headers always replace, whatever the compiler knows of their arguments... */
const alwaysReplaced = [
  'printf',
  'fprintf',
  'vprintf',
  'vfprintf',
  'dprintf',
  'vdprintf',
  'asprintf',
  'vasprintf',
  'syslog',
  'vsyslog',
  'longjmp',
  'siglongjmp',
]
/** ...and those without a length, which stay as they are only where the size of the target is unknown. */
const unbounded = [
  'strcpy',
  'stpcpy',
  'strcat',
  'sprintf',
  'vsprintf',
  'gets',
  'realpath',
  'getwd',
  'wcscpy',
  'wcscat',
]
const replaceable = new Set([...alwaysReplaced, ...unbounded])

const fortifyOf = ({ libc, imports, isDynamic }: GuardParts): Guard => {
  if (libc === 'musl') return notApplicable('musl has no checking functions')
  if (!isDynamic || libc !== 'glibc' || imports === undefined) {
    return notApplicable('takes no functions from glibc')
  }
  const checked = imports.reserved.filter((name) => name.endsWith('_chk'))
  const unchecked = imports.plain.filter((name) => replaceable.has(name))
  if (checked.length > 0) {
    return {
      found: 'yes',
      reason: `${checked.length} checking functions${unchecked.length === 0 ? '' : `, ${unchecked.length} plain ones (${unchecked.join(', ')})`}`,
    }
  }
  return unchecked.length > 0
    ? { found: 'no', reason: `calls ${unchecked.join(', ')}, and no checking function` }
    : notApplicable('calls nothing that would show it')
}
