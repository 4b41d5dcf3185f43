import { createMachine } from '../machine.ts'

/*
 * A program that holds one guest, for tests of what is left when it ends: `node hold-guest.ts KERNEL`. It prints
 * QEMU's process id and memory file as JSON once the guest is there, then does nothing; with a line on standard input
 * it ends by throwing.
 */
const [, , kernel = ''] = process.argv

const machine = await createMachine({
  spec: {
    ...{ architecture: 'x86_64', kernel, initrd: undefined, cmdline: 'x', kernelConfig: undefined },
    ...{ firmware: 'none', disks: [] },
    ...{ memoryMiB: 64, cpus: 1, cpu: undefined, metadata: 'none', login: {} },
  },
  accelerator: 'never',
  disks: [],
  forwardSsh: false,
})
process.stdout.write(`${JSON.stringify({ pid: machine.pid, memoryFile: machine.memoryFile })}\n`)
process.stdin.once('data', () => {
  throw new Error('an error that nobody caught')
})
