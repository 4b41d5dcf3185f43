import { DrydockError, messageOf } from '../common/errors.ts'
import { configSizeLimit, type KernelConfig, parseKernelConfig } from './kernel-config.ts'
import type { KernelFormat } from './kernel-format.ts'
import { limits } from './limits.ts'

/** A configuration and what it was found in. */
export interface FoundKernelConfig extends KernelConfig {
  /** The kind of kernel that it was taken out of; undefined where the file is the configuration. */
  readonly embeddedIn: KernelFormat | undefined
}

// Imported as an ES module, node:fs takes 3 ms of a start that lasts 30: its namespace loads everything it has.
const fs = process.getBuiltinModule('node:fs')

/**
 * The configuration in a file: a `.config`, plain or compressed, or a kernel that holds its own (CONFIG_IKCONFIG).
 * Nothing of it is executed.
 * @throws usage: `NO_SUCH_FILE`, `BAD_KERNEL_CONFIG`, `NO_KERNEL_CONFIG`, `NOT_A_KERNEL`, `IMAGE_DAMAGED`,
 * `IMAGE_TOO_LARGE`; testbed: `TOOL_MISSING`
 */
export const readKernelConfig = async (path: string): Promise<FoundKernelConfig> => {
  const bytes = readWhole(path)
  if (bytes.length <= configSizeLimit && startsLikeConfig(bytes)) {
    return { ...parseKernelConfig(bytes.toString('utf8'), path), embeddedIn: undefined }
  }
  const { unpackKernelConfig } = await import('./kernel-config-packed.ts')
  return await unpackKernelConfig(bytes, path)
}

/** All else is looked at more closely, and more slowly. */
const startsLikeConfig = (bytes: Buffer): boolean =>
  bytes.length === 0 || /^[#C\n]/.test(bytes.toString('latin1', 0, 1))

const readWhole = (path: string): Buffer => {
  let file: number
  try {
    // Without O_NONBLOCK, opening a FIFO by mistake would wait for ever.
    file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch (error) {
    throw unreadable(path, `that it cannot be opened: ${messageOf(error)}`, error)
  }
  try {
    const stat = fs.fstatSync(file)
    if (!stat.isFile()) throw unreadable(path, stat.isDirectory() ? 'a directory' : 'no regular file')
    if (stat.size > limits.unpackedBytes) {
      throw new DrydockError(`${path}: expected at most ${limits.unpackedBytes} bytes, found ${stat.size}`, {
        code: 'IMAGE_TOO_LARGE',
        blame: 'usage',
      })
    }
    return fs.readFileSync(file)
  } finally {
    fs.closeSync(file)
  }
}

const unreadable = (path: string, found: string, cause?: unknown): DrydockError =>
  new DrydockError(`${path}: expected a kernel configuration or a kernel, found ${found}`, {
    code: 'NO_SUCH_FILE',
    blame: 'usage',
    cause,
  })
