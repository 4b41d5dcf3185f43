/** What records before a tar header say of the entry that follows, in place of its own short fields. */
export interface TarExtension {
  readonly path: string | undefined
  readonly linkPath: string | undefined
  /** Bytes. */
  readonly size: number | undefined
  readonly xattrs: ReadonlyMap<string, Buffer>
}

export const noExtension: TarExtension = {
  path: undefined,
  linkPath: undefined,
  size: undefined,
  xattrs: new Map(),
}

const xattrPrefix = 'SCHILY.xattr.'

/** Reads the records `LENGTH KEY=VALUE\n` of a pax header; stops at the first that is none. */
export const applyPax = (extension: TarExtension, records: Buffer): TarExtension => {
  const values = new Map<string, Buffer>()
  for (let at = 0; at < records.length; ) {
    const blank = records.indexOf(' ', at)
    const equals = records.indexOf('=', at)
    const length = Number.parseInt(records.toString('latin1', at, blank), 10)
    if (blank === -1 || equals < blank || !(length > equals - at) || at + length > records.length) break
    values.set(records.toString('utf8', blank + 1, equals), records.subarray(equals + 1, at + length - 1))
    at += length
  }
  const size = Number.parseInt(values.get('size')?.toString('latin1') ?? '', 10)
  const xattrs = [...values]
    .filter(([key]) => key.startsWith(xattrPrefix))
    .map(([key, value]): [string, Buffer] => [key.slice(xattrPrefix.length), value])
  return {
    path: values.get('path')?.toString('utf8') ?? extension.path,
    linkPath: values.get('linkpath')?.toString('utf8') ?? extension.linkPath,
    size: size >= 0 ? size : extension.size,
    xattrs: new Map([...extension.xattrs, ...xattrs]),
  }
}
