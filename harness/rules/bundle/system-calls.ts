import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Architecture } from '../../common/architecture.ts'

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))

const { common, ...own } = z
  .strictObject({ common: words, x86_64: words, arm64: words })
  .parse(parse(readFileSync(join(import.meta.dirname, 'system-calls.yml'), 'utf8')))

/** Every system call that a 64-bit program can make, by name. */
export const systemCalls = (architecture: Architecture): readonly string[] => [
  ...common,
  ...own[architecture],
]
