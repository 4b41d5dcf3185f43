import { describe, expect, it, vi } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import type { ColdGuest } from '../guest/guest.ts'
import { CannotJudge } from './cannot-judge.ts'
import { Catalogue, type Check } from './catalogue.ts'
import type { CheckContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import type { Policy, Waiver } from './policy.ts'
import { loadPolicy } from './policy-file.ts'
import type { Evidence, Judgement } from './verdict.ts'

type Death = NonNullable<ColdGuest['death']>

const death: Death = {
  kind: 'panic',
  source: 'console',
  summary: 'Kernel panic - not syncing: Attempted to kill init!',
  excerpt: ['Kernel panic - not syncing: Attempted to kill init!', 'CPU: 0 PID: 1 Comm: init'],
  at: 1,
} as Death

/** As much of a guest as the evaluation looks at. */
const mortalGuest = () => {
  const { promise: died, resolve } = Promise.withResolvers<Death>()
  const state: { death: Death | undefined } = { death: undefined }
  const guest = {
    get death() {
      return state.death
    },
    died,
  } as unknown as ColdGuest
  return {
    guest,
    die: () => {
      state.death = death
      resolve(death)
    },
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})
const good: Evidence = { vantage: 'inside', source: '/', found: 'ro' }
const pass: Judgement = { verdict: 'pass', reason: 'it holds', evidence: [good] }

const define = (run: Check['run'], id = 'root.remount'): Check =>
  new Catalogue().define(
    id,
    {
      claim: 'root stays read-only',
      promise: 'P9',
      severity: 'critical',
      vantages: ['inside'],
      guest: 'shared',
      twins: ['tmpfs-root'],
      remedy: 'Use squashfs.',
    },
    run,
  )

const policy = await loadPolicy()

const contextWith = (change: Partial<CheckContext> = {}, waivers: readonly Waiver[] = []): CheckContext => ({
  architecture: 'arm64',
  spec: { architecture: 'arm64' } as CheckContext['spec'],
  policy: { ...policy, waivers } satisfies Policy,
  image: never,
  guest: never,
  probe: never,
  pristine: never,
  boots: async function* () {},
  coldBoot: never,
  ...change,
})

describe('evaluate', () => {
  it('should give the verdict, with what the catalogue knows', async () => {
    expect(
      await evaluate(
        define(async () => pass),
        contextWith(),
      ),
    ).toMatchObject({
      id: 'root.remount',
      title: 'root stays read-only',
      promise: 'P9',
      severity: 'critical',
      verdict: 'pass',
      reason: 'it holds',
      vantages: ['inside'],
      evidence: [good],
      waivers: [],
    })
  })

  it.each<[string, unknown, string, string]>([
    ['CannotJudge', new CannotJudge('no container runs'), 'inconclusive', 'no container runs'],
    [
      'NO_SHELL',
      new DrydockError('the target has no login', { code: 'NO_SHELL', blame: 'guest', hint: 'Declare one.' }),
      'inconclusive',
      'the target has no login',
    ],
    [
      'a Drydock error',
      new DrydockError('ssh hung', { code: 'TIMED_OUT', blame: 'guest', phase: 'login' }),
      'error',
      '[login] ssh hung',
    ],
    ['any error', new TypeError('x is undefined'), 'error', 'x is undefined'],
    ['what is no error', 'a string', 'error', 'a string'],
  ])('should turn %s into a verdict', async (_, thrown, verdict, reason) => {
    const check = define(async () => {
      throw thrown
    })
    expect(await evaluate(check, contextWith())).toMatchObject({ verdict, reason })
  })

  it('should refuse verdicts that rest on nothing or contradict themselves', async () => {
    const bare = define(async () => ({ ...pass, evidence: [] }))
    expect(await evaluate(bare, contextWith())).toMatchObject({ verdict: 'inconclusive' })
    const contradictory = define(async () => ({ ...pass, evidence: [{ ...good, subject: '/' }] }))
    expect(await evaluate(contradictory, contextWith())).toMatchObject({ verdict: 'error' })
  })

  it('should give up a check that takes too long, by name', async () => {
    vi.useFakeTimers()
    try {
      const result = evaluate(define(never), contextWith(), { timeoutMs: 5000 })
      await vi.advanceTimersByTimeAsync(5000)
      expect(await result).toMatchObject({
        verdict: 'error',
        reason: '[check] check root.remount did not come to a verdict within 5 s',
      })
    } finally {
      vi.useRealTimers()
    }
  })

  it('should accept a failure that a valid waiver covers, and keep what was judged', async () => {
    const waiver: Waiver = {
      check: 'root.remount',
      architecture: undefined,
      subjects: ['/'],
      reason: 'moves in March',
      expires: '2027-03-01',
      file: 'p.yml',
      line: 3,
    }
    const failing = define(async () => ({
      verdict: 'fail',
      reason: 'remounted',
      evidence: [{ ...good, subject: '/' }],
    }))
    const context = contextWith({}, [waiver])
    expect(await evaluate(failing, context, { today: '2027-03-01' })).toMatchObject({
      verdict: 'waived',
      reason: 'remounted; waived: moves in March (until 2027-03-01)',
      judgement: { verdict: 'fail' },
      waivers: [waiver],
    })
    expect(await evaluate(failing, context, { today: '2027-03-02' })).toMatchObject({
      verdict: 'fail',
      waivers: [],
    })
  })
})

describe('evaluate, where the guest dies', () => {
  it('should end the check at once, with what the console said', async () => {
    const { guest, die } = mortalGuest()
    const check = define(async (context) => {
      await context.guest()
      die()
      return never()
    })
    const result = await evaluate(check, contextWith({ guest: async () => guest }))
    expect(result).toMatchObject({
      verdict: 'error',
      reason:
        '[check] the guest died during root.remount: Kernel panic - not syncing: Attempted to kill init!',
    })
    expect(result.evidence[0]?.found).toContain('CPU: 0 PID: 1 Comm: init')
  })

  it.each([
    ['passes', async () => pass],
    [
      'fails in another way',
      async () => {
        throw new Error('connection reset')
      },
    ],
  ])('should not believe a check that then %s', async (_, end) => {
    const { guest, die } = mortalGuest()
    const check = define(async (context) => {
      await context.probe()
      die()
      return end()
    })
    const context = contextWith({
      guest: async () => guest,
      probe: async () => ({}) as Awaited<ReturnType<CheckContext['probe']>>,
    })
    expect((await evaluate(check, context)).reason).toMatch(/^\[check\] the guest died during root\.remount/)
  })

  it('should blame a death that is noticed only after what it broke', async () => {
    const { guest, die } = mortalGuest()
    const check = define(async (context) => {
      await context.guest()
      setImmediate(die)
      throw new Error('the connection is closed')
    })
    expect(await evaluate(check, contextWith({ guest: async () => guest }))).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('the guest died during'),
    })
  })

  it('should name the check that it died on to those that come after', async () => {
    const { guest, die } = mortalGuest()
    const context = contextWith({ guest: async () => guest })
    const killer = define(async ({ guest }) => {
      await guest()
      die()
      return pass
    }, 'kernel.kill')
    await evaluate(killer, context)
    const later = define(async ({ guest }) => {
      await guest()
      return pass
    })
    expect(await evaluate(later, context)).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('the guest died during kernel.kill'),
    })
    expect(
      await evaluate(
        define(async () => pass),
        context,
      ),
    ).toMatchObject({ verdict: 'pass' })
  })

  it('should leave a cold-booted guest to its check', async () => {
    const { guest, die } = mortalGuest()
    const check = define(async (context) => {
      await context.coldBoot('login')
      die()
      return pass
    })
    expect((await evaluate(check, contextWith({ coldBoot: async () => guest }))).verdict).toBe('pass')
  })
})
