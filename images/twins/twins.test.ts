import { describe, expect, it } from 'vitest'
import { readDescription } from '../builder/description.ts'
import { twins } from './twins.ts'

describe('twins', () => {
  it.each(Object.entries(twins))(
    'should say what is wrong with %s, and change something',
    async (_name, twin) => {
      expect(twin.flaw).toMatch(/^[a-z/].{10,}[^.]$/)
      const reference = await readDescription()
      const words = ['console=ttyS0', 'init_on_alloc=1', 'rodata=full']
      const changes = [
        twin.describe !== undefined &&
          JSON.stringify(twin.describe(reference, 'x86_64')) !== JSON.stringify(reference),
        twin.cmdline !== undefined && twin.cmdline(words, 'x86_64').join(' ') !== words.join(' '),
        twin.alterRoot !== undefined,
        twin.overlay !== undefined,
        twin.kernelConfig !== undefined,
        twin.alterKernel !== undefined,
        twin.machine !== undefined,
        twin.disks !== undefined,
      ]
      expect(changes).toContain(true)
    },
  )

  it('should replace a parameter rather than contradict it', () => {
    const { cmdline } = twins['rodata-off'] ?? {}
    expect(cmdline?.(['console=ttyAMA0', 'rodata=full'], 'arm64')).toEqual(['console=ttyAMA0', 'rodata=off'])
  })

  it('should leave the reference as it is', async () => {
    const reference = await readDescription()
    const before = JSON.stringify(reference)
    for (const twin of Object.values(twins)) twin.describe?.(reference, 'x86_64')
    expect(JSON.stringify(reference)).toBe(before)
  })
})
