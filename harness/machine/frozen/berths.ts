import { type QemuUser, qemuUser } from '../process/confinement.ts'
import { type ConsolePipe, makeConsolePipe } from '../process/console-pipe.ts'
import { createRunDirectory, type RunDirectory, runDirectoryBase } from '../process/run-directory.ts'

/** Where one fork's QEMU is to run; disposing of it removes it. */
export interface Berth extends AsyncDisposable {
  readonly user: QemuUser
  readonly directory: RunDirectory
  readonly consolePipe: ConsolePipe
}

/** Makes the next fork's berth while the last fork is at work: a folder and its pipes take a twentieth of a fork. */
export class Berths implements AsyncDisposable {
  readonly #group: number | undefined
  #next: Promise<Berth> | undefined
  #isDisposed = false

  /** @param group the one that may read what forks share; undefined where QEMU runs as the user we are */
  constructor(group: number | undefined) {
    this.#group = group
  }

  async take(): Promise<Berth> {
    const berth = this.#next ?? makeBerth(this.#group)
    this.#next = undefined
    const taken = await berth
    if (!this.#isDisposed && this.#next === undefined) {
      this.#next = makeBerth(this.#group)
      // Whoever takes it is told.
      this.#next.catch(() => {})
    }
    return taken
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    const unused = await this.#next?.catch(() => undefined)
    this.#next = undefined
    await unused?.[Symbol.asyncDispose]()
  }
}

const makeBerth = async (group: number | undefined): Promise<Berth> => {
  await using held = new AsyncDisposableStack()
  const user = qemuUser(group)
  const directory = held.use(createRunDirectory(await runDirectoryBase(0), user))
  const consolePipe = await makeConsolePipe(directory.path)
  const kept = held.move()
  return { user, directory, consolePipe, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
