import type { Probe } from '../probe.ts'
import type { RunningGuest } from '../running-guest.ts'
import type { SshKey } from '../ssh-key.ts'
import type { GuestState } from './guest-state.ts'
import { untilSshSessionsEnd } from './ssh-sessions.ts'

/**
 * Brings a guest to where its forks begin: the probe serves, nothing is under way, no ssh connection is open.
 * A guest in which the probe cannot be started goes without.
 */
export const comeToRest = async (guest: RunningGuest, key: SshKey, bootedAt: Date): Promise<GuestState> => {
  const { spec, ssh, serial } = guest
  const probe = ssh === undefined && serial === undefined ? undefined : await probeOf(guest)
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

const probeOf = (guest: RunningGuest): Promise<Probe | undefined> => guest.probe().catch(() => undefined)
