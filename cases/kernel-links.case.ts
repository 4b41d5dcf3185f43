import { check } from '../harness/vitest/check.ts'
import { refusedUntilUnprotected, root, trial } from './support/trials.ts'

check(
  'kernel.links',
  {
    claim: "in a directory that all may write, nobody can be led by another user's links, fifos or files",
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy:
      'Set fs.protected_symlinks=1, fs.protected_hardlinks=1, fs.protected_fifos=2, fs.protected_regular=2.',
  },
  // Root prepares them; who is refused is the user that each of them names.
  refusedUntilUnprotected(
    [
      trial('link to a file of root', 'hardlink-foreign'),
      trial('follow a link of a stranger', 'symlink-sticky-follow'),
      trial('open a fifo of a stranger with O_CREAT', 'fifo-sticky'),
      trial('open a file of a stranger with O_CREAT', 'regular-sticky'),
    ],
    {
      users: [{ ...root, who: '' }],
      settings: {
        'fs.protected_hardlinks': '0',
        'fs.protected_symlinks': '0',
        'fs.protected_fifos': '0',
        'fs.protected_regular': '0',
      },
    },
  ),
)

check(
  'kernel.setuid-dumps',
  {
    claim: "the kernel does not write a setuid program's memory to a file of whoever started it",
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set fs.suid_dumpable=0.',
  },
  refusedUntilUnprotected([trial('crash a setuid program of root', 'setuid-dump')], {
    settings: { 'fs.suid_dumpable': '1', 'kernel.core_pattern': 'core' },
  }),
)
