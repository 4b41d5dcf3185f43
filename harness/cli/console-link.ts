import type { Duplex } from 'node:stream'

/** Where a person sits: standard input and output, or streams in a test. */
export interface Seat {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }
  readonly output: NodeJS.WritableStream
}

/** Ctrl-], as in telnet. */
export const leaveKey = 0x1d

/** Up to the key that leaves; undefined where it is not among the bytes. */
const beforeLeaving = (bytes: Buffer): Buffer | undefined => {
  const at = bytes.indexOf(leaveKey)
  return at === -1 ? undefined : bytes.subarray(0, at)
}

/**
 * Joins a guest's console to a seat, byte by byte. A terminal is in raw mode meanwhile, so that Ctrl-C and the rest reach
 * the guest. Resolves to `left` at Ctrl-], to `ended` when the console ends. The end of the input alone ends nothing.
 */
export const linkConsole = async (console: Duplex, { input, output }: Seat): Promise<'left' | 'ended'> => {
  const { promise, resolve } = Promise.withResolvers<'left' | 'ended'>()
  const onInput = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk)
    const last = beforeLeaving(bytes)
    console.write(last ?? bytes)
    if (last !== undefined) resolve('left')
  }
  const onOutput = (bytes: Uint8Array): void => {
    output.write(bytes)
  }
  const onEnd = (): void => resolve('ended')
  const raw = input.isTTY === true
  if (raw) input.setRawMode?.(true)
  console.on('data', onOutput)
  console.once('end', onEnd).once('close', onEnd).once('error', onEnd)
  input.on('data', onInput)
  input.resume()
  try {
    return await promise
  } finally {
    input.off('data', onInput)
    input.pause()
    if (raw) input.setRawMode?.(false)
    console.off('data', onOutput)
    console.off('end', onEnd).off('close', onEnd).off('error', onEnd)
  }
}
