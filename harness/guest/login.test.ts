import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Console } from './console/console.ts'
import { logIn } from './login.ts'

type Step = readonly [expected: string | undefined, answer: string]

/** A guest that shows each text once the line before it was typed; `undefined` expects nothing. */
const guest = (steps: readonly Step[]): { console: Console; typed: string[] } => {
  const left = [...steps]
  const typed: string[] = []
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      typed.push(chunk.toString())
      const [next] = left
      if (next?.[0] === chunk.toString()) {
        left.shift()
        this.push(next[1])
      }
      callback()
    },
  })
  const [first] = left
  if (first?.[0] === undefined) {
    left.shift()
    stream.push(first?.[1] ?? '')
  }
  return { console: new Console(stream), typed }
}
const options = { phase: 'login', timeoutMs: 8000 } as const
const withPassword = { user: 'root', password: 'secret' }

describe('login', () => {
  it('should give user and password', async () => {
    const { console, typed } = guest([
      [undefined, 'Welcome\r\n\r\nhost login: '],
      ['root\n', 'root\r\nPassword: '],
      ['secret\n', '\r\nLast login: today\r\nroot@host:~# '],
    ])
    await logIn(console, withPassword, options)
    expect(typed).toEqual(['root\n', 'secret\n'])
  })

  it('should do without a password where none is asked for', async () => {
    const { console, typed } = guest([
      [undefined, 'host login: '],
      ['root\n', 'root\r\n~ # '],
    ])
    await logIn(console, { user: 'root' }, options)
    expect(typed).toEqual(['root\n'])
  })

  it.each(['linuxkit login: root (automatic login)\r\n(ns: getty) linuxkit-1:~# ', '/ # ', 'sh-5.2# ', '$ '])(
    'should see that it is at a shell already: %s',
    async (text) => {
      const { console, typed } = guest([[undefined, text]])
      await logIn(console, { user: 'root' }, options)
      expect(typed).toEqual([])
    },
  )

  it('should press Enter where busybox asks for it', async () => {
    const { console } = guest([
      [undefined, '\r\nPlease press Enter to activate this console. '],
      ['\n', '\r\n/ # '],
    ])
    await logIn(console, { user: 'root' }, options)
  })

  it.each([
    ['Login incorrect\r\nhost login: ', withPassword, /refuses the login of root with the password/],
    ['\r\nhost login: ', withPassword, /refuses the login of root with the password/],
    ['', { user: 'root' }, /asks for a password for root, and the target gives none/],
  ])('should say that the password is wrong or missing', async (answer, credentials, message) => {
    const { console } = guest([
      [undefined, 'host login: '],
      ['root\n', 'root\r\nPassword: '],
      ['secret\n', `\r\n${answer}`],
    ])
    await expect(logIn(console, credentials, options)).rejects.toMatchObject({
      code: 'LOGIN_REFUSED',
      message: expect.stringMatching(message),
    })
  })

  it('should find a prompt that the kernel printed behind, while it keeps printing', async () => {
    const { console } = guest([
      [undefined, 'host login: [   12.345678] random: crng init done\r\n'],
      ['root\n', 'root\r\nPassword: [   13.345678] usb: something\r\n'],
      ['secret\n', '\r\n~ # [   14.345678] usb: something\r\n'],
    ])
    await logIn(console, withPassword, options)
  })

  it('should ask for the prompt again where other output has scrolled it away', async () => {
    const { console, typed } = guest([
      [undefined, 'host login: starting a service\r\n'],
      ['\n', '\r\nhost login: '],
      ['root\n', 'root\r\n# '],
    ])
    await logIn(console, { user: 'root' }, options)
    expect(typed).toEqual(['\n', 'root\n'])
  })

  it('should not take a word of the last login for a prompt, though it stops there', async () => {
    const { console, typed } = guest([
      [undefined, 'host login: '],
      ['root\n', 'root\r\nPassword: '],
      ['secret\n', '\r\nLast login: '],
    ])
    const loggedIn = logIn(console, withPassword, { ...options, timeoutMs: 600 })
    await expect(loggedIn).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(typed).toEqual(['root\n', 'secret\n'])
  })

  it('should take no one for refused who has not asked', async () => {
    const { console, typed } = guest([
      [undefined, 'Login incorrect\r\n[   12.345678] Login incorrect[   13.345678] x\r\nhost login: '],
      ['root\n', 'root\r\n# '],
    ])
    await logIn(console, { user: 'root' }, options)
    expect(typed).toEqual(['root\n'])
  })

  it('should time out with the phase, what was awaited and the last lines', async () => {
    const { console } = guest([[undefined, 'booting\r\n']])
    const waiting = logIn(console, { user: 'root' }, { phase: 'login', timeoutMs: 300 })
    await expect(waiting).rejects.toMatchObject({ code: 'TIMED_OUT', phase: 'login', consoleTail: 'booting' })
    await expect(waiting).rejects.toThrow(/waiting for a login prompt/)
  })
})
