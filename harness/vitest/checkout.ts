import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** The checkout: where vitest.config.ts and package.json are. */
export const checkout = join(import.meta.dirname, '..', '..')

const packageFile = z.object({ version: z.string() })

/** Drydock's own version. */
export const drydockVersion = async (): Promise<string> =>
  packageFile.parse(JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'))).version
