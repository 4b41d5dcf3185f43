import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { DrydockError, messageOf } from '../common/errors.ts'
import { isGreen } from '../rules/verdict.ts'
import { exitCodeOfRecords } from './exit-code.ts'
import type { RunRecord } from './record.ts'

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statementType = 'https://in-toto.io/Statement/v1'
/** https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md */
const predicateType = 'https://in-toto.io/attestation/test-result/v0.1'
const payloadType = 'application/vnd.in-toto+json'

/** DSSE, https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
export interface Envelope {
  readonly payloadType: string
  /** Base64 of the statement. */
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

const refuse = (message: string): DrydockError =>
  new DrydockError(message, {
    code: 'CANNOT_ATTEST',
    blame: 'usage',
    hint: 'Judge the image once more, and attest that.',
  })

/** The artefacts of an image by digest, each once. Throws `CANNOT_ATTEST` where one changed during the run. */
const subjectsOf = (records: readonly RunRecord[]) => {
  const subjects = new Map<string, { name: string; digest: { sha256: string } }>()
  for (const { architecture, image } of records) {
    for (const { role, path, sha256Before, sha256After } of image.files) {
      if (sha256Before !== sha256After)
        throw refuse(`expected the image unchanged by its run, found another ${role} ${path} after it`)
      const name = `${architecture}/${role}`
      subjects.set(`${name} ${sha256Before}`, { name, digest: { sha256: sha256Before } })
    }
  }
  if (subjects.size === 0) throw refuse('expected artefacts with digests in the records, found none')
  return [...subjects.values()]
}

/** What runs came to, as an in-toto statement over what was judged. Waived checks are `warnedTests`. */
export const statementOf = (records: readonly RunRecord[]) => {
  const named = records.flatMap((record) =>
    record.checks.map(({ id, verdict }) => ({ name: `${record.architecture}/${id}`, verdict })),
  )
  const names = (holds: (verdict: (typeof named)[number]['verdict']) => boolean): readonly string[] =>
    named.filter(({ verdict }) => holds(verdict)).map(({ name }) => name)
  return {
    _type: statementType,
    subject: subjectsOf(records),
    predicateType,
    predicate: {
      result: exitCodeOfRecords(records) === 0 ? 'PASSED' : 'FAILED',
      configuration: records.map(({ target, architecture, command }) => ({
        name: `${target}/${architecture}`,
        annotations: { command: command.join(' ') },
      })),
      passedTests: names((verdict) => isGreen(verdict) && verdict !== 'waived'),
      warnedTests: names((verdict) => verdict === 'waived'),
      failedTests: names((verdict) => !isGreen(verdict)),
    },
  }
}

/** What is signed: lengths in front keep type and payload from being shifted against each other (DSSE's PAE). */
export const preAuthenticationEncoding = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])

const hashOf = (key: KeyObject): string | null => {
  if (key.asymmetricKeyType === 'ed25519') return null
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'sha256'
  throw new DrydockError(
    `expected an Ed25519 key, or ECDSA on P-256, found ${key.asymmetricKeyType ?? 'another'}`,
    { code: 'BAD_KEY', blame: 'usage', hint: 'Make one with `openssl genpkey -algorithm ed25519`.' },
  )
}

const keyFrom = (pem: string): KeyObject => {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw new DrydockError(`expected a private key as PEM, found: ${messageOf(error)}`, {
      code: 'BAD_KEY',
      blame: 'usage',
      hint: 'Make one with `openssl genpkey -algorithm ed25519`.',
      cause: error,
    })
  }
}

/**
 * Signs what runs came to.
 * @param pem a private key, Ed25519 or ECDSA on P-256 (whose signature is DER); it is named by the SHA-256 of its public half
 * @throws `BAD_KEY`, `CANNOT_ATTEST` (usage)
 */
export const attestation = (records: readonly RunRecord[], pem: string): Envelope => {
  const key = keyFrom(pem)
  const hash = hashOf(key)
  const payload = Buffer.from(JSON.stringify(statementOf(records)))
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [
      {
        keyid: createHash('sha256').update(publicKey).digest('hex'),
        sig: sign(hash, preAuthenticationEncoding(payloadType, payload), key).toString('base64'),
      },
    ],
  }
}
