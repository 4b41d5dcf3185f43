import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Qemu } from '../qemu.ts'
import type { SmokeResult } from './smoke-guest.ts'

const entry = z.object({ key: z.string(), works: z.boolean(), reason: z.string() })

/** Remembers how smoke boots went, one file per QEMU and CPU model, each good for one boot of the host. */
export class DecisionCache {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async get(qemu: Qemu, cpu: string, device: string): Promise<SmokeResult | undefined> {
    const key = await keyOf(qemu, cpu, device)
    const text = await readFile(this.#path(qemu, cpu), 'utf8').catch(() => '')
    const { success, data } = entry.safeParse(parse(text))
    return success && data.key === key ? { works: data.works, reason: data.reason } : undefined
  }

  async set(qemu: Qemu, cpu: string, device: string, { works, reason }: SmokeResult): Promise<void> {
    await mkdir(this.#directory, { recursive: true })
    const path = this.#path(qemu, cpu)
    const partial = `${path}.${process.pid}`
    await writeFile(partial, JSON.stringify({ key: await keyOf(qemu, cpu, device), works, reason }))
    await rename(partial, path)
  }

  #path({ architecture, path }: Qemu, cpu: string): string {
    const name = createHash('sha256').update(`${path}\0${cpu}`).digest('hex').slice(0, 16)
    return join(this.#directory, `${architecture}-${name}.json`)
  }
}

/** All that a smoke boot's result depends on: the host's boot, QEMU, its user, and who may open the device. */
const keyOf = async ({ path, text }: Qemu, cpu: string, device: string): Promise<string> => {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  const { mode, uid, gid, ino } = await stat(device)
  const { mtimeMs } = await stat(path)
  return JSON.stringify([boot.trim(), path, text, mtimeMs, cpu, process.geteuid?.(), mode, uid, gid, ino])
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
