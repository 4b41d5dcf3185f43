import { type ByteSource, MemorySource, readStart, readWhole } from '../byte-source.ts'
import { type Decompressed, decompress } from '../compression.ts'
import { detectCompression } from '../compression-format.ts'
import { isCpio } from '../cpio.ts'
import { damaged } from '../damaged.ts'
import { isElf } from '../elf/header.ts'
import { unpackInitrd } from '../initrd.ts'
import { openKernel } from '../kernel-file.ts'
import { recogniseKernel } from '../kernel-format.ts'
import type { Context, Format, Opened, Part, PartKernel } from '../part.ts'
import { isUki, readSections } from '../uki.ts'

/** A file that has to be in memory as a whole while it is read. */
export const inRoom = async (source: ByteSource, { room }: Context): Promise<Buffer> =>
  await readWhole(source, room.left)

const readKernel = async (source: ByteSource): Promise<PartKernel> => {
  const { architecture, format, release } = await openKernel(await readWhole(source), source.name)
  return { architecture, format, release }
}

export const kernel: Format = {
  name: 'kernel',
  // The start of an ELF file does not tell a kernel from other programs.
  recognises: (head) => recogniseKernel(head) !== undefined,
  open: async (source) => ({ kernel: await readKernel(source), content: source }),
}

/** An uncompressed kernel, which its banner tells from other programs; that may be anywhere in the file. */
export const elfKernel: Format = {
  name: 'ELF file',
  recognises: isElf,
  open: async (source) => {
    if (recogniseKernel(await readWhole(source)) === undefined) {
      throw damaged(
        'IMAGE_UNSUPPORTED',
        `${source.name}: expected an image, found an ELF file that is no kernel`,
        {
          hint: `Programs are judged by: drydock binaries ${source.name}`,
        },
      )
    }
    return { format: kernel.name, kernel: await readKernel(source), content: source }
  },
}

/** Reads an initrd, its bytes compressed or not. */
export const openInitrd = async (
  source: ByteSource,
  context: Context,
  known?: { readonly bytes: Buffer; readonly first: Decompressed },
): Promise<Opened> => {
  const bytes = known?.bytes ?? (await inRoom(source, context))
  const isInMemory = source instanceof MemorySource
  const initrd = await unpackInitrd(bytes, source.name, {
    room: context.room.left - (isInMemory ? 0 : bytes.length),
    ...(known === undefined ? {} : { first: known.first }),
  })
  context.room.left -= initrd.unpackedBytes
  return {
    format: 'initrd',
    content: source,
    tree: initrd.tree,
    details: { archives: initrd.parts.join(', ') },
    parts: await context.openInside(source.name, initrd.tree),
  }
}

export const initrd: Format = { name: 'initrd', recognises: isCpio, open: openInitrd }

/** The first lines of a description in os-release(5) form that matter. */
const systemName = (text: string): string | undefined => /^PRETTY_NAME=["']?([^"'\n]{1,200})/m.exec(text)?.[1]

const mostText = 64 * 1024

/** UAPI.5: https://uapi-group.org/specifications/specs/unified_kernel_image/ */
export const uki: Format = {
  name: 'unified kernel image',
  recognises: isUki,
  open: async (source, context) => {
    const parts: Part[] = []
    const text = new Map<string, string>()
    let profiles = 0
    for (const { name, content } of await readSections(source)) {
      if (name === '.linux' || name === '.initrd' || name === '.ucode')
        parts.push(await context.open(content))
      else if (name === '.profile') profiles += 1
      // Of several profiles the first sections are what is started without being asked.
      else if (['.cmdline', '.osrel', '.uname'].includes(name) && !text.has(name)) {
        text.set(name, (await readStart(content, mostText)).toString('utf8').replace(/[\s\0]+$/, ''))
      }
    }
    if (parts[0]?.kernel === undefined && !parts.some((part) => part.kernel !== undefined)) {
      throw damaged('IMAGE_DAMAGED', `${source.name}: expected a kernel in the section .linux, found none`)
    }
    const system = systemName(text.get('.osrel') ?? '')
    const release = text.get('.uname')
    return {
      parts,
      details: {
        ...(system === undefined ? {} : { system }),
        ...(release === undefined ? {} : { release }),
        ...(profiles === 0 ? {} : { profiles: String(profiles) }),
      },
      ...(text.has('.cmdline') ? { cmdline: text.get('.cmdline') ?? '' } : {}),
    }
  },
}

/** Anything compressed: an initrd, else one image inside. */
export const compressed: Format = {
  name: 'compressed file',
  recognises: (head) => detectCompression(head) !== undefined,
  open: async (source, context) => {
    const bytes = await inRoom(source, context)
    const compression = detectCompression(bytes)
    if (compression === undefined) throw damaged('IMAGE_DAMAGED', `${source.name}: expected compressed bytes`)
    const purpose = `the ${compression} part of ${source.name} at byte 0`
    const first = await decompress(bytes, compression, purpose, context.room.left)
    if (isCpio(first.content)) return await openInitrd(source, context, { bytes, first })
    context.room.left -= first.content.length
    const inner = await context.open(new MemorySource(first.content, `${source.name} unpacked`))
    return { format: `${compression} file`, parts: [inner] }
  },
}
