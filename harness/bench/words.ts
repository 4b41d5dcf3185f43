import type { HostDescription, HostLoad } from './host.ts'
import { quietLimit } from './host.ts'
import type { Row } from './row.ts'

/** Three digits that mean something, as people write numbers. */
export const figure = (value: number): string => {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))))
  return value.toFixed(Math.min(digits, 3))
}

export const valueText = ({ value, unit }: Row): string => (value === null ? '-' : `${figure(value)} ${unit}`)

/** The extremes, where there was more than one run. */
export const spreadText = ({ min, max, samples }: Row): string =>
  min === null || max === null || samples.length < 2
    ? ''
    : `${figure(min)}..${figure(max)} (${samples.length})`

export const metText = ({ met, target, value }: Row): string => {
  if (target === null) return ''
  if (met === null || value === null) return 'not measured'
  return met ? 'met' : 'MISSED'
}

export const nameText = ({ name, size, peer }: Row): string =>
  [...(peer === null ? [] : [peer]), ...(size === null ? [] : [size]), name].join(': ')

/** One line of each kind of thing that figures depend on. */
export const hostLines = (host: HostDescription): readonly string[] => [
  `${host.cpu}, ${host.cores} processors, ${host.memoryMiB} MiB, ${host.system}, kernel ${host.kernel}`,
  `node ${host.node}; ${host.qemu.x86_64}`,
  ...Object.entries(host.accelerator).map(([architecture, text]) => `${architecture}: ${text}`),
]

/** Undefined on a quiet machine. */
export const loadWarning = ({ busy, stolen }: HostLoad): string | undefined =>
  busy <= quietLimit && stolen <= quietLimit
    ? undefined
    : `THIS MACHINE IS NOT QUIET: other work takes ${busy.toFixed(0)} % of it, the hypervisor ${stolen.toFixed(0)} %. Take no figure below at its word.`
