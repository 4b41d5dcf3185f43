import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Cell, matrixSchemaId } from '../../record/cells/cell.ts'
import { matrixFormats } from './formats.ts'

/** A port of the loopback that nobody has at this moment. */
const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return address.port
}

let folder: { path: string; cleanup: () => Promise<void> }
const environment = () => ({ SLURM_CONF: at('slurm.conf'), PATH: `${process.env.PATH}:/usr/sbin:/sbin` })
const running = (program: string, words: readonly string[]) =>
  execa(program, words, { env: environment(), reject: false })
const daemons: ReturnType<typeof running>[] = []
const at = (name: string): string => join(folder.path, name)

// What is queued again waits until its credential has expired: two minutes, unless told otherwise.
const configuration = async (): Promise<string> => {
  const [controller, node] = [await freePort(), await freePort()]
  const host = hostname().split('.')[0] ?? 'localhost'
  return [
    'ClusterName=drydock',
    `SlurmctldHost=${host}(127.0.0.1)`,
    ...[`SlurmctldPort=${controller}`, `SlurmdPort=${node}`],
    ...[`SlurmUser=${userInfo().username}`, `SlurmdUser=${userInfo().username}`],
    ...[
      'AuthType=auth/munge',
      'CryptoType=crypto/munge',
      `AuthInfo=socket=${at('munge/socket')},cred_expire=20`,
    ],
    ...[`StateSaveLocation=${at('state')}`, `SlurmdSpoolDir=${at('spool')}`],
    ...[`SlurmctldPidFile=${at('slurmctld.pid')}`, `SlurmdPidFile=${at('slurmd.pid')}`],
    ...[`SlurmctldLogFile=${at('slurmctld.log')}`, `SlurmdLogFile=${at('slurmd.log')}`],
    ...['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none', 'MpiDefault=none', 'ReturnToService=2'],
    ...['SelectType=select/cons_tres', 'SelectTypeParameters=CR_CPU', 'JobRequeue=1'],
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN`,
    `PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
    '',
  ].join('\n')
}

const start = (program: string, words: readonly string[]): void => {
  daemons.push(running(program, words))
}

beforeAll(async () => {
  folder = await dir({ unsafeCleanup: true })
  await chmod(folder.path, 0o755)
  for (const name of ['munge', 'state', 'spool', 'work']) await mkdir(at(name), { mode: 0o755 })
  await writeFile(at('munge/key'), 'k'.repeat(1024), { mode: 0o600 })
  await writeFile(at('slurm.conf'), await configuration())
  start('munged', [
    ...['--foreground', '--force', `--socket=${at('munge/socket')}`, `--key-file=${at('munge/key')}`],
    ...[`--pid-file=${at('munge/pid')}`, `--log-file=${at('munge/log')}`, `--seed-file=${at('munge/seed')}`],
  ])
  start('slurmctld', ['-D', '-f', at('slurm.conf')])
  start('slurmd', ['-D', '-f', at('slurm.conf')])
  await vi.waitFor(
    async () => {
      const { stdout, stderr } = await running('sinfo', ['-h', '-o', '%T'])
      const log = await readFile(at('slurmctld.log'), 'utf8').catch(() => 'no log')
      expect(stdout, `${stderr}\n${log.slice(-2000)}`).toBe('idle')
    },
    { timeout: 60_000, interval: 500 },
  )
})

afterAll(async () => {
  for (const daemon of daemons.reverse()) daemon.kill('SIGTERM')
  await Promise.allSettled(daemons)
  await folder.cleanup()
})

const cell = (id: string, script: string): Cell => ({
  id,
  target: 'demo',
  file: 'demo.yml',
  architecture: 'x86_64',
  kernel: null,
  command: ['sh', '-c', script],
})

describe('slurmScript', () => {
  it('should run every cell under a real Slurm, and one whose test bed failed a second time', async () => {
    const cells = [
      cell('passes', 'echo done > passes'),
      cell('fails', 'echo run >> fails; exit 1'),
      cell('recovers', 'echo run >> recovers; test "$(wc -l < recovers)" -ge 2 || exit 3'),
    ]
    // A small machine has not the memory that a real cell asks for.
    const script = matrixFormats.slurm({ schema: matrixSchemaId, cells }).replace('--mem=3G', '--mem=0')
    await writeFile(at('work/cells.sh'), script)
    await execa('sbatch', ['cells.sh'], { cwd: at('work'), env: environment() })
    const lines = async (name: string): Promise<number> =>
      (await readFile(at(`work/${name}`), 'utf8').catch(() => '')).split('\n').length - 1
    await expect
      .poll(async () => await Promise.all(['passes', 'fails', 'recovers'].map(lines)), {
        timeout: 240_000,
        interval: 1000,
      })
      .toEqual([1, 1, 2])
  })
})
