import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Architecture } from '../../common/architecture.ts'
import { decideAccelerator } from '../../machine/accelerator.ts'
import { machineArchitectures } from '../../machine/architectures.ts'
import { acceleratorArgv } from '../../machine/argv.ts'
import { defaultCpuOf } from '../../machine/default-cpu.ts'
import { findQemu } from '../../machine/qemu.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { Contender, Experiment, Round, RowSpec, World } from '../experiment.ts'
import { runInTree } from '../peers/in-tree.ts'
import type { Peer, PeerJob, PeerQemu } from '../peers/peer.ts'
import { peers } from '../peers/peers.ts'
import { installTree } from '../peers/tree.ts'
import { runSubject } from '../subject.ts'
import { consoleSpec } from '../targets.ts'
import { timed } from './fork.ts'

const command = 'uname -r'
const runDeadlineMs = 30 * 60_000

const qemuOf = async (spec: GuestSpec, { accelerator }: World): Promise<PeerQemu> => {
  const { architecture } = spec
  const table = machineArchitectures[architecture]
  const qemu = await findQemu(architecture)
  const { used } = await decideAccelerator(qemu, architecture, accelerator)
  return {
    binary: table.binary,
    machine: table.machine,
    accelerator: acceleratorArgv(used)[1] ?? used,
    cpu: spec.cpu ?? defaultCpuOf(table, used, qemu.version),
    kernel: `/tmp/image/kernel`,
    initrd: `/tmp/image/initrd.img`,
    devices: [
      ...['-netdev', 'user,id=net,restrict=on', '-device', 'virtio-net-pci,netdev=net,romfile='],
      ...['-device', 'virtio-rng-pci'],
    ],
  }
}

/** Runs the peer's own program from its start to its end; what it needs is laid out before the clock runs. */
const peerContender = (peer: Peer, job: PeerJob, world: World): Contender => ({
  name: peer.name,
  measure: async () => {
    const tree = await installTree(peer.tree, world.progress)
    const work = await layOut(peer, job, world)
    try {
      const startedAt = performance.now()
      const output = await runInTree(peer.command(job), { tree, work, timeoutMs: runDeadlineMs })
      const s = (performance.now() - startedAt) / 1000
      const answers = output.match(/^answer \d.*$/gm) ?? []
      if (answers.length !== job.times)
        throw new Error(`expected ${job.times} answers, found ${answers.length}`)
      return { s }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  },
})

const layOut = async (peer: Peer, job: PeerJob, { scratch }: World): Promise<string> => {
  const work = await mkdtemp(join(scratch, 'peer-'))
  await mkdir(join(work, 'image'))
  await mkdir(join(work, 'job'))
  if (job.spec.kernel !== undefined) await cp(job.spec.kernel, join(work, 'image', 'kernel'))
  if (job.spec.initrd !== undefined) await cp(job.spec.initrd, join(work, 'image', 'initrd.img'))
  await cp(join(import.meta.dirname, '..', 'peers'), join(work, 'peers'), { recursive: true })
  for (const [name, content] of Object.entries(peer.files(job))) {
    const path = join(work, 'job', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { mode: 0o755 })
  }
  return work
}

const drydockContender = (
  name: string,
  keep: 'cache' | 'run',
  { architecture, times }: Pick<PeerJob, 'architecture' | 'times'>,
  { accelerator, reference }: World,
): Contender => {
  const targetFile = reference.debug.source
  const run = () =>
    runSubject(
      'run-pristine.ts',
      { targetFile, architecture, accelerator, times, command, keep },
      z.object({ s: z.number() }),
    )
  return {
    name,
    measure: async (round) => {
      // What an earlier run would have left in the cache.
      if (keep === 'cache' && round === 0) await run()
      return { s: (await timed(run)) / 1000 }
    },
  }
}

const rowsFor = (what: string, isPristine: boolean): readonly RowSpec[] => [
  {
    name: what,
    unit: 's',
    how: isPristine
      ? 'one process, one boot with its freezing, forks; commands over serial as with the peers, the login over ssh beside it'
      : 'one process from its start to its end, entered on the console as the peers do',
    value: (round) => round.figure('Drydock', 's'),
  },
  ...(isPristine
    ? [
        {
          name: `${what}, booted and frozen by an earlier run`,
          unit: 's' as const,
          value: (round: Round) => round.figure('Drydock, kept', 's'),
        },
      ]
    : []),
  ...peers.flatMap(({ name, how }): RowSpec[] => [
    { name: what, unit: 's', peer: name, how, value: (round) => round.figure(name, 's') },
    {
      name: `Drydock's time, of the peer's`,
      unit: 'times',
      peer: name,
      value: (round) => round.figure('Drydock', 's') / round.figure(name, 's'),
    },
  ]),
]

const sideBySide =
  (name: string, what: string, times: number) =>
  (architecture: Architecture): Experiment => ({
    name,
    architecture,
    rows: rowsFor(what, times > 1),
    prepare: async (world) => {
      const spec = consoleSpec(world.reference.debug, architecture)
      const { serial } = spec.login
      if (serial?.password === undefined) throw new Error('the image has no login on its console')
      const job: PeerJob = {
        ...{ architecture, spec, times, command, qemu: await qemuOf(spec, world) },
        login: { user: serial.user, password: serial.password },
      }
      return {
        contenders: [
          drydockContender('Drydock', 'run', job, world),
          ...(times > 1 ? [drydockContender('Drydock, kept', 'cache', job, world)] : []),
          ...peers.map((peer) => peerContender(peer, job, world)),
        ],
        async [Symbol.asyncDispose]() {},
      }
    },
  })

/** From the start of each tool's own program to its end. */
export const peersOnce = sideBySide('peers', 'boot, run one command, take it down', 1)
/** The same with ten commands, each in the state right after the boot. */
export const peersTenTimes = sideBySide('peers-pristine', 'ten commands, each in a pristine guest', 10)
