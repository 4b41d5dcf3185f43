import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../../common/errors.ts'
import { readInputs } from './read-inputs.ts'

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/inputs', name))
const read = (text: string | Buffer) => readInputs(Buffer.from(text), 'file')
const badLines = (text: string | Buffer) =>
  read(text).inputs.flatMap(({ line, problem }) => (problem === undefined ? [] : [line]))

/** Milliseconds that no file may take, on a machine that others use too. */
const longest = 10_000

const readsOrComplains = (bytes: Buffer): void => {
  const start = performance.now()
  try {
    readInputs(bytes, 'file')
  } catch (error) {
    expect(error).toBeInstanceOf(DrydockError)
    expect((error as DrydockError).message).toMatch(/^file:\d+: expected .+, found .+/)
  }
  expect(performance.now() - start).toBeLessThan(longest)
}

describe('readInputs', () => {
  it('should find every image of a LinuxKit YAML file, with its line', () => {
    const { kind, inputs } = read(fixture('linuxkit-minimal.yml'))
    expect(kind).toBe('linuxkit')
    expect(inputs.map(({ line, place }) => `${line} ${place}`)).toEqual([
      '3 kernel.image',
      '6 init[0]',
      '7 init[1]',
      '10 onboot[0] dhcpcd',
      '14 services[0] getty',
      '18 services[1] web',
      '21 volumes[0] data',
    ])
    expect(badLines(fixture('linuxkit-minimal.yml'))).toHaveLength(7)
    expect(badLines(fixture('linuxkit-pinned.yml'))).toEqual([])
  })

  it('should tell the kinds apart by what is in them', () => {
    expect(read(fixture('Dockerfile.pinned')).kind).toBe('dockerfile')
    expect(badLines(fixture('Dockerfile.pinned'))).toEqual([])
    expect(badLines(fixture('Dockerfile.tags'))).toEqual([1, 5, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18])
    expect(read('\n# comment\n  from scratch').kind).toBe('dockerfile')
    expect(read('init: [a]').kind).toBe('linuxkit')
    expect(read('{"kernel": {"image": "a"}}').kind).toBe('linuxkit')
  })

  it.each([
    ['', 'file:1: expected a LinuxKit YAML file or a Dockerfile, found something else'],
    ['a: 1\nb: 2', 'file:1: expected a LinuxKit YAML file or a Dockerfile, found a mapping of a, b'],
    ['- a', 'file:1: expected a LinuxKit YAML file or a Dockerfile, found something else'],
    ['#!/bin/sh\nexit 0\n', 'file:1: expected a LinuxKit YAML file or a Dockerfile, found something else'],
    ['services:\n  web:\n    image: a', 'file:1: expected a list, found a mapping'],
    ['services:\n  - image: a', /^file:2: expected the key `name`/],
    ['init:\n  - 7', 'file:2: expected a string, found 7'],
    ['init: [a]\nextra: 1', /^file:2: expected one of the keys .*, found unknown key "extra"/],
    ['init: [a]\ninit: [b]', 'file:2: expected each key once'],
    ['kernel: {\n', /^file:\d: expected valid YAML/],
  ])('should say what is wrong with %j', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('should refuse bytes that are no text, and too many', () => {
    expect(() => readInputs(Buffer.from([0x46, 0xff]), 'file')).toThrow('bytes that are not UTF-8')
    expect(() => readInputs(Buffer.alloc(2 << 20, '\n'), 'file')).toThrow('at most 1 MiB')
  })

  const pieces = [
    ...['FROM ', 'ARG ', 'RUN ', 'COPY ', 'ADD ', 'ONBUILD ', 'ENV ', '--from=', '--mount=from=', ' AS '],
    ...[
      '<<EOF',
      'EOF\n',
      '\\\n',
      '`\n',
      '# escape=`\n',
      '# syntax=',
      '${',
      ':-',
      '}',
      '$A',
      '"',
      "'",
      '=',
      '[',
    ],
    ...[
      'kernel:\n',
      '  image: ',
      'init:\n',
      '- ',
      'services: ',
      'a',
      '\n',
      ' ',
      '\t',
      '\r',
      ':',
      '&a ',
      '*a',
      '{',
    ],
    ...['https://a/b.git', '@sha256:', '#'],
  ]

  it('should read anything that is made of the pieces of both kinds, or complain with its line', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
        readsOrComplains(Buffer.from(parts.join('')))
      }),
      { numRuns: 1500 },
    )
  })

  it('should read damaged files, or complain with the line', () => {
    const names = ['linuxkit-minimal.yml', 'Dockerfile.tags', 'Dockerfile.pinned']
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 })), { minLength: 1, maxLength: 4 }),
        (name, changes) => {
          let bytes = fixture(name)
          for (const [at, insert] of changes) {
            const place = at % bytes.length
            bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + 1)])
          }
          readsOrComplains(bytes)
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['lines that go on', `FROM a\nRUN x${' \\\n y'.repeat(200_000)}`],
    ['blanks', `FROM a${' '.repeat(1_000_000)}b`],
    ['carriage returns', `FROM a${'\r'.repeat(1_000_000)}b`],
    ['a long directive', `# syntax=${' '.repeat(1_000_000)}b\nFROM a`],
    ['here-documents', `FROM a\n${'RUN <<E\nE\n'.repeat(80_000)}`],
    ['here-documents of one line', `FROM a\nRUN ${'<<E '.repeat(200_000)}`],
    ['substitutions', `FROM ${'${A:-'.repeat(150_000)}`],
    ['dollars', `FROM ${'$'.repeat(1_000_000)}`],
    ['stages', Array.from({ length: 30_000 }, (_, index) => `FROM scratch AS s${index}`).join('\n')],
    ['keys', `init: [a]\n${Array.from({ length: 40_000 }, (_, index) => `k${index}:`).join('\n')}`],
    [
      'keys of one line',
      `{init: [a], ${Array.from({ length: 9_000 }, (_, index) => `k${index}`).join(', ')}}`,
    ],
    ['depth', `init: ${'['.repeat(500_000)}`],
  ])('should not take long for a great many %s', { timeout: 60_000 }, (_, text) => {
    readsOrComplains(Buffer.from(text))
  })
})
