import pRetry from 'p-retry'
import ssh2 from 'ssh2'

/** A key pair that lives as long as this process; the private half is never written anywhere. */
export interface SshKey {
  /** One line of authorized_keys. */
  readonly publicKey: string
  /** OpenSSH's private key format. */
  readonly privateKey: string
}

/**
 * A new ed25519 key, made for one run. It is read back before it is handed out: of the keys that ssh2 1.17 makes, about
 * one in 400 is malformed, and its own parser refuses that.
 */
export const makeSshKey = (make: () => Promise<SshKey> = generate): Promise<SshKey> =>
  pRetry(
    async () => {
      const key = await make()
      const parsed = ssh2.utils.parseKey(key.privateKey)
      if (parsed instanceof Error) throw parsed
      return key
    },
    { retries: 9, minTimeout: 0 },
  )

const generate = (): Promise<SshKey> =>
  new Promise((resolve, reject) => {
    ssh2.utils.generateKeyPair('ed25519', { comment: 'drydock' }, (error, pair) => {
      if (error) reject(error)
      else resolve({ publicKey: pair.public, privateKey: pair.private })
    })
  })
