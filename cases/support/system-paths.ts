import type { AttemptArguments, AttemptName, Place } from '../../harness/guest/probe.ts'
import { CannotJudge } from '../../harness/rules/cannot-judge.ts'
import type { Attempt } from '../../harness/rules/judge.ts'

export const systemDirectories = [
  '/',
  '/etc',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/bin',
  '/sbin',
  '/lib',
  '/boot',
  '/containers',
]
const systemFiles = ['/etc/*', '/usr/bin/*', '/usr/sbin/*', '/usr/lib/*', '/bin/*', '/sbin/*', '/init']
const filesTried = 3

export const creating = ['create', 'tmpfile', 'mkdir', 'mknod', 'symlink'] as const
export const changing = [
  'open-write',
  'handle-write',
  'truncate',
  'fallocate',
  'mmap-write',
  'chmod',
  'chown',
  'utimens',
  'setxattr',
  'link',
  'rename',
  'unlink',
] as const

/** Those that choose a file by themselves in a directory. */
export const changingAny = changing.filter((name) => name !== 'open-write')

/** Ways to make a mount writable, and the same on a mount that is the probe's own. */
export const remounting = ['remount', 'remount-attr', 'reconfigure'] as const
export const remountingOwn = ['remount-own', 'reconfigure-own'] as const
/** Ways to get other bytes under what is mounted from a block device. */
export const reachingDevice = [
  'device-write',
  'device-discard',
  'device-unlock',
  'loop-replace',
  'loop-remap',
] as const

export const existing = async (
  place: Place,
  paths: readonly string[],
  type: 'directory' | 'file',
): Promise<string[]> => {
  const found: string[] = []
  for (const path of paths) {
    if ((await place.stat(path))?.type === type) {
      found.push(path)
    }
  }
  return found
}

/** Some system files; a container may have none of them. */
export const filesIn = async (place: Place): Promise<readonly string[]> => {
  const found: string[] = []
  for (const pattern of systemFiles) {
    const [file] = await existing(place, (await place.glob(pattern)).slice(0, filesTried), 'file')
    if (file !== undefined) {
      found.push(file)
    }
  }
  return found.slice(0, filesTried)
}

/** The same, of a host. @throws CannotJudge where there are none */
export const someFiles = async (place: Place): Promise<readonly string[]> => {
  const found = await filesIn(place)
  if (found.length === 0) {
    throw new CannotJudge(`no regular file matches ${systemFiles.join(', ')} in ${place.name}`)
  }
  return found
}

/** The same place and arguments for attempts of one kind, one after another. */
export const attemptEach = async <Name extends AttemptName>(
  place: Place,
  [first, ...rest]: readonly [Name, ...Name[]],
  args: AttemptArguments[Name],
  where: string,
): Promise<[Attempt, ...Attempt[]]> => {
  const attempt = async (name: Name): Promise<Attempt> => ({
    what: `${name} ${where}`,
    attempted: await place.try(name, args),
    subject: args !== undefined && 'path' in args ? `${args.path}:${name}` : name,
  })
  const attempts: [Attempt, ...Attempt[]] = [await attempt(first)]
  for (const name of rest) attempts.push(await attempt(name))
  return attempts
}

export const tryEach = async (
  place: Place,
  names: readonly (typeof creating | typeof changing)[number][],
  paths: readonly string[],
  options: { readonly uid?: number } = {},
): Promise<Attempt[]> => {
  const attempts: Attempt[] = []
  const user = options.uid === undefined ? '' : ` as user ${options.uid}`
  for (const path of paths) {
    for (const name of names) {
      attempts.push({
        what: `${name} ${path} in ${place.name}${user}`,
        attempted: await place.try(name, { path }, options),
        subject: path,
      })
    }
  }
  return attempts
}
