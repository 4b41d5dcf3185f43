import { sha256 } from '../../common/digest.ts'
import { basics, enterAgent, findSpool, leaveAgent } from './agent-basics.ts'
import { encoderFunctions, findPrograms, transferFunctions } from './agent-transfer.ts'
import { checksums } from './checksums.ts'
import { encodings } from './encodings.ts'

/** Changes whenever what is typed at a prompt does: the host's end of one version does not fit another. */
export const agentVersion = (): string =>
  sha256(
    JSON.stringify([
      [enterAgent(''), basics, findSpool(''), findPrograms, leaveAgent],
      encodings.map((encoding) => [
        encoderFunctions(encoding, true),
        encoderFunctions(encoding, false),
        transferFunctions(encoding, undefined),
        checksums.map((checksum) => transferFunctions(encoding, { checksum, isCompressed: true })),
      ]),
    ]),
  )
