import { AsyncLocalStorage } from 'node:async_hooks'

/** What was done from when to when, on which lane; times are `performance.now()`, in milliseconds. */
export interface Span {
  readonly name: string
  readonly lane: number
  readonly from: number
  readonly to: number
}

/** A run writes this many at most; what is beyond them is counted, not kept. */
const spansLimit = 50_000

/** Where the time of a run went: spans inside spans, on one lane for each core that was used. */
export class Trace {
  readonly #lane = new AsyncLocalStorage<number>()
  readonly #spans: Span[] = []
  #omitted = 0

  get spans(): readonly Span[] {
    return this.#spans
  }

  /** Has the spans of `work` stand on a lane. */
  async onLane<Result>(lane: number, work: () => Promise<Result>): Promise<Result> {
    return await this.#lane.run(lane, work)
  }

  /** Measures `work`, however it ends. */
  async span<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const from = performance.now()
    try {
      return await work()
    } finally {
      this.add(name, from, performance.now())
    }
  }

  /** Adds what was measured elsewhere. */
  add(name: string, from: number, to: number): void {
    if (this.#spans.length < spansLimit) {
      this.#spans.push({ name, lane: this.#lane.getStore() ?? 0, from, to })
    } else {
      this.#omitted += 1
    }
  }

  /**
   * As JSON in the Trace Event Format, which Perfetto, speedscope and Chrome show as a flame chart.
   * @param process what the spans belong to
   */
  toJson(process: string): string {
    const start = Math.min(...this.#spans.map(({ from }) => from))
    const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000)
    const lanes = [...new Set(this.#spans.map(({ lane }) => lane))].sort((one, other) => one - other)
    const traceEvents = [
      { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: process } },
      ...lanes.map((tid) => ({ ph: 'M', name: 'thread_name', pid: 1, tid, args: { name: `core ${tid}` } })),
      ...this.#spans.map(({ name, lane, from, to }) => ({
        ...{ ph: 'X', name, pid: 1, tid: lane },
        ...{ ts: microseconds(from - start), dur: microseconds(to - from) },
      })),
    ]
    return JSON.stringify({ displayTimeUnit: 'ms', omitted: this.#omitted, traceEvents })
  }
}
