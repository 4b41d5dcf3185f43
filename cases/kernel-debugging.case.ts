import { check } from '../harness/vitest/check.ts'
import { capable, refusedForGood, trial } from './support/trials.ts'

const seal = '/sys/kernel/security/lockdown'
const control = [trial('mount proc', 'file-system', { type: 'proc', file: 'version' }), capable] as const

check(
  'kernel.debugfs',
  {
    claim: 'not even root can use debugfs',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with debugfs=off, or build without CONFIG_DEBUG_FS.',
  },
  refusedForGood([trial('mount debugfs', 'file-system', { type: 'debugfs' })], {
    ...{ seal, control },
    absentOn: ['ENODEV'],
  }),
)

check(
  'kernel.tracefs',
  {
    claim: 'not even root can trace the kernel (tracefs)',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with lockdown=confidentiality, or build without CONFIG_FTRACE.',
  },
  refusedForGood([trial('mount tracefs', 'file-system', { type: 'tracefs', file: 'trace' })], {
    ...{ seal, control },
    refusals: ['EMPTY'],
    absentOn: ['ENODEV'],
  }),
)
