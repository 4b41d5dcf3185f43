import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Architecture } from '../common/architecture.ts'
import { cachePath } from '../common/cache.ts'
import { goToolchain } from '../common/go-toolchain.ts'
import type { Place } from './probe.ts'
import {
  oneShotConnection,
  type ProbeConnection,
  spawnedStream,
  streamConnection,
} from './probe-connection.ts'
import { parseAnswer, processesSchema } from './probe-messages.ts'
import { placeOver } from './probe-place.ts'
import { probeProgram, uploadProbe } from './probe-upload.ts'
import type { Shell } from './shell.ts'
import { makeSshKey } from './ssh-key.ts'
import { connectSsh, type SshShell } from './ssh-shell.ts'
import { startSshServer, type TestSshServer } from './testing/ssh-server.ts'

const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64'

/** Without `spawn`, so the probe is started for each request as it is over a serial line. */
const commandsOnly = (shell: SshShell): Shell => ({
  kind: 'serial',
  run: (command, options) => shell.run(command, options),
  async [Symbol.asyncDispose]() {},
})

describe("the probe's own tests", () => {
  it.each(['amd64', 'arm64'])('should pass, and go vet find nothing for %s', async (architecture) => {
    const { go } = await goToolchain()
    const options = {
      cwd: join(import.meta.dirname, 'probe'),
      env: {
        CGO_ENABLED: '0',
        GOCACHE: cachePath('go', 'build'),
        GOENV: 'off',
        GOFLAGS: '-buildvcs=false',
        GOPROXY: 'off',
        GOTOOLCHAIN: 'local',
      },
    }
    await execa(go, ['vet', '.'], { ...options, env: { ...options.env, GOARCH: architecture } })
    await execa(go, ['test', '.'], options)
  })
})

// This machine stands in for a guest. Only root can hide the probe in a mount namespace, and everything stays below one
// temporary folder; the place is `here`, since this machine's pid 1 is none of the tests' business.
describe.runIf(process.getuid?.() === 0).each(['ssh', 'serial'])('the probe over a %s shell', (kind) => {
  let folder: string
  let server: TestSshServer
  let shell: SshShell
  let connection: ProbeConnection
  let place: Place

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-test-'))
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'file'), 'content')
    const key = await makeSshKey()
    server = await startSshServer({ authorizedKey: key.publicKey })
    shell = await connectSsh({ port: server.port, user: 'root', key, deadlineMs: 10_000 })
    const { path, pid } = await uploadProbe(shell, await probeProgram(ownArchitecture))
    const probe =
      kind === 'ssh'
        ? streamConnection(await spawnedStream(shell, [path, 'serve']))
        : oneShotConnection(commandsOnly(shell), [path, 'once'])
    connection = {
      ask: (request) => probe.ask(request),
      idle: () => probe.idle(),
      async [Symbol.asyncDispose]() {
        await probe[Symbol.asyncDispose]()
        await shell.run(['kill', String(pid)])
      },
    }
    place = placeOver(connection, 'here', 'here')
  })

  afterAll(async () => {
    await connection[Symbol.asyncDispose]()
    await shell[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('should leave no file behind', async () => {
    for (const path of ['/tmp', '/run', '/dev/shm', '/dev', '/'])
      expect((await readdir(path)).filter((name) => /^(probe|\.drydock-\d+)$/.test(name))).toEqual([])
  })

  it('should allow what can be done, and leave things as they were', async () => {
    for (const name of ['create', 'unlink', 'rename', 'mmap-write'] as const)
      expect(await place.try(name, { path: folder })).toMatchObject({ outcome: 'allowed' })
    expect(await readdir(folder)).toEqual(['file'])
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content')
  })

  it('should be refused as an ordinary user', async () => {
    expect(await place.try('create', { path: folder }, { uid: 65534 })).toMatchObject({
      outcome: 'refused',
      errno: 'EACCES',
    })
  })

  it('should not call a wrong path a refusal', async () => {
    expect(await place.try('create', { path: join(folder, 'no/such') })).toMatchObject({
      outcome: 'impossible',
    })
  })

  it('should give up an attempt that takes too long', async () => {
    expect(await place.try('fork-limit', { max: 8 }, { timeoutMs: 1 })).toMatchObject({
      outcome: 'impossible',
      reason: expect.stringContaining('1ms'),
    })
  })

  it('should read, list and describe files', async () => {
    const path = join(folder, 'file')
    expect((await place.read(path)).toString()).toBe('content')
    expect(await place.glob(join(folder, 'f*'))).toEqual([path])
    expect(await place.stat(path)).toMatchObject({ type: 'file', size: 7, uid: 0 })
    expect(await place.stat(join(folder, 'none'))).toBeUndefined()
    expect((await place.hashTree([folder])).get(path)).toMatch(/^0644 0:0 file [0-9a-f]{64}$/)
  })

  it('should list processes, without its own', async () => {
    const answer = await connection.ask({ op: 'processes', place: 'here' })
    const processes = parseAnswer(processesSchema, answer, 'processes')
    expect(processes.find(({ pid }) => pid === process.pid)).toMatchObject({
      uid: 0,
      comm: expect.any(String),
    })
    expect(processes.filter(({ comm }) => comm === 'drydock-probe')).toEqual([])
  })

  it('should call a container that does not run impossible to try in, and unreachable to read', async () => {
    const nowhere = placeOver(connection, 'nowhere', 'container:drydock-no-such-container')
    expect(await nowhere.try('chroot')).toMatchObject({ outcome: 'impossible' })
    await expect(nowhere.read('/etc/hostname')).rejects.toMatchObject({ code: 'PLACE_UNREACHABLE' })
  })
})
