/** A kernel release without its suffixes: `6.12.117+deb13-cloud-amd64` is 6.12.117. */
export interface KernelVersion {
  readonly major: number
  readonly minor: number
  readonly patch?: number
}

/** As rules write it: `6.18` is the first release of that series, `6.6.8` a stable release of one. */
export type KernelVersionText = `${number}.${number}` | `${number}.${number}.${number}`

const form = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6}))?(?![\d.])/

/** The version at the start of a text such as `6.18.0-rc3+`; undefined where there is none. */
export const parseKernelVersion = (text: string): KernelVersion | undefined => {
  const [, major, minor, patch] = form.exec(text.trim()) ?? []
  if (major === undefined || minor === undefined) return undefined
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch === undefined ? {} : { patch: Number(patch) }),
  }
}

/** Whether the whole text is a version as rules write it. */
export const isKernelVersionText = (text: string): text is KernelVersionText =>
  /^\d{1,4}(?:\.\d{1,6}){1,2}$/.test(text)

/** Negative where `a` is older than `b`; a missing patch level is 0. */
export const compareKernelVersions = (a: KernelVersion, b: KernelVersion): number =>
  a.major - b.major || a.minor - b.minor || (a.patch ?? 0) - (b.patch ?? 0)

export const kernelVersionText = ({ major, minor, patch }: KernelVersion): string =>
  [major, minor, ...(patch === undefined ? [] : [patch])].join('.')

/** Tables name few versions, and many times. */
const namedInTables = new Map<KernelVersionText, KernelVersion>()

const versionInTable = (text: KernelVersionText): KernelVersion => {
  const known = namedInTables.get(text)
  if (known !== undefined) return known
  const version = parseKernelVersion(text)
  if (version === undefined) throw new RangeError(`expected a kernel version such as 6.18, found ${text}`)
  namedInTables.set(text, version)
  return version
}

/** Whether `version` is `text` or newer. Throws a RangeError where `text` is no version, which only a wrong table can cause. */
export const isAtLeast = (version: KernelVersion, text: KernelVersionText): boolean =>
  compareKernelVersions(version, versionInTable(text)) >= 0
