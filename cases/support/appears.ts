import { setTimeout as pause } from 'node:timers/promises'

/** What takes longer on an emulated processor that others use too is taken for what never comes. */
const patienceMs = 10_000
const betweenMs = 50

/** Looks again and again until it is there; false where it does not come. */
export const appears = async (look: () => boolean | Promise<boolean>): Promise<boolean> => {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    if (await look()) return true
    await pause(betweenMs)
  }
  return await look()
}
