import { once } from 'node:events'
import { connect } from 'node:net'
import ssh2, { type Client } from 'ssh2'
import type { Architecture } from '../../common/architecture.ts'
import { bringUp } from '../../guest/boot/bring-up.ts'
import { deadlines } from '../../guest/boot/deadlines.ts'
import type { Shells } from '../../guest/boot/log-in.ts'
import { Console } from '../../guest/console/console.ts'
import { createGuestMachine } from '../../guest/guest-machine.ts'
import type { Shell } from '../../guest/shell.ts'
import { makeSshKey } from '../../guest/ssh-key.ts'
import { specOf } from '../../target/target.ts'
import { TimedStream } from '../bare/timed-stream.ts'
import type { Experiment, Figures, RowSpec, World } from '../experiment.ts'
import { median } from '../statistics.ts'
import { timed } from './fork.ts'

const commandsPerRun = 30
/** The same words for both, so that the guest does the same. */
const program = ['true']
const commandLine = `'true'`

interface OpenShells extends Shells {
  /** A client of the same library on a connection of its own, with nothing of the harness around it. */
  readonly bareSsh: Client
  readonly line: TimedStream
}

const openShells = async (
  architecture: Architecture,
  { reference, accelerator, progress }: World,
  held: AsyncDisposableStack,
): Promise<OpenShells> => {
  const spec = specOf(reference.debug, architecture)
  const key = await makeSshKey()
  const created = held.use(
    await createGuestMachine(spec, { accelerator, authorizedKeys: [key.publicKey], progress }),
  )
  const line = new TimedStream(created.console)
  const console = held.use(new Console(line))
  const port = held.use(new Console(created.port))
  const machine = await created.run()
  const { shells } = await bringUp({
    ...{ spec, machine, key, console, port, progress, until: 'login', signal: undefined },
    deadlines: deadlines[machine.accelerator.used],
  })
  const bareSsh = new ssh2.Client()
  const ready = once(bareSsh, 'ready')
  bareSsh.connect({
    // Without noDelay the bare client would wait 40 ms for Nagle's algorithm, and the harness look better than it is.
    sock: connect({ host: '127.0.0.1', port: machine.sshPort ?? 0, noDelay: true }),
    ...{ username: spec.login.ssh?.user ?? '', privateKey: key.privateKey },
  })
  await ready
  held.defer(() => void bareSsh.destroy())
  return { ...shells, bareSsh, line }
}

const bareRun = (client: Client): Promise<void> =>
  new Promise((resolve, reject) => {
    client.exec(commandLine, (error, channel) => {
      if (error !== undefined) return reject(error)
      channel.resume()
      channel.stderr.resume()
      channel.once('close', () => resolve())
      channel.end()
    })
  })

/** Milliseconds of this process's processor time. */
const cpuOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const demand = <Opened extends Shell>(shell: Opened | undefined): Opened => {
  if (shell === undefined) throw new Error('the image has no such login')
  return shell
}

const overSsh = async ({ ssh, bareSsh }: OpenShells): Promise<Figures> => {
  const shell = demand(ssh)
  const times: { harness: number; bare: number; cpu: number }[] = []
  for (let count = 0; count < commandsPerRun; count += 1) {
    let [harness, bare] = [0, 0]
    const ours = await cpuOf(async () => {
      harness = await timed(() => shell.run(program))
    })
    const theirs = await cpuOf(async () => {
      bare = await timed(() => bareRun(bareSsh))
    })
    times.push({ harness, bare, cpu: ours - theirs })
  }
  return {
    whole: median(times.map(({ harness }) => harness)),
    bare: median(times.map(({ bare }) => bare)),
    share: median(times.map(({ harness, bare }) => harness - bare)),
    cpu: times.reduce((sum, { cpu }) => sum + cpu, 0) / times.length,
  }
}

const overSerial = async ({ serial, line }: OpenShells): Promise<Figures> => {
  const shell = demand(serial)
  const whole: number[] = []
  const own: number[] = []
  for (let count = 0; count < commandsPerRun; count += 1) {
    own.push(
      await line.ownTimeOf(async () => {
        whole.push(await timed(() => shell.run(program)))
      }),
    )
  }
  return { whole: median(whole), share: median(own) }
}

const row = (name: string, way: string, what: string, more: Partial<RowSpec> = {}): RowSpec => ({
  name,
  unit: 'ms',
  value: (round) => round.figure(way, what),
  ...more,
})
const twoMilliseconds = { target: { bound: 'at most', value: 2 } } as const

/** One more command over shells that are open. */
export const commandsExperiment = (architecture: Architecture): Experiment => ({
  name: 'commands',
  architecture,
  rows: [
    row("one more command over ssh, harness's share", 'ssh', 'share', {
      ...twoMilliseconds,
      how: `median difference between \`true\` through the harness and through bare ssh2, in turns, ${commandsPerRun} of each per run`,
    }),
    row("one more command over ssh, harness's CPU beyond bare ssh2's", 'ssh', 'cpu'),
    row('one more command over ssh', 'ssh', 'whole'),
    row('one more command over ssh', 'ssh', 'bare', { peer: 'bare ssh2' }),
    row("one more command over serial, harness's share", 'serial', 'share', {
      ...twoMilliseconds,
      how: 'the time in which the line waits for the harness: before its first byte, from the last byte of an answer to the next byte typed, from the last byte to the result; what its agent costs inside the guest is in the whole only',
    }),
    row('one more command over serial', 'serial', 'whole'),
  ],
  prepare: async (world) => {
    await using held = new AsyncDisposableStack()
    const shells = await openShells(architecture, world, held)
    const owned = held.move()
    return {
      contenders: [
        { name: 'ssh', measure: () => overSsh(shells) },
        { name: 'serial', measure: () => overSerial(shells) },
      ],
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
})
