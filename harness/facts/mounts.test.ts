import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { isWritable, parseMounts, sizeLimit, visibleMounts } from './mounts.ts'

const table = `22 1 7:0 / / ro,relatime - squashfs /dev/loop0 ro,errors=continue
23 22 0:21 / /run rw,nosuid,nodev,noexec,relatime shared:2 master:1 - tmpfs run\\040dir rw,size=65536k,mode=755
24 22 0:22 / /data ro,relatime - ext4 /dev/vda rw
25 22 0:23 / /run rw - tmpfs tmpfs rw
`

describe('parseMounts', () => {
  it('should read every field, octal escapes included', () => {
    const [root, run] = parseMounts(table)
    expect(root).toMatchObject({
      mountPoint: '/',
      fileSystem: 'squashfs',
      source: '/dev/loop0',
      device: '7:0',
    })
    expect(run).toMatchObject({ source: 'run dir', propagation: ['shared:2', 'master:1'] })
  })

  it('should name the line that is malformed', () => {
    expect(() => parseMounts(`${table}26 22 nonsense\n`)).toThrow('mountinfo line 5')
  })

  it('should only ever throw its own error on arbitrary text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseMounts(text)
        } catch (error) {
          expect(error).toBeInstanceOf(DrydockError)
        }
      }),
    )
  })
})

describe('mounts', () => {
  it('should call a mount writable only where mount and super block are', () => {
    expect(parseMounts(table).map(isWritable)).toEqual([false, true, false, true])
  })

  it('should read size limits in bytes', () => {
    expect(parseMounts(table).map(sizeLimit)).toEqual([undefined, 64 * 1024 * 1024, undefined, undefined])
  })

  it('should keep the last mount of a mount point', () => {
    expect(visibleMounts(parseMounts(table)).map((mount) => mount.id)).toEqual([22, 25, 24])
  })
})
