import type { Guest } from '../harness/guest/guest.ts'
import type { Place } from '../harness/guest/probe.ts'
import { judge } from '../harness/rules/judge.ts'
import type { PanicEnd } from '../harness/rules/policy.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

/** A kernel that is told to crash says so at once; an emulated one takes a while to write it all. */
const crashMs = 30_000

/** QEMU's words for what a guest did, of those that are an answer to a panic. */
const ends: Readonly<Record<string, PanicEnd>> = {
  'guest-reset': 'restart',
  'guest-shutdown': 'power-off',
}

/** Resolves with undefined where it takes longer. */
const within = async <Value>(awaited: Promise<Value>, ms: number): Promise<Value | undefined> => {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  try {
    return await Promise.race([awaited, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** The kernel has written all and will do no more by itself; so long a watchdog may take. */
const overAndOut = /^(?:\[[ \d.]+\] )?---\[ end Kernel panic/
const watchdogMs = 10_000

/** Resolves once the console has shown such a line. */
const lineOf = async ({ console }: Guest, pattern: RegExp): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => {
    if (console.linesFrom(0).some(({ text }) => pattern.test(text))) resolve()
  }
  const stop = console.onChange(look)
  look()
  await promise
  stop()
}

/** When and how the guest will have ended the machine, by QEMU's events. */
const machineEnd = ({
  machine,
  console,
}: Guest): Promise<{ readonly reason: string; readonly at: number }> => {
  const { promise, resolve } = Promise.withResolvers<{ readonly reason: string; readonly at: number }>()
  machine.qmp.on('SHUTDOWN', ({ data: { guest, reason } }) => {
    if (guest) resolve({ reason, at: console.now })
  })
  return promise
}

/** Seconds: what a kernel that waits at all before it restarts is told to wait for. */
const shortWait = 1

/**
 * A kernel that waits before it restarts does so in a loop that takes all of a processor (kernel/panic.c, panic()), and
 * the number is all that tells a long wait from a short one. How long it would be is read, and only then is it cut.
 * @returns the seconds that were cut off; none where the policy would not be met anyway, or root may not
 */
const cutWait = async (host: Place, panic: string, withinSeconds: number): Promise<number> => {
  const seconds = Number(panic)
  if (!(seconds > shortWait && seconds <= withinSeconds)) return 0
  const set = await host.try('set-sysctl', { name: 'kernel.panic', value: `${shortWait}` })
  return set.outcome === 'allowed' ? seconds - shortWait : 0
}

/** What the kernel says that it will do. */
const announced = (panic: string): string => {
  const seconds = Number(panic)
  if (seconds === 0) return 'stay as it is'
  return seconds < 0 ? 'restart at once' : `restart after ${seconds} s`
}

check(
  'kernel.panic',
  {
    claim: 'a machine whose kernel has panicked ends up as the policy says, in time',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside', 'outside'],
    guest: 'pristine',
    twins: ['extra-parameter'],
    remedy: 'Boot with panic=10 or the like, or set CONFIG_PANIC_TIMEOUT; or change panic in the policy.',
  },
  async (context) => {
    const { end: expected, withinSeconds } = context.policy.panic
    // Its death is meant, so it must not be the guest that the check is judged on.
    const guest = await context.pristine()
    const { host } = await guest.probe()
    const setting = '/proc/sys/kernel/panic'
    const panic = (await host.read(setting)).toString('latin1').trim()
    const cut = await cutWait(host, panic, withinSeconds)
    const ended = machineEnd(guest)
    // The answer dies with the guest.
    const asked = host.try('sysrq', { key: 'c' }).catch(() => undefined)
    const death = await within(guest.died, crashMs)
    if (death === undefined) {
      const answer = await within(asked, 1)
      const found = answer === undefined || answer.outcome === 'allowed' ? 'no panic came' : answer.outcome
      return judge.inconclusive(`the kernel could not be made to panic through /proc/sysrq-trigger: ${found}`)
    }
    const deadline = (withinSeconds - cut) * 1000 + death.at - guest.console.now
    const over = lineOf(guest, overAndOut).then(() => within(ended, watchdogMs))
    const last = await within(Promise.race([ended, over]), deadline)
    const seconds = ((last?.at ?? guest.console.now) - death.at) / 1000
    const found = last === undefined ? 'halt' : (ends[last.reason] ?? last.reason)
    const told = `${found} ${last === undefined ? 'for' : 'after'} ${seconds.toFixed(1)} s`
    const evidence: Evidence = {
      vantage: 'outside',
      source: `QMP SHUTDOWN after the last words${cut === 0 ? '' : `, told to wait for ${shortWait} s`}`,
      found: told,
    }
    return judge.findings({
      vantage: 'outside',
      source: 'QMP SHUTDOWN',
      bad:
        found === expected
          ? []
          : [{ ...evidence, expected: `${expected} within ${withinSeconds} s`, subject: 'panic' }],
      good: [
        ...(found === expected ? [evidence] : []),
        { vantage: 'outside', source: death.source, found: death.summary },
        { vantage: 'inside', source: setting, found: `${panic}: ${announced(panic)}` },
      ],
      what: 'parts of its end',
    })
  },
)
