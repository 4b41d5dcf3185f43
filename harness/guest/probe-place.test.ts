import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { type ProbeConnection, ProbeProblem } from './probe-connection.ts'
import type { ProbeRequest } from './probe-messages.ts'
import { placeOver } from './probe-place.ts'

const placeThat = (answer: (request: ProbeRequest) => unknown) => {
  const asked: ProbeRequest[] = []
  const connection: ProbeConnection = {
    async ask(request) {
      asked.push(request)
      return answer(request)
    },
    async idle() {},
    async [Symbol.asyncDispose]() {},
  }
  return { place: placeOver(connection, 'container web', 'container:web'), asked }
}

const failing = (code: string) =>
  new DrydockError('no', {
    code: 'GUEST_FILE',
    blame: 'guest',
    cause: new ProbeProblem(code, 'no'),
  })

const status = {
  type: 'character-device',
  mode: 0o666,
  uid: 0,
  gid: 0,
  size: 0,
  inode: '18446744073709551615',
  links: 1,
  device: { major: 1, minor: 3 },
  mountFlags: ['nosuid', 'noexec'],
}

describe('Place', () => {
  it("should give the kernel's log line by line, without levels and times", async () => {
    const log = '<6>[    0.000000] Linux version 6.12\n<30>[12345.123456] last: [1] <x>\nno level'
    const { place } = placeThat(() => Buffer.from(log).toString('base64'))
    expect(await place.kernelLog()).toEqual(['Linux version 6.12', 'last: [1] <x>', 'no level'])
    expect((await place.kernelMessages()).map(({ level }) => level)).toEqual([6, 6, undefined])
    await expect(placeThat(() => 7).place.kernelLog()).rejects.toMatchObject({ code: 'PROBE_ANSWER' })
  })

  it('should ask for an attempt in its place, as the user and within the time given', async () => {
    const { place, asked } = placeThat(() => ({ outcome: 'refused', errno: 'EROFS', call: 'mkdir' }))
    const attempted = await place.try('mkdir', { path: '/etc' }, { uid: 65534, timeoutMs: 500 })
    expect(attempted).toEqual({ outcome: 'refused', errno: 'EROFS', call: 'mkdir' })
    expect(asked).toEqual([
      {
        op: 'try',
        place: 'container:web',
        attempt: 'mkdir',
        args: { path: '/etc' },
        uid: 65534,
        timeoutMs: 500,
      },
    ])
  })

  it('should not take an answer of another form', async () => {
    for (const answer of [{ outcome: 'refused' }, { outcome: 'maybe' }, null, 'allowed']) {
      await expect(placeThat(() => answer).place.try('chroot')).rejects.toMatchObject({
        code: 'PROBE_ANSWER',
        blame: 'guest',
      })
    }
  })

  it('should give the bytes of a file, or name what stood before them', async () => {
    const { place } = placeThat(({ paths = [] }) =>
      paths.map((path) =>
        path === '/none' ? { path, bytes: '', errno: 'ENOENT' } : { path, bytes: 'AP8=' },
      ),
    )
    expect(await place.read('/file')).toEqual(Buffer.from([0, 255]))
    expect(await place.readMany(['/file', '/none'])).toEqual(
      new Map<string, Buffer | string>([
        ['/file', Buffer.from([0, 255])],
        ['/none', 'ENOENT'],
      ]),
    )
    await expect(place.read('/none')).rejects.toMatchObject({
      code: 'GUEST_FILE',
      message: expect.stringContaining('/none in container web, found ENOENT'),
    })
  })

  it('should read many files in several requests', async () => {
    const { place, asked } = placeThat(({ paths = [] }) => paths.map((path) => ({ path, bytes: '' })))
    const paths = Array.from({ length: 150 }, (_, index) => `/${index}`)
    expect([...(await place.readMany(paths)).keys()]).toEqual(paths)
    expect(asked.map((request) => request.paths?.length)).toEqual([64, 64, 22])
  })

  it('should tell nothing at a path from a path that cannot be looked at', async () => {
    expect(await placeThat(() => status).place.stat('/dev/null')).toEqual({
      ...status,
      inode: 18446744073709551615n,
    })
    const missing = placeThat(() => {
      throw failing('ENOENT')
    })
    expect(await missing.place.stat('/none')).toBeUndefined()
    const denied = placeThat(() => {
      throw failing('EACCES')
    })
    await expect(denied.place.stat('/none')).rejects.toMatchObject({ code: 'GUEST_FILE' })
  })
})
