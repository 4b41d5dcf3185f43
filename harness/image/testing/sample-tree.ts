import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import type { EntryType, FileTree, TreeEntry } from '../file-tree.ts'

/** One entry of the tree that every format is tried with. */
export interface SampleEntry {
  readonly path: string
  readonly type: EntryType
  readonly mode: number
  readonly uid?: number
  readonly gid?: number
  readonly content?: Buffer
  readonly linkTarget?: string
  readonly device?: { readonly major: number; readonly minor: number }
  readonly xattrs?: Readonly<Record<string, Buffer>>
  /** This is another name of that file. */
  readonly hardLinkOf?: string
}

/** Bytes that no compressor makes shorter, the same in each run. */
export const noise = (length: number): Buffer => {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(String(index)).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

const text = (length: number): Buffer =>
  Buffer.from('All work and no play makes Jack a dull boy. '.repeat(Math.ceil(length / 44))).subarray(
    0,
    length,
  )

const directory = (path: string, mode = 0o755): SampleEntry => ({ path, type: 'directory', mode })
const file = (path: string, content: Buffer, more: Partial<SampleEntry> = {}): SampleEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  content,
  ...more,
})

/** Everything a root file system has, and the sizes at which formats change how they store a thing. */
export const sampleTree: readonly SampleEntry[] = [
  directory('/'),
  directory('/bin', 0o711),
  file('/bin/su', text(5000), { mode: 0o4755, uid: 3, gid: 70_000 }),
  file('/bin/su-too', text(5000), { mode: 0o4755, uid: 3, gid: 70_000, hardLinkOf: '/bin/su' }),
  file('/bin/ping', text(10), {
    mode: 0o755,
    xattrs: {
      'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex'),
      'user.note': Buffer.from('a\u0000b'),
    },
  }),
  file('/bin/ping6', text(11), {
    mode: 0o755,
    xattrs: { 'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex') },
  }),
  directory('/data', 0o1777),
  file('/data/empty', Buffer.alloc(0)),
  file('/data/noise', noise(300_001)),
  file('/data/text', text(300_000)),
  file('/data/one-block', noise(4096)),
  file('/data/mixed', Buffer.concat([text(70_000), noise(70_000), Buffer.alloc(100_000), text(123)])),
  directory('/dev'),
  { path: '/dev/null', type: 'character-device', mode: 0o666, device: { major: 1, minor: 3 } },
  { path: '/dev/vda300', type: 'block-device', mode: 0o660, gid: 6, device: { major: 259, minor: 300 } },
  { path: '/dev/pipe', type: 'fifo', mode: 0o600 },
  { path: '/sbin', type: 'symlink', mode: 0o777, linkTarget: 'bin' },
  { path: '/long-link', type: 'symlink', mode: 0o777, linkTarget: `/${'l'.repeat(200)}` },
  directory('/many'),
  ...Array.from({ length: 300 }, (_, index) =>
    file(`/many/${String(index).padStart(4, '0')}`, text(index % 3)),
  ),
  directory('/deep'),
  directory('/deep/a'),
  directory('/deep/a/b'),
  directory('/deep/a/b/c'),
  directory('/deep/a/b/c/d'),
  directory('/deep/a/b/c/d/e'),
  directory('/deep/a/b/c/d/e/f'),
  directory('/deep/a/b/c/d/e/f/g'),
  file('/deep/a/b/c/d/e/f/g/Größe', text(20)),
  file(`/${'n'.repeat(200)}`, text(7)),
]

/** tar has none for sockets. */
const tarType = ({ type }: SampleEntry): Exclude<EntryType, 'socket'> => (type === 'socket' ? 'fifo' : type)

/** The tree as a tar archive in pax format. */
export const sampleTar = async (entries: readonly SampleEntry[] = sampleTree): Promise<Buffer> => {
  const tar = pack()
  for (const entry of entries) {
    // tar-stream writes pax records as UTF-8, in which each byte below 128 is itself.
    const records = Object.entries(entry.xattrs ?? {}).map(([name, value]) => [
      `SCHILY.xattr.${name}`,
      value.toString('latin1'),
    ])
    const header: Partial<Header> & Pick<Header, 'name'> = {
      name: `.${entry.path}`,
      mode: entry.mode,
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      mtime: new Date(1e12),
      type: entry.hardLinkOf === undefined ? tarType(entry) : 'link',
      ...(entry.linkTarget === undefined ? {} : { linkname: entry.linkTarget }),
      ...(entry.hardLinkOf === undefined ? {} : { linkname: `.${entry.hardLinkOf}` }),
      ...(entry.device === undefined ? {} : { devmajor: entry.device.major, devminor: entry.device.minor }),
      ...(records.length === 0 ? {} : { pax: Object.fromEntries(records) }),
    }
    tar.entry(header, entry.hardLinkOf === undefined ? (entry.content ?? Buffer.alloc(0)) : Buffer.alloc(0))
  }
  tar.finalize()
  return await buffer(tar)
}

/** What a format cannot hold. */
export interface Shortcomings {
  readonly noXattrs?: boolean
  /** No owners, modes, links or devices: what is left is shown with these modes. */
  readonly onlyFilesWithMode?: number
}

/** One entry as a text that differs wherever the entries differ. */
export type Description = Readonly<Record<string, string>>

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

const line = (entry: {
  type: EntryType
  mode: number
  uid: number
  gid: number
  detail: string
  xattrs: readonly (readonly [string, Buffer])[]
}): string =>
  [
    entry.type,
    entry.mode.toString(8),
    `${entry.uid}:${entry.gid}`,
    entry.detail,
    ...entry.xattrs.map(([name, value]) => `${name}=${value.toString('hex')}`).sort(),
  ].join(' ')

const detail = (entry: Pick<TreeEntry, 'linkTarget' | 'device'>, content: Buffer | undefined): string => {
  if (entry.linkTarget !== undefined) return `-> ${entry.linkTarget}`
  if (entry.device !== undefined) return `${entry.device.major},${entry.device.minor}`
  return content === undefined ? '' : `${content.length} ${digest(content)}`
}

/** What the tree of a format has to say of the sample. */
export const expectedOf = (
  { noXattrs, onlyFilesWithMode }: Shortcomings,
  entries: readonly SampleEntry[] = sampleTree,
): Description =>
  Object.fromEntries(
    entries
      .filter(({ type }) => onlyFilesWithMode === undefined || type === 'file' || type === 'directory')
      .map((entry) => [
        entry.path,
        line({
          type: entry.type,
          mode: onlyFilesWithMode ?? entry.mode,
          uid: onlyFilesWithMode === undefined ? (entry.uid ?? 0) : 0,
          gid: onlyFilesWithMode === undefined ? (entry.gid ?? 0) : 0,
          detail: detail(
            { linkTarget: entry.linkTarget, device: entry.device },
            entry.type === 'file' ? entry.content : undefined,
          ),
          xattrs: noXattrs === true ? [] : Object.entries(entry.xattrs ?? {}),
        }),
      ]),
  )

/** What a tree says. */
export const describeTree = async (tree: FileTree): Promise<Description> => {
  const lines: [string, string][] = []
  for (const entry of tree.entries()) {
    if (entry.path === '/lost+found') continue
    const content = entry.type === 'file' ? await entry.read() : undefined
    lines.push([entry.path, line({ ...entry, detail: detail(entry, content), xattrs: [...entry.xattrs] })])
  }
  return Object.fromEntries(lines)
}
