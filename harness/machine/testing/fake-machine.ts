import { PassThrough } from 'node:stream'
import type { Making } from '../making.ts'
import { GuestFiles } from '../process/guest-files.ts'
import type { ProcessExit } from '../process/qemu-process.ts'
import { QmpClient } from '../qmp.ts'
import { RunningMachine } from '../running-machine.ts'
import { FakeMonitor } from './fake-monitor.ts'

export const fakeMaking: Making = {
  spec: {
    ...{ architecture: 'x86_64', kernel: '', initrd: undefined, cmdline: '', kernelConfig: undefined },
    ...{ memoryMiB: 64, cpus: 1, cpu: undefined, metadata: 'none', login: {}, firmware: 'none', disks: [] },
  },
  qemu: { architecture: 'x86_64', path: '/usr/bin/qemu', version: '7.2.0', text: '' },
  accelerator: { used: 'tcg', policy: 'never', reason: '' },
  ...{ cpu: 'max', forwardSsh: false },
}

/** A machine whose QEMU is played by the test. */
export const startFakeMachine = async (origin: 'power-on' | 'fork' = 'power-on') => {
  const monitor = new FakeMonitor()
  monitor.greet()
  const exit = Promise.withResolvers<ProcessExit>()
  const end = (how: Partial<ProcessExit> = {}) => {
    exit.resolve({ code: how.signal === undefined ? 0 : null, signal: null, stderr: '', ...how })
    monitor.end()
  }
  let released = 0
  const resources = new AsyncDisposableStack()
  resources.defer(() => {
    released += 1
  })
  const streams = {
    ...{ console: new PassThrough(), port: new PassThrough() },
    ...{ probePort: new PassThrough(), incoming: new PassThrough(), packets: new PassThrough() },
  }
  const machine = new RunningMachine({
    ...{ making: fakeMaking, origin, streams, resources, belongings: new AsyncDisposableStack() },
    ...{
      user: undefined,
      files: new GuestFiles({ kernel: undefined, initrd: undefined, disks: [] }),
      commandLine: [],
      signal: undefined,
    },
    directory: { path: '', memoryFile: '', inMemory: false, [Symbol.asyncDispose]: async () => {} },
    ...{ sshPort: undefined, memoryFile: '', gdbSocket: '' },
    qmp: await QmpClient.connect(monitor.stream),
    process: {
      ...{ pid: 1, streams: {}, exited: exit.promise, stderr: () => '' },
      kill: () => end({ signal: 'SIGKILL' }),
    },
  })
  return { machine, monitor, streams, end, released: () => released }
}
