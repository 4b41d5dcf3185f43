import { kconfigFlags } from '../kconfig/flags.ts'
import { kconfig } from '../kconfig.ts'
import { plainRequest } from '../plain-words.ts'
import { endWith } from './end-with.ts'

/** `drydock kconfig` without the rest of the command line; false where commander is to look at the words. */
export const run = async (words: readonly string[]): Promise<boolean> => {
  const request = plainRequest(words, kconfigFlags)
  if (request === undefined) return false
  await endWith(kconfig(request.paths, request.flags))
  return true
}
