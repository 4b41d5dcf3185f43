import { DrydockError } from '../common/errors.ts'

/** The error for bytes of the image that cannot be what they claim to be; blames the image's maker. */
export const damaged = (code: string, message: string, options: { hint?: string; cause?: unknown } = {}) =>
  new DrydockError(message, { code, blame: 'usage', ...options })

/** The error for what unpacks to more than may be held in memory. */
export const tooLarge = (purpose: string, limit: number) =>
  damaged('IMAGE_TOO_LARGE', `expected ${purpose} to unpack to at most ${limit} bytes, found more`, {
    hint: 'Where it is meant to be that large, the environment raises the limit, in MiB: DRYDOCK_UNPACKED_MIB=2048',
  })
