import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { readLinuxkitRuntime, readOciSpec } from './oci-spec.ts'

const folder = join(import.meta.dirname, '../../fixtures/bundles')
const names = ['docker-default.json', 'runc-spec.json', 'linuxkit/containers/services/sshd/config.json']
const fixture = (name: string): Buffer => readFileSync(join(folder, name))
const read = (text: string) => readOciSpec(Buffer.from(text), 'config.json')

const readsOrComplains = (bytes: Buffer): void => {
  try {
    readOciSpec(bytes, 'config.json')
  } catch (error) {
    expect(error).toBeInstanceOf(DrydockError)
    expect((error as DrydockError).message).toMatch(/^config\.json:\d+: expected .+, found .+$/)
  }
}

describe('readOciSpec', () => {
  it('should read the specs of Docker, runc and LinuxKit', () => {
    const [docker, runc, linuxkit] = names.map((name) => readOciSpec(fixture(name), name))
    expect(docker?.process.capabilities?.bounding).toHaveLength(14)
    expect(docker?.linux.seccomp?.architectures).toContain('SCMP_ARCH_X86')
    expect(runc?.mounts[0]).toEqual({ destination: '/proc', type: 'proc', source: 'proc', options: [] })
    expect(linuxkit?.linux).toMatchObject({ seccomp: undefined, maskedPaths: [], rootfsPropagation: '' })
  })

  it('should fill in what may be left out', () => {
    expect(read('{"ociVersion": "1.0.2", "linux": null}')).toMatchObject({
      process: { user: { uid: 0 }, noNewPrivileges: false, rlimits: [] },
      root: { readonly: false },
      mounts: [],
      linux: { namespaces: [], devices: [], sysctl: {} },
    })
  })

  it.each([
    ['', 'config.json:1: expected valid JSON, found Unexpected end of input'],
    ['{\n"ociVersion": "1",\n}', /^config\.json:3: expected valid JSON, found /],
    ['{"ociVersion": "1"} x', /^config\.json:1: expected valid JSON, found /],
    ["{'ociVersion': '1'}", /^config\.json:1: expected valid JSON, found /],
    ['{"ociVersion": 01}', /^config\.json:1: expected valid JSON, found /],
    ['[]', 'config.json:1: expected a mapping, found an empty list'],
    ['{}', 'config.json:1: expected the key `ociVersion` (a string), found nothing'],
    [
      '{"ociVersion": "1",\n"linux": {\n"namespaces": [\n{"type": "pid"},\n{"type": "disk"}]}}',
      /^config\.json:5: expected one of "cgroup", .*, found "disk"/,
    ],
    [
      '{"ociVersion": "1",\n"root": {"readonly": "yes"}}',
      'config.json:2: expected true or false, found "yes"',
    ],
    [
      '{"ociVersion": "1",\n"process": {"user": {"uid": -1}}}',
      'config.json:2: expected a whole number from 0, found -1',
    ],
    [
      '{"ociVersion": "1",\n"linux": {"seccomp": {"defaultAction": "ALLOW"}}}',
      /^config\.json:2: expected one of "SCMP_ACT_KILL"/,
    ],
    [
      '{"ociVersion": "1",\n"root": {},\n"root": {}}',
      'config.json:3: expected each key once, found a second "root"',
    ],
    [
      '{"ociVersion": "1",\n"process": {"noNewPrivileges": true, "NoNewPrivileges": false}}',
      'config.json:2: expected each key once, found a second "NoNewPrivileges"',
    ],
    [
      `{"ociVersion":\n${'['.repeat(200_000)}`,
      'config.json:2: expected at most 100 levels of JSON, found more',
    ],
  ])('should say what is wrong with %.60s', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('should refuse bytes that are no text', () => {
    expect(() => readOciSpec(Buffer.from([0x7b, 0xff]), 'config.json')).toThrow('bytes that are not UTF-8')
  })

  it('should read damaged specs, or complain with the line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 3 })), { minLength: 1, maxLength: 3 }),
        (name, changes) => {
          let bytes = fixture(name)
          for (const [at, insert] of changes) {
            const place = at % bytes.length
            bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + 1)])
          }
          readsOrComplains(bytes)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('should read any JSON, or complain with the line', () => {
    const key = fc.constantFrom('ociVersion', 'process', 'linux', 'seccomp', 'syscalls', 'names', '__proto__')
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any
    fc.assert(
      fc.property(value, (json) => {
        readsOrComplains(Buffer.from(JSON.stringify(json)))
      }),
    )
  })
})

describe('readLinuxkitRuntime', () => {
  it('should read where namespaces are bound, and refuse what is none', () => {
    const path = join(folder, 'linuxkit/containers/onboot/000-dhcpcd/runtime.json')
    expect(readLinuxkitRuntime(readFileSync(path), path).bindNS.pid).toBe('/run/netns/dhcp')
    expect(() => readLinuxkitRuntime(Buffer.from('{"bindNS": []}'), 'runtime.json')).toThrow(
      'runtime.json:1: expected a mapping, found an empty list',
    )
  })
})
