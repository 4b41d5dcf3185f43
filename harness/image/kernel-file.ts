import { type Architecture, isArchitecture } from '../common/architecture.ts'
import { DrydockError, messageOf } from '../common/errors.ts'
import { readArtefact } from './artefact.ts'
import { MemorySource, readWhole } from './byte-source.ts'
import { decompress } from './compression.ts'
import { detectCompression } from './compression-format.ts'
import { damaged } from './damaged.ts'
import { configSizeLimit } from './kernel-config.ts'
import { findBanner, type KernelFormat, type KernelHeader, recogniseKernel } from './kernel-format.ts'
import { isUki, readSections } from './uki.ts'

/** A kernel that Drydock can boot. */
export interface KernelFile {
  readonly architecture: Architecture
  readonly format: KernelFormat
  /** What `uname -r` will say, where the file tells. */
  readonly release: string | undefined
  /** The `.config` inside the kernel (CONFIG_IKCONFIG), or why there is none; decompresses the kernel. */
  embeddedConfig(): Promise<{ readonly config: string } | { readonly reason: string }>
}

/**
 * Recognises the kernel in a file.
 * @throws `NOT_A_KERNEL` (usage) for anything else, and for architectures that Drydock does not know
 */
export const readKernel = async (path: string): Promise<KernelFile> =>
  await openKernel(await readArtefact(path, 'a kernel'), path)

/** The same for the bytes of a file. */
export const openKernel = async (bytes: Buffer, path: string): Promise<KernelFile> => {
  const header = recogniseKernel(bytes)
  if (header === undefined) {
    throw notAKernel(
      `${path}: expected a kernel (bzImage, arm64 Image or Image.gz, EFI zboot, vmlinux), found ${start(bytes)}`,
    )
  }
  const { architecture, format } = header
  if (!isArchitecture(architecture)) {
    throw notAKernel(`${path}: expected a kernel for x86_64 or arm64, found ${format} for ${architecture}`)
  }
  const payload = once(() => unpack(bytes, header, path))
  return {
    architecture,
    format,
    release: header.release ?? (await releaseOf(payload)),
    embeddedConfig: async () => {
      const unpacked = await payload().catch((error: unknown) => messageOf(error))
      return typeof unpacked === 'string' ? { reason: unpacked } : await findConfig(unpacked, path)
    },
  }
}

/** The architecture of the kernel in a file, which may be a unified kernel image. @throws `NOT_A_KERNEL` (usage) */
export const detectKernelArchitecture = async (path: string): Promise<Architecture> => {
  const bytes = await readArtefact(path, 'a kernel')
  if (!isUki(bytes)) return (await openKernel(bytes, path)).architecture
  const sections = await readSections(new MemorySource(bytes, path))
  const kernel = sections.find(({ name }) => name === '.linux')
  return (await openKernel(kernel === undefined ? bytes : await readWhole(kernel.content), path)).architecture
}

/** @throws `WRONG_ARCHITECTURE` (usage) where the kernel is for another architecture than the target says */
export const checkKernelArchitecture = (kernel: KernelFile, expected: Architecture, path: string): void => {
  if (kernel.architecture === expected) return
  throw new DrydockError(
    `${path}: expected a kernel for ${expected}, found ${kernel.format} for ${kernel.architecture}`,
    { code: 'WRONG_ARCHITECTURE', blame: 'usage' },
  )
}

const unpack = async (bytes: Buffer, header: KernelHeader, path: string): Promise<Buffer> => {
  const { offset, length, compressed, endsWithSize } = header.payload
  const payload = bytes.subarray(offset, offset + length)
  if (!compressed) return payload
  if (payload.length < length || length < 8) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${path}: expected ${length} bytes of payload at ${offset}, found ${payload.length}`,
    )
  }
  const compression = detectCompression(payload)
  if (compression === undefined) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${path}: expected a compressed payload at byte ${offset}, found ${start(payload)}`,
    )
  }
  const stream = endsWithSize === true && compression !== 'gzip' ? payload.subarray(0, -4) : payload
  return (await decompress(stream, compression, `the ${compression} payload of ${path}`)).content
}

const releaseOf = async (payload: () => Promise<Buffer>): Promise<string | undefined> =>
  await payload().then(findBanner, () => undefined)

const configMark = 'IKCFG_ST'

/** Marks looked at: a kernel has one, and may hold the text a few times more. */
const marksAtMost = 64

/** kernel/configs.c: the configuration, compressed with gzip, between two marks. */
const findConfig = async (kernel: Buffer, path: string): Promise<{ config: string } | { reason: string }> => {
  const mark = Buffer.from(`${configMark}\x1f\x8b`, 'latin1')
  let reason = `${path} was built without CONFIG_IKCONFIG`
  let at = kernel.indexOf(mark)
  for (let count = 0; at !== -1 && count < marksAtMost; count += 1) {
    const stream = kernel.subarray(at + configMark.length)
    try {
      const purpose = `the configuration inside ${path}`
      const { content } = await decompress(stream, 'gzip', purpose, configSizeLimit)
      return { config: content.toString('utf8') }
    } catch (error) {
      reason = messageOf(error)
    }
    at = kernel.indexOf(mark, at + mark.length)
  }
  return { reason }
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

const start = (bytes: Buffer): string =>
  bytes.length === 0 ? 'an empty file' : `bytes that start ${bytes.toString('hex', 0, 8)}`

const notAKernel = (message: string): DrydockError =>
  new DrydockError(message, { code: 'NOT_A_KERNEL', blame: 'usage' })
