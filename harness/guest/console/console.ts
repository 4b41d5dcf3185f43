import type { Duplex } from 'node:stream'
import { DrydockError } from '../../common/errors.ts'
import { Life } from './life.ts'
import { LineAssembler } from './line-assembler.ts'
import { noRecording, type Recording } from './recording.ts'
import { type ConsoleLine, Transcript } from './transcript.ts'
import { type Incident, Watcher } from './watcher.ts'

export interface ConsoleOptions {
  /** @default a life of its own */
  readonly life?: Life
  /** @default nothing is written */
  readonly recording?: Recording
  /** Milliseconds since the guest's start. @default since this console was attached */
  readonly clock?: () => number
}

const tickMs = 250

/**
 * One serial line of a guest: watched at all times for kernel deaths, recorded as it goes, and written to.
 * Attach it before the guest runs.
 */
export class Console implements Disposable {
  readonly life: Life
  private readonly stream: Duplex
  private readonly recording: Recording
  private readonly clock: () => number
  private readonly assembler = new LineAssembler()
  private readonly decoder = new TextDecoder('utf-8')
  private readonly transcript = new Transcript()
  private readonly watcher = new Watcher()
  private readonly listeners = new Set<() => void>()
  private readonly filters = new Set<(line: string) => string | undefined>()
  private timer: NodeJS.Timeout | undefined
  private lastOutputAt: number
  private isClosed = false
  private isRecording = true

  constructor(stream: Duplex, options: ConsoleOptions = {}) {
    const startedAt = performance.now()
    this.stream = stream
    this.life = options.life ?? new Life()
    this.recording = options.recording ?? noRecording
    this.clock = options.clock ?? (() => performance.now() - startedAt)
    this.lastOutputAt = this.clock()
    stream.on('data', (bytes: Uint8Array) => this.take(bytes))
    // A lost connection ends the stream; whoever owns QEMU says why.
    stream.on('error', () => this.finish())
    stream.on('end', () => this.finish())
    stream.on('close', () => this.finish())
  }

  /** Kernel incidents seen so far, oldest first; warnings too. */
  get incidents(): readonly Incident[] {
    return this.watcher.incidents
  }

  /** The line that has not ended yet, without escape sequences: where a prompt shows. */
  get partial(): string {
    return this.assembler.partial
  }

  /** The number that the unfinished line will have. */
  get lineNumber(): number {
    return this.transcript.nextNumber
  }

  /** Milliseconds since the guest's start. */
  get now(): number {
    return this.clock()
  }

  /** Milliseconds since the last byte came. */
  get silentMs(): number {
    return this.clock() - this.lastOutputAt
  }

  get closed(): boolean {
    return this.isClosed
  }

  /** Finished lines from `number` on, as far back as they are kept. */
  linesFrom(number: number): readonly ConsoleLine[] {
    return this.transcript.from(number)
  }

  /** The last lines, neutralised, for people. @default count 20 */
  tail(count = 20): string {
    return this.transcript.tail(count, this.partial)
  }

  /** Names this moment in the recording. */
  mark(label: string): void {
    this.record(() => this.recording.mark(label, this.clock()))
  }

  /** Calls `listener` whenever something came or the console closed; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /**
   * A protocol on this line: `take` sees each line first and gives back what is not its own, or undefined. What it
   * takes is kept out of console.log and of the last lines. Returns how to stop that.
   */
  divert(take: (line: string) => string | undefined): () => void {
    this.filters.add(take)
    return () => this.filters.delete(take)
  }

  /** Calls `listener` with every byte as it comes, for a person's terminal. Returns how to stop that. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.stream.on('data', listener)
    return () => this.stream.off('data', listener)
  }

  /** Types text; resolves once it is on its way. @throws DrydockError `CONSOLE_CLOSED` */
  async write(text: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.isClosed) {
        reject(closedError())
        return
      }
      this.stream.write(text, (error) => (error ? reject(closedError(error)) : resolve()))
    })
  }

  [Symbol.dispose](): void {
    this.finish()
    this.stream.destroy()
  }

  private take(bytes: Uint8Array): void {
    const at = this.clock()
    this.lastOutputAt = at
    this.record(() => this.recording.output(this.decoder.decode(bytes, { stream: true }), at))
    this.assembler.push(bytes, (line) => this.takeLine(line, at))
    this.notify()
  }

  private takeLine(line: string, at: number): void {
    let text: string | undefined = line
    for (const take of this.filters) {
      text = text === undefined ? undefined : take(text)
    }
    if (text === undefined) {
      return
    }
    this.transcript.add(text, at)
    this.record(() => this.recording.line(text, at))
    this.reportFatal(this.watcher.line(text, at))
    this.schedule()
  }

  private schedule(): void {
    if (this.timer === undefined && this.watcher.pending && !this.isClosed) {
      this.timer = setTimeout(() => {
        this.timer = undefined
        this.reportFatal(this.watcher.tick(this.clock()))
        this.schedule()
      }, tickMs)
    }
  }

  private reportFatal(incident: Incident | undefined): void {
    if (incident !== undefined) {
      this.life.report({ ...incident, source: 'console' })
    }
  }

  private finish(): void {
    if (this.isClosed) {
      return
    }
    const at = this.clock()
    this.assembler.finish((line) => this.takeLine(line, at))
    this.reportFatal(this.watcher.tick(Number.POSITIVE_INFINITY))
    this.isClosed = true
    clearTimeout(this.timer)
    this.record(() => this.recording.close())
    this.notify()
  }

  /** The first failed write ends the recording and fails every wait on this guest, once. */
  private record(action: () => void): void {
    if (!this.isRecording) {
      return
    }
    try {
      action()
    } catch (error) {
      this.isRecording = false
      if (!(error instanceof DrydockError)) {
        throw error
      }
      this.life.fail(error)
    }
  }

  private notify(): void {
    for (const listener of this.listeners) {
      listener()
    }
  }
}

const closedError = (cause?: unknown): DrydockError =>
  new DrydockError('the console is closed', {
    code: 'CONSOLE_CLOSED',
    blame: 'guest',
    guestDied: true,
    cause,
  })
