import { DrydockError } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'
import { readArtefact } from '../../image/artefact.ts'
import { expectedCommandLine, problemWithCommandLine, trimCommandLine } from '../../target/command-line.ts'
import { exists } from '../../target/regular-file.ts'

const wrong = (place: string, expected: string, found: string): DrydockError =>
  new DrydockError(`${place}: expected ${expected}, found ${found}`, { code: 'BAD_INPUT', blame: 'usage' })

/** The command line in a file of that name, or else the words themselves. @throws usage */
export const readCmdline = async (given: string): Promise<string> => {
  const isFile = await exists(given)
  if (!isFile && given.includes('/') && !/[\s=]/.test(given)) {
    throw wrong('--cmdline', 'a file', `nothing at ${given}`)
  }
  const text = trimCommandLine(
    isFile ? (await readArtefact(given, 'a command line')).toString('latin1') : given,
  )
  const problem = problemWithCommandLine(text)
  if (problem !== undefined) throw wrong(isFile ? given : '--cmdline', expectedCommandLine, problem)
  return text
}

/** @throws usage, `FILE:LINE: expected ..., found ...` */
export const readSysctls = async (path: string): Promise<ReadonlyMap<string, string>> =>
  parseSysctls((await readArtefact(path, 'a list of sysctls')).toString('utf8'), path)

/** Characters. A machine with many network interfaces has a few hundred thousand. */
const sizeLimit = 8 * 1024 * 1024

/** What `sysctl -a` says on standard error, which often ends up in the same file. */
const complaint = /^sysctl: /

/**
 * Sysctls as `sysctl -a` prints them and sysctl.conf(5) holds them: names with dots or slashes, comments, and `-` before a
 * name whose failure does not matter. Of several lines for one name the last one holds.
 */
export const parseSysctls = (text: string, path: string): ReadonlyMap<string, string> => {
  if (text.length > sizeLimit) {
    throw wrong(path, `a list of sysctls of at most ${sizeLimit} characters`, `${text.length}`)
  }
  if (text.trim() === '') throw wrong(path, 'a list of sysctls', 'an empty file')
  const sysctls = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:[#;]|$)/.test(line) || complaint.test(line)) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, Math.max(0, equals)).trim().replace(/^-\s*/, '')
    if (!/^[\w./:@*-]+$/.test(name)) {
      throw wrong(`${path}:${index + 1}`, 'NAME = VALUE', JSON.stringify(neutraliseLine(line, 80)))
    }
    sysctls.set(dotted(name), line.slice(equals + 1).trim())
  }
  return sysctls
}

/** sysctl(8): where a slash comes first, dots belong to the names between slashes. */
const dotted = (name: string): string => {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  return slash === -1 || (dot !== -1 && dot < slash)
    ? name
    : name.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'))
}
