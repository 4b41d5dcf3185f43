import { Duplex, PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { linkConsole } from './console-link.ts'

/** A console whose guest says what is pushed, and a seat that keeps what it is shown. */
const scene = (isTTY = false) => {
  const typed: Buffer[] = []
  const shown: Buffer[] = []
  const rawModes: boolean[] = []
  const console = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      typed.push(chunk)
      done()
    },
  })
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: (on: boolean) => rawModes.push(on) })
  const output = new PassThrough()
  output.on('data', (chunk: Buffer) => shown.push(chunk))
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('latin1')
  return { console, input, output, rawModes, typed: () => text(typed), shown: () => text(shown) }
}

describe('linkConsole', () => {
  it('should carry bytes both ways unchanged, and leave at Ctrl-]', async () => {
    const { console, input, output, typed, shown } = scene()
    const end = linkConsole(console, { input, output })
    console.push(Buffer.from('login: \x1b[1m\xff', 'latin1'))
    await vi.waitFor(() => expect(shown()).toBe('login: \x1b[1m\xff'))
    input.write(Buffer.from('root\r\x03'))
    input.write(Buffer.from('x\x1dnot for the guest'))
    expect(await end).toBe('left')
    expect(typed()).toBe('root\r\x03x')
  })

  it('should end with the console, and give the terminal back as it was', async () => {
    const { console, input, output, rawModes } = scene(true)
    const end = linkConsole(console, { input, output })
    console.push(null)
    expect(await end).toBe('ended')
    expect(rawModes).toEqual([true, false])
  })

  it('should stay when the input ends, since scripts have none', async () => {
    const { console, input, output, shown } = scene()
    const end = linkConsole(console, { input, output })
    input.end()
    console.push('still booting')
    console.push(null)
    expect(await end).toBe('ended')
    expect(shown()).toBe('still booting')
  })
})
