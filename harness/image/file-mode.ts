import type { EntryType } from './file-tree.ts'

/** stat.h: S_IFMT, and what it selects. */
const typeMask = 0o170000
const types: ReadonlyMap<number, EntryType> = new Map([
  [0o010000, 'fifo'],
  [0o020000, 'character-device'],
  [0o040000, 'directory'],
  [0o060000, 'block-device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o140000, 'socket'],
])

/** The type in the bits above the permissions; undefined where they name none. */
export const entryTypeOf = (mode: number): EntryType | undefined => types.get(mode & typeMask)

export const isDevice = (type: EntryType): boolean => type === 'character-device' || type === 'block-device'
