import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { dir } from 'tmp-promise'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { DrydockError } from './errors.ts'
import { parseYaml, readYaml } from './yaml-file.ts'

const schema = z.strictObject({
  name: z.string().min(1),
  memory: z.int().min(64).default(512),
  metadata: z.enum(['iso', 'none']).optional(),
  login: z
    .union([z.literal('none'), z.strictObject({ user: z.string(), port: z.number().optional() })])
    .optional(),
  disks: z.array(z.strictObject({ path: z.string() })).optional(),
  day: z.iso.date({ error: 'a date as YYYY-MM-DD' }).optional(),
  byArchitecture: z.partialRecord(z.enum(['x86_64', 'arm64']), z.string()).optional(),
})

const messageFor = (text: string): string => {
  try {
    parseYaml(text, 't.yml', schema)
  } catch (error) {
    if (error instanceof DrydockError && error.blame === 'usage') return error.message
    throw error
  }
  return 'accepted'
}

const temporaryDirectory = async (): Promise<string> => {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  onTestFinished(() => cleanup())
  return path
}

describe('parseYaml', () => {
  it('should give the value with its defaults', () => {
    expect(parseYaml('name: moby\n', 't.yml', schema).value).toEqual({ name: 'moby', memory: 512 })
  })

  it('should find the second of forty thousand keys', () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}: 1\n`).join('')
    expect(() => parseYaml(`${keys}k7: 2\n`, 't.yml', schema)).toThrow(
      't.yml:40001: expected each key once, found a second k7: 2',
    )
  })

  it.each([
    [
      'name: a\nmemori: 5\n',
      't.yml:2: expected one of the keys name, memory, metadata, login, disks, day, byArchitecture, found unknown key "memori" (did you mean "memory"?)',
    ],
    ['name: a\nname: b\n', 't.yml:2: expected each key once, found a second name: b'],
    ['# only a comment\n', 't.yml:1: expected a mapping, found nothing'],
    ['- a\n', 't.yml:1: expected a mapping, found a list'],
    ['memory: 100\n', 't.yml:1: expected the key `name` (a string), found nothing'],
    ['name: ""\n', 't.yml:1: expected text that is not empty, found ""'],
    ['name: a\n\nmemory: lots\n', 't.yml:3: expected a number, found "lots"'],
    ['name: a\nmemory: 1.5\n', 't.yml:2: expected a whole number, found 1.5'],
    ['name: a\nmemory: 3\n', 't.yml:2: expected at least 64, found 3'],
    ['name: a\nmetadata: cd\n', 't.yml:2: expected one of "iso", "none", found "cd"'],
    ['name: a\nday: tomorrow\n', 't.yml:2: expected a date as YYYY-MM-DD, found "tomorrow"'],
    ['name: a\nlogin:\n  user: 7\n', 't.yml:3: expected a string, found 7'],
    [
      'name: a\nlogin:\n  usr: root\n',
      't.yml:3: expected one of the keys user, port, found unknown key "usr" (did you mean "user"?)',
    ],
    ['name: a\nlogin: 7\n', 't.yml:2: expected "none" or a mapping, found 7'],
    ['name: a\ndisks:\n  - path: x\n  - path: 3\n', 't.yml:4: expected a string, found 3'],
    [
      'name: a\nbyArchitecture:\n  amd64: k\n',
      't.yml:3: expected one of the keys x86_64, arm64, found unknown key "amd64"',
    ],
    ['name: [a\n', /^t\.yml:\d: expected valid YAML, found /],
    ['name: !secret x\n', /^t\.yml:1: expected valid YAML, found .*!secret/],
    ['name: a\n---\nname: b\n', /^t\.yml:\d: expected valid YAML, found /],
    ['name: *nowhere\n', /^t\.yml:1: expected .*, found .*nowhere/],
  ])('should say what is wrong with %j', (text, expected) => {
    const message = messageFor(text)
    if (typeof expected === 'string') expect(message).toBe(expected)
    else expect(message).toMatch(expected)
  })

  it('should refuse aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    )
    expect(messageFor(`name: a\nl0: &l0 x\n${levels.join('\n')}\n`)).toMatch(
      /^t\.yml:1: expected at most 100 uses of aliases/,
    )
  })

  it('should find lines through aliases and report rules of its callers', () => {
    const file = parseYaml('name: a\ndisks: &d\n  - path: x\n', 't.yml', schema)
    expect(file.lineOf(['disks', 0, 'path'])).toBe(3)
    expect(file.lineOf(['disks', 5, 'path'])).toBe(2)
    expect(file.lineOf([])).toBe(1)
    expect(file.problem(['disks', 0], 'an existing file', 'nothing').message).toBe(
      't.yml:3: expected an existing file, found nothing',
    )
  })

  it('should answer any text with a value or one line', () => {
    const piece = fc.constantFrom(
      'name',
      ': ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      "'",
      '#',
      '!x',
      '\t',
      '\u0000',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 30 }), (pieces) => {
        expect(messageFor(pieces.join(''))).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
  })
})

describe('readYaml', () => {
  it('should read a file', async () => {
    const path = join(await temporaryDirectory(), 'a.yml')
    await writeFile(path, 'name: x\n')
    expect(await readYaml(path, schema)).toMatchObject({ name: 'x' })
  })

  it('should say what is there instead of a file', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'd'))
    await writeFile(join(directory, 'big'), `name: ${'x'.repeat(1024 * 1024)}\n`)
    await writeFile(join(directory, 'bytes'), Buffer.from([0x6e, 0xff, 0xfe]))
    const read = (name: string) => readYaml(join(directory, name), schema)
    await expect(read('absent')).rejects.toThrow('absent: expected a YAML file, found nothing at that path')
    await expect(read('d')).rejects.toThrow('d: expected a YAML file, found a directory')
    await expect(read('big')).rejects.toThrow(
      'big: expected a YAML file of at most 1 MiB, found 1048583 bytes',
    )
    await expect(read('bytes')).rejects.toThrow(
      'bytes: expected YAML in UTF-8, found bytes that are not UTF-8',
    )
    await expect(readYaml('/dev/null', schema)).rejects.toThrow(
      '/dev/null: expected a YAML file, found something that is not a regular file',
    )
  })
})
