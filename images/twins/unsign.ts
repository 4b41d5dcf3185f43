import { DrydockError } from '../../harness/common/errors.ts'
import { decompress } from '../../harness/image/compression.ts'
import { detectCompression } from '../../harness/image/compression-format.ts'

/** The end of every signed module, behind the lengths of its parts (include/linux/module_signature.h). */
const mark = '~Module signature appended~\n'
const lengthsBytes = 12

/** A module as it was before it was signed, unpacked. Throws `MODULE_UNSIGNED` where it never was. */
export const withoutSignature = async (file: Buffer): Promise<Buffer> => {
  const compression = detectCompression(file)
  const module =
    compression === undefined ? file : (await decompress(file, compression, 'a kernel module')).content
  const lengths = module.length - mark.length - lengthsBytes
  if (lengths < 0 || module.toString('latin1', module.length - mark.length) !== mark) {
    throw new DrydockError('expected a signed kernel module, found no signature at its end', {
      code: 'MODULE_UNSIGNED',
      blame: 'usage',
      phase: 'prepare',
    })
  }
  return module.subarray(0, lengths - module.readUInt32BE(lengths + lengthsBytes - 4))
}
