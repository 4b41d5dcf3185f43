import { describe, expect, it } from 'vitest'
import type { Guest } from '../guest/guest.ts'
import { bootTraffic } from './boot-traffic.ts'
import { diskWrites } from './disk-writes.ts'

const stats = (writtenBytes: number) => ({
  ...{
    rd_bytes: 0,
    wr_bytes: writtenBytes,
    unmap_bytes: 0,
    rd_operations: 0,
    wr_operations: writtenBytes / 512,
  },
  ...{ flush_operations: 0, unmap_operations: 0, wr_highest_offset: 0 },
})

/** A guest with one disk of the image's and one of ours. */
const guestOf = (origin: Guest['origin'], sync: () => Promise<{ exitCode: number }>) => {
  const node = (id: string, ro: boolean) => ({
    ...{ device: '', qdev: `/machine/peripheral/${id}/virtio-backend`, locked: false },
    inserted: { file: id, ro, drv: 'raw' },
  })
  const answers: Readonly<Record<string, unknown>> = {
    'query-block': [node('disk0', false), node('disk1', true)],
    'query-blockstats': [node('disk0', false), node('disk1', true)].map((block, index) => ({
      ...block,
      stats: stats(512 * (1 - index)),
    })),
  }
  const dns = { protocol: 'dns', to: '10.0.2.3:53', answer: false, packets: 1, bytes: 60 }
  return {
    origin,
    spec: { disks: [{ path: '/disk.img' }] },
    shell: { run: sync },
    machine: {
      qmp: { execute: async (name: string) => answers[name] },
      packets: { complete: true, sent: [dns, { ...dns, protocol: 'ethertype 0x8035', to: undefined }] },
    },
  } as unknown as Guest
}

describe('diskWrites', () => {
  it("should count the image's own disks alone, once the guest has written what it had to", async () => {
    let synced = false
    const guest = guestOf('power-on', async () => {
      synced = true
      return { exitCode: 0 }
    })
    expect(await diskWrites.read(guest)).toMatchObject({
      disks: [{ id: 'disk0', writtenBytes: 512, writeOperations: 1, readOnly: false }],
      notFlushed: undefined,
    })
    expect(synced).toBe(true)
  })

  it('should say where the guest cannot be told to write what it has', async () => {
    const guest = guestOf('power-on', async () => ({ exitCode: 127 }))
    expect((await diskWrites.read(guest))?.notFlushed).toBe('sync ended with 127')
  })

  it('should have nothing to say of a fork', async () => {
    expect(await diskWrites.read(guestOf('fork', async () => ({ exitCode: 0 })))).toBeUndefined()
  })
})

describe('bootTraffic', () => {
  it('should leave out what QEMU itself sends for a fork', async () => {
    const protocols = async (origin: Guest['origin']) =>
      (await bootTraffic.read(guestOf(origin, async () => ({ exitCode: 0 })))).sent.map(
        ({ protocol }) => protocol,
      )
    expect(await protocols('fork')).toEqual(['dns'])
    expect(await protocols('power-on')).toEqual(['dns', 'ethertype 0x8035'])
  })
})
