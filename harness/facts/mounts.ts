import { DrydockError } from '../common/errors.ts'

/** One line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly id: number
  readonly parent: number
  readonly device: string
  /** The part of the file system that is mounted. */
  readonly root: string
  readonly mountPoint: string
  /** Per-mount options: `ro`, `nosuid`, `nodev`, `noexec`... */
  readonly options: ReadonlySet<string>
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`. */
  readonly propagation: readonly string[]
  readonly fileSystem: string
  readonly source: string
  /** Super block options, such as `rw`, `size=65536k`. */
  readonly superOptions: ReadonlySet<string>
}

const maximumMounts = 10_000

// mountinfo writes blank, tab, line feed and backslash as three octal digits.
const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

const parseLine = (line: string, number: number): Mount => {
  const [left = '', right = ''] = line.split(' - ', 2)
  const [id, parent, device, root, mountPoint, options, ...propagation] = left.split(' ')
  const [fileSystem, source, superOptions] = right.split(' ')
  if (options === undefined || mountPoint === undefined || root === undefined || superOptions === undefined) {
    throw new DrydockError(
      `mountinfo line ${number}: expected at least ten fields, found "${line.slice(0, 200)}"`,
      {
        code: 'GUEST_DATA',
        blame: 'guest',
        phase: 'check',
      },
    )
  }
  return {
    id: Number(id),
    parent: Number(parent),
    device: device ?? '',
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: new Set(options.split(',')),
    propagation,
    fileSystem: fileSystem ?? '',
    source: unescapeOctal(source ?? ''),
    superOptions: new Set(superOptions.split(',')),
  }
}

/** Parses a mount table; throws a `GUEST_DATA` error that names the line where it is malformed. */
export const parseMounts = (text: string): readonly Mount[] => {
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines.length > maximumMounts) {
    throw new DrydockError(`mountinfo has ${lines.length} lines, expected at most ${maximumMounts}`, {
      code: 'GUEST_DATA',
      blame: 'guest',
      phase: 'check',
    })
  }
  return lines.map((line, index) => parseLine(line, index + 1))
}

/** The mounts that a path walk can still reach: of several on one mount point, the one mounted last. */
export const visibleMounts = (mounts: readonly Mount[]): readonly Mount[] => [
  ...new Map(mounts.map((mount) => [mount.mountPoint, mount])).values(),
]

/** Writable takes both: the mount and its super block. */
export const isWritable = (mount: Mount): boolean => mount.options.has('rw') && mount.superOptions.has('rw')

const units: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** The `size=` limit of a tmpfs in bytes, or undefined where none is set. */
export const sizeLimit = (mount: Mount): number | undefined => {
  for (const option of mount.superOptions) {
    const [, digits, unit] = /^size=(\d+)([kmg]?)$/.exec(option) ?? []
    if (digits !== undefined) {
      return Number(digits) * (units[unit ?? ''] ?? 1)
    }
  }
  return undefined
}

/** A mount as one readable line. */
export const describeMount = (mount: Mount): string =>
  `${mount.mountPoint} ${mount.fileSystem} ${[...mount.options].join(',')} (super block ${[...mount.superOptions].join(',')})`
