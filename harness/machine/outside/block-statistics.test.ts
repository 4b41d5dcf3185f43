import { describe, expect, it } from 'vitest'
import { readBlockStatistics } from './block-statistics.ts'
import type { ObservedMachine } from './observed-machine.ts'

const stats = {
  ...{ rd_bytes: 512, rd_operations: 1, wr_bytes: 4096, wr_operations: 2, wr_highest_offset: 8192 },
  ...{ flush_operations: 3, unmap_bytes: 0, unmap_operations: 0 },
}

const machine = (answers: Record<string, unknown>): ObservedMachine =>
  ({
    architecture: 'arm64',
    qmp: { execute: async (command: string) => answers[command], human: async () => '' },
    memoryFile: '',
    gdbSocket: '',
  }) as unknown as ObservedMachine

describe('disk counters', () => {
  it('should be joined with what the disks are', async () => {
    const disks = await readBlockStatistics(
      machine({
        'query-blockstats': [
          { device: '', qdev: '/machine/peripheral/disk0/virtio-backend', 'node-name': 'disk0', stats },
          { device: 'cd0', 'node-name': undefined, stats },
        ],
        'query-block': [
          { device: 'cd0', locked: false },
          {
            device: '',
            qdev: '/machine/peripheral/disk0/virtio-backend',
            locked: false,
            inserted: { file: '/image.raw', ro: true, drv: 'raw' },
          },
        ],
      }),
    )
    expect(disks).toMatchObject([
      {
        id: 'disk0',
        file: '/image.raw',
        readOnly: true,
        writtenBytes: 4096,
        writeOperations: 2,
        highestWrittenOffset: 8192,
      },
      { id: 'cd0', file: undefined, readOnly: false },
    ])
  })
})
