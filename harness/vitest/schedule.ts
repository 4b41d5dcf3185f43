import type { CoreSlots } from '../machine/core-slots.ts'

/** Something that several jobs wait for, such as a guest to boot. Started once, and only if a job needs it. */
export interface Preparation {
  /** Milliseconds. */
  readonly expectedMs: number
  /** What cannot be cleared away before it is done. @default nothing */
  readonly holds?: Preparation | undefined
  /** What goes wrong is told by the jobs that need it: this never rejects. */
  prepare(): Promise<void>
}

export interface Job<Result> {
  /** Milliseconds. */
  readonly expectedMs: number
  /** What it waits for. */
  readonly needs?: Preparation | undefined
  /** What it makes use of where it is there: it waits for it too, but only if another job has had it started. */
  readonly uses?: Preparation | undefined
  /** What cannot be cleared away before it is done. @default what it waits for */
  readonly holds?: Preparation | undefined
  run(): Promise<Result>
}

interface Waiting {
  readonly expectedMs: number
  readonly needs: Preparation | undefined
  readonly uses: Preparation | undefined
  readonly holds: Preparation | undefined
  run(): Promise<void>
  giveUp(reason: unknown): void
}

type Step = { readonly rank: number; readonly expectedMs: number; readonly take: () => Promise<void> }

export interface ScheduleOptions {
  readonly slots: CoreSlots
  /** Rejects every job that has not started, with its reason. */
  readonly signal: AbortSignal
  /** Wraps each piece of work, for whoever wants to know where it runs. */
  readonly onCore?: (core: number, work: () => Promise<void>) => Promise<void>
}

/**
 * Runs jobs on as many cores as are free, and decides only when a core is: first what keeps a guest that is up already,
 * then what others wait for, then the rest; of equals the longest first, so that no long one is left over at the end.
 */
export class Schedule {
  readonly #slots: CoreSlots
  readonly #signal: AbortSignal
  readonly #onCore: NonNullable<ScheduleOptions['onCore']>
  readonly #waiting = new Set<Waiting>()
  readonly #started = new Set<Preparation>()
  readonly #ready = new Set<Preparation>()
  #runners = 0

  constructor({ slots, signal, onCore = (_, work) => work() }: ScheduleOptions) {
    this.#slots = slots
    this.#signal = signal
    this.#onCore = onCore
    signal.addEventListener('abort', () => this.#giveUp(), { once: true })
  }

  async run<Result>(job: Job<Result>): Promise<Result> {
    this.#signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.add({
      expectedMs: job.expectedMs,
      needs: job.needs,
      uses: job.uses,
      holds: job.holds ?? job.needs,
      run: async () => await job.run().then(resolve, reject),
      giveUp: reject,
    })
    // Jobs that are handed in together are to be weighed together.
    setImmediate(() => this.#employ())
    return await promise
  }

  /** As many runners as there is work for, and cores; each ends when there is nothing for it to do. */
  #employ(): void {
    const wanted = Math.min(this.#slots.cores, this.#runners + this.#steps().length)
    while (this.#runners < wanted) {
      this.#runners += 1
      void this.#work().finally(() => {
        this.#runners -= 1
      })
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const slot = await this.#slots.take(this.#signal).catch((error: unknown) => this.#giveUp(error))
      if (slot === undefined) return
      using core = slot
      const [next] = this.#steps()
      if (next === undefined) return
      await this.#onCore(core.number, next.take)
    }
  }

  /** What could be done now, the best first. */
  #steps(): readonly Step[] {
    const steps: Step[] = []
    const awaited = new Set<Preparation>()
    for (const job of this.#waiting) {
      const { needs, uses, holds, expectedMs } = job
      if (needs !== undefined && !this.#ready.has(needs)) awaited.add(needs)
      else if (!this.#isComing(uses))
        steps.push({ rank: this.#keeps(holds) ? 0 : 2, expectedMs, take: () => this.#start(job) })
    }
    for (const each of awaited) {
      if (this.#started.has(each)) continue
      const { holds, expectedMs } = each
      steps.push({ rank: this.#keeps(holds) ? 0 : 1, expectedMs, take: () => this.#prepare(each) })
    }
    return steps.sort((one, other) => one.rank - other.rank || other.expectedMs - one.expectedMs)
  }

  /** Whether a guest that is up already, or on its way, has to stay for it. */
  #keeps(holds: Preparation | undefined): boolean {
    return holds !== undefined && this.#started.has(holds)
  }

  #isComing(preparation: Preparation | undefined): boolean {
    return preparation !== undefined && this.#started.has(preparation) && !this.#ready.has(preparation)
  }

  async #start(job: Waiting): Promise<void> {
    this.#waiting.delete(job)
    await job.run()
  }

  async #prepare(preparation: Preparation): Promise<void> {
    this.#started.add(preparation)
    await preparation.prepare()
    this.#ready.add(preparation)
    this.#employ()
  }

  #giveUp(reason: unknown = this.#signal.reason): undefined {
    for (const { giveUp } of this.#waiting) giveUp(reason)
    this.#waiting.clear()
  }
}
