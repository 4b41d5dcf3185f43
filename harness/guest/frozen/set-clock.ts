import { messageOf } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'
import type { Shell } from '../shell.ts'

/**
 * Sets the guest's clock to the host's through a shell, to the second.
 * @returns why that was not possible
 */
export const setClock = async (shell: Shell): Promise<string | undefined> => {
  try {
    const seconds = Math.round(Date.now() / 1000)
    const { exitCode, stderr } = await shell.run(`date -s @${seconds}`, {
      timeoutMs: 10_000,
      reason: 'to set the clock of a fork',
    })
    if (exitCode === 0) return undefined
    return `date -s: ${neutraliseLine(stderr.toString(), 200) || `exit code ${exitCode}`}`
  } catch (error) {
    return messageOf(error)
  }
}
