import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Console } from '../console/console.ts'
import { BootTracker } from './boot-tracker.ts'
import { deadlines } from './deadlines.ts'
import { settle } from './settle.ts'

let stream: PassThrough
let console: Console
beforeEach(() => {
  vi.useFakeTimers()
  stream = new PassThrough()
  console = new Console(stream)
})
afterEach(() => {
  console[Symbol.dispose]()
  vi.useRealTimers()
})

const track = (isReachableElsewhere = false, shown: string[] = []): BootTracker =>
  new BootTracker({
    architecture: 'x86_64',
    console,
    deadlines: deadlines.kvm,
    progress: ({ step, detail }) => shown.push(`${step}: ${detail}`),
    isReachableElsewhere,
  })
const say = async (text: string, afterMs: number): Promise<void> => {
  stream.write(text)
  await vi.advanceTimersByTimeAsync(afterMs)
}
const kernel = '[    0.000000] Linux version 6.12.1\n'
const handover = '[    1.000000] Run /init as init process\n'

describe('the boot tracker', () => {
  it('should time each phase and say what it waits for', async () => {
    const shown: string[] = []
    using tracker = track(false, shown)
    await vi.advanceTimersByTimeAsync(500)
    await say(kernel, 2000)
    await say(handover, 3000)
    await say('host login: ', 1000)
    tracker.finish()
    expect(tracker.timings).toEqual({ firmware: 500, kernel: 2000, init: 3000, login: 1000 })
    expect(shown).toContain('kernel: the first words of the kernel (1 s)')
  })

  it('should fail a phase that takes too long, by its name', async () => {
    using tracker = track()
    tracker.waitFor('a login prompt')
    await say(kernel + handover, 0)
    const late = expect(tracker.tooLate).rejects.toMatchObject({
      code: 'TIMED_OUT',
      phase: 'init',
      shortMessage: 'this phase has not ended within 90 s; waited for a login prompt',
    })
    await vi.advanceTimersByTimeAsync(92_000)
    await late
  })

  it('should fail a kernel that falls silent, with its last lines', async () => {
    using tracker = track()
    await say(kernel, 0)
    const late = expect(tracker.tooLate).rejects.toMatchObject({
      code: 'GUEST_SILENT',
      consoleTail: kernel.trim(),
    })
    await vi.advanceTimersByTimeAsync(22_000)
    await late
  })

  it('should ask for the console parameter where nothing ever shows', async () => {
    using tracker = track()
    const late = expect(tracker.tooLate).rejects.toThrow(
      /does the kernel command line name the serial console/,
    )
    await vi.advanceTimersByTimeAsync(22_000)
    await late
  })

  it('should not blame a mute console where the guest is reached over ssh', async () => {
    using tracker = track(true)
    const late = vi.fn()
    tracker.tooLate.catch(late)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(late).not.toHaveBeenCalled()
  })
})

describe('a guest without a login', () => {
  const settled = async (
    texts: readonly (readonly [string, number])[],
    cmdline = '',
  ): Promise<string | undefined> => {
    using tracker = track()
    let why: string | undefined
    const aborter = new AbortController()
    settle(console, tracker, deadlines.kvm, cmdline, aborter.signal).then(
      (reason) => {
        why = reason
      },
      () => {},
    )
    for (const [text, afterMs] of texts) {
      await say(text, afterMs)
    }
    aborter.abort()
    return why
  }

  it.each([
    ['a prompt', [[`${kernel}${handover}host login: `, 1000]], '', /prompt/],
    ['quiet after the handover', [[kernel + handover, 3000]], '', /quiet for 2 s after init/],
    ['a kernel told to be quiet', [[kernel, 7000]], 'console=ttyS0 quiet', /told to be quiet/],
    [
      'endless chatter',
      [[kernel + handover, 0], ...Array.from({ length: 40 }, () => ['x\n', 1000] as const)],
      '',
      /30 s/,
    ],
  ] as const)('should count as booted at %s', async (_, texts, cmdline, why) => {
    expect(await settled(texts, cmdline)).toMatch(why)
  })

  it('should not count as booted while a talkative kernel is silent', async () => {
    expect(await settled([[kernel, 15_000]])).toBeUndefined()
  })
})
