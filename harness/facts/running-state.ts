import type { BootFact } from '../guest/boot-sample.ts'
import type { Collected } from './inventory/collected.ts'
import { listeners } from './inventory/listeners.ts'
import { loadedModules, mounts, processes } from './inventory/running-system.ts'

/** What runs after a boot, by kind. */
export type RunningState = ReadonlyMap<string, Collected>

const kinds = { mounts, processes, listeners, modules: loadedModules }

/** Vantage inside: all that should be the same at every boot. */
export const runningState: BootFact<RunningState> = {
  what: 'what runs',
  from: 'login',
  async read(guest) {
    const probe = await guest.probe()
    const state = new Map<string, Collected>()
    for (const [kind, collect] of Object.entries(kinds)) state.set(kind, await collect(probe))
    return state
  },
}
