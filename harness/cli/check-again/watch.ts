import { join } from 'node:path'
import { execa } from 'execa'
import { neutraliseLine } from '../../common/text.ts'
import type { Target } from '../../target/target.ts'
import { checkout } from '../../vitest/checkout.ts'
import { onInterrupt } from '../../vitest/interruption.ts'
import { filesOf, stateOf, untilChanged } from './watched-files.ts'

const drydock = join(checkout, 'harness', 'cli', 'main.ts')

const say = (line: string): void => {
  process.stderr.write(`drydock: ${neutraliseLine(line)}\n`)
}

/**
 * Judges a target, and again whenever a file of it changes, each time in a process of its own, until Ctrl-C.
 * @param words of the command line, without --watch
 * @returns the exit code of the last run
 */
export const checkAndWatch = async (target: Target, words: readonly string[]): Promise<number> => {
  const files = filesOf(target)
  const leaving = new AbortController()
  let run: { kill(signal: NodeJS.Signals): boolean } | undefined
  using _ = onInterrupt((signal) => {
    leaving.abort()
    // A terminal sends Ctrl-C to the run as well; a second one would end it without a report.
    if (signal !== 'SIGINT') run?.kill(signal)
  })
  for (;;) {
    const state = await stateOf(files)
    const running = execa(process.execPath, [drydock, ...words], { stdio: 'inherit', reject: false })
    run = running
    const { exitCode = 3 } = await running
    if (leaving.signal.aborted) return exitCode
    say(`waiting for a change of ${files.length} files, ${files[0] ?? ''} among them; Ctrl-C leaves`)
    try {
      await untilChanged(files, state, leaving.signal)
    } catch (error) {
      if (leaving.signal.aborted) return exitCode
      throw error
    }
    say('the image changed')
  }
}
