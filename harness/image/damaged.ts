import { DrydockError } from '../common/errors.ts'

/** The error for bytes of the image that cannot be what they claim to be; blames the image's maker. */
export const damaged = (code: string, message: string, options: { hint?: string; cause?: unknown } = {}) =>
  new DrydockError(message, { code, blame: 'usage', ...options })
