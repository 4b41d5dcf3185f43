import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { twinText, writeTwins } from './twin-report.ts'
import type { TwinVerdict } from './twin-table.ts'

const verdicts: readonly TwinVerdict[] = [
  { id: 'root.remount', twin: 'tmpfs-root', architecture: 'x86_64', reference: 'pass', verdict: 'fail' },
  { id: 'root.remount', twin: 'tmpfs-root', architecture: 'arm64', reference: 'pass', verdict: 'fail' },
  { id: 'kernel.smep', twin: 'no-smep', architecture: 'x86_64', reference: 'pass', verdict: 'pass' },
  {
    id: 'kernel.smep',
    twin: 'no-smep',
    architecture: 'arm64',
    reference: 'not-applicable',
    verdict: undefined,
  },
]

describe('twinText', () => {
  it('should show both architectures side by side, and what is not caught', () => {
    expect(twinText(verdicts).split('\n')).toEqual([
      'check         twin        x86_64       arm64',
      'root.remount  tmpfs-root  pass > fail  pass > fail                      caught',
      'kernel.smep   no-smep     pass > pass  not-applicable > not-applicable  NOT CAUGHT',
      '',
      '1 of 2 checks proven by 2 twins',
      '',
    ])
  })
})

describe('writeTwins', () => {
  it('should write the form that other programs read', async () => {
    const folder = await dir({ unsafeCleanup: true })
    await writeTwins(folder.path, verdicts)
    const written = JSON.parse(await readFile(join(folder.path, 'twins.json'), 'utf8'))
    expect(written.checks[0]).toEqual({
      id: 'root.remount',
      twin: 'tmpfs-root',
      x86_64: { reference: 'pass', twin: 'fail' },
      arm64: { reference: 'pass', twin: 'fail' },
      caught: true,
    })
    await folder.cleanup()
  })
})
