import { z } from 'zod'
import { messageOf } from '../../common/errors.ts'
import { checkAgainst } from '../../common/schema-problems.ts'
import { neutraliseLine } from '../../common/text.ts'

/** Bytes; the largest descriptors of distributions have about one kilobyte. */
export const descriptorBytes = 64 * 1024
const most = 64

const text = z.string().max(4096)
const names = z.array(text).max(most)
const flashFile = z.object({ filename: text.startsWith('/', { error: 'an absolute path' }), format: text })

/**
 * A firmware descriptor: one JSON file that says what a firmware image is for and how QEMU gets it
 * (docs/interop/firmware.json of QEMU; later versions only add members and values).
 */
const descriptor = z.object({
  description: text.default(''),
  'interface-types': names,
  mapping: z.discriminatedUnion('device', [
    z.object({
      device: z.literal('flash'),
      mode: text.default('split'),
      executable: flashFile,
      'nvram-template': flashFile.optional(),
    }),
    z.object({ device: z.enum(['kernel', 'memory']), filename: text.optional() }),
    // Later versions of QEMU know more ways.
    z.object({ device: z.literal('igvm') }),
  ]),
  targets: z.array(z.object({ architecture: text, machines: names })).max(most),
  features: names,
})

export type FirmwareDescriptor = z.output<typeof descriptor>

/** What is wrong with a descriptor, in words that follow its name. */
export interface BadDescriptor {
  readonly problem: string
}

/** Reads the bytes of a descriptor, whoever wrote them. */
export const parseDescriptor = (bytes: Buffer): FirmwareDescriptor | BadDescriptor => {
  if (bytes.length > descriptorBytes) return { problem: `has more than ${descriptorBytes} bytes` }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    return { problem: `is no JSON: ${neutraliseLine(messageOf(error), 100)}` }
  }
  const checked = checkAgainst(value, descriptor)
  if ('value' in checked) return checked.value
  const [first] = checked.problems
  const place = first === undefined || first.path.length === 0 ? '' : ` at ${first.path.join('.')}`
  const words = `expected ${first?.expected ?? 'a firmware descriptor'}${place}, found ${first?.found ?? 'something else'}`
  return { problem: neutraliseLine(words, 200) }
}
