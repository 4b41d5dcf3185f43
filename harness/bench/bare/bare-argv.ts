import type { GuestSpec } from '../../target/target.ts'

/** What stands in the place of what only the harness's own QEMU had. */
export interface BareFiles {
  /** Where the guest's memory goes. */
  readonly memoryFile: string
  readonly gdbSocket: string
}

/** QEMU's arguments, and the names of the sockets that it inherits from descriptor 3 on. */
export interface BareCommand {
  readonly args: readonly string[]
  readonly streams: readonly string[]
}

const firstInherited = 3

/**
 * The very arguments of a machine of the harness's, for a QEMU that is started by hand: kernel and initrd by path,
 * memory file and gdb socket of its own. `args` are without the binary. Guests with disks are not for this.
 */
export const bareCommand = (args: readonly string[], spec: GuestSpec, files: BareFiles): BareCommand => {
  const streams: string[] = []
  const renamed = args.map((word, index) => {
    const option = args[index - 1]
    if (option === '-kernel') return spec.kernel ?? ''
    if (option === '-initrd') return spec.initrd ?? ''
    if (option === '-chardev' && word.startsWith('pipe,id=console,')) {
      streams.push('console')
      return `socket,id=console,fd=${firstInherited + streams.length - 1}`
    }
    const socket = option === '-chardev' ? /^socket,id=([^,]+),(?:fd=\d+|path=)/.exec(word) : null
    if (socket?.[1] !== undefined && word.includes(',fd=')) {
      streams.push(socket[1])
      return `socket,id=${socket[1]},fd=${firstInherited + streams.length - 1}`
    }
    if (socket?.[1] !== undefined) return word.replace(/,path=(?:[^,]|,,)*/, `,path=${files.gdbSocket}`)
    return option === '-object' ? withMemoryFile(word, files.memoryFile) : word
  })
  return { args: renamed, streams }
}

const withMemoryFile = (word: string, memoryFile: string): string =>
  word.includes('"mem-path"') ? JSON.stringify({ ...JSON.parse(word), 'mem-path': memoryFile }) : word
