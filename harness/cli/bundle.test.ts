import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const fixtures = join(import.meta.dirname, '../../fixtures/bundles')
let folder: string
let cleanup: () => Promise<void>

const trusting = `containers:
  named:
    sshd: { trusted: the way in }
    dhcpcd: { reason: it asks for an address, capabilities: [CAP_NET_RAW] }
`

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  await cp(fixtures, folder, { recursive: true })
  await writeFile(join(folder, 'policy.yml'), trusting)
  await writeFile(join(folder, 'broken.json'), '{\n"ociVersion": 1\n}')
  await writeFile(join(folder, 'bad\x1b[31m.json'), '{')
  await mkdir(join(folder, 'empty'))
})
afterAll(() => cleanup())

const bundle = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, 'bundle', ...args], {
    reject: false,
    cwd: folder,
    env: { NO_COLOR: '1' },
  })
  return { exitCode, stdout, stderr }
}

describe('drydock bundle', { timeout: 60_000 }, () => {
  it('should name what is wrong, what was expected, and how many system calls are reached', async () => {
    const { exitCode, stdout } = await bundle('runc-spec.json')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^runc-spec\.json: container runc-spec\nverdict +check +what +found +expected\n/)
    expect(stdout).toMatch(/^fail +container\.memory-limit +memory\.max +no limit +at most 536870912$/m)
    expect(stdout).toMatch(/^pass +root\.containers +root +read-only$/m)
    expect(stdout).toMatch(/^inconclusive +container\.label +it names none/m)
    expect(stdout).toContain(
      "\nsystem calls on arm64: 326; Docker's default 266; without a filter 326\nrlimits, soft/hard: RLIMIT_NOFILE 1024/1024\n",
    )
    expect(stdout).toMatch(/\nrunc-spec: 13 passed, 7 failed, 1 not applicable, 1 inconclusive\n/)
    expect(stdout).toMatch(/\n {2}keyring: whether the runtime gives it a session keyring/)
  })

  it("should know LinuxKit's containers by their folders, and do as the policy says of them", async () => {
    const path = 'linuxkit/containers'
    const args = [`${path}/services/sshd`, `${path}/onboot/000-dhcpcd/config.json`, '--policy', 'policy.yml']
    const { exitCode, stdout } = await bundle(...args)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /sshd\/config\.json: container sshd\nnot judged, trusted by the policy: the way in\n/,
    )
    expect(stdout).toMatch(/000-dhcpcd\/config\.json: container dhcpcd\n/)
    expect(stdout).toMatch(/container\.capabilities +bounding capabilities .* CAP_NET_RAW$/m)
    expect((await bundle(`${path}/services/sshd`, '--policy', 'policy.yml')).exitCode).toBe(0)
  })

  it('should give all evidence as JSON', async () => {
    const { stdout } = await bundle('docker-default.json', '--json')
    const { bundles, properties } = JSON.parse(stdout)
    expect(bundles).toMatchObject([
      {
        path: 'docker-default.json',
        name: 'docker-default',
        systemCalls: [{ architecture: 'x86_64', all: 369, reachable: 305, dockerDefault: 305 }],
        hooks: ['/proc/1234/exe'],
      },
    ])
    expect(bundles[0].results[0]).toMatchObject({
      id: 'container.namespaces',
      verdict: 'pass',
      promise: 'P13',
    })
    expect(properties).toHaveLength(21)
  })

  it('should say in one line each what is no spec, and judge the others', async () => {
    const files = ['broken.json', 'absent', 'empty', '/dev/zero', 'bad\x1b[31m.json', 'docker-default.json']
    const { exitCode, stdout, stderr } = await bundle(...files)
    expect(exitCode).toBe(2)
    expect(stderr.split('\n')).toEqual([
      'drydock: broken.json:2: expected a string, found 1',
      "drydock: absent: expected a container's config.json, found nothing at that path",
      "drydock: empty/config.json: expected a container's config.json, found nothing at that path",
      "drydock: /dev/zero: expected a container's config.json, found something that is not a regular file",
      expect.stringMatching(/^drydock: bad\\x1b\[31m\.json:1: expected valid JSON, found /),
    ])
    expect(stdout).toContain('\ndocker-default: 14 passed, 7 failed, 1 not applicable\n')
  })

  it('should refuse a policy that cannot be read', async () => {
    const { exitCode, stderr } = await bundle('runc-spec.json', '--policy', 'absent.yml')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/absent\.yml: expected a YAML file, found nothing at that path$/)
  })
})
