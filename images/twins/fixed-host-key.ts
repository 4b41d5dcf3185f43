import { createPrivateKey, createPublicKey } from 'node:crypto'

// A private key of RFC 8410 up to its 32 bytes.
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')
const keyBytes = 32

const sshString = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The Ed25519 key of a seed as dropbear(8) keeps it: its type, then the seed with the public key behind it. */
const dropbearKey = (seed: Buffer): Buffer => {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-keyBytes)
  return Buffer.concat([sshString(Buffer.from('ssh-ed25519')), sshString(Buffer.concat([seed, publicKey]))])
}

/** A host key that anybody can compute: for a twin, and for nothing else. */
export const fixedHostKey = dropbearKey(Buffer.alloc(keyBytes, 'drydock twin '))
