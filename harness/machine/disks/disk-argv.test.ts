import { describe, expect, it } from 'vitest'
import { type ArgvDisk, disksArgv, flashProperties } from './disk-argv.ts'

const disks: readonly ArgvDisk[] = [
  { use: 'code', writable: false, diskBytes: 4096, layers: [{ fd: 8, format: 'raw' }] },
  {
    ...{ use: 'variables', writable: true, diskBytes: 4096 },
    layers: [
      { fd: 9, format: 'qcow2' },
      { fd: 10, format: 'raw' },
    ],
  },
  { use: 'disk', writable: false, diskBytes: 4096, layers: [{ fd: 11, format: 'qcow2' }] },
  {
    ...{ use: 'disk', writable: true, diskBytes: 4096 },
    layers: [
      { fd: 12, format: 'qcow2' },
      { fd: 13, format: 'qcow2' },
      { fd: 14, format: 'raw' },
    ],
  },
]

const values = (option: string) => {
  const argv = disksArgv(disks)
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ''] : []))
}

describe('disksArgv', () => {
  it('should hand over every file by its own descriptor', () => {
    expect(values('-add-fd')).toEqual([8, 9, 10, 11, 12, 13, 14].map((fd) => `fd=${fd},set=${fd}`))
  })

  it('should open for writing the first layer of writable disks alone', () => {
    const nodes = values('-blockdev').map((text) => JSON.parse(text))
    expect(nodes).toMatchObject([
      { 'node-name': 'code', driver: 'raw', 'read-only': true, file: { 'read-only': true } },
      { 'node-name': 'variables', driver: 'qcow2', 'read-only': false, file: { 'read-only': false } },
      { 'node-name': 'disk0', driver: 'qcow2', 'read-only': true, file: { filename: '/dev/fdset/11' } },
      { 'node-name': 'disk1', driver: 'qcow2', 'read-only': false, file: { filename: '/dev/fdset/12' } },
    ])
    expect(nodes[3].backing).toMatchObject({
      ...{ driver: 'qcow2', 'read-only': true, file: { filename: '/dev/fdset/13', 'read-only': true } },
      backing: { driver: 'raw', 'read-only': true, file: { filename: '/dev/fdset/14', 'read-only': true } },
    })
  })

  it('should let no image name a file below itself', () => {
    expect(JSON.parse(values('-blockdev')[2] ?? '')).toHaveProperty('backing', null)
  })

  it('should leave the flash of a fork to its state', () => {
    const flash: ArgvDisk = { use: 'variables', writable: true, diskBytes: 67_108_864, layers: [] }
    const [option, node = ''] = disksArgv([flash])
    expect([option, JSON.parse(node)]).toEqual([
      '-blockdev',
      {
        ...{ 'node-name': 'variables', driver: 'null-co', size: 67_108_864 },
        ...{ 'read-zeroes': false, 'read-only': false },
      },
    ])
    expect(flashProperties([flash])).toBe(',pflash1=variables')
  })

  it('should give virtio devices to disks, and flash to firmware', () => {
    expect(values('-device').map((text) => JSON.parse(text).drive)).toEqual(['disk0', 'disk1'])
    expect(flashProperties(disks)).toBe(',pflash0=code,pflash1=variables')
    expect(flashProperties(disks.slice(2))).toBe('')
  })
})
