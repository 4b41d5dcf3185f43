import type { Readable } from 'node:stream'

/** For tests: reads until `text` was heard; gives all that was. */
export const hear = async (stream: Readable, text: string): Promise<string> => {
  let heard = ''
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const listen = (chunk: Buffer) => {
    heard += chunk.toString('latin1')
    if (heard.includes(text)) resolve()
  }
  stream.on('data', listen).once('close', () => reject(new Error(`console closed, heard ${heard}`)))
  await promise
  stream.off('data', listen)
  return heard
}
