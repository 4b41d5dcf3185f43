import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

/** Runs a program that never ends by itself, and sends it signals, each as soon as it has answered the one before. */
const interrupted = async (program: string, signals: readonly NodeJS.Signals[]) => {
  const script = `
    import { exitCodeOfSignal, onInterrupt } from ${JSON.stringify(import.meta.resolve('./interruption.ts'))}
    const timer = setInterval(() => {}, 1000)
    ${program}
    console.log('ready')`
  const child = execa(process.execPath, ['--input-type=module-typescript', '-e', script], { reject: false })
  const left = [...signals]
  child.stdout.on('data', () => {
    const signal = left.shift()
    if (signal !== undefined) child.kill(signal)
  })
  const { exitCode, signal, stdout } = await child
  return { exitCode, signal, said: stdout.split('\n') }
}

const cancelOnly = `onInterrupt((signal) => console.log('cancel', signal))`

describe('onInterrupt', () => {
  it('should ask for an end in order at the first signal, and end at once at the second', async () => {
    const { exitCode, said } = await interrupted(cancelOnly, ['SIGINT', 'SIGINT'])
    expect(said).toEqual(['ready', 'cancel SIGINT'])
    expect(exitCode).toBe(130)
  })

  it('should take the place of listeners that would end the program', async () => {
    const program = `process.on('SIGTERM', () => process.exit(99))
      onInterrupt((signal) => { clearInterval(timer); console.log('cancel', signal) })`
    const { exitCode, said } = await interrupted(program, ['SIGTERM'])
    expect(said).toEqual(['ready', 'cancel SIGTERM'])
    expect(exitCode).toBe(0)
  })

  it('should give the listeners back', async () => {
    const program = `process.on('SIGTERM', () => process.exit(99))
      onInterrupt(() => {})[Symbol.dispose]()`
    expect(await interrupted(program, ['SIGTERM'])).toMatchObject({ exitCode: 99 })
  })
})
