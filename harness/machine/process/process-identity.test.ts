import { describe, expect, it } from 'vitest'
import { mayBeAlive, ownIdentity } from './process-identity.ts'

describe('process identity', () => {
  it('should know this process as alive', () => {
    expect(mayBeAlive(ownIdentity())).toBe(true)
  })

  it('should tell another process with the same id apart by its start', () => {
    const [pid, ticks, namespace] = ownIdentity().split('-')
    expect(mayBeAlive(`${pid}-${Number(ticks) + 1}-${namespace}`)).toBe(false)
  })

  it('should know a process that has ended as gone', () => {
    const aboveAllIds = 4_194_305
    expect(mayBeAlive(`${aboveAllIds}-1-${ownIdentity().split('-')[2]}`)).toBe(false)
  })

  it('should take a process of another pid namespace for alive', () => {
    expect(mayBeAlive('1-1-1')).toBe(true)
  })

  it('should take nonsense for gone', () => {
    expect(mayBeAlive('nonsense')).toBe(false)
  })
})
