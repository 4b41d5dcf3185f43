import type { SshShell } from './ssh-session.ts'

/**
 * An ssh shell that logs in when it is first used. A login that failed is tried anew by the next use.
 * @param hostKey The only host key that `connect` accepts
 */
export const lazySshShell = (hostKey: string, connect: () => Promise<SshShell>): SshShell => {
  const ended = new AbortController()
  let connecting: Promise<SshShell> | undefined
  const shell = (): Promise<SshShell> => {
    connecting ??= connect().then(
      (connected) => {
        const end = () => ended.abort(connected.ended.reason)
        connected.ended.addEventListener('abort', end, { once: true })
        return connected
      },
      (error: unknown) => {
        connecting = undefined
        throw error
      },
    )
    return connecting
  }
  return {
    kind: 'ssh',
    hostKey,
    ended: ended.signal,
    run: async (...options) => await (await shell()).run(...options),
    upload: async (...options) => await (await shell()).upload(...options),
    spawn: async (...options) => await (await shell()).spawn(...options),
    async [Symbol.asyncDispose]() {
      const connected = await connecting?.catch(() => undefined)
      await connected?.[Symbol.asyncDispose]()
    },
  }
}
