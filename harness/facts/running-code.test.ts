import { describe, expect, it } from 'vitest'
import { sha256 } from '../common/digest.ts'
import type { ExecutableMapping, Probe } from '../guest/probe.ts'
import { fileAtRest, isAnonymous, isCopyOfRunc, isKernelArea, runningCode } from './running-code.ts'
import { fakeProcess } from './testing/fake-process.ts'
import { imageOf } from './testing/image-of.ts'

const mapping = (given: Partial<ExecutableMapping>, content?: string): ExecutableMapping => ({
  start: '1000',
  permissions: 'r-xp',
  name: '',
  ...(content === undefined
    ? {}
    : {
        file: {
          size: content.length,
          links: 1,
          sha256: sha256(Buffer.from(content)),
          mount: '/',
          mounted: 'squashfs',
          writable: false,
        },
      }),
  ...given,
})

const rootfs = '/containers/services/web/rootfs'
const image = imageOf({
  '/usr/sbin/init': 'init',
  '/usr/sbin/runc': 'runc',
  [`${rootfs}/usr/bin/web`]: 'web',
})

const look = async (...mappings: ExecutableMapping[]) => {
  const probe = {
    processes: async () => [fakeProcess({ pid: 1 })],
    runningCode: async () => [
      { pid: 1, mappings },
      { pid: 99, mappings },
    ],
  } as unknown as Probe
  return (await runningCode(probe, image)).code
}

describe('runningCode', () => {
  it('should find the file at rest, under its name on the host or in a container', async () => {
    const [init, web, renamed, changed] = await look(
      mapping({ name: '/usr/sbin/init' }, 'init'),
      mapping({ name: '/usr/bin/web' }, 'web'),
      mapping({ name: '/tmp/web' }, 'web'),
      mapping({ name: '/usr/sbin/init' }, 'inix'),
    )
    expect(init && fileAtRest(init)).toBe('/usr/sbin/init')
    expect(web && fileAtRest(web)).toBe(`${rootfs}/usr/bin/web`)
    expect(renamed && fileAtRest(renamed)).toBeUndefined()
    expect(renamed?.atRest).toEqual([`${rootfs}/usr/bin/web`])
    expect(changed && fileAtRest(changed)).toBeUndefined()
    expect(changed?.atRest).toEqual([])
  })

  it('should leave out processes that came or went meanwhile', async () => {
    expect((await look(mapping({}, 'init'))).map(({ process }) => process.pid)).toEqual([1])
  })

  it("should know runc's copy of itself by its name, its content, and that it has no file", async () => {
    const name = '/memfd:runc_cloned:/proc/self/exe (deleted)'
    const gone = (item: ExecutableMapping) => ({ ...item, file: item.file && { ...item.file, links: 0 } })
    const [copy, other, named, linked] = await look(
      gone(mapping({ name }, 'runc')),
      gone(mapping({ name }, 'evil')),
      gone(mapping({ name: '/memfd:stray (deleted)' }, 'runc')),
      mapping({ name }, 'runc'),
    )
    expect([copy, other, named, linked].map((item) => item && isCopyOfRunc(item))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it("should tell the kernel's own memory from anybody else's", () => {
    expect(isKernelArea(mapping({ name: '[vdso]' }))).toBe(true)
    expect(isKernelArea(mapping({ name: '[vdso]', permissions: 'rwxp' }))).toBe(false)
    expect(isAnonymous(mapping({ name: '[vdso]' }))).toBe(false)
    expect(isAnonymous(mapping({ name: '[stack]' }))).toBe(true)
    expect(isAnonymous(mapping({}))).toBe(true)
    expect(isAnonymous(mapping({ errno: 'EPERM' }))).toBe(false)
    expect(isAnonymous(mapping({}, 'init'))).toBe(false)
  })
})
