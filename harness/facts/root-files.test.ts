import { describe, expect, it } from 'vitest'
import { sha256 } from '../common/digest.ts'
import type { Place } from '../guest/place.ts'
import { compareRoot, rootAtRest } from './root-files.ts'
import { imageOf } from './testing/image-of.ts'

const image = imageOf({ '/etc/hosts': 'localhost\n', '/bin': '-> usr/bin', '/run/hidden': 'covered\n' })
const hosts = `0644 0:0 file ${sha256('localhost\n')}`

const reading = (lines: Readonly<Record<string, string>>) =>
  ({ hashTree: async () => new Map(Object.entries(lines)) }) as unknown as Place

const parents = { '/': '0755 0:0 directory', '/etc': '0755 0:0 directory' }

describe('compareRoot', () => {
  it('should find nothing where every name is as the image has it, and not look below other mounts', async () => {
    const atRest = await rootAtRest(image)
    const inside = { ...parents, '/etc/hosts': hosts, '/bin': '0777 0:0 symlink usr/bin' }
    const { compared, differing } = await compareRoot(reading(inside), atRest, ['/run'])
    expect(differing).toEqual([])
    expect(compared).toBeGreaterThanOrEqual(2)
  })

  it('should find what is changed, missing and new', async () => {
    const inside = { ...parents, '/etc/hosts': hosts.replace('0644', '0666'), '/etc/new': hosts }
    const { differing } = await compareRoot(reading(inside), await rootAtRest(image), ['/run'])
    expect(differing.map(({ path }) => path).sort()).toEqual(['/bin', '/etc/hosts', '/etc/new'])
    expect(differing.find(({ path }) => path === '/bin')?.inside).toBe('nothing')
  })
})
