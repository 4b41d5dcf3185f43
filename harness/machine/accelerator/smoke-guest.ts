import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import { neutraliseLine } from '../../common/text.ts'
import { machineArchitectures } from '../architectures.ts'
import { acceleratorArgv, bareMachine } from '../argv.ts'
import { confine, qemuUser } from '../process/confinement.ts'
import type { KvmAccess } from '../process/kvm-access.ts'
import { firstInherited, spawnQemu } from '../process/qemu-process.ts'
import { createRunDirectory, runDirectoryBase } from '../process/run-directory.ts'
import type { Qemu } from '../qemu.ts'
import { arm64Firmware } from './smoke-arm64.ts'
import { x86Firmware } from './smoke-x86-64.ts'

/*
 * The smoke guest does what a kernel does first: it leaves the mode the CPU starts in, turns on paging, says `.`, works
 * for 20 million rounds with memory traffic (some 0.1 s), and says DRYDOCK. A KVM that aborts, that hangs, or that is itself
 * emulated one instruction at a time does not get there. It is the machine's firmware: none of QEMU's runs before it.
 */
const firmware: Readonly<Record<Architecture, () => Buffer>> = { x86_64: x86Firmware, arm64: arm64Firmware }
const pagingMark = '.'
const doneMark = 'DRYDOCK'
const deadlineMs = 3500
const outputLimit = 64

export interface SmokeOptions {
  readonly qemu: Qemu
  readonly accelerator: 'kvm' | 'tcg'
  readonly cpu: string
  /** How QEMU reaches /dev/kvm; absent for tcg. */
  readonly access?: KvmAccess
}

export interface SmokeResult {
  readonly works: boolean
  /** In words, starting with `the smoke guest`. */
  readonly reason: string
}

/** Boots the smoke guest. Decides in less than 5 s, whatever QEMU and the guest do. */
export const smokeBoot = async ({ qemu, accelerator, cpu, access }: SmokeOptions): Promise<SmokeResult> => {
  const user = qemuUser()
  const image = firmware[qemu.architecture]()
  await using directory = createRunDirectory(await runDirectoryBase(image.length), user)
  const bios = join(directory.path, 'firmware')
  await writeFile(bios, image, { mode: 0o644 })
  const args = [
    ...bareMachine,
    ...['-machine', machineArchitectures[qemu.architecture].machine, ...acceleratorArgv(accelerator)],
    ...['-cpu', cpu, '-m', '64M', '-no-reboot', '-bios', bios],
    ...['-chardev', `socket,id=console,fd=${firstInherited}`, '-serial', 'chardev:console'],
  ]
  const started = performance.now()
  const qemuProcess = await spawnQemu(await confine({ file: qemu.path, args }, user, access), {
    streams: ['console'],
  })
  const heard = new SmokeListener()
  qemuProcess.streams.console.on('data', (chunk: Buffer) => heard.push(chunk))
  const timer = setTimeout(() => qemuProcess.kill(), deadlineMs)
  const first = await Promise.race([heard.done, qemuProcess.exited])
  clearTimeout(timer)
  qemuProcess.kill()
  const { code, signal, stderr } = await qemuProcess.exited
  const elapsed = performance.now() - started
  if (first === 'done')
    return { works: true, reason: `the smoke guest answered in ${Math.round(elapsed)} ms` }
  if (elapsed >= deadlineMs) return { works: false, reason: hung(heard.text) }
  const how = signal ?? `exit code ${code}`
  return {
    works: false,
    reason: `the smoke guest could not run: QEMU ended with ${how}: ${complaint(stderr)}`,
  }
}

/** The first line that is no warning: QEMU warns of every CPU feature that the host lacks. */
const complaint = (stderr: string) =>
  neutraliseLine(
    stderr.split('\n').find((line) => line !== '' && !line.includes(': warning: ')) ?? 'it said nothing',
    200,
  )

const hung = (heard: string) =>
  heard.includes(pagingMark)
    ? `the smoke guest turned on paging, but had not done 0.1 s of work after ${deadlineMs} ms: this KVM hangs, or is emulated itself`
    : `the smoke guest hung in its first instructions: nothing heard of it in ${deadlineMs} ms`

class SmokeListener {
  text = ''
  readonly #done = Promise.withResolvers<'done'>()

  get done(): Promise<'done'> {
    return this.#done.promise
  }

  push(chunk: Buffer): void {
    this.text = (this.text + chunk.toString('latin1')).slice(-outputLimit)
    if (this.text.includes(doneMark)) this.#done.resolve('done')
  }
}
