import type { FileTree } from '../file-tree.ts'

/** What a boot loader starts when nobody asks for anything else. */
export interface LoaderEntry {
  /** As the loader's configuration names it. */
  readonly kernel: string
  readonly initrd: string | undefined
  /** The kernel command line, without what the loader adds itself. */
  readonly options: string
}

/**
 * The first entry of a loader's configuration that names its kernel outright: GRUB's grub.cfg, SYSLINUX's and its
 * kin's, or an entry of the Boot Loader Specification (UAPI.1), whose words for these three things hardly differ.
 */
export const firstEntry = (text: string): LoaderEntry | undefined => {
  let kernel: string | undefined
  let initrd: string | undefined
  let options = ''
  for (const line of text.slice(0, mostText).split(/\r?\n/)) {
    const [, word = '', rest = ''] = /^\s*([a-z0-9]+)\s+(\S.*?)\s*$/i.exec(line) ?? []
    const key = keys[word.toLowerCase()]
    if (key === 'kernel') {
      if (kernel !== undefined) break
      const [path = '', ...parameters] = rest.split(/\s+/)
      if (path.includes('$') || /\.(?:c32|bin|efi)$/i.test(path)) continue
      kernel = path
      options = parameters.join(' ')
    } else if (key === 'options') options = [options, rest].filter((part) => part !== '').join(' ')
    else if (key === 'initrd') initrd = initrd ?? rest
  }
  if (kernel === undefined) return undefined
  // SYSLINUX takes the initrd from among the parameters.
  const words = options.split(/\s+/).filter((word) => word !== '')
  const given = words.find((word) => word.startsWith('initrd='))?.slice('initrd='.length)
  return {
    kernel,
    initrd: (initrd ?? given)?.split(/[\s,]+/).at(-1),
    options: words.filter((word) => !word.startsWith('initrd=')).join(' '),
  }
}

const mostText = 64 * 1024
const mostFiles = 64

const keys: Readonly<Record<string, 'kernel' | 'initrd' | 'options' | undefined>> = {
  linux: 'kernel',
  linuxefi: 'kernel',
  linux16: 'kernel',
  kernel: 'kernel',
  initrd: 'initrd',
  initrdefi: 'initrd',
  initrd16: 'initrd',
  append: 'options',
  options: 'options',
}

/** An entry and the file that has it. */
export interface FoundEntry extends LoaderEntry {
  readonly source: string
  /** Whether a loader for the BIOS alone reads that file. */
  readonly isForBios: boolean
}

const isSyslinux = (path: string): boolean => /\/(?:[a-z]+linux|txt)\.cfg$/i.test(path)
const isConfiguration = (path: string): boolean =>
  isSyslinux(path) || /\/grub\.cfg$/i.test(path) || /\/loader\/entries\/[^/]+\.conf$/i.test(path)

/** What the loaders whose configuration lies in a tree start first. Files that cannot be read have no entry. */
export const entriesIn = async (name: string, tree: FileTree): Promise<FoundEntry[]> => {
  const files = [...tree.entries()].filter(({ type, path }) => type === 'file' && isConfiguration(path))
  const found: FoundEntry[] = []
  for (const { path, size, content } of files.slice(0, mostFiles)) {
    const bytes = await content.read(0, Math.min(size, mostText)).catch(() => undefined)
    const entry = bytes && firstEntry(bytes.toString('utf8'))
    if (entry !== undefined) found.push({ ...entry, source: `${name}:${path}`, isForBios: isSyslinux(path) })
  }
  return found
}
