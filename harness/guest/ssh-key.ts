import ssh2 from 'ssh2'

/** A key pair that lives as long as this process; the private half is never written anywhere. */
export interface SshKey {
  /** One line of authorized_keys. */
  readonly publicKey: string
  /** OpenSSH's private key format. */
  readonly privateKey: string
}

/** A new ed25519 key, made for one run. */
export const makeSshKey = (): Promise<SshKey> =>
  new Promise((resolve, reject) => {
    ssh2.utils.generateKeyPair('ed25519', { comment: 'drydock' }, (error, pair) => {
      if (error) reject(error)
      else resolve({ publicKey: pair.public, privateKey: pair.private })
    })
  })
