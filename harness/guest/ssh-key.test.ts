import { describe, expect, it } from 'vitest'
import { makeSshKey, type SshKey } from './ssh-key.ts'

describe('makeSshKey', () => {
  it('should make another key where the first cannot be read', async () => {
    const good = await makeSshKey()
    const made: SshKey[] = [{ ...good, privateKey: good.privateKey.replace(/\n.{8}/, '\n') }, good]
    expect(await makeSshKey(async () => made.shift() ?? Promise.reject(new Error('asked too often')))).toBe(
      good,
    )
    expect(made).toEqual([])
  })

  it('should say why where no key can be read', async () => {
    const bad = { publicKey: '', privateKey: 'no key' }
    await expect(makeSshKey(async () => bad)).rejects.toThrow('Unsupported key format')
  })
})
