import type { Probe } from '../guest/probe.ts'

/** One file of /sys/devices/system/cpu/vulnerabilities (Documentation/ABI/testing/sysfs-devices-system-cpu). */
export interface Vulnerability {
  readonly name: string
  /** `Not affected`, `Mitigation: ...`, `Vulnerable...` or `Unknown...`. */
  readonly state: string
}

const folder = '/sys/devices/system/cpu/vulnerabilities'

/** Vantage inside. Sorted by name. */
export const vulnerabilities = async ({ host }: Probe): Promise<readonly Vulnerability[]> => {
  const contents = await host.readMany(await host.glob(`${folder}/*`))
  return [...contents].map(([path, content]) => ({
    name: path.slice(folder.length + 1),
    state: content instanceof Buffer ? content.toString('latin1').trim() : `Unknown: ${content}`,
  }))
}
