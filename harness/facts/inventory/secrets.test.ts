import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageOf } from '../testing/image-of.ts'
import { secretsAtRest, secretsIn } from './secrets.ts'

const kinds = (text: string | Buffer): readonly string[] =>
  secretsIn(Buffer.from(text)).map(({ what }) => what)

/** Tokens in form only, put together here so that no scanner takes this file for a leak. */
const letters = (count: number): string => 'aB3'.repeat(count).slice(0, count)

describe('secrets', () => {
  it.each(['pkcs8', 'pkcs1'] as const)('should find an RSA key in %s', (type) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(kinds(privateKey.export({ format: 'pem', type }))).toEqual(['private key'])
    expect(kinds(publicKey.export({ format: 'pem', type: 'spki' }))).toEqual([])
  })

  it('should find a key whose body is encrypted, and one in JSON', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ format: 'pem', type: 'sec1', cipher: 'aes-128-cbc', passphrase: 'x' })
    expect(kinds(pem)).toEqual(['private key'])
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
    expect(kinds(JSON.stringify({ type: 'service_account', private_key: key }))).toEqual(['private key'])
  })

  it('should not take the words of a program that reads keys for one', () => {
    expect(kinds('-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0')).toEqual([])
    expect(kinds('-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n')).toEqual([])
  })

  it.each([
    [`AKIA${'A'.repeat(16)}`, 'access key of AWS'],
    [`ghp_${letters(36)}`, 'token of GitHub'],
    [`glpat-${letters(20)}`, 'token of GitLab'],
    [`xoxb-${'1'.repeat(12)}-${letters(24)}`, 'token of Slack'],
    [`AIza${letters(35)}`, 'API key of Google'],
    [`PrivateKey = ${letters(43)}=`, 'key of WireGuard'],
    [`{"auths": {"registry": {"auth": "${letters(20)}"}}}`, 'password of a container registry'],
  ])('should find %s', (text, what) => {
    expect(kinds(`[x]\n${text}\n`)).toEqual([what])
    expect(kinds(`token=${text}\n`)).toEqual(text.startsWith('PrivateKey') ? [] : [what])
  })

  it('should not find a token in the middle of a longer word, or one of another length', () => {
    expect(kinds(`xAKIA${'A'.repeat(16)}`)).toEqual([])
    expect(kinds(`AKIA${'A'.repeat(17)}`)).toEqual([])
    expect(kinds(`ghp_${letters(35)}`)).toEqual([])
  })

  it("should find dropbear's keys, and not the public ones", () => {
    const type = Buffer.from('\0\0\0\x0bssh-ed25519')
    const secret = Buffer.concat([type, Buffer.from('\0\0\0@'), Buffer.alloc(64, 7)])
    expect(kinds(secret)).toEqual(["dropbear's private key"])
    expect(kinds(Buffer.concat([type, Buffer.from('\0\0\0 '), Buffer.alloc(32, 7)]))).toEqual([])
  })

  it('should find a key wherever it stands', () => {
    const key = Buffer.from(`AKIA${'B'.repeat(16)}`)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (before, after) => {
        const bytes = Buffer.concat([before, Buffer.from(' '), key, Buffer.from(' '), after])
        expect(secretsIn(bytes).map(({ offset }) => offset)).toContain(before.length + 1)
      }),
    )
  })

  it('should never throw on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => void secretsIn(Buffer.from(bytes))))
  })

  it('should name the file and the kind, never the secret', async () => {
    const secret = `AKIA${'C'.repeat(16)}`
    const { entries } = await secretsAtRest(
      imageOf({
        '/etc/app.conf': `key=${secret}\n`,
        '/root/.ssh/authorized_keys': 'ssh-ed25519 AAAA\n',
        '/etc/motd': 'hi',
      }),
    )
    expect(Object.fromEntries(entries)).toEqual({
      '/etc/app.conf': 'access key of AWS at byte 4',
      '/root/.ssh/authorized_keys': 'keys that may log in',
    })
    expect(JSON.stringify([...entries])).not.toContain(secret)
  })
})
