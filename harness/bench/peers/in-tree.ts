import { execa } from 'execa'
import { lastLines } from '../../common/text.ts'
import { workFolder } from './peer.ts'
import { hostRoot } from './tree.ts'

// A mount and a process namespace of its own: when the command is over, so is everything that it started, and the
// mounts are gone. /tmp is the same folder for the peer and for the QEMU of the host that it starts.
const enter = `
tree=$1 work=$2
shift 2
mount --bind "$tree" "$tree"
mount --bind / "$tree${hostRoot}"
for root in "$tree" "$tree${hostRoot}"; do
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount --bind "$work" "$root/tmp"
done
exec chroot "$tree" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 \
  TERM=dumb PYTHONDONTWRITEBYTECODE=1 sh -c 'cd ${workFolder} && exec "$@"' sh "$@"
`

export interface InTree {
  readonly tree: string
  /** The host's folder that is /tmp for the command, which starts in its folder `job`. */
  readonly work: string
  readonly timeoutMs: number
}

/** Runs a command in the tree; gives its standard output. @throws an error with its last words */
export const runInTree = async (
  command: readonly string[],
  { tree, work, timeoutMs }: InTree,
): Promise<string> => {
  const result = await execa(
    'setpriv',
    [
      ...[
        '--pdeathsig=KILL',
        'unshare',
        '--mount',
        '--pid',
        '--fork',
        '--kill-child=SIGKILL',
        '--propagation=private',
      ],
      ...['sh', '-euc', enter, 'sh', tree, work, ...command],
    ],
    { stdin: 'ignore', reject: false, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 8 * 1024 * 1024 },
  )
  if (!result.failed) return result.stdout
  const words = lastLines(result.stderr, 2) || lastLines(result.stdout, 2) || result.shortMessage
  throw new Error(result.timedOut ? `no end within ${timeoutMs / 1000} s; last: ${words}` : words)
}
