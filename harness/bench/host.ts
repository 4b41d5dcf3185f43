import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { type Architecture, architectures } from '../common/architecture.ts'
import { sha256 } from '../common/digest.ts'
import { messageOf } from '../common/errors.ts'
import { type AcceleratorPolicy, decideAccelerator } from '../machine/accelerator.ts'
import { findQemu } from '../machine/qemu.ts'

/** The machine that figures are of. */
export interface HostDescription {
  /** Names the machine in rows: the same for two runs on the same machine with the same software. */
  readonly id: string
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly kernel: string
  readonly system: string
  readonly node: string
  readonly qemu: Readonly<Record<Architecture, string>>
  readonly accelerator: Readonly<Record<Architecture, string>>
}

/** How busy the machine was with other work. */
export interface HostLoad {
  /** Per cent of all processors' time that something used. */
  readonly busy: number
  /** Per cent that the hypervisor below gave to others. */
  readonly stolen: number
}

/** Above this, what is measured is the others' work as well. */
export const quietLimit = 10

const mebibyte = 1024 * 1024

export const describeHost = async (policy: AcceleratorPolicy): Promise<HostDescription> => {
  const described = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / mebibyte),
    kernel: release(),
    system: systemName(await readFile('/etc/os-release', 'utf8').catch(() => '')),
    node: process.version,
    qemu: await ofEach(async (architecture) => (await findQemu(architecture)).text),
    accelerator: await ofEach(async (architecture) => {
      const { used, reason } = await decideAccelerator(await findQemu(architecture), architecture, policy)
      return `${used}: ${reason}`
    }),
  }
  return { id: sha256(JSON.stringify(described)).slice(0, 12), ...described }
}

const ofEach = async (
  tell: (architecture: Architecture) => Promise<string>,
): Promise<Record<Architecture, string>> => {
  const [x86, arm] = await Promise.all(
    architectures.map((architecture) => tell(architecture).catch((error: unknown) => messageOf(error))),
  )
  return { x86_64: x86 ?? '', arm64: arm ?? '' }
}

/** PRETTY_NAME of os-release(5). */
export const systemName = (text: string): string =>
  /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'unknown'

/** Clock ticks since the host's boot, all processors together. */
export interface ProcessorTicks {
  readonly total: number
  readonly idle: number
  readonly stolen: number
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal guest guest_nice. */
export const parseTicks = (text: string): ProcessorTicks => {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    /^cpu +(.*)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number) ?? []
  const waiting = idle + iowait
  return { total: user + nice + system + waiting + irq + softirq + steal, idle: waiting, stolen: steal }
}

export const readTicks = async (): Promise<ProcessorTicks> => parseTicks(await readFile('/proc/stat', 'utf8'))

export const loadBetween = (before: ProcessorTicks, now: ProcessorTicks): HostLoad => {
  const total = now.total - before.total
  if (total <= 0) return { busy: 0, stolen: 0 }
  const stolen = now.stolen - before.stolen
  const idle = now.idle - before.idle
  return { busy: (100 * (total - idle - stolen)) / total, stolen: (100 * stolen) / total }
}

/** The machine's load before anything is measured, over a time that is long enough to mean something. */
export const measureLoad = async (milliseconds = 2000): Promise<HostLoad> => {
  const before = await readTicks()
  await after(milliseconds)
  return loadBetween(before, await readTicks())
}
