import { binariesFlags } from '../binaries/flags.ts'
import { binaries } from '../binaries.ts'
import { plainRequest } from '../plain-words.ts'
import { endWith } from './end-with.ts'

/** `drydock binaries` without the rest of the command line; false where commander is to look at the words. */
export const run = async (words: readonly string[]): Promise<boolean> => {
  const request = plainRequest(words, binariesFlags)
  if (request === undefined) return false
  await endWith(binaries(request.paths, request.flags))
  return true
}
