import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { streamConnection } from './probe-connection.ts'
import { type GreetOptions, greetPort } from './probe-port.ts'

/** A port behind which `answer` gets each line that is written. */
const portTo = (answer: (line: string, send: (text: string) => void) => void): Duplex => {
  let rest = ''
  const port: Duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) answer(line, (text) => port.push(text))
      done()
    },
  })
  return port
}

const forEver = new Promise<never>(() => {})
const options: GreetOptions = { timeoutMs: 2000, lost: forEver, setClock: false }
const nonceIn = (line: string): string => line.split(' ')[1] ?? ''

describe('greetPort', () => {
  it('should skip what an earlier peer left, whole lines, halves and greetings', async () => {
    const port = portTo((line, send) => {
      if (line.startsWith('hello')) {
        send('of half an answer"}\n{"id":1,"result":"for another"}\nhello 11111111\n')
        send(`hello ${nonceIn(line)} \n`)
      } else if (line !== '') {
        send('{"id":1,"result":"ours"}\n')
      }
    })
    port.write('half a request')
    await using connection = streamConnection(await greetPort(port, options))
    expect(await connection.ask({ op: 'stat', place: 'host' })).toBe('ours')
  })

  it('should end half a line of an earlier peer, so that the probe sees the greeting', async () => {
    const seen: string[] = []
    const port = portTo((line, send) => {
      seen.push(line)
      send(`hello ${nonceIn(line)}\n`)
    })
    port.write('{"id":2,"op":')
    await greetPort(port, options)
    expect(seen).toEqual(['{"id":2,"op":', expect.stringMatching(/^hello [0-9a-f-]{36} $/)])
  })

  it.each([
    ['', undefined],
    [' ', undefined],
    [' settimeofday: operation \u001b[2J not permitted', 'settimeofday: operation \\x1b[2J not permitted'],
  ])('should set the clock, and say why that failed: "%s"', async (said, problem) => {
    let sent = Number.NaN
    const port = portTo((line, send) => {
      if (!line.startsWith('hello')) return
      sent = Number(line.split(' ')[2])
      send(`hello ${nonceIn(line)}${said}\n`)
    })
    const before = Date.now()
    expect((await greetPort(port, { ...options, setClock: true })).clockProblem).toBe(problem)
    expect(sent).toBeGreaterThanOrEqual(before)
    expect(sent).toBeLessThanOrEqual(Date.now())
  })

  it('should not wait for ever, nor for a guest that has died', async () => {
    const mute = (): Duplex => portTo(() => {})
    await expect(greetPort(mute(), { ...options, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      blame: 'guest',
    })
    const lost = Promise.reject(new Error('a panic'))
    await expect(greetPort(mute(), { ...options, lost })).rejects.toThrow('a panic')
  })

  it('should tell whoever is connected that the port has closed', async () => {
    const port = portTo((line, send) => {
      if (line.startsWith('hello')) send(`hello ${nonceIn(line)}\n`)
      else if (line !== '') port.destroy()
    })
    await using connection = streamConnection(await greetPort(port, options))
    await expect(connection.ask({ op: 'stat', place: 'host' })).rejects.toMatchObject({ code: 'PROBE_LOST' })
  })
})
