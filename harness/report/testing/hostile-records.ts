import fc from 'fast-check'
import { architectures } from '../../common/architecture.ts'
import type { RunRecord } from '../../record/record.ts'
import { sampleCheck, sampleRecord } from '../../record/testing/sample-record.ts'
import { promises } from '../../rules/promises.ts'
import { vantages, verdicts } from '../../rules/verdict.ts'

/** Pieces that do harm to a terminal, to XML or to continuous integration. */
const harmful = [
  ...[
    '\u001b[2J',
    '\u001b]0;title\u0007',
    '\u009b31m',
    '\r',
    '\n',
    '\n\n',
    '\t',
    '\u0000',
    '\b\b\b',
    '\u007f',
    '\u2028',
  ],
  ...[
    '::error::',
    '::set-output name=a::b',
    '##[error]',
    '##vso[task.complete]',
    '##teamcity[x]',
    ':',
    '#',
    ' ',
  ],
  ...[']]>', '<![CDATA[', '<!--', '-->', '&', '&#0;', '<failure>', '"', "'", '</testcase>'],
  ...['\ud800', '\udfff', '\ufffe', '\uffff', '\u202e', '宽宽宽', '👩‍👩‍👧', 'e\u0301'],
]

/** Any bytes at all, with what does harm among them more often than by chance. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...harmful), fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(''))

/** Text on whose width terminals agree: no unassigned characters, no clusters. */
export const measurableText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...harmful.filter((piece) => /^[\u0000-\u2029宽]*$/.test(piece) && !piece.includes('\u0301')),
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''))

const checkWith = (text: fc.Arbitrary<string>) =>
  fc.record({
    id: fc.constantFrom(
      'root.remount',
      'elf.pie',
      'container.a-very-long-name-that-goes-on-and-on-and-on',
      'kernel.smep',
    ),
    verdict: fc.constantFrom(...verdicts),
    promise: fc.constantFrom(...(Object.keys(promises) as (keyof typeof promises)[])),
    title: text,
    reason: text,
    evidence: fc.array(
      fc.record(
        {
          vantage: fc.constantFrom(...vantages),
          source: text,
          found: text,
          expected: text,
          subject: text,
        },
        { requiredKeys: ['vantage', 'source', 'found'] },
      ),
      { maxLength: 3 },
    ),
  })

/** Records in which every text that can come from a guest or a file is the one given. */
export const recordsWith = (text: fc.Arbitrary<string>): fc.Arbitrary<readonly RunRecord[]> =>
  fc.array(
    fc
      .record({
        architecture: fc.constantFrom(...architectures),
        target: text,
        source: text,
        kernel: fc.option(text),
        qemu: fc.option(text),
        cpu: fc.option(text),
        checks: fc.uniqueArray(checkWith(text), { maxLength: 4, selector: ({ id }) => id }),
        problems: fc.array(
          text.map((message) => ({ code: message, blame: 'guest' as const, phase: null, message })),
          {
            maxLength: 2,
          },
        ),
        waiverProblems: fc.array(
          text.map((message) => ({ kind: 'expired' as const, check: 'a.b', at: message, message })),
          { maxLength: 2 },
        ),
        command: fc.array(text, { maxLength: 3 }),
      })
      .map((change) => sampleRecord({ ...change, checks: change.checks.map((check) => sampleCheck(check)) })),
    { maxLength: 3 },
  )
