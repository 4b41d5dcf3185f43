import { duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { bareMachine } from '../../machine/argv.ts'
import type { GuestSpec } from '../../target/target.ts'
import { bareCommand } from './bare-argv.ts'
import { BareLine } from './bare-line.ts'

const spec: GuestSpec = {
  ...{
    architecture: 'x86_64',
    kernel: '/k',
    initrd: '/i',
    cmdline: 'console=ttyS0',
    kernelConfig: undefined,
  },
  ...{ memoryMiB: 512, cpus: 1, cpu: undefined, metadata: 'none', login: {}, firmware: 'none', disks: [] },
}

describe('bareCommand', () => {
  it('should keep every word but those that name what only the harness had', () => {
    const words = [
      ...bareMachine,
      ...['-kernel', '/dev/fd/7', '-initrd', '/dev/fd/8', '-append', 'a=/dev/fd/7'],
      ...['-object', '{"qom-type":"memory-backend-file","id":"memory","mem-path":"/x/memory","share":true}'],
      ...['-chardev', 'socket,id=console,fd=3', '-serial', 'chardev:console'],
      ...['-chardev', 'socket,id=qmp,fd=9', '-mon', 'chardev=qmp,mode=control'],
      ...['-chardev', 'socket,id=gdb,path=/x/g,,db.sock,server=on,wait=off'],
    ]
    const { args, streams } = bareCommand(words, spec, { memoryFile: '/m', gdbSocket: '/g' })
    expect(streams).toEqual(['console', 'qmp'])
    expect(args).toEqual([
      ...bareMachine,
      ...['-kernel', '/k', '-initrd', '/i', '-append', 'a=/dev/fd/7'],
      ...['-object', '{"qom-type":"memory-backend-file","id":"memory","mem-path":"/m","share":true}'],
      ...['-chardev', 'socket,id=console,fd=3', '-serial', 'chardev:console'],
      ...['-chardev', 'socket,id=qmp,fd=4', '-mon', 'chardev=qmp,mode=control'],
      ...['-chardev', 'socket,id=gdb,path=/g,server=on,wait=off'],
    ])
  })
})

describe('BareLine', () => {
  it('should find what comes in pieces, and not look at it again', async () => {
    const [ours, guest] = duplexPair()
    const line = new BareLine(ours)
    const first = line.expect(/login: $/, 1000)
    guest.write('drydock log')
    guest.write('in: ')
    await first
    await expect(line.expect(/login: $/, 20)).rejects.toThrow('within 20 ms')
  })

  it('should say what came last when the line ends', async () => {
    const [ours, guest] = duplexPair()
    const line = new BareLine(ours)
    const waiting = line.expect(/login: $/, 1000)
    guest.write('Kernel panic')
    setImmediate(() => ours.destroy())
    await expect(waiting).rejects.toThrow('Kernel panic')
  })
})
