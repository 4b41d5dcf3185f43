import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { keptGuest } from '../guest/frozen-guest.ts'
import { endedWell, say } from './boot-words.ts'
import { linkConsole } from './console-link.ts'

/** The ssh command that leads into the guest; its key lies in a folder of its own, for as long as the guest runs. */
const sshCommand = async (
  folder: string,
  user: string,
  privateKey: string,
  port: number,
): Promise<string> => {
  const path = join(folder, 'key')
  await writeFile(path, `${privateKey.trimEnd()}\n`, { mode: 0o600 })
  // Nobody else listens on the forwarded port of the loopback, and its key is another one at each boot.
  const options = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'
  return `ssh -i ${path} -p ${port} ${options} ${user}@127.0.0.1`
}

/**
 * `drydock boot --frozen ID`: lets a copy of a kept guest go on, as its checks found it. What is done to the copy is lost.
 * @returns the exit code
 */
export const bootFrozen = async (id: string): Promise<number> => {
  await using held = new AsyncDisposableStack()
  const { machine: frozen, state } = await keptGuest(id)
  held.use(frozen)
  const created = held.use(await frozen.fork())
  say(`a copy of the guest that booted at ${state.bootedAt}; Ctrl-] leaves and ends it`)
  const linked = linkConsole(created.console, { input: process.stdin, output: process.stdout })
  const machine = await created.run()
  if (state.ssh !== null && machine.sshPort !== undefined) {
    const folder = await dir({ unsafeCleanup: true, mode: 0o700 })
    held.defer(() => folder.cleanup())
    say('its console shows what it says; the way in is, from another terminal:')
    say(await sshCommand(folder.path, state.ssh.user, state.ssh.key.privateKey, machine.sshPort))
  }
  const how = await linked
  const exit = await (how === 'left' ? machine.stop() : machine.exited)
  process.stdout.write('\r\n')
  say(how === 'left' ? 'left; the copy was ended' : `the guest ended: ${exit.reason}`)
  return endedWell(exit) ? 0 : 3
}
