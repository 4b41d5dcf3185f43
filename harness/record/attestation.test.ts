import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { attestation, preAuthenticationEncoding } from './attestation.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = ({ privateKey }: typeof ed25519): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const records = [
  sampleRecord({
    checks: [
      sampleCheck(),
      sampleCheck({ id: 'elf.pie', verdict: 'waived' }),
      sampleCheck({ id: 'root.x', verdict: 'fail' }),
    ],
  }),
]

describe('attestation', () => {
  it.each([
    ['Ed25519', ed25519, null],
    ['ECDSA on P-256', p256, 'sha256'],
  ])('should be signed with %s, over type and payload', (_, pair, hash) => {
    const { payloadType, payload, signatures } = attestation(records, pem(pair))
    const bytes = Buffer.from(payload, 'base64')
    const signature = Buffer.from(signatures[0]?.sig ?? '', 'base64')
    const holds = (type: string, content: Buffer): boolean =>
      verify(hash, preAuthenticationEncoding(type, content), pair.publicKey, signature)
    expect(holds(payloadType, bytes)).toBe(true)
    expect(holds('application/json', bytes)).toBe(false)
    expect(holds(payloadType, Buffer.from(bytes.toString().replace('FAILED', 'PASSED')))).toBe(false)
  })

  it("should state what became of each check, over the image's digests", () => {
    const { payload } = attestation(records, pem(ed25519))
    expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'x86_64/kernel', digest: { sha256: 'a'.repeat(64) } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'FAILED',
        passedTests: ['x86_64/root.remount'],
        warnedTests: ['x86_64/elf.pie'],
        failedTests: ['x86_64/root.x'],
      },
    })
  })

  it('should sign the encoding that DSSE gives as its example', () => {
    expect(
      preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString(),
    ).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  })

  it('should refuse an image that changed, and a key that is none', () => {
    const [file] = sampleRecord().image.files
    const changed = sampleRecord({
      image: { files: file === undefined ? [] : [{ ...file, sha256After: null }] },
    })
    expect(() => attestation([changed], pem(ed25519))).toThrow(/expected the image unchanged/)
    expect(() => attestation([sampleRecord({ image: { files: [] } })], pem(ed25519))).toThrow(/found none/)
    expect(() => attestation(records, 'no key')).toThrow(/expected a private key as PEM/)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    expect(() => attestation(records, rsa.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      /expected an Ed25519 key.*found rsa/,
    )
  })
})
