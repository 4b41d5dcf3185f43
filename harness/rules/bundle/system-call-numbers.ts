import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Architecture } from '../../common/architecture.ts'

/** `name=number` between blanks. */
const numbered = z.string().transform((text) =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word): readonly [string, number] => {
      const [name = '', number] = word.split('=')
      return [name, Number(number)]
    }),
)

const { shared, ...own } = z
  .strictObject({ shared: numbered, x86_64: numbered, arm64: numbered })
  .parse(parse(readFileSync(join(import.meta.dirname, 'system-call-numbers.yml'), 'utf8')))

/** The numbers of an architecture's system calls, by name; those of calls that came later are missing. */
export const systemCallNumbers = (architecture: Architecture): ReadonlyMap<string, number> =>
  new Map([...shared, ...own[architecture]])
