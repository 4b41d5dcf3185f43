import { DrydockError, messageOf } from '../../common/errors.ts'
import type { Probe } from '../probe.ts'
import type { RunningGuest } from '../running-guest.ts'
import type { SshKey } from '../ssh-key.ts'
import type { GuestState } from './guest-state.ts'
import { untilSshSessionsEnd } from './ssh-sessions.ts'

export interface RestOptions {
  /** The one that the guest was given to log in with. */
  readonly key: SshKey
  /** When the boot was over. */
  readonly bootedAt: Date
  /** Whether the probe enters all containers that run. */
  readonly enterContainers: boolean
  readonly say: (detail: string) => void
}

/**
 * Brings a guest to where its forks begin: the probe serves, nothing is under way, no ssh connection is open.
 * A guest that does not let the probe start goes without, and so does a container; `say` is told why.
 */
export const comeToRest = async (
  guest: RunningGuest,
  { key, bootedAt, enterContainers, say }: RestOptions,
): Promise<GuestState> => {
  const { spec, ssh, serial } = guest
  const probe = ssh === undefined && serial === undefined ? undefined : await probeOf(guest, say)
  // A probe that is reached over ssh ends with the connection, and what it has started with it.
  if (enterContainers && probe?.way === 'port') await enterAll(probe, say)
  await probe?.idle()
  if (probe?.way === 'ssh') await probe.leave()
  if (ssh !== undefined) {
    await ssh[Symbol.asyncDispose]()
    await untilSshSessionsEnd(probe, serial)
  }
  await probe?.idle()
  const user = spec.login.ssh?.user
  const line = spec.login.serial?.line
  return {
    bootedAt: bootedAt.toISOString(),
    timings: { ...guest.timings },
    ssh: ssh === undefined || user === undefined ? null : { user, key, hostKey: ssh.hostKey },
    serial: serial === undefined || line === undefined ? null : { line, shell: await serial.rest() },
    probe: probe?.whereabouts ?? null,
  }
}

/** runc takes a second or two on an emulated processor, which each fork would need again. */
const enterAll = async (probe: Probe, say: (detail: string) => void): Promise<void> => {
  for (const { id } of await probe.containers()) {
    const said = await probe
      .container(id)
      .stat('/')
      .catch((error: unknown) => error)
    if (said instanceof Error) say(`no probe in container ${id} in its forks: ${messageOf(said)}`)
  }
}

const probeOf = async (guest: RunningGuest, say: (detail: string) => void): Promise<Probe | undefined> => {
  try {
    return await guest.probe()
  } catch (error) {
    if (!(error instanceof DrydockError) || error.blame !== 'guest' || guest.death !== undefined) throw error
    say(`no probe in its forks: ${error.shortMessage}`)
    return undefined
  }
}
