import { check } from '../harness/vitest/check.ts'
import { refusedToNobody, trial } from './support/trials.ts'

check(
  'kernel.terminal-input',
  {
    claim:
      'a user without privilege cannot type into a terminal that he shares with a more powerful one (TIOCSTI)',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set dev.tty.legacy_tiocsti=0, or build without CONFIG_LEGACY_TIOCSTI.',
  },
  refusedToNobody([trial('put a line into the input of its terminal', 'terminal-input')], {
    refusals: ['EIO'],
  }),
)

check(
  'kernel.line-disciplines',
  {
    claim: 'a user without privilege cannot have the kernel load a line discipline for his terminal',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set dev.tty.ldisc_autoload=0, or build without CONFIG_LDISC_AUTOLOAD.',
  },
  refusedToNobody([trial('ask for a line discipline that is not there', 'line-discipline')]),
)
