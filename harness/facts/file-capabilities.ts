import type { TreeEntry } from '../image/file-tree.ts'
import { capabilityNames } from './capabilities.ts'

/** The capabilities that a file gives to whoever runs it (include/uapi/linux/capability.h, `struct vfs_cap_data`). */
export interface FileCapabilities {
  readonly permitted: readonly string[]
  readonly inheritable: readonly string[]
  /** They are in force from the start, without the program's asking. */
  readonly effective: boolean
  /** They hold only where this uid is root: revision 3, written inside a user namespace. */
  readonly rootUid: number | undefined
}

/** Extended attribute that holds them. */
export const capabilityAttribute = 'security.capability'

// Bytes for each revision: a word of flags, then pairs of words (permitted, inheritable), then the root's uid.
const revisions = [
  { number: 1, words: 1, bytes: 12 },
  { number: 2, words: 2, bytes: 20 },
  { number: 3, words: 2, bytes: 24 },
] as const

/** Undefined where the kernel would refuse the attribute, too: of an unknown revision or another length. */
export const decodeFileCapabilities = (attribute: Buffer): FileCapabilities | undefined => {
  const magic = attribute.length >= 4 ? attribute.readUInt32LE(0) : 0
  const revision = revisions.find(({ number }) => number === magic >>> 24)
  if (revision?.bytes !== attribute.length) return undefined
  const set = (first: number): readonly string[] =>
    capabilityNames(
      Array.from({ length: revision.words }, (_, word) => attribute.readUInt32LE(first + 8 * word)).reduce(
        (bits, word, index) => bits | (BigInt(word) << BigInt(32 * index)),
        0n,
      ),
    )
  return {
    permitted: set(4),
    inheritable: set(8),
    effective: (magic & 1) !== 0,
    rootUid: revision.number === 3 ? attribute.readUInt32LE(20) : undefined,
  }
}

/** What makes a file raise the privileges of whoever runs it; empty for most files. */
export const privilegesOf = ({ mode, xattrs }: Pick<TreeEntry, 'mode' | 'xattrs'>): readonly string[] => {
  const attribute = xattrs.get(capabilityAttribute)
  return [
    ...((mode & 0o4000) === 0 ? [] : ['setuid']),
    ...((mode & 0o2000) === 0 ? [] : ['setgid']),
    ...(attribute === undefined ? [] : [describeCapabilities(attribute)]),
  ]
}

const describeCapabilities = (attribute: Buffer): string => {
  const decoded = decodeFileCapabilities(attribute)
  if (decoded === undefined) return 'capabilities in a form that Linux refuses'
  const { permitted, inheritable, effective, rootUid } = decoded
  return [
    ...permitted,
    ...inheritable.filter((name) => !permitted.includes(name)).map((name) => `${name} (inheritable)`),
    ...(permitted.length + inheritable.length === 0 ? ['empty capabilities'] : []),
    ...(effective ? [] : ['(not effective at the start)']),
    ...(rootUid === undefined ? [] : [`(for root uid ${rootUid})`]),
  ].join(' ')
}
