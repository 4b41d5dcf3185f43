import type { Readable } from 'node:stream'
import { classify, type PacketKind } from './classify.ts'
import { FrameReader } from './frame-reader.ts'

/** Packets of one kind that a guest sent. */
export interface SentPackets extends PacketKind {
  readonly packets: number
  readonly bytes: number
}

/** Kinds that are told apart; a guest that sends to more addresses gets no more of our memory. */
const mostKinds = 512
const others: PacketKind = { protocol: 'others', to: undefined, answer: false }

/** Counts what a guest sends, from the moment at which it is switched on. */
export class PacketCounter {
  readonly #counts = new Map<string, SentPackets>()
  readonly #frames = new FrameReader()

  /** @param mirrored what QEMU's filter-mirror writes */
  constructor(mirrored: Readable) {
    mirrored.on('data', (bytes: Buffer) => {
      for (const frame of this.#frames.push(bytes)) this.#count(frame)
    })
  }

  /** In the order in which each kind was first seen. */
  get sent(): readonly SentPackets[] {
    return [...this.#counts.values()]
  }

  /** Whether what QEMU wrote could be read to its end so far. */
  get complete(): boolean {
    return !this.#frames.lost
  }

  #count(frame: Buffer): void {
    const seen = classify(frame)
    const kind = this.#counts.has(keyOf(seen)) || this.#counts.size < mostKinds ? seen : others
    const { packets = 0, bytes = 0 } = this.#counts.get(keyOf(kind)) ?? {}
    this.#counts.set(keyOf(kind), { ...kind, packets: packets + 1, bytes: bytes + frame.length })
  }
}

const keyOf = ({ protocol, to, answer }: PacketKind): string => `${protocol} ${to} ${answer}`
