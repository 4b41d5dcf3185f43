import type { Architecture } from '../../common/architecture.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { PeerTree } from './tree.ts'

/** What a peer is to do: boot this guest, run the command, take it down, so many times, each time pristine. */
export interface PeerJob {
  readonly architecture: Architecture
  readonly spec: GuestSpec
  readonly times: number
  readonly command: string
  readonly login: { readonly user: string; readonly password: string }
  readonly qemu: PeerQemu
}

/** QEMU as Drydock would start it, as far as peers let one choose. Paths are those that the peer sees. */
export interface PeerQemu {
  /** The name of the binary in PATH. */
  readonly binary: string
  readonly machine: string
  /** `tcg,tb-size=256` or `kvm`. */
  readonly accelerator: string
  readonly cpu: string
  readonly kernel: string
  readonly initrd: string
  /** Network and random numbers, as words. */
  readonly devices: readonly string[]
}

/** Another harness, and how it is given the job. */
export interface Peer {
  readonly name: string
  readonly tree: PeerTree
  /** What was compared, and what the peer needed that the others did not. */
  readonly how: string
  /** Files for its working folder, by name below it. */
  readonly files: (job: PeerJob) => Readonly<Record<string, string>>
  /** Run in the working folder; prints one line `answer TEXT` for each time. */
  readonly command: (job: PeerJob) => readonly string[]
}

/** Where a peer finds this folder's scripts. */
export const scripts = '/tmp/peers'
/** Its working folder. */
export const workFolder = '/tmp/job'

/** A word for a POSIX shell script. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
