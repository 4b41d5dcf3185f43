import { readSmallFile } from '../common/small-file.ts'
import { attestation } from '../record/attestation.ts'
import { readRuns } from '../report/run.ts'
import { printOut } from './print-out.ts'

const mostKeyBytes = 16 * 1024

/** `drydock attest DIR... --key FILE`: a DSSE envelope on standard output. */
export const attest = async (
  folders: readonly string[],
  { key }: { readonly key: string },
): Promise<void> => {
  const runs = await readRuns(folders)
  const pem = (await readSmallFile(key, 'a private key as PEM', mostKeyBytes)).toString('latin1')
  const envelope = attestation(
    runs.map(({ record }) => record),
    pem,
  )
  printOut(`${JSON.stringify(envelope)}\n`)
}
