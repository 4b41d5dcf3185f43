import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { showProgress } from './progress.ts'
import { hostileText } from './testing/hostile-records.ts'

const streamOf = (isTTY: boolean) => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 90, rows: 24 })
  const written: string[] = []
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  return { stream, text: () => written.join('') }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('showProgress in a log', () => {
  it('should give a line per step, few per detail, and a sign of life', () => {
    const { stream, text } = streamOf(false)
    using progress = showProgress({ stream, environment: {} })
    progress.listener({ architecture: 'arm64', step: 'kernel', detail: 'waits for init' })
    progress.listener({ architecture: 'arm64', step: 'kernel', detail: 'again' })
    progress.listener({ step: 'build', detail: 'fetches packages' })
    vi.advanceTimersByTime(6000)
    progress.listener({ architecture: 'arm64', step: 'kernel', detail: 'still waits' })
    progress.listener({ architecture: 'arm64', step: 'login', detail: 'waits for ssh' })
    vi.advanceTimersByTime(31_000)
    expect(text()).toBe(
      [
        'arm64   kernel 0 ms: waits for init',
        'drydock build 0 ms: fetches packages',
        'arm64   kernel 6 s: still waits',
        'arm64   login 0 ms: waits for ssh',
        'drydock build 30 s: fetches packages',
        'arm64   login 30 s: waits for ssh',
        '',
      ].join('\n'),
    )
  })

  it('should let nothing of a guest act on the log', () => {
    fc.assert(
      fc.property(hostileText, (detail) => {
        const { stream, text } = streamOf(false)
        using progress = showProgress({ stream, environment: {} })
        progress.listener({ step: detail, detail })
        expect(text()).toMatch(/^[^\u0000-\u001f\u007f-\u009f]*\n$/)
        expect(text()).not.toMatch(/::[a-z]|##\[/i)
      }),
    )
  })
})

describe('showProgress on a terminal', () => {
  it('should update one line per architecture and take it away at the end', () => {
    const { stream, text } = streamOf(true)
    const progress = showProgress({ stream, environment: {} })
    progress.listener({ architecture: 'x86_64', step: 'kernel', detail: 'waits for init' })
    progress.listener({ architecture: 'arm64', step: 'login', detail: 'waits for ssh' })
    expect(text()).toContain('x86_64  kernel 0 ms: waits for init')
    expect(text()).toContain('arm64   login 0 ms: waits for ssh')
    vi.advanceTimersByTime(2000)
    expect(text()).toContain('kernel 2 s: waits for init')
    progress.say('a line that stays')
    progress[Symbol.dispose]()
    const before = text()
    progress.listener({ step: 'late', detail: 'x' })
    vi.advanceTimersByTime(60_000)
    expect(text()).toBe(before)
    expect(text()).toContain('a line that stays\n')
  })
})
