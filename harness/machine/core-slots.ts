import {
  type FSWatcher,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cachePath } from '../common/cache.ts'
import { withLock } from '../common/lock.ts'
import { atExit } from './process/exit-cleanup.ts'
import { mayBeAlive, ownIdentity } from './process/process-identity.ts'

/** The host's cores, as far as all processes that share them have agreed to. */
export interface CoreSlotOptions {
  /** Where the slots of all processes lie. @default the cache's `cores` */
  readonly directory?: string | undefined
  /** How many there are. @default the cores that this process may use */
  readonly cores?: number | undefined
}

/** One core of the host for as long as it is not disposed of, or its process lives. */
export interface CoreSlot extends Disposable {
  readonly number: number
}

/** Owners die without a sign in the directory. */
const lookAgainMs = 500

const slotName = (number: number): string => `slot-${number}`
const waiterPattern = /^wait-(\d+)-\d+\.(.+)$/

/**
 * Shares the host's cores among all processes that take slots from one directory: one slot, one guest that runs at full
 * speed. Whoever has waited longest comes first, whichever process it is in.
 */
export class CoreSlots {
  readonly cores: number
  readonly #directory: string
  #turn = 0

  constructor({ directory = cachePath('cores'), cores = availableParallelism() }: CoreSlotOptions = {}) {
    this.cores = Math.max(1, cores)
    this.#directory = directory
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  }

  /** Waits for a free slot. @param signal gives up, with its reason */
  async take(signal?: AbortSignal): Promise<CoreSlot> {
    signal?.throwIfAborted()
    using place = this.#queueUp()
    const changes = new Changes(this.#directory)
    try {
      for (;;) {
        const next = changes.next(lookAgainMs, signal)
        const slot = this.#isFirst(place.name) ? await this.#tryAll(place.path) : undefined
        if (slot !== undefined) return slot
        await next
        signal?.throwIfAborted()
      }
    } finally {
      changes.close()
    }
  }

  #queueUp() {
    this.#turn += 1
    const time = (performance.timeOrigin + performance.now()).toFixed(3).replace('.', '')
    const name = `wait-${time}-${String(this.#turn).padStart(6, '0')}.${ownIdentity()}`
    const path = join(this.#directory, name)
    writeFileSync(path, ownIdentity())
    const forget = atExit(() => rmSync(path, { force: true }))
    return {
      name,
      path,
      [Symbol.dispose]() {
        rmSync(path, { force: true })
        forget()
      },
    }
  }

  #isFirst(name: string): boolean {
    const waiting = readdirSync(this.#directory).filter((each) => waiterPattern.test(each))
    for (const other of waiting.sort()) {
      if (other === name) return true
      if (mayBeAlive(waiterPattern.exec(other)?.[2] ?? '')) return false
      rmSync(join(this.#directory, other), { force: true })
    }
    return true
  }

  async #tryAll(ours: string): Promise<CoreSlot | undefined> {
    for (let number = 0; number < this.cores; number += 1) {
      const path = join(this.#directory, slotName(number))
      if (occupy(path, ours) || (isAbandoned(path) && (await this.#reclaim(path, ours))))
        return slotAt(path, number)
    }
    return undefined
  }

  /** Two processes may find the same slot abandoned; only one may remove it, and nobody a new owner's. */
  async #reclaim(path: string, ours: string): Promise<boolean> {
    return await withLock(`${this.#directory}.lock`, async () => {
      if (isAbandoned(path)) rmSync(path, { force: true })
      return occupy(path, ours)
    })
  }
}

/** A link appears with its content at once, and only where nothing is yet. @param ours a file that names the owner */
const occupy = (path: string, ours: string): boolean => {
  try {
    linkSync(ours, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const isAbandoned = (path: string): boolean => {
  try {
    return !mayBeAlive(readFileSync(path, 'latin1'))
  } catch {
    // It was given back meanwhile.
    return false
  }
}

const slotAt = (path: string, number: number): CoreSlot => {
  const release = () => rmSync(path, { force: true })
  const forget = atExit(release)
  let isHeld = true
  return {
    number,
    [Symbol.dispose]() {
      if (!isHeld) return
      isHeld = false
      release()
      forget()
    },
  }
}

/** Wakes whoever waits for a change in a directory; a directory that cannot be watched is looked at every so often. */
class Changes {
  readonly #watcher: FSWatcher
  #wake = () => {}

  constructor(directory: string) {
    this.#watcher = watch(directory, () => this.#wake()).on('error', () => this.#wake())
  }

  /** Resolves at the next change from now on, after `atMostMs`, or when `signal` aborts. */
  next(atMostMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    const timer = setTimeout(wake, atMostMs)
    this.#wake = wake
    signal?.addEventListener('abort', wake, { once: true })
    return promise.finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
    })
  }

  close(): void {
    this.#wake()
    this.#watcher.close()
  }
}
