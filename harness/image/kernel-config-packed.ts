import { DrydockError } from '../common/errors.ts'
import { decompress } from './compression.ts'
import { detectCompression } from './compression-format.ts'
import { damaged } from './damaged.ts'
import { configSizeLimit, parseKernelConfig } from './kernel-config.ts'
import type { FoundKernelConfig } from './kernel-config-file.ts'
import { openKernel } from './kernel-file.ts'
import { recogniseKernel } from './kernel-format.ts'

/**
 * The configuration in bytes that do not start like the text of one.
 * @param path what the bytes are called in errors
 * @throws as `readKernelConfig` does
 */
export const unpackKernelConfig = async (bytes: Buffer, path: string): Promise<FoundKernelConfig> => {
  if (recogniseKernel(bytes) !== undefined) return await configOfKernel(bytes, path)
  const compression = detectCompression(bytes)
  if (compression === undefined) return configOfText(bytes, path)
  const purpose = `the ${compression} stream in ${path}`
  // Only a gzipped kernel is told apart before it is unpacked.
  const limit = compression === 'gzip' ? configSizeLimit : undefined
  const { content, consumed } = await decompress(bytes, compression, purpose, limit)
  if (consumed < bytes.length) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${path}: expected nothing after the ${compression} stream, found ${bytes.length - consumed} bytes`,
    )
  }
  return recogniseKernel(content) === undefined
    ? configOfText(content, path)
    : await configOfKernel(content, path)
}

const configOfText = (bytes: Buffer, path: string): FoundKernelConfig => {
  if (bytes.subarray(0, 4096).includes(0)) {
    throw new DrydockError(
      `${path}: expected a kernel configuration (.config, plain or compressed) or a kernel (bzImage, arm64 Image, ` +
        `EFI zboot, vmlinux), found bytes that start ${bytes.toString('hex', 0, 8)}`,
      { code: 'NOT_A_KERNEL', blame: 'usage' },
    )
  }
  return { ...parseKernelConfig(bytes.toString('utf8'), path), embeddedIn: undefined }
}

const configOfKernel = async (bytes: Buffer, path: string): Promise<FoundKernelConfig> => {
  const kernel = await openKernel(bytes, path)
  const embedded = await kernel.embeddedConfig()
  if ('reason' in embedded) {
    throw new DrydockError(`expected a kernel with its configuration in it, found: ${embedded.reason}`, {
      code: 'NO_KERNEL_CONFIG',
      blame: 'usage',
      hint: 'Give the .config that it was built with instead.',
    })
  }
  const config = parseKernelConfig(embedded.config, `${path} (the configuration inside)`)
  const { architecture = kernel.architecture, release } = config
  if (architecture !== kernel.architecture) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${path}: expected the configuration of a kernel for ${kernel.architecture}, found one for ${architecture}`,
    )
  }
  return { ...config, architecture, release: kernel.release ?? release, embeddedIn: kernel.format }
}
